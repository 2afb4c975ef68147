// Policy: every number of the engine, with its source. All durations in ms.
import type { Duration } from './model.ts'
import { POLICY_SETTINGS, type PolicyValues, readSettings } from './settings.ts'

export const SECOND: Duration = 1000
export const MINUTE: Duration = 60 * SECOND
export const HOUR: Duration = 60 * MINUTE
export const DAY: Duration = 24 * HOUR

/** The numbers a person may change; settings.ts has their defaults and ranges. */
export interface EngineSettings {
  /** Share of the lifetime after which a token is renewed. */
  readonly refreshAt: number
  /** Attempts at once for one client id. */
  readonly concurrency: number
  /** Requests a second for one client id; null: no limit. */
  readonly requestsPerSecond: number | null
  /** Failed attempts in a row before a passing trouble is worth an alert. */
  readonly failedAttemptsBeforeAlert: number
  /** How long before the end of a token an alert is raised if nothing planned could renew it. */
  readonly expiryWarning: Duration
  /** Each month one profile of each service app proves tiers 3 and 2 with a renewal that is due anyway. */
  readonly monthlyDrill: boolean
}

export function engineSettings(values: PolicyValues): EngineSettings {
  return {
    refreshAt: values.refreshAt,
    concurrency: values.attemptsAtOnce,
    requestsPerSecond: values.requestsPerSecond,
    failedAttemptsBeforeAlert: values.alertAfterFailures,
    expiryWarning: values.alertHoursBeforeExpiry * HOUR,
    monthlyDrill: values.monthlyDrill,
  }
}

export const defaultSettings = engineSettings(readSettings(POLICY_SETTINGS, {}))

/** Settings as the engine can work with: each number is brought into its range. */
export function soundSettings(settings: EngineSettings): EngineSettings {
  const { requestsPerSecond } = settings
  const ranges = POLICY_SETTINGS
  return {
    refreshAt: clamp(settings.refreshAt, ranges.refreshAt),
    concurrency: Math.floor(clamp(settings.concurrency, ranges.attemptsAtOnce)),
    requestsPerSecond: requestsPerSecond === null ? null : clamp(requestsPerSecond, ranges.requestsPerSecond),
    failedAttemptsBeforeAlert: Math.floor(
      clamp(settings.failedAttemptsBeforeAlert, ranges.alertAfterFailures),
    ),
    expiryWarning: clamp(settings.expiryWarning / HOUR, ranges.alertHoursBeforeExpiry) * HOUR,
    monthlyDrill: settings.monthlyDrill,
  }
}

function clamp(value: number, range: { readonly least: number; readonly most: number }): number {
  return Number.isNaN(value) ? range.least : Math.min(Math.max(value, range.least), range.most)
}

/** How far the due time of a profile may move, as a share of the lifetime (SPIRE: ± 10 %). */
export const JITTER = 0.1
/** No due time lies later in the life than this, whatever setting and jitter say. */
export const LATEST_DUE = 0.95
/** The last part of a life: every tier that might work is tried, and delays are shorter. */
export const LAST_TENTH = 0.1
/** A refresh token with less than this share of its first lifetime left is replaced by tier 2. */
export const SHORT_REFRESH = 1 / 3

/** A lifetime in an answer outside these bounds is a mistake (12 h in ms read as seconds are 500 days): unknown. */
export const LIFETIME_LEAST: Duration = SECOND
export const LIFETIME_MOST: Duration = 365 * DAY

/** A new token whose end is unknown is renewed after this share of the lifetime of the one before it … */
export const UNKNOWN_END_SHARE = 1 / 4
/** … and within these bounds. Twice the interval each time in a row: no answer may lead to a token every few seconds. */
export const UNKNOWN_END_LEAST: Duration = 5 * SECOND
export const UNKNOWN_END_MOST: Duration = 6 * HOUR
/** `tokenExpiry` may name an end of a new token no sooner after it was issued. */
export const TOLD_END_LEAST: Duration = MINUTE
/** After so many of these intervals without a renewal every tier that might work is tried. */
export const UNKNOWN_END_URGENT = 2

/** `unchanged`: Webex often gives the same token again within 24 h. */
export const UNCHANGED_PAUSE: Duration = DAY
export const UNCHANGED_PAUSE_SHARE = 1 / 4
/** Left of the token when it is tried again: announced maintenance of Webex has lasted five hours. */
export const UNCHANGED_MARGIN: Duration = 6 * HOUR

/** Wall clock and monotonic clock may drift apart by this much between two ticks before it counts as a jump. */
export const CLOCK_JUMP: Duration = MINUTE
/** A smaller difference between the server's `Date` and the local clock is neither corrected nor shown. */
export const CLOCK_SKEW: Duration = 2 * MINUTE

export const BACKOFF_BASE: Duration = 10 * SECOND
export const BACKOFF_CAP: Duration = HOUR
export const BACKOFF_CAP_LAST_TENTH: Duration = 5 * MINUTE
/** No delay falls below this: full jitter may draw a number next to zero. */
export const SHORTEST_DELAY: Duration = 250
/** A wait is never longer than this share of the life that is left, so that a short-lived token still gets its tries. */
export const WAIT_SHARE_OF_LEFT = 1 / 4
/** … but not shorter than this share of the whole life, so that the tries do not pile up at its end. */
export const WAIT_SHARE_OF_LIFE = 1 / 20

/** For so long after tier 3 gave the same bearer again it is not asked about that bearer once more. */
export const VOUCHED_FOR: Duration = MINUTE

/** A tier 3 that worked within this time is proof enough for a monthly drill: one renewal of the token manager serves many. */
export const DRILL_PROVEN_FOR: Duration = DAY

/** Things that need a person are tried again automatically, since the person may have mended them elsewhere. */
export const NEEDS_YOU_RETRY: Duration = 6 * HOUR

/** After `tokenlimit_reached` nothing is minted for that account for so long. */
export const TOKEN_LIMIT_RETRY: Duration = 6 * HOUR

/** Two dead refresh tokens within so many lifetimes: of two copies that renew together, each has one in every other cycle. */
export const OTHER_COPY_WINDOW = 2
/** While another copy uses the same refresh tokens, a token is renewed at this share of its lifetime: late, and with days left. */
export const OTHER_COPY_REFRESH_AT = 0.8
/** … and no sooner than this after it was issued when a program asks: each new token may end the other copy's. */
export const OTHER_COPY_LEAST: Duration = HOUR

/** Longest honoured Retry-After, or `WAIT_SHARE_OF_LEFT` of the token's life if that is longer. */
export const RETRY_AFTER_CAP: Duration = HOUR
/** Longest wait that is taken from a Retry-After which is neither a number of seconds nor a date. */
export const RETRY_AFTER_UNREADABLE_CAP: Duration = 5 * MINUTE
/** How long a request waits for a closed rate limiter; beyond it the attempt ends and is planned again. */
export const GATE_PATIENCE: Duration = 10 * SECOND

/** Attempts at once in the whole fleet: bounds open sockets when many client ids are due together. */
export const CONCURRENCY_TOTAL = 64

/** Routine renewals may start this many times faster than they come due on average, so chance crowds are flattened. */
export const PACE_OVER_MEAN = 1.6
export const PACE_BURST = 4
/** … and always at least this many ms⁻¹, so that a small fleet does not wait for company. */
export const PACE_LEAST = 8 / (5 * MINUTE)
/** … but no renewal is put off by more than this share of its token's life. */
export const PACE_PATIENCE_SHARE = 0.01

/** A failed store is tried again at this interval. */
export const STORE_RETRY: Duration = 3 * SECOND
/** History rows held in memory while the store cannot be written; pairs are held without limit. */
export const UNSAVED_ATTEMPTS = 1000

/** Until a refresh token is looked at again whose last use has an unknown outcome, where tier 2 is only waited for. */
export const UNKNOWN_WAIT: Duration = MINUTE

/** Whether Webex itself answers is asked again after 2 s × 2ⁿ, up to a minute: the request carries no credential. */
export const PRESENCE_BASE: Duration = 2 * SECOND
export const PRESENCE_CAP: Duration = MINUTE

/** After a resume or a returned network a failed attempt is not repeated sooner than this. */
export const RECONSIDER_GAP: Duration = 2 * SECOND
/** The view is announced at most this often. */
export const VIEW_INTERVAL: Duration = 100

/** When the end of the token manager's refresh token is announced, for a 90-day one; scaled down for shorter ones. */
export const MANAGER_WARNINGS: readonly Duration[] = [30 * DAY, 14 * DAY, 7 * DAY, DAY]
export const MANAGER_WARNINGS_FOR: Duration = 90 * DAY
/** The expiry warning is meant for a 14-day token and scaled down for shorter ones. */
export const EXPIRY_WARNING_FOR: Duration = 14 * DAY

/** Alerts that come within this time of each other are grouped … */
export const ALERT_GROUP_WINDOW: Duration = MINUTE
/** … from this many on. */
export const ALERT_GROUP_SIZE = 3
/** More customers of an incident that was announced are announced again after this time. */
export const ALERT_GROWTH_PAUSE: Duration = 10 * MINUTE
