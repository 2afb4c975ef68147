// Delivery queue: delivers each profile's token to its targets, after each renewal, again after a failure, and when a
// person asks. Independent of the engine: a refresh stays a success whatever becomes of its delivery.
import {
  afterDelivery,
  afterFailedDelivery,
  dueAt,
  notYetDelivered,
  standingOf,
} from '#engine/delivery-schedule/delivery-schedule.ts'
import type {
  DeliveryKind,
  DeliveryState,
  DeliveryTarget,
  DeliveryTargetId,
  TokenMarks,
} from '#engine/domain/delivery-model.ts'
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { ConcurrencyQueues } from './concurrency-queue.ts'
import type { DeliverableToken, Performed } from './delivery-handler.ts'
import { type DeliveryKinds, handlerOf } from './delivery-kinds.ts'
import { Wakes } from './retry-timer.ts'
import { beginRun, type RunParts } from './run-log.ts'
import { answer, type Track, Tracks } from './target-state.ts'

export interface DeliveriesParts extends Pick<RunParts, 'noteRun'> {
  readonly clock: Clock
  /** What stored instants are compared with. */
  readonly now: () => Instant
  readonly stored: readonly { readonly target: DeliveryTarget; readonly state: DeliveryState }[]
  /** How it stands, durably. May throw: then it is known until the app ends, and delivered once more after that. */
  readonly note: (id: DeliveryTargetId, state: DeliveryState) => void
  /** null: the profile has no access token. */
  readonly tokenOf: (target: DeliveryTarget) => DeliverableToken | null
  readonly kinds: DeliveryKinds
  /** Something to be seen has changed. */
  readonly changed: () => void
  /** What nobody meant to happen. */
  readonly failed: (event: 'note' | 'note-run' | 'perform', error: unknown) => void
}

/** How long those under way may go on when everything ends. */
const GRACE: Duration = 5_000

export class Deliveries {
  readonly #parts: DeliveriesParts
  readonly #tracks: Tracks
  readonly #queues: ConcurrencyQueues<DeliveryKind, Track>
  readonly #wakes: Wakes
  readonly #breakOff = new AbortController()
  #stopped = false

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#tracks = new Tracks(parts.stored)
    this.#queues = new ConcurrencyQueues(
      parts.kinds,
      ({ target }) => target.spec.kind,
      (track) => this.#run(track),
    )
    this.#wakes = new Wakes({
      clock: parts.clock,
      now: parts.now,
      all: () => this.#tracks.all(),
      due: (track) => this.#consider(track),
    })
  }

  get tracks(): Pick<Tracks, 'size' | 'all' | 'get' | 'ofProfile' | 'failing'> {
    return this.#tracks
  }

  /** What the last run of the app left undone, and what had failed: its causes may be gone by now. */
  start(): void {
    const now = this.#parts.now()
    for (const track of this.#tracks.all()) {
      const { state } = track
      if (state.failure !== null) {
        this.#tracks.note(track, { ...state, failure: { ...state.failure, retryAt: now } })
      }
      this.#consider(track)
    }
  }

  /** There may be another token; pausing a profile stops its renewals, not this. */
  tokenChanged(profileId: ProfileId): void {
    for (const track of this.#tracks.ofProfile(profileId)) this.#consider(track)
  }

  standing({ target, state }: Track): ReturnType<typeof standingOf> {
    return standingOf(target.spec, state, marksOf(this.#parts.tokenOf(target)))
  }

  /** Adds a target or replaces its spec, which is stored already, and delivers as soon as there is a token. */
  save(target: DeliveryTarget): void {
    const track = this.#tracks.save(target, notYetDelivered)
    this.#parts.changed()
    this.#consider(track)
  }

  remove(id: DeliveryTargetId): void {
    const track = this.#tracks.remove(id)
    if (track === undefined) return
    this.#queues.remove(track)
    answer(track.asked, false)
    this.#parts.changed()
  }

  removeProfile(profileId: ProfileId): void {
    for (const { target } of this.#tracks.ofProfile(profileId)) this.remove(target.id)
  }

  /**
   * Delivers now, whatever was to be waited for; with `again` also what is there already. Resolves when each has ended,
   * with whether it is delivered.
   */
  deliver(tracks: readonly Track[], again: boolean): Promise<readonly boolean[]> {
    return Promise.all(tracks.map((track) => this.#ask(track, again)))
  }

  /** Nothing new begins; those under way have a moment to end, then they are broken off and delivered next time. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wakes.stop()
    for (const { asked } of this.#queues.stop()) answer(asked, false)
    const cancel = this.#parts.clock.after(GRACE, () => this.#breakOff.abort())
    await this.#queues.idle()
    cancel()
  }

  #ask(track: Track, again: boolean): Promise<boolean> {
    const token = this.#parts.tokenOf(track.target)
    if (this.#stopped || token === null) return Promise.resolve(false)
    if (!again && this.standing(track) === 'delivered') return Promise.resolve(true)
    return new Promise((resolve) => {
      const { running } = track
      // What is on its way with this very token is what was asked for.
      if (running?.target === track.target && running.fingerprint === token.fingerprint) {
        running.asked.push(resolve)
        return
      }
      track.asked.push(resolve)
      this.#queues.add(track, 'urgent')
    })
  }

  /** Has it delivered now or at its time, if there is anything to do. */
  #consider(track: Track): void {
    if (this.#stopped || this.#tracks.get(track.target.id) !== track) return
    const token = this.#usable(track.target)
    if (token === null) return
    const now = this.#parts.now()
    const at = dueAt(track.target.spec, track.state, token, now)
    if (at === null) return
    if (at <= now) this.#queues.add(track, 'in-turn')
    else this.#wakes.wait(track, at)
  }

  /** An expired token helps nobody: its successor is delivered instead. */
  #usable(target: DeliveryTarget): DeliverableToken | null {
    const token = this.#parts.tokenOf(target)
    const expired = token?.expiresAt != null && token.expiresAt <= this.#parts.now()
    return expired ? null : token
  }

  async #run(track: Track): Promise<void> {
    const { target, asked } = track
    track.asked = []
    const token = this.#tokenToBring(track, asked.length > 0)
    if (token === null) return answer(asked, false)
    track.running = { target, fingerprint: token.fingerprint, asked }
    const noteRun = beginRun(this.#parts, track, token.fingerprint, asked.length > 0)
    const performed = await this.#perform(track, token)
    track.running = null
    if (this.#tracks.get(target.id) !== track) return answer(asked, false)
    noteRun(performed)
    if (track.target === target) {
      this.#note(track, token, performed)
      answer(asked, performed.kind === 'delivered')
    } else if (asked.length > 0) {
      // Changed meanwhile: this went to where it is not wanted any more, and who asked means the new place.
      track.asked.push(...asked)
      this.#queues.add(track, 'urgent')
    }
    this.#consider(track)
  }

  /** null: nothing is to be brought there any more. */
  #tokenToBring({ target, state }: Track, isAsked: boolean): DeliverableToken | null {
    if (isAsked) return this.#parts.tokenOf(target)
    const token = this.#usable(target)
    const now = this.#parts.now()
    const at = token === null ? null : dueAt(target.spec, state, token, now)
    return at !== null && at <= now ? token : null
  }

  async #perform({ target, state }: Track, token: DeliverableToken): Promise<Performed> {
    try {
      const handler = handlerOf(this.#parts.kinds, target.spec)
      return await handler.perform(target.spec, token, this.#breakOff.signal, state.delivered === null)
    } catch (error) {
      this.#parts.failed('perform', error)
      return {
        kind: 'failed',
        sentence: 'Something went wrong inside the app. It is tried again by itself.',
        ran: null,
      }
    }
  }

  #note(track: Track, { fingerprint, refreshFingerprint }: DeliverableToken, performed: Performed): void {
    if (performed.kind === 'broken-off') return
    const at = this.#parts.now()
    const state =
      performed.kind === 'delivered'
        ? afterDelivery({ at, fingerprint, refreshFingerprint })
        : afterFailedDelivery(track.state, { at, fingerprint, sentence: performed.sentence })
    this.#tracks.note(track, state)
    try {
      this.#parts.note(track.target.id, state)
    } catch (error) {
      this.#parts.failed('note', error)
    }
    this.#parts.changed()
  }
}

function marksOf(token: DeliverableToken | null): TokenMarks {
  return token ?? { fingerprint: null, refreshFingerprint: null }
}
