// Data source keeper: renews the data sources that a person chose, with the service app's own token. It shares the rate limit
// and the circuit breaker with the renewals of tokens, takes none of their slots, and holds none of them up.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import { clientLimit } from '../attempts/tier-ladder.ts'
import type {
  DataSourceListing,
  DataSourceOutcome,
  DataSourcePage,
  DataSourceRenewal,
  DataSources,
  KeptDataSourceView,
  RemoteDataSource,
} from '../domain/data-source.ts'
import {
  type Attempt,
  type Call,
  type DataSourceId,
  type Duration,
  type FleetChange,
  type Instant,
  type KeptDataSource,
  type Lapse,
  type Profile,
  type ProfileId,
  type Trigger,
  usableToken,
} from '../domain/model.ts'
import { MINUTE, NEEDS_YOU_RETRY, SECOND } from '../domain/policy.ts'
import type { Answer } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { blockerSentence } from '../runtime/blocker.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import { performCall } from '../runtime/guarded-call.ts'
import { DueQueue } from '../scheduling/due-queue.ts'
import {
  type DataSourceFailure,
  failureIn,
  isOutage,
  isRefusal,
  ownerOf,
  sentenceOf,
} from './data-source-failure.ts'
import { DEFAULT_LIFETIME, nextRenewal, renewalDue, retryAt } from './renewal-times.ts'

/** Under way at once: each is two calls, and tokens are renewed meanwhile. */
const AT_ONCE = 4
/** Pages of a list; more than a service app has data sources. */
const MOST_PAGES = 50
/** Failures in a row, of whichever data sources, from which on they count as an outage: one is tried at a time then. */
const OUTAGE_FROM = 3
/** … after this, twice as long each time, and at the latest after a minute. */
const OUTAGE_PAUSE = 5 * SECOND
/** Webex's clock and this one may name the times of one renewal so far apart. */
const SAME_RENEWAL = 5 * MINUTE
/** A data source that is disabled gets no data; whether it is enabled again is looked at this often. */
const DISABLED_CHECK = 30 * MINUTE

/** In the rate limiter: a person waits. */
const FIRST = Number.NEGATIVE_INFINITY

/** What is known of a kept one. */
interface Tracked {
  source: KeptDataSource
  failures: number
  failure: DataSourceFailure | null
  /** Since when it fails, as long as it does. */
  failingSince: Instant | null
  isDisabled: boolean
  /** When the token ended that Webex had when it was last read; null: it lived. */
  ended: Instant | null
  due: Instant
  trigger: Trigger
  running: Promise<DataSourceOutcome> | null
  /** As it is shown; null: it has changed since. */
  view: KeptDataSourceView | null
}

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
  readonly #tracked = new Map<DataSourceId, Tracked>()
  readonly #byProfile = new Map<ProfileId, Set<Tracked>>()
  readonly #due = new DueQueue()
  #ready = new PriorityQueue<Tracked>((a, b) => endOf(a) < endOf(b))
  readonly #waiting = new Set<Tracked>()
  #running = 0
  /** Failures of an outage in a row. */
  #strikes = 0
  #heldUntil: Instant = Number.NEGATIVE_INFINITY
  /** When Webex last did what it was asked, or said why not. */
  #answeredAt: Instant = Number.NEGATIVE_INFINITY
  /** When a new access token was requested, because Webex refused the one before. */
  readonly #requested = new Map<ProfileId, Instant>()
  #started = false
  #revision = 0
  #views: { readonly revision: number; readonly all: readonly KeptDataSourceView[] } | null = null

  constructor(context: EngineContext, hooks: KeeperHooks) {
    this.#context = context
    this.#hooks = hooks
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
    this.#strikes = 0
    this.#heldUntil = Number.NEGATIVE_INFINITY
    const now = this.#now()
    for (const tracked of this.#tracked.values()) {
      if (tracked.failure !== null || tracked.isDisabled) this.#plan(tracked, now)
      if (tracked.due <= now) tracked.trigger = trigger
    }
  }

  /** Runs with every tick of the engine. */
  tick(): void {
    if (!this.#started || this.#context.stopping() || this.#hooks.paused()) return
    const now = this.#now()
    for (const id of this.#due.takeDue(now)) {
      const tracked = this.#tracked.get(id)
      if (tracked === undefined || this.#waiting.has(tracked) || tracked.running !== null) continue
      this.#waiting.add(tracked)
      this.#ready.push(tracked)
    }
    const atOnce = this.#strikes < OUTAGE_FROM ? AT_ONCE : 1
    while (this.#running < atOnce && now >= this.#heldUntil) {
      const next = this.#strikes < OUTAGE_FROM ? this.#ready.pop() : this.#probe()
      if (next === undefined) return
      if (!this.#waiting.delete(next) || this.#tracked.get(next.source.id) !== next) continue
      if (next.running === null) void this.#run(next, next.trigger, false).catch(() => undefined)
    }
  }

  /**
   * Which one shows whether an outage is over: the one that failed least, and of these the one that ends last. The first to
   * end would be the same few for ever where they fail for reasons of their own.
   */
  #probe(): Tracked | undefined {
    let best: Tracked | undefined
    for (const one of this.#waiting) {
      const isBetter =
        best === undefined ||
        one.failures < best.failures ||
        (one.failures === best.failures && endOf(one) > endOf(best))
      if (isBetter) best = one
    }
    // Each that is probed leaves its place in the queue behind.
    if (this.#ready.size > 2 * this.#waiting.size + 64) {
      this.#ready.clear()
      for (const one of this.#waiting) this.#ready.push(one)
    }
    return best
  }

  /** When a tick could begin something; Infinity: never. */
  nextWake(): Instant {
    if (!this.#started || this.#hooks.paused()) return Number.POSITIVE_INFINITY
    const waits = this.#waiting.size > 0 && this.#running < AT_ONCE
    return Math.min(
      waits ? Math.max(this.#heldUntil, this.#now() + SECOND) : Number.POSITIVE_INFINITY,
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

  kept(): readonly KeptDataSourceView[] {
    const revision = this.#revision
    if (this.#views?.revision !== revision) {
      this.#views = {
        revision,
        all: [...this.#tracked.values()].flatMap((one) => {
          one.view ??= this.#viewOf(one)
          return one.view ?? []
        }),
      }
    }
    return this.#views.all
  }

  async list(profileId: ProfileId): Promise<DataSourceListing> {
    const profile = this.#profile(profileId)
    const calls = this.#calls()
    const sources: RemoteDataSource[] = []
    let next: string | null = null
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const asked: string | null = next
      const { value, failure }: Asked<DataSourcePage | null> = await this.#ask(profile, FIRST, (token) =>
        calls.list(token, asked),
      )
      if (failure !== null || value == null) {
        const known = failure ?? { kind: 'incomplete', detail: null, trackingId: null, at: this.#now() }
        const { trackingId } = known
        return {
          kind: 'failed',
          sentence: sentenceOf(known, profile),
          trackingId,
          isRefusal: isRefusal(known),
        }
      }
      sources.push(...value.items)
      next = value.next
      if (next === null) break
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
      await known.running?.catch(() => null)
      outcomes.push(await this.#run(known, 'manual', true))
    }
    return outcomes
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
      const remote = byId.get(tracked.source.id)
      if (remote === undefined) this.#plan(tracked, now)
      else if (remote.expiresAt !== null && remote.expiresAt !== tracked.source.expiresAt)
        this.#plan(tracked, now)
    }
    this.#hooks.tick()
  }

  /** One that is renewed once, and not kept. */
  #once(profile: Profile, id: DataSourceId): Tracked {
    const url = this.#seen.get(id)?.url ?? null
    const times = { issuedAt: null, expiresAt: null, lapse: null }
    return tracked({ id, profileId: profile.id, url, keptSince: this.#now(), ...times })
  }

  #profile(id: ProfileId): Profile {
    const profile = this.#context.fleetState.profiles.get(id)
    if (profile === undefined) throw new Error('this profile is not in the fleet')
    return profile
  }

  #calls() {
    const calls = this.#context.parts.dataSources?.calls
    if (calls === undefined) throw new Error('this engine knows no data sources')
    return calls
  }

  #now(): Instant {
    return this.#context.serverClock.now()
  }

  #of(profileId: ProfileId): readonly Tracked[] {
    return [...(this.#byProfile.get(profileId) ?? [])]
  }

  #track(source: KeptDataSource): Tracked {
    const added = tracked(source)
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

  #plan(tracked: Tracked, due: Instant): void {
    tracked.due = due
    if (this.#tracked.get(tracked.source.id) === tracked && tracked.running === null)
      this.#due.plan(tracked.source.id, due)
  }

  #changed(profileId: ProfileId): void {
    for (const tracked of this.#of(profileId)) tracked.view = null
    this.#revision += 1
    this.#context.changed(profileKey(profileId))
  }

  #run(tracked: Tracked, trigger: Trigger, isManual: boolean): Promise<DataSourceOutcome> {
    this.#running += 1
    tracked.trigger = 'scheduled'
    const { profileId } = tracked.source
    const running = this.#renew(tracked, trigger, isManual).finally(() => {
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

  async #renew(tracked: Tracked, trigger: Trigger, isManual: boolean): Promise<DataSourceOutcome> {
    const { source } = tracked
    const startedAt = this.#now()
    const made: Call[] = []
    const profile = this.#context.fleetState.profiles.get(source.profileId)
    if (profile === undefined || (profile.paused && !isManual)) {
      tracked.due = startedAt + MINUTE
      return {
        id: source.id,
        result: 'failed',
        sentence: 'Renewals of this service app are paused.',
        isRefusal: true,
        expiresAt: null,
      }
    }
    const about = { tracked, profile, trigger, startedAt, made, isManual }
    const order = isManual ? FIRST : endOf(tracked)
    const calls = this.#calls()
    const read = await this.#ask(profile, order, (token) => calls.read(token, source.id), made)
    if (read.failure !== null) return this.#failed(about, read.failure)
    const remote = read.value
    if (remote == null || (remote.id !== null && remote.id !== source.id))
      return this.#failed(about, incomplete('its details', this.#now()))
    tracked.isDisabled = remote.status?.toLowerCase() === 'disabled'
    const end = remote.expiresAt ?? source.expiresAt
    if (end !== null && end <= this.#now()) tracked.ended = end
    const isFresh =
      remote.expiresAt !== null && renewalDue({ ...remote, id: source.id }) > this.#now() + SAME_RENEWAL
    if (tracked.isDisabled) {
      await this.#keep(about, remote, null, null)
      tracked.due = this.#now() + DISABLED_CHECK
      const sentence = 'The data source is disabled, so Webex delivers no data to it.'
      const { expiresAt } = tracked.source
      return { id: source.id, result: 'unchanged', sentence, isRefusal: false, expiresAt }
    }
    // Another copy or program has renewed it, or an answer to this one was lost.
    if (isFresh && !isManual) {
      await this.#keep(about, remote, null, remote.issuedAt)
      const { expiresAt } = tracked.source
      return { id: source.id, result: 'unchanged', sentence: null, isRefusal: false, expiresAt }
    }
    const renewal = renewalOf(remote, this.#context.parts.newId())
    if (typeof renewal === 'string') return this.#failed(about, incomplete(renewal, this.#now()))
    const sentAt = this.#now()
    const put = await this.#ask(profile, order, (token) => calls.renew(token, source.id, renewal), made)
    if (put.failure !== null) return this.#failed(about, put.failure)
    const given = put.value?.expiresAt ?? null
    // A time that has passed is none that this renewal gave.
    const expiresAt =
      given !== null && given > sentAt ? given : sentAt + renewal.tokenLifetimeMinutes * MINUTE
    const issuedAt = given === expiresAt ? (put.value?.issuedAt ?? sentAt) : sentAt
    await this.#keep(about, { ...remote, issuedAt, expiresAt }, 'renewed', sentAt)
    return { id: source.id, result: 'renewed', sentence: null, isRefusal: false, expiresAt }
  }

  /** It lives on. `outcome`: null where nothing was done. `renewedAt`: now, or before by somebody else; null: it was not. */
  async #keep(
    about: About,
    remote: RemoteDataSource,
    outcome: 'renewed' | null,
    renewedAt: Instant | null,
  ): Promise<void> {
    const { tracked } = about
    const { source } = tracked
    const now = this.#now()
    const next: KeptDataSource = {
      ...source,
      url: remote.url ?? source.url,
      issuedAt: remote.issuedAt,
      expiresAt: remote.expiresAt ?? source.expiresAt,
      lapse: lapseOf(tracked, renewedAt) ?? source.lapse,
    }
    this.#strikes = 0
    this.#heldUntil = Number.NEGATIVE_INFINITY
    this.#answeredAt = now
    Object.assign(tracked, { failures: 0, failure: null, failingSince: null })
    tracked.due = nextRenewal(next, now)
    const isKept = this.#tracked.get(source.id) === tracked
    tracked.source = next
    if (renewedAt !== null) tracked.ended = null
    const isSame = JSON.stringify(next) === JSON.stringify(source)
    await this.#store(
      isKept && !isSame ? [{ kind: 'data-source-kept', source: next }] : [],
      outcome === null ? [] : [this.#attempt(about, 'renewed', null)],
      source.id,
    )
  }

  async #failed(about: About, failure: DataSourceFailure): Promise<DataSourceOutcome> {
    const { tracked, profile } = about
    const now = this.#now()
    const before = tracked.failure
    const sentence = sentenceOf(failure, profile)
    const isSent = about.made.length > 0
    tracked.failure = failure
    if (isSent) tracked.failures += 1
    // One that failed before others worked has a reason of its own: the others must not wait for it.
    const isOwn = tracked.failingSince !== null && tracked.failingSince < this.#answeredAt
    tracked.failingSince ??= now
    if (isOutage(failure)) {
      if (!isOwn) this.#strikes += 1
      const beyond = this.#strikes - OUTAGE_FROM
      if (beyond >= 0 && !isOwn)
        this.#heldUntil = now + Math.min(MINUTE, OUTAGE_PAUSE * 2 ** Math.min(beyond, 10))
    } else if (failure.kind !== 'held' && failure.kind !== 'no-token') {
      this.#strikes = 0
      this.#answeredAt = now
    }
    if (failure.kind === 'token-refused') this.#requestToken(profile)
    const failed = { failures: tracked.failures, isRefusal: isRefusal(failure) }
    tracked.due = isSent
      ? retryAt(tracked.source, failed, now, this.#context.parts.random)
      : now + Math.min(MINUTE, Math.max(SECOND, this.#opensIn(profile)))
    // The same again is no news, and there may be one each minute.
    const isNews = before?.kind !== failure.kind || about.isManual
    if (isSent && isNews) await this.#store([], [this.#attempt(about, 'failed', failure)], tracked.source.id)
    const { id, expiresAt } = tracked.source
    return { id, result: 'failed', sentence, isRefusal: failed.isRefusal, expiresAt }
  }

  async #store(
    changes: readonly FleetChange[],
    attempts: readonly Attempt[],
    id: DataSourceId,
  ): Promise<void> {
    if (changes.length + attempts.length === 0) return
    await this.#context.writeQueue.record(
      // Dropped while it was renewed: it must not come back.
      () => ({ changes: this.#tracked.has(id) ? changes : [], attempts }),
      () => undefined,
    )
  }

  /** A token that is refused for a reason that no new one mends must not lead to one token after the other. */
  #requestToken({ id }: Profile): void {
    const now = this.#now()
    if (now - (this.#requested.get(id) ?? Number.NEGATIVE_INFINITY) < NEEDS_YOU_RETRY) return
    this.#requested.set(id, now)
    this.#hooks.requestToken(id)
  }

  #limitOf({ id, serviceAppId }: Profile): string {
    const app = this.#context.fleetState.serviceApps.get(serviceAppId)
    return app === undefined ? profileKey(id) : clientLimit(app.clientId)
  }

  /** When something that could not be sent is tried again: at once where Webex said when, else after a minute. */
  #opensIn(profile: Profile): Duration {
    return this.#context.rateLimiter.opensIn(this.#limitOf(profile)) || MINUTE
  }

  async #ask<T>(
    profile: Profile,
    order: number,
    send: (token: Secret) => Promise<Answer<T>>,
    made: Call[] = [],
  ): Promise<Asked<T>> {
    const { callGuards, fleetState } = this.#context
    const current = fleetState.profiles.get(profile.id)
    const token = usableToken(current?.pair, this.#now())
    const fail = (failure: Omit<DataSourceFailure, 'at'>) => ({
      value: null,
      failure: { ...failure, at: this.#now() },
    })
    if (token === null) return fail({ kind: 'no-token', detail: null, trackingId: null })
    let answer: Answer<T> | null = null
    const sent = await performCall<T>(callGuards, {
      context: { tier: 2 },
      caller: null,
      limits: [this.#limitOf(profile)],
      order,
      pair: current?.pair ?? null,
      provesStore: 'never',
      perform: async () => {
        answer = await send(token)
        return answer
      },
    })
    if (sent.call !== null) made.push(sent.call)
    if (sent.kind === 'ok') return { value: sent.value, failure: null }
    const said = answer as Answer<T> | null
    if (said !== null) return { value: null, failure: failureIn(said, this.#now()) }
    const kind = sent.failure.kind === 'throttled' ? 'throttled' : 'held'
    return fail({ kind, detail: blockerSentence(sent.failure), trackingId: null })
  }

  #attempt(
    { tracked, profile, trigger, startedAt, made }: About,
    outcome: Attempt['outcome'],
    failure: DataSourceFailure | null,
  ): Attempt {
    const { id, url } = tracked.source
    return {
      id: this.#context.parts.newId(),
      subject: { kind: 'profile', profileId: profile.id },
      name: profile.name,
      orgId: profile.targetOrgId,
      trigger,
      reason: { code: 'data-source', id, url },
      startedAt,
      endedAt: this.#now(),
      calls: made,
      outcome,
      tier: null,
      before: null,
      after: null,
      sentence: failure === null ? null : sentenceOf(failure, profile),
      trackingId: failure?.trackingId ?? made.at(-1)?.trackingId ?? null,
    }
  }

  #viewOf({
    source,
    failure,
    failures,
    failingSince,
    isDisabled,
    due,
    running,
  }: Tracked): KeptDataSourceView | null {
    const profile = this.#context.fleetState.profiles.get(source.profileId)
    if (profile === undefined) return null
    return {
      ...source,
      isDisabled,
      isRenewing: running !== null,
      nextRenewal: profile.paused || !Number.isFinite(due) ? null : due,
      failure:
        failure === null
          ? null
          : {
              kind: failure.kind,
              sentence: sentenceOf(failure, profile),
              isRefusal: isRefusal(failure),
              owner: ownerOf(failure),
              since: failingSince ?? failure.at,
              failures,
              trackingId: failure.trackingId,
            },
    }
  }
}

interface Asked<T> {
  readonly value: T | null
  readonly failure: DataSourceFailure | null
}

/** One renewal, as it is told. */
interface About {
  readonly tracked: Tracked
  readonly profile: Profile
  readonly trigger: Trigger
  readonly startedAt: Instant
  readonly made: readonly Call[]
  readonly isManual: boolean
}

function tracked(source: KeptDataSource): Tracked {
  return {
    source,
    failures: 0,
    failure: null,
    failingSince: null,
    isDisabled: false,
    ended: null,
    due: renewalDue(source),
    trigger: 'scheduled',
    running: null,
    view: null,
  }
}

function endOf({ source }: Tracked): Instant {
  return source.expiresAt ?? Number.NEGATIVE_INFINITY
}

function incomplete(detail: string, at: Instant): DataSourceFailure {
  return { kind: 'incomplete', detail, trackingId: null, at }
}

/** null: nothing was in between, or it was not kept yet. */
function lapseOf({ ended, source }: Tracked, renewedAt: Instant | null): Lapse | null {
  if (ended === null || renewedAt === null || renewedAt <= ended || ended < source.keptSince) return null
  return { from: ended, until: renewedAt }
}

/** A text: what is missing. */
function renewalOf(remote: RemoteDataSource, nonce: string): DataSourceRenewal | string {
  const { schemaId, url, audience, subject } = remote
  if (schemaId === null) return 'schemaId'
  if (url === null) return 'url'
  if (audience === null) return 'audience'
  if (subject === null) return 'subject'
  const minutes = Math.round((remote.lifetime ?? DEFAULT_LIFETIME) / MINUTE)
  const tokenLifetimeMinutes = Math.min(Math.max(1, minutes), DEFAULT_LIFETIME / MINUTE)
  return { schemaId, url, audience, subject, nonce, tokenLifetimeMinutes, status: 'active' }
}
