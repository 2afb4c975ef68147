// Data source renewal: reads a data source from Webex, renews it with a new nonce and otherwise as it is, and records what came of it.
import type { DataSourceOutcome, DataSourceRenewal, RemoteDataSource } from '../domain/data-source.ts'
import type {
  Attempt,
  Call,
  DataSourceId,
  FleetChange,
  Instant,
  KeptDataSource,
  Profile,
  ProfileId,
  Trigger,
} from '../domain/model.ts'
import { MINUTE, NEEDS_YOU_RETRY, SECOND } from '../domain/policy.ts'
import type { EngineContext } from '../runtime/engine-context.ts'
import { type DataSourceCalls, FIRST } from './data-source-calls.ts'
import { type DataSourceFailure, isRefusal, sentenceOf } from './data-source-failure.ts'
import type { DataSourceOutage } from './data-source-outage.ts'
import { endOf, lapseOf, type TrackedDataSource } from './kept-data-source.ts'
import { DEFAULT_LIFETIME, nextRenewal, renewalDue, retryAt } from './renewal-times.ts'

/** Webex's clock and this one may name the times of one renewal so far apart. */
const SAME_RENEWAL = 5 * MINUTE
/** A data source that is disabled gets no data; whether it is enabled again is looked at this often. */
const DISABLED_CHECK = 30 * MINUTE

interface RenewalHooks {
  /** Whether it is still the one that a person chose. */
  readonly isKept: (id: DataSourceId, tracked?: TrackedDataSource) => boolean
  /** Webex refused the profile's access token. */
  readonly requestToken: (profileId: ProfileId) => void
}

/** One renewal. */
interface About {
  readonly tracked: TrackedDataSource
  readonly profile: Profile
  readonly trigger: Trigger
  readonly startedAt: Instant
  readonly made: readonly Call[]
  readonly isManual: boolean
}

export class DataSourceRenewals {
  readonly #context: EngineContext
  readonly #calls: DataSourceCalls
  readonly #outage: DataSourceOutage
  readonly #hooks: RenewalHooks
  /** When a new access token was requested, because Webex refused the one before. */
  readonly #requested = new Map<ProfileId, Instant>()

  constructor(context: EngineContext, calls: DataSourceCalls, outage: DataSourceOutage, hooks: RenewalHooks) {
    this.#context = context
    this.#calls = calls
    this.#outage = outage
    this.#hooks = hooks
  }

  /** Sets what is known of it, and when it is due again. */
  async renew(tracked: TrackedDataSource, trigger: Trigger, isManual: boolean): Promise<DataSourceOutcome> {
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
    const read = await this.#calls.send(
      profile,
      order,
      (token) => this.#calls.api.read(token, source.id),
      made,
    )
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
    const put = await this.#calls.send(
      profile,
      order,
      (token) => this.#calls.api.renew(token, source.id, renewal),
      made,
    )
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
    this.#outage.worked(now)
    Object.assign(tracked, { failures: 0, failure: null, failingSince: null })
    tracked.due = nextRenewal(next, now)
    const isKept = this.#hooks.isKept(source.id, tracked)
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
    this.#outage.failed(failure, tracked.failingSince, now)
    tracked.failingSince ??= now
    if (failure.kind === 'token-refused') this.#requestToken(profile)
    const failed = { failures: tracked.failures, isRefusal: isRefusal(failure) }
    tracked.due = isSent
      ? retryAt(tracked.source, failed, now, this.#context.parts.random)
      : now + Math.min(MINUTE, Math.max(SECOND, this.#calls.opensIn(profile)))
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
      () => ({ changes: this.#hooks.isKept(id) ? changes : [], attempts }),
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

  #now(): Instant {
    return this.#context.serverClock.now()
  }
}

function incomplete(detail: string, at: Instant): DataSourceFailure {
  return { kind: 'incomplete', detail, trackingId: null, at }
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
