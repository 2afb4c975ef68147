// How many deliveries of which kind are under way at once.
import type { DeliverySpec } from '#engine/domain/delivery-model.ts'
import { Lane } from './concurrency-queue.ts'
import type { Track } from './target-state.ts'

/** Files are quick and share a disk; a command may take minutes, and must not keep files waiting. */
const AT_ONCE = { 'env-file': 4, hook: 4 } as const

export class Lanes {
  readonly #byKind: Readonly<Record<DeliverySpec['kind'], Lane<Track>>>

  /** `work` never rejects. */
  constructor(work: (track: Track) => Promise<void>) {
    this.#byKind = { 'env-file': new Lane(AT_ONCE['env-file'], work), hook: new Lane(AT_ONCE.hook, work) }
  }

  /** As in its lane: on each target only once at a time. */
  add(track: Track, order: 'urgent' | 'in-turn'): void {
    this.#byKind[track.target.spec.kind].add(track, order)
  }

  remove(track: Track): void {
    for (const lane of this.#all()) lane.remove(track)
  }

  /** Nothing new begins; returns those that did not have their turn. */
  stop(): readonly Track[] {
    return this.#all().flatMap((lane) => lane.stop())
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#all().map((lane) => lane.idle()))
  }

  #all(): readonly Lane<Track>[] {
    return Object.values(this.#byKind)
  }
}
