// Renewal times: when a data source is due, and when it is tried again. Computed from its token's times alone, so a restart
// changes nothing.
import type { Duration, Instant, KeptDataSource } from '../domain/model.ts'
import { HOUR, MINUTE, SECOND } from '../domain/policy.ts'
import type { Random } from '../domain/ports.ts'
import { spread } from '../renewal/token-lifetime.ts'

/** The longest that Webex gives (Webex Admin API, `tokenLifetimeMinutes`), which is also what most ask for. */
export const DEFAULT_LIFETIME: Duration = 1440 * MINUTE

/** Renewed at half of its life, moved by the ID's fixed place within this share to either side … */
const JITTER = 0.05
/** … and at the latest this long before its end; from then on a failure is retried each minute. */
const LAST_HOUR: Duration = HOUR
/** Of the life of one that lives less than two hours. */
const LAST_SHARE = 1 / 2

/** No two renewals of one data source begin sooner after each other, whatever times Webex names. */
const LEAST_INTERVAL: Duration = 10 * SECOND
/** … and not much sooner while there is time. */
const MOST_INTERVAL: Duration = 5 * MINUTE

const RETRY: Duration = MINUTE
const LONGEST_RETRY: Duration = 30 * MINUTE
/** Of one whose life is short. */
const RETRY_SHARE = 1 / 100
/** After its end and so many failures there is nothing left to be late for. */
const PATIENT_FROM = 60
const RETRY_WHEN_LAPSED: Duration = 5 * MINUTE

type Times = Pick<KeptDataSource, 'id' | 'issuedAt' | 'expiresAt'>

/** null: its end is not known. */
export function lifetimeOf({ issuedAt, expiresAt }: Omit<Times, 'id'>): Duration | null {
  if (expiresAt === null) return null
  return Math.max(1, expiresAt - (issuedAt ?? expiresAt - DEFAULT_LIFETIME))
}

/** When the last part begins, in which nothing may go wrong any more. */
export function lastPartOf(times: Omit<Times, 'id'>): Instant | null {
  const lifetime = lifetimeOf(times)
  if (lifetime === null || times.expiresAt === null) return null
  return times.expiresAt - Math.min(LAST_HOUR, lifetime * LAST_SHARE)
}

/** At once where its end is not known. */
export function renewalDue({ id, ...times }: Times): Instant {
  const lifetime = lifetimeOf(times)
  const latest = lastPartOf(times)
  if (lifetime === null || latest === null || times.expiresAt === null) return Number.NEGATIVE_INFINITY
  const share = 1 / 2 + (2 * spread(id) - 1) * JITTER
  return Math.round(Math.min(times.expiresAt - lifetime * (1 - share), latest))
}

/** After a renewal that worked; where that gave no later end, more often as the end comes nearer. */
export function nextRenewal(times: Times, now: Instant): Instant {
  const left = (times.expiresAt ?? now) - now
  return Math.max(renewalDue(times), now + Math.max(LEAST_INTERVAL, Math.min(MOST_INTERVAL, left / 20)))
}

export interface Failed {
  /** In a row. */
  readonly failures: number
  /** Webex refused it, so a person is needed; it is tried all the same, since one may have acted elsewhere. */
  readonly isRefusal: boolean
}

/**
 * Each minute in the last part of its life and after its end; before, less often with each failure, and in time for the last
 * part.
 */
export function retryAt(
  times: Omit<Times, 'id'>,
  { failures, isRefusal }: Failed,
  now: Instant,
  random: Random,
) {
  const lifetime = lifetimeOf(times) ?? DEFAULT_LIFETIME
  const end = times.expiresAt ?? now
  const least = Math.max(5 * SECOND, Math.min(RETRY, lifetime * RETRY_SHARE))
  const isLapsed = end <= now && times.expiresAt !== null
  if (isLapsed && isRefusal && end + LAST_HOUR <= now) return now + HOUR
  if (isLapsed && failures > PATIENT_FROM) return now + RETRY_WHEN_LAPSED
  const untilLast = (lastPartOf(times) ?? now) - now
  if (isRefusal) return now + Math.max(least, Math.min(LONGEST_RETRY, Math.abs(end - now) / 4))
  if (untilLast <= 0) return now + least
  const grown = Math.min(LONGEST_RETRY, RETRY * 2 ** Math.min(failures - 1, 10))
  return now + Math.min(Math.max(least, grown * (0.5 + random() / 2)), Math.max(least, untilLast))
}
