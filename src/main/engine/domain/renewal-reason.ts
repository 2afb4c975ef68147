// Why a token is renewed: a code with data, kept with the attempt. Its words: renewal-reason-messages.ts.

/** What each code carries beside itself. */
interface ReasonData {
  /** There is no access token. */
  'no-token': unknown
  /** Webex was not asked yet when this token ends; that comes before a renewal. */
  'end-not-asked': unknown
  /** Webex did not say when this token ends. */
  'end-unknown': unknown
  /** Of its lifetime, from 0 to 1. */
  'lifetime-share': { readonly share: number }
  /** The kind of failure (see failure.ts); null: it was in an earlier run of the app. */
  'retry-after-failure': { readonly failure: string | null }
  'same-token-last-time': unknown
  /** Tier 2 was refused with this access token of a token manager. */
  'refused-bearer': unknown
  /** Tier 2 needs a person, who may have acted elsewhere. */
  'needs-attention-recheck': unknown
  /** Another copy uses the same refresh tokens, so it is renewed late. */
  'other-copy': unknown
  /** Tier 2 of the service app with this name needs the token manager's token. */
  'needed-by-service-app': { readonly name: string }
  requested: { readonly by: Requester }
  /** Tiers 3 and 2 before tier 1, to prove them. `share`: of the lifetime, where it was due; null: at once. */
  drill: { readonly by: DrillRequester; readonly share: number | null }
  /** No token is renewed but a data source of the service app; its URL where that is known. */
  'data-source': { readonly id: string; readonly url: string | null }
}

export const REQUESTERS = ['person', 'program', 'unauthorized-seen', 'added'] as const
/** `unauthorized-seen`: a test of the token; `added`: the first token of a new service app. */
export type Requester = (typeof REQUESTERS)[number]

/** `schedule`: the monthly test of one profile for each service app. */
export const DRILL_REQUESTERS = ['person', 'schedule'] as const
export type DrillRequester = (typeof DRILL_REQUESTERS)[number]

export type ReasonCode = keyof ReasonData

/** A union over the codes; with a parameter, the reasons of these codes. */
export type RenewalReason<C extends ReasonCode = ReasonCode> = {
  readonly [K in C]: { readonly code: K } & Beside & ReasonData[K]
}[C]

/** Not why, but kept with it: versions that know nothing of it ignore it. */
interface Beside {
  readonly tierTwo?: TierTwoRefusal
  /** Tier 2 was last called with the access token of a fallback. */
  readonly fallback?: FallbackUse
  /** What keeps tier 2 from being asked, until a time. */
  readonly tierTwoStop?: StoredStop
  /** Since when another copy is known to use the same refresh tokens; null: none is any more. Missing: not known. */
  readonly otherCopySince?: number | null
  /** Of an attempt that failed. */
  readonly met?: MetFailure
  /** Token managers of the profile whose access token tier 2 was refused with, as it is known after the attempt. */
  readonly refusedManagers?: readonly RefusedManager[]
}

/** What keeps a profile or token manager from being renewed, as whoever made the attempt knows it. */
export interface MetFailure {
  /** See `failure/stored-failure.ts`. */
  readonly failure: Fields
  /** When it began to fail. */
  readonly since: number
  /** Attempts that failed in a row. */
  readonly inARow: number
  /** When it is tried again. */
  readonly retryAt: number | null
}

export interface StoredStop {
  /** As of `MetFailure`. */
  readonly failure: Fields
  readonly since: number
  readonly until: number
  readonly managerId: string
}

export interface RefusedManager {
  readonly id: string
  /** Fingerprint of the access token. */
  readonly bearer: string
  /** The only service app that it is refused for; null: it is for all. */
  readonly serviceAppId: string | null
  /** Why a person has to act; null: it is renewed first. */
  readonly failure: Fields | null
  readonly since: number
}

/**
 * What tier 2 was refused for before an attempt that did not use it: only the newest attempt of a profile is known after a
 * restart.
 */
export interface TierTwoRefusal {
  readonly at: number
  readonly since: number
  /** As history keeps it: the kind of failure. */
  readonly result: string
  readonly status: number | null
  readonly detail: string | null
  readonly trackingId: string | null
  readonly fallback?: FallbackUse
}

/** A token manager that takes the place of another one. Names as they were, for history. */
export interface FallbackUse {
  readonly name: string
  readonly insteadOf: { readonly id: string; readonly name: string }
}

/** Of a value that was read and is not known yet. */
export type Fields = Readonly<Record<string, unknown>>

const readers: { readonly [K in ReasonCode]: (fields: Fields) => RenewalReason<K> | null } = {
  'no-token': () => ({ code: 'no-token' }),
  'end-not-asked': () => ({ code: 'end-not-asked' }),
  'end-unknown': () => ({ code: 'end-unknown' }),
  'lifetime-share': ({ share }) => (isShare(share) ? { code: 'lifetime-share', share } : null),
  'retry-after-failure': ({ failure }) =>
    failure === null || typeof failure === 'string' ? { code: 'retry-after-failure', failure } : null,
  'same-token-last-time': () => ({ code: 'same-token-last-time' }),
  'refused-bearer': () => ({ code: 'refused-bearer' }),
  'needs-attention-recheck': () => ({ code: 'needs-attention-recheck' }),
  'other-copy': () => ({ code: 'other-copy' }),
  'needed-by-service-app': ({ name }) =>
    typeof name === 'string' ? { code: 'needed-by-service-app', name } : null,
  requested: ({ by }) => {
    const known = REQUESTERS.find((requester) => requester === by)
    return known === undefined ? null : { code: 'requested', by: known }
  },
  drill: ({ by, share }) => {
    const known = DRILL_REQUESTERS.find((requester) => requester === by)
    return known === undefined || !(share === null || isShare(share))
      ? null
      : { code: 'drill', by: known, share }
  },
  'data-source': ({ id, url }) =>
    typeof id === 'string' && (url === null || typeof url === 'string')
      ? { code: 'data-source', id, url }
      : null,
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

/** From a row or a file; null for what is not known here, such as a code of a newer version. */
export function readReason(fields: unknown): RenewalReason | null {
  if (!isFields(fields)) return null
  const { code } = fields
  const reason = isReasonCode(code) ? readers[code](fields) : null
  if (reason === null) return null
  const tierTwo = readTierTwo(fields.tierTwo)
  return {
    ...reason,
    ...(tierTwo === null ? {} : { tierTwo }),
    ...fallbackIn(fields),
    ...metIn(fields),
    ...stopIn(fields),
    ...otherCopyIn(fields),
    ...refusedIn(fields),
  }
}

function metIn({ met }: Fields): Pick<Beside, 'met'> {
  if (!isFields(met)) return {}
  const { failure, since, inARow, retryAt } = met
  if (!isFields(failure) || !isInstant(since) || !isCount(inARow)) return {}
  return { met: { failure, since, inARow, retryAt: isInstant(retryAt) ? retryAt : null } }
}

function stopIn({ tierTwoStop }: Fields): Pick<Beside, 'tierTwoStop'> {
  if (!isFields(tierTwoStop)) return {}
  const { failure, since, until, managerId } = tierTwoStop
  if (!isFields(failure) || !isInstant(since) || !isInstant(until)) return {}
  return typeof managerId === 'string' ? { tierTwoStop: { failure, since, until, managerId } } : {}
}

function otherCopyIn({ otherCopySince }: Fields): Pick<Beside, 'otherCopySince'> {
  return isInstant(otherCopySince) || otherCopySince === null ? { otherCopySince } : {}
}

function refusedIn({ refusedManagers }: Fields): Pick<Beside, 'refusedManagers'> {
  if (!Array.isArray(refusedManagers)) return {}
  const known = refusedManagers.flatMap((one: unknown): readonly RefusedManager[] => {
    if (!isFields(one)) return []
    const { id, bearer, serviceAppId, failure, since } = one
    if (typeof id !== 'string' || typeof bearer !== 'string' || !isInstant(since)) return []
    return [
      {
        id,
        bearer,
        serviceAppId: textOrNull(serviceAppId),
        failure: isFields(failure) ? failure : null,
        since,
      },
    ]
  })
  return known.length === 0 ? {} : { refusedManagers: known }
}

export function fallbackIn({ fallback }: Fields): Pick<Beside, 'fallback'> {
  if (!isFields(fallback) || typeof fallback.name !== 'string' || !isFields(fallback.insteadOf)) return {}
  const { id, name } = fallback.insteadOf
  if (typeof id !== 'string' || typeof name !== 'string') return {}
  return { fallback: { name: fallback.name, insteadOf: { id, name } } }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** Beyond these a date cannot be shown. */
const LATEST = 8.64e15

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LATEST
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function readTierTwo(value: unknown): TierTwoRefusal | null {
  if (!isFields(value)) return null
  const { at, since, result, status, detail, trackingId } = value
  if (!isInstant(at) || !isInstant(since) || typeof result !== 'string') return null
  return {
    at,
    since,
    result,
    status: typeof status === 'number' ? status : null,
    detail: textOrNull(detail),
    trackingId: textOrNull(trackingId),
    ...fallbackIn(value),
  }
}

function isReasonCode(code: unknown): code is ReasonCode {
  return typeof code === 'string' && Object.hasOwn(readers, code)
}
