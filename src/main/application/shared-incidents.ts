// Shared incidents: what is wrong with the shared vault that this computer takes part in, beside the incidents of the engine.
import { inOneUnit } from '#base/common/duration.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { SHARED_VAULT } from '#engine/view/incidents.ts'
import type { SharingStatus, TroubleKind } from '#vault/shared/sharing.ts'

const SECOND: Duration = 1_000
const MINUTE: Duration = 60 * SECOND
const HOUR: Duration = 60 * MINUTE
/** A connection that is made again at once is nothing to hear of. */
const UNREACHABLE_AFTER: Duration = MINUTE
/** A worker takes over within 75 s, a desktop that may lead within 4 minutes. */
const UNRENEWED_AFTER: Duration = 5 * MINUTE
/** Whoever runs the database should have seen it by then. */
const WENT_BACK_SHOWN: Duration = 24 * HOUR

const UNREADABLE = 'shared-vault-unreadable'

type Status = Pick<SharingStatus, 'trouble' | 'leaderlessSince' | 'agreedAt' | 'unreadable' | 'wentBackAt'>

/** What the incidents depend on beside the time; the same while nothing in them changes. */
export function sharedRevision(status: Status | null): string | null {
  if (status === null) return null
  const { trouble, leaderlessSince, unreadable, wentBackAt } = status
  return JSON.stringify([trouble, leaderlessSince, unreadable, wentBackAt])
}

/** Its times are of this computer's clock, which the clock of Webex is so much ahead of. */
export function corrected<
  T extends Pick<SharingStatus, 'trouble' | 'leaderlessSince' | 'agreedAt' | 'wentBackAt'>,
>(status: T, ahead: Duration): T {
  // What lies within is no difference of clocks.
  const by = Math.round(ahead / SECOND) * SECOND
  const moved = (at: Instant | null) => (at === null ? null : at + by)
  const { trouble, leaderlessSince, agreedAt, wentBackAt } = status
  return {
    ...status,
    trouble: trouble === null ? null : { ...trouble, since: trouble.since + by },
    leaderlessSince: moved(leaderlessSince),
    agreedAt: moved(agreedAt),
    wentBackAt: moved(wentBackAt),
  }
}

/** `engine`: the incidents of the engine, which has one of its own where it had to store something and could not. */
export function sharedIncidents(
  status: Status | null,
  engine: readonly Incident[],
  now: Instant,
  /** Since when an incident of this key is known; null: it is new. */
  knownSince: (key: string) => Instant | null,
): readonly Incident[] {
  if (status === null) return []
  const { trouble, leaderlessSince, agreedAt, unreadable, wentBackAt } = status
  const incidents: Incident[] = []
  const isKnown = engine.some(({ key }) => key === SHARED_VAULT)
  if (trouble !== null && !isKnown && now - trouble.since >= UNREACHABLE_AFTER) {
    const isLong = now - trouble.since >= UNRENEWED_AFTER
    incidents.push(
      incident({
        code: SHARED_VAULT,
        level: isLong ? 'critical' : 'warning',
        title: titleOf(trouble.kind, ageOf(trouble.since, now)),
        sentence: `${trouble.sentence} ${agreedAt === null ? 'The last known state is shown' : `The state of ${timeOf(agreedAt)} is shown`}; tokens are given out until they expire, and this computer renews none.`,
        since: trouble.since,
      }),
    )
  }
  if (trouble === null && leaderlessSince !== null && now - leaderlessSince >= UNRENEWED_AFTER)
    incidents.push(
      incident({
        code: 'shared-vault-unrenewed',
        level: 'critical',
        title: `No computer has renewed tokens for ${ageOf(leaderlessSince, now)}`,
        sentence:
          'The shared vault is reachable, but no computer renews its tokens. Start a server, or let this computer renew: Settings → Shared vault.',
        since: leaderlessSince,
      }),
    )
  if (wentBackAt !== null && now - wentBackAt < WENT_BACK_SHOWN)
    incidents.push(
      incident({
        code: 'shared-vault-went-back',
        level: 'warning',
        title: 'The shared vault is back at an earlier state',
        sentence:
          'Its database was restored, or lost confirmed commits. No refresh token is used for 10 minutes, and this computer stores again what it still has; the other tokens are renewed with the Applications API. To prevent this, have a second database server confirm each commit.',
        since: wentBackAt,
      }),
    )
  if (unreadable > 0)
    incidents.push(
      incident({
        code: UNREADABLE,
        level: 'warning',
        title: `${unreadable === 1 ? '1 record' : `${unreadable} records`} of the shared vault cannot be read`,
        sentence:
          'The database may have been changed outside this app. These records are not renewed or given out. Restore the database from a copy, or move the service apps out and in again.',
        since: knownSince(UNREADABLE) ?? now,
      }),
    )
  return incidents
}

/** When time alone changes something in them next. */
export function nextSharedIncident(status: Status | null, now: Instant): Instant {
  if (status === null) return Number.POSITIVE_INFINITY
  const { trouble, leaderlessSince, wentBackAt } = status
  const times = [
    ...(trouble === null ? [] : [trouble.since + UNREACHABLE_AFTER, nextAge(trouble.since, now)]),
    ...(trouble !== null || leaderlessSince === null ? [] : [nextAge(leaderlessSince, now)]),
    ...(wentBackAt === null ? [] : [wentBackAt + WENT_BACK_SHOWN]),
  ]
  return Math.min(...times.filter((at) => at > now), Number.POSITIVE_INFINITY)
}

function titleOf(kind: TroubleKind, age: string): string {
  switch (kind) {
    case 'removed':
      return 'This computer was removed from the shared vault'
    case 'not-yet-a-member':
      return 'This computer waits to be added to the shared vault'
    case 'not-usable':
      return `The shared vault has been unavailable for ${age}`
  }
}

/** Told in steps, so that it does not change every minute. */
const stepOf = (age: Duration): Duration => (age < HOUR ? UNRENEWED_AFTER : HOUR)

function ageOf(since: Instant, now: Instant): string {
  const age = Math.max(UNREACHABLE_AFTER, now - since)
  return inOneUnit(age < UNRENEWED_AFTER ? UNREACHABLE_AFTER : Math.floor(age / stepOf(age)) * stepOf(age))
}

function nextAge(since: Instant, now: Instant): Instant {
  const step = stepOf(now - since)
  return since + (Math.floor((now - since) / step) + 1) * step
}

// Made when wanted: the first use of Intl in a process takes 11 ms, for which the first row would wait.
const timeOf = (at: Instant) =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' }).format(at)

function incident(of: Pick<Incident, 'code' | 'level' | 'title' | 'sentence' | 'since'>): Incident {
  return {
    ...of,
    key: of.code,
    fix: { kind: 'show-shared-vault' },
    owner: 'database',
    serviceApp: null,
    profileIds: [],
    customers: 0,
    deadline: null,
    trackingId: null,
  }
}
