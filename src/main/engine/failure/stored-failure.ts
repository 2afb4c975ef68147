// Stored failure: a failure as it is kept with the attempt that met it, for whoever only reads of it: another computer that shares
// the vault, and this one after a restart.
import type { AnswerAnomaly, StoreFailure, Unreachable } from '../domain/ports.ts'
import { type Fields, fallbackIn, isFields, textOrNull } from '../domain/renewal-reason.ts'
import type { Failure, FailureCause, FailureKind, ProxyRefusal, ResponseAnomaly } from './failure.ts'

type Names<N extends string> = Readonly<Record<N, true>>

const unreachable: Names<Unreachable> = {
  dns: true,
  refused: true,
  reset: true,
  timeout: true,
  tls: true,
  offline: true,
  proxy: true,
  'proxy-login': true,
  'proxy-rejected': true,
  aborted: true,
  other: true,
}

const anomalies: Names<AnswerAnomaly | ProxyRefusal | Exclude<ResponseAnomaly, AnswerAnomaly>> = {
  html: true,
  redirect: true,
  empty: true,
  'not-json': true,
  'no-access-token': true,
  'bad-expiry': true,
  'too-large': true,
  proxy: true,
  'proxy-rejected': true,
  'network-login': true,
  unproven: true,
}

const storeReasons: Names<StoreFailure['reason']> = {
  'disk-full': true,
  'read-only': true,
  locked: true,
  damaged: true,
  other: true,
  shared: true,
  conflict: true,
}

/** null: it is none of them, as one of a newer version. */
function oneOf<N extends string>(names: Names<N>, value: unknown): N | null {
  const isName = (name: unknown): name is N => typeof name === 'string' && Object.hasOwn(names, name)
  return isName(value) ? value : null
}

/** What each kind carries beside itself; null: it cannot be read. */
const readers: { readonly [K in FailureKind]: (fields: Fields) => FailureCause<K> | null } = {
  transient: ({ reason }) => {
    const known = reason === 'server' ? reason : oneOf(unreachable, reason)
    return known === null ? null : { kind: 'transient', reason: known }
  },
  throttled: ({ retryAfter }) => ({
    kind: 'throttled',
    retryAfter: typeof retryAfter === 'number' ? retryAfter : null,
  }),
  interference: ({ anomaly }) => {
    const known = oneOf(anomalies, anomaly)
    return known === null ? null : { kind: 'interference', anomaly: known }
  },
  'answer-lost': ({ reason }) => {
    const known = oneOf(unreachable, reason)
    return known === null ? null : { kind: 'answer-lost', reason: known }
  },
  'token-limit': () => ({ kind: 'token-limit' }),
  'manager-token-limit': (fields) => ofManager('manager-token-limit', fields),
  'grant-dead': () => ({ kind: 'grant-dead' }),
  'other-copy': () => ({ kind: 'other-copy' }),
  unclear: () => ({ kind: 'unclear' }),
  unexpected: () => ({ kind: 'unexpected' }),
  'client-refused': () => ({ kind: 'client-refused' }),
  'bearer-refused': ({ aboutClient }) => ({ kind: 'bearer-refused', aboutClient: aboutClient === true }),
  'not-authorised': () => ({ kind: 'not-authorised' }),
  'wrong-field': ({ field }) => ({
    kind: 'wrong-field',
    field: oneOf({ appId: true, targetOrgId: true, clientSecret: true }, field),
  }),
  'fallback-refused': (fields) => {
    const { fallback } = fallbackIn(fields)
    return fallback === undefined ? null : { kind: 'fallback-refused', fallback }
  },
  'manager-grant-dead': (fields) => ofManager('manager-grant-dead', fields),
  'manager-client-refused': (fields) => ofManager('manager-client-refused', fields),
  'manager-refused': ({ managerId, isPersonal, bearer, aboutClient }) =>
    typeof managerId !== 'string'
      ? null
      : {
          kind: 'manager-refused',
          managerId,
          isPersonal: isPersonal === true,
          bearer: textOrNull(bearer),
          aboutClient: aboutClient === true,
        },
  'no-manager': ({ managerId, refreshToken }) => ({
    kind: 'no-manager',
    managerId: textOrNull(managerId),
    refreshToken: oneOf({ dead: true, expired: true }, refreshToken),
  }),
  store: ({ reason }) => {
    const known = oneOf(storeReasons, reason)
    return known === null ? null : { kind: 'store', reason: known }
  },
  'nothing-to-try': () => ({ kind: 'nothing-to-try' }),
}

function ofManager<K extends string>(kind: K, { managerId }: Fields) {
  return typeof managerId === 'string' ? { kind, managerId } : null
}

/** `stored`: the failure, as it was read from a row or a file; null: it is none, or one of a newer version. */
export function readFailure(stored: unknown): Failure | null {
  if (!isFields(stored)) return null
  const { kind, tier, status, detail, trackingId } = stored
  if (tier !== 1 && tier !== 2 && tier !== 3) return null
  const isKind = (name: unknown): name is FailureKind =>
    typeof name === 'string' && Object.hasOwn(readers, name)
  const cause: FailureCause | null = isKind(kind) ? readers[kind](stored) : null
  if (cause === null) return null
  return {
    ...cause,
    tier,
    status: typeof status === 'number' ? status : null,
    detail: textOrNull(detail),
    trackingId: textOrNull(trackingId),
  }
}
