// Target states: what is known of each delivery target while the app runs, by target and by profile.
import type { DeliveryState, DeliveryTarget, DeliveryTargetId } from '#engine/domain/delivery-model.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'

type Ask = (delivered: boolean) => void

export interface Run {
  readonly target: DeliveryTarget
  readonly fingerprint: string
  readonly asked: Ask[]
}

export interface TargetState {
  target: DeliveryTarget
  state: DeliveryState
  /** Its new spec is being stored. */
  isChanging: boolean
  /** The delivery that is running; null: none is. */
  running: Run | null
  /** Callers that wait for a delivery that has not begun. */
  asked: Ask[]
  /** When the last of them asked, monotonic, ms. */
  askedAt: number
  /** When the retry timer wakes it. */
  wakeAt: Instant | null
}

const HELD = 'This delivery came with a backup or from unprotected data. It is held until you confirm it.'

export class TargetStates {
  readonly #byId = new Map<DeliveryTargetId, TargetState>()
  readonly #byProfile = new Map<ProfileId, Set<TargetState>>()
  readonly #byFile = new Map<string, Set<TargetState>>()
  /** Failing targets, in the order in which they began to fail, and held ones. */
  readonly #failing = new Map<DeliveryTargetId, TargetState>()
  #failingRevision = 0
  #revision = 0

  constructor(stored: readonly Pick<TargetState, 'target' | 'state'>[]) {
    const oldestFirst = stored.toSorted(
      (one, other) => (one.state.failure?.at ?? 0) - (other.state.failure?.at ?? 0),
    )
    for (const { target, state } of oldestFirst) this.save(target, state)
  }

  get size(): number {
    return this.#byId.size
  }

  /** Another one each time a target is added, changed or removed. */
  get revision(): number {
    return this.#revision
  }

  /** Another one each time something changes of those that fail. */
  get failingRevision(): number {
    return this.#failingRevision
  }

  all(): Iterable<TargetState> {
    return this.#byId.values()
  }

  get(id: DeliveryTargetId): TargetState | undefined {
    return this.#byId.get(id)
  }

  /** The oldest first. */
  ofProfile(profileId: ProfileId): readonly TargetState[] {
    const targets = [...(this.#byProfile.get(profileId) ?? [])]
    return targets.toSorted((one, other) => one.target.createdAt - other.target.createdAt)
  }

  /** Those that lead to a file, by its path without links, as far as it is known. */
  ofFile(path: string): Iterable<TargetState> {
    return this.#byFile.get(path) ?? []
  }

  failing(most: number): readonly TargetState[] {
    const oldest: TargetState[] = []
    for (const entry of this.#failing.values()) {
      if (oldest.length === most) break
      oldest.push(entry)
    }
    return oldest
  }

  /** Adds a target or replaces its spec. */
  save(target: DeliveryTarget, state: DeliveryState): TargetState {
    const known = this.#byId.get(target.id)
    const entry = known ?? {
      target,
      state,
      isChanging: false,
      running: null,
      asked: [],
      askedAt: 0,
      wakeAt: null,
    }
    this.replace(entry, target)
    this.#revision += 1
    this.#byId.set(target.id, entry)
    addTo(this.#byProfile, target.profileId, entry)
    this.note(entry, state)
    return entry
  }

  /** With what is known of its place by now. */
  replace(entry: TargetState, target: DeliveryTarget): void {
    removeFrom(this.#byFile, fileOf(entry.target.spec), entry)
    entry.target = target
    addTo(this.#byFile, fileOf(target.spec), entry)
  }

  note(entry: TargetState, state: DeliveryState): void {
    entry.state = state
    const isFailing = whyUndelivered(entry) !== null
    if (isFailing || this.#failing.delete(entry.target.id)) this.#failingRevision += 1
    if (isFailing) this.#failing.set(entry.target.id, entry)
  }

  remove(id: DeliveryTargetId): TargetState | undefined {
    const entry = this.#byId.get(id)
    if (entry === undefined) return undefined
    this.#byId.delete(id)
    this.#revision += 1
    if (this.#failing.delete(id)) this.#failingRevision += 1
    removeFrom(this.#byProfile, entry.target.profileId, entry)
    removeFrom(this.#byFile, fileOf(entry.target.spec), entry)
    return entry
  }
}

/** null: it is no file. */
function fileOf(spec: DeliverySpec): string | null {
  return spec.kind === 'env-file' ? (spec.seen?.target ?? spec.path) : null
}

type Index = Map<string, Set<TargetState>>

function addTo(index: Index, key: string | null, entry: TargetState): void {
  if (key !== null) index.set(key, (index.get(key) ?? new Set()).add(entry))
}

function removeFrom(index: Index, key: string | null, entry: TargetState): void {
  const entries = index.get(key ?? '')
  entries?.delete(entry)
  if (entries?.size === 0) index.delete(key ?? '')
}

/** Why a person should look at it; null: nothing is wrong. */
export function whyUndelivered({ state }: Pick<TargetState, 'state'>): string | null {
  return state.held ? HELD : (state.failure?.sentence ?? null)
}

export function answer(asked: readonly Ask[], delivered: boolean): void {
  for (const resolve of asked) resolve(delivered)
}
