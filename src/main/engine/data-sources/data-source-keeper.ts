// Data source keeper: renews the data sources that a person chose, with the service app's own token. It shares the rate limit
// and the circuit breaker with the renewals of tokens, takes none of their slots, and holds none of them up.
import type {
  DataSourceListing,
  DataSourceOutcome,
  DataSources,
  KeptDataSourceView,
  RemoteDataSource,
} from '../domain/data-source.ts'
import type {
  DataSourceId,
  FleetChange,
  Instant,
  KeptDataSource,
  Profile,
  ProfileId,
  Trigger,
} from '../domain/model.ts'
import { SECOND } from '../domain/policy.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import { DueQueue } from '../scheduling/due-queue.ts'
import { DataSourceCalls } from './data-source-calls.ts'
import { isRefusal, sentenceOf } from './data-source-failure.ts'
import { DataSourceOutage } from './data-source-outage.ts'
import { DataSourceRenewals } from './data-source-renewal.ts'
import { type TrackedDataSource, trackedFrom, viewOf } from './kept-data-source.ts'
import { renewalDue } from './renewal-times.ts'
import { WaitingDataSources } from './waiting-data-sources.ts'

/** Under way at once: each is two calls, and tokens are renewed meanwhile. */
const AT_ONCE = 4

export interface KeeperHooks {
  /** Nothing is renewed at the moment: everything is paused. */
  readonly paused: () => boolean
  /** Webex refused the profile's access token. */
  readonly requestToken: (profileId: ProfileId) => void
  readonly tick: () => void
}

export class DataSourceKeeper implements DataSources {
  readonly #context: EngineContext
  readonly #hooks: KeeperHooks
  readonly #tracked = new Map<DataSourceId, TrackedDataSource>()
  readonly #byProfile = new Map<ProfileId, Set<TrackedDataSource>>()
  readonly #due = new DueQueue()
  readonly #waiting = new WaitingDataSources()
  #running = 0
  readonly #calls: DataSourceCalls
  readonly #outage = new DataSourceOutage()
  readonly #renewals: DataSourceRenewals
  #started = false
  readonly #manual = new Map<DataSourceId, Promise<DataSourceOutcome>>()
  #revision = 0
  #views: { readonly revision: number; readonly all: readonly KeptDataSourceView[] } | null = null

  constructor(context: EngineContext, hooks: KeeperHooks) {
    this.#context = context
    this.#hooks = hooks
    this.#calls = new DataSourceCalls(context)
    this.#renewals = new DataSourceRenewals(context, this.#calls, this.#outage, {
      isKept: (id, one) => (one === undefined ? this.#tracked.has(id) : this.#tracked.get(id) === one),
      requestToken: hooks.requestToken,
    })
    for (const source of context.parts.dataSources?.kept ?? []) this.#track(source)
  }

  get revision(): number {
    return this.#revision
  }

  /** Also after a stop. What failed before is tried at once, and what is due has come due meanwhile. */
  start(): void {
    this.#started = true
    this.reconsider('start-up')
  }

  /** Something outside changed. */
  reconsider(trigger: Trigger): void {
    const now = this.#now()
    const at = this.#outage.reconsider(now)
    for (const tracked of this.#tracked.values()) {
      const isTried = tracked.failure !== null || tracked.isDisabled
      if (isTried && (at === now || tracked.due > at)) this.#plan(tracked, at)
      if (tracked.due <= at) tracked.trigger = trigger
    }
  }

  /** Runs with every tick of the engine. */
  tick(): void {
    if (!this.#started || this.#context.stopping() || this.#hooks.paused()) return
    const now = this.#now()
    for (const id of this.#due.takeDue(now)) {
      const tracked = this.#tracked.get(id)
      if (tracked !== undefined && tracked.running === null) this.#waiting.add(tracked)
    }
    const atOnce = this.#outage.isOn ? 1 : AT_ONCE
    while (this.#running < atOnce && now >= this.#outage.heldUntil) {
      const next = this.#outage.isOn ? this.#waiting.takeProbe() : this.#waiting.takeNext()
      if (next === undefined) return
      if (this.#tracked.get(next.source.id) === next && next.running === null)
        void this.#run(next, next.trigger, false).catch(() => undefined)
    }
  }

  /** When a tick could begin something; Infinity: never. */
  nextWake(): Instant {
    if (!this.#started || this.#hooks.paused()) return Number.POSITIVE_INFINITY
    const waits = this.#waiting.size > 0 && this.#running < AT_ONCE
    return Math.min(
      waits ? Math.max(this.#outage.heldUntil, this.#now() + SECOND) : Number.POSITIVE_INFINITY,
      this.#due.next(),
    )
  }

  /** Resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#started = false
    await Promise.all([...this.#tracked.values()].map(({ running }) => running?.catch(() => null)))
  }

  /** The profile has another token, or its record changed. */
  profileChanged(id: ProfileId): void {
    const now = this.#now()
    const exists = this.#context.fleetState.profiles.has(id)
    for (const tracked of this.#of(id)) {
      if (!exists) this.#forget(tracked.source.id)
      else if (tracked.failure !== null) this.#plan(tracked, now)
    }
    if (this.#of(id).length > 0) this.#changed(id)
  }

  /** Runs right after the changes were stored. */
  take(changes: readonly FleetChange[]): void {
    for (const change of changes) {
      if (change.kind === 'data-source-kept') this.#update(change.source)
      else if (change.kind === 'data-source-dropped') this.#forget(change.id)
      else if (change.kind === 'profile-removed' || change.kind === 'profile-pair')
        this.profileChanged(change.profileId)
      else if (change.kind === 'profile-saved') this.profileChanged(change.profile.id)
    }
  }

  /** The same for what another process has stored, which may have renewed some of them. */
  follow(changes: readonly FleetChange[]): void {
    for (const change of changes) {
      const known = change.kind === 'data-source-kept' ? this.#tracked.get(change.source.id) : undefined
      // What is under way here is stored after this.
      if (known?.running != null) continue
      this.take([change])
      if (known === undefined) continue
      Object.assign(known, { failures: 0, failure: null, failingSince: null })
      this.#plan(known, renewalDue(known.source))
    }
  }

  /** As they are stored. */
  sources(): readonly KeptDataSource[] {
    return [...this.#tracked.values()].map(({ source }) => source)
  }

  kept(): readonly KeptDataSourceView[] {
    const revision = this.#revision
    if (this.#views?.revision !== revision) {
      this.#views = {
        revision,
        all: [...this.#tracked.values()].flatMap((one) => {
          const profile = this.#context.fleetState.profiles.get(one.source.profileId)
          if (profile === undefined) return []
          one.view ??= viewOf(one, profile)
          return one.view
        }),
      }
    }
    return this.#views.all
  }

  async list(profileId: ProfileId): Promise<DataSourceListing> {
    const profile = this.#profile(profileId)
    const { value: sources, failure } = await this.#calls.listAll(profile)
    if (failure !== null || sources === null) {
      const known = failure ?? { kind: 'incomplete', detail: null, trackingId: null, at: this.#now() }
      const { trackingId } = known
      return { kind: 'failed', sentence: sentenceOf(known, profile), trackingId, isRefusal: isRefusal(known) }
    }
    this.#compare(profileId, sources)
    return { kind: 'listed', sources }
  }

  async choose(
    profileId: ProfileId,
    chosen: readonly { id: DataSourceId; url: string | null }[],
  ): Promise<void> {
    const profile = this.#profile(profileId)
    const wanted = new Map(chosen.map((one) => [one.id, one]))
    const added = [...wanted.values()].filter(
      ({ id }) => this.#tracked.get(id)?.source.profileId !== profileId,
    )
    const changes = [
      ...this.#of(profile.id)
        .filter(({ source }) => !wanted.has(source.id))
        .map(({ source }): FleetChange => ({ kind: 'data-source-dropped', id: source.id })),
      ...added.map(({ id, url }): FleetChange => {
        const known = this.#seen.get(id)
        const times = { issuedAt: known?.issuedAt ?? null, expiresAt: known?.expiresAt ?? null }
        const source = {
          id,
          profileId,
          url: known?.url ?? url,
          keptSince: this.#now(),
          lapse: null,
          ...times,
        }
        return { kind: 'data-source-kept', source }
      }),
    ]
    if (changes.length === 0) return
    await this.#context.writeQueue.change(
      () => changes,
      (stored) => this.take(stored),
    )
    this.#hooks.tick()
  }

  async renew(
    profileId: ProfileId,
    ids: readonly DataSourceId[] | null,
  ): Promise<readonly DataSourceOutcome[]> {
    const profile = this.#profile(profileId)
    const all = ids ?? this.#of(profileId).map(({ source }) => source.id)
    const outcomes: DataSourceOutcome[] = []
    for (const id of all) {
      const tracked = this.#tracked.get(id)
      const known = tracked?.source.profileId === profileId ? tracked : this.#once(profile, id)
      outcomes.push(await this.#renewNow(known))
    }
    return outcomes
  }

  /** Whoever asks while it is done for another gets the same. */
  #renewNow(tracked: TrackedDataSource): Promise<DataSourceOutcome> {
    const { id } = tracked.source
    const running = this.#manual.get(id)
    if (running !== undefined) return running
    const renew = async () => {
      while (tracked.running !== null) await tracked.running.catch(() => null)
      return this.#run(tracked, 'manual', true)
    }
    const renewed = renew().finally(() => this.#manual.delete(id))
    this.#manual.set(id, renewed)
    return renewed
  }

  /** What the last list said, for a choice among it. */
  readonly #seen = new Map<DataSourceId, RemoteDataSource>()

  #compare(profileId: ProfileId, sources: readonly RemoteDataSource[]): void {
    const byId = new Map(
      sources.flatMap((source) => (source.id === null ? [] : [[source.id, source] as const])),
    )
    for (const [id, source] of byId) this.#seen.set(id, source)
    const now = this.#now()
    for (const tracked of this.#of(profileId)) {
      // undefined: Webex lists it no more.
      const remoteEnd = byId.get(tracked.source.id)?.expiresAt
      if (remoteEnd !== null && remoteEnd !== tracked.source.expiresAt) this.#plan(tracked, now)
    }
    this.#hooks.tick()
  }

  /** One that is renewed once, and not kept. */
  #once(profile: Profile, id: DataSourceId): TrackedDataSource {
    const url = this.#seen.get(id)?.url ?? null
    const times = { issuedAt: null, expiresAt: null, lapse: null }
    return trackedFrom({ id, profileId: profile.id, url, keptSince: this.#now(), ...times })
  }

  #profile(id: ProfileId): Profile {
    const profile = this.#context.fleetState.profiles.get(id)
    if (profile === undefined) throw new Error('this profile is not in the fleet')
    return profile
  }

  #now(): Instant {
    return this.#context.serverClock.now()
  }

  #of(profileId: ProfileId): readonly TrackedDataSource[] {
    return [...(this.#byProfile.get(profileId) ?? [])]
  }

  #track(source: KeptDataSource): TrackedDataSource {
    const added = trackedFrom(source)
    this.#forget(source.id)
    this.#tracked.set(source.id, added)
    const others = this.#byProfile.get(source.profileId) ?? new Set()
    this.#byProfile.set(source.profileId, others.add(added))
    this.#plan(added, renewalDue(source))
    return added
  }

  #update(source: KeptDataSource): void {
    const known = this.#tracked.get(source.id)
    if (known === undefined || known.source.profileId !== source.profileId) this.#track(source)
    else known.source = source
    this.#changed(source.profileId)
  }

  #forget(id: DataSourceId): void {
    const known = this.#tracked.get(id)
    if (known === undefined) return
    this.#tracked.delete(id)
    this.#byProfile.get(known.source.profileId)?.delete(known)
    this.#waiting.delete(known)
    this.#due.plan(id, null)
    this.#changed(known.source.profileId)
  }

  #plan(tracked: TrackedDataSource, due: Instant): void {
    tracked.due = due
    if (this.#tracked.get(tracked.source.id) === tracked && tracked.running === null)
      this.#due.plan(tracked.source.id, due)
  }

  #changed(profileId: ProfileId): void {
    for (const tracked of this.#of(profileId)) tracked.view = null
    this.#revision += 1
    this.#context.changed(profileKey(profileId))
  }

  #run(tracked: TrackedDataSource, trigger: Trigger, isManual: boolean): Promise<DataSourceOutcome> {
    this.#running += 1
    tracked.trigger = 'scheduled'
    const { profileId } = tracked.source
    const running = this.#renewals.renew(tracked, trigger, isManual).finally(() => {
      this.#running -= 1
      tracked.running = null
      this.#plan(tracked, tracked.due)
      this.#changed(profileId)
      this.#hooks.tick()
    })
    tracked.running = running
    this.#changed(profileId)
    return running
  }
}
