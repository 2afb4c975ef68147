// What is known of each delivery target while the app runs, by target and by profile.
import type { DeliveryState, DeliveryTarget, DeliveryTargetId } from '#engine/domain/delivery-model.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'

type Ask = (delivered: boolean) => void

export interface Run {
  readonly target: DeliveryTarget
  readonly fingerprint: string
  readonly asked: Ask[]
}

export interface Track {
  target: DeliveryTarget
  state: DeliveryState
  /** What is being delivered right now; null: nothing is. */
  running: Run | null
  /** Who waits for a delivery that has not begun. */
  asked: Ask[]
  /** When it is looked at again by itself. */
  wakeAt: Instant | null
}

const HELD = 'This delivery came with a backup. It is held until you confirm it.'

export class Tracks {
  readonly #byId = new Map<DeliveryTargetId, Track>()
  readonly #byProfile = new Map<ProfileId, Set<Track>>()
  /** Those that fail, in the order in which they began to, and those that are held. */
  readonly #failing = new Map<DeliveryTargetId, Track>()

  constructor(stored: readonly Pick<Track, 'target' | 'state'>[]) {
    const oldestFirst = stored.toSorted(
      (one, other) => (one.state.failure?.at ?? 0) - (other.state.failure?.at ?? 0),
    )
    for (const { target, state } of oldestFirst) this.save(target, state)
  }

  get size(): number {
    return this.#byId.size
  }

  all(): Iterable<Track> {
    return this.#byId.values()
  }

  get(id: DeliveryTargetId): Track | undefined {
    return this.#byId.get(id)
  }

  /** The oldest first. */
  ofProfile(profileId: ProfileId): readonly Track[] {
    const tracks = [...(this.#byProfile.get(profileId) ?? [])]
    return tracks.toSorted((one, other) => one.target.createdAt - other.target.createdAt)
  }

  failing(most: number): readonly Track[] {
    const oldest: Track[] = []
    for (const track of this.#failing.values()) {
      if (oldest.length === most) break
      oldest.push(track)
    }
    return oldest
  }

  /** Adds a target or replaces its spec. */
  save(target: DeliveryTarget, state: DeliveryState): Track {
    const known = this.#byId.get(target.id)
    const track = known ?? { target, state, running: null, asked: [], wakeAt: null }
    track.target = target
    this.#byId.set(target.id, track)
    const siblings = this.#byProfile.get(target.profileId) ?? new Set()
    this.#byProfile.set(target.profileId, siblings.add(track))
    this.note(track, state)
    return track
  }

  note(track: Track, state: DeliveryState): void {
    track.state = state
    if (whyUndelivered(track) === null) this.#failing.delete(track.target.id)
    else this.#failing.set(track.target.id, track)
  }

  remove(id: DeliveryTargetId): Track | undefined {
    const track = this.#byId.get(id)
    if (track === undefined) return undefined
    this.#byId.delete(id)
    this.#failing.delete(id)
    const siblings = this.#byProfile.get(track.target.profileId)
    siblings?.delete(track)
    if (siblings?.size === 0) this.#byProfile.delete(track.target.profileId)
    return track
  }
}

/** Why a person should look at it. */
export function whyUndelivered({ state }: Pick<Track, 'state'>): string | null {
  return state.held ? HELD : (state.failure?.sentence ?? null)
}

export function answer(asked: readonly Ask[], delivered: boolean): void {
  for (const resolve of asked) resolve(delivered)
}
