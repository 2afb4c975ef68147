// Answers of the Webex port, as its adapter would give them.
import { createHash } from 'node:crypto'
import type { Answer, TokenGrant } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

export const meta = { trackingId: 'TRACK_1', serverDate: null }

export function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}

export function grantOf(
  accessToken: string,
  expiresIn: number | null,
  refresh: { readonly token: string; readonly expiresIn: number | null } | null,
): TokenGrant {
  return {
    accessToken: new Secret(accessToken),
    fingerprint: fingerprintOf(accessToken),
    expiresIn,
    refreshToken: refresh === null ? null : new Secret(refresh.token),
    refreshTokenExpiresIn: refresh?.expiresIn ?? null,
    scope: null,
  }
}

export function good<T>(value: T): Answer<T> {
  return { kind: 'ok', value, ...meta }
}

export function refused(
  status: number,
  body: {
    readonly code?: string | null
    readonly message?: string | null
    readonly retryAfter?: number | null
    readonly webexShaped?: boolean
  } = {},
): Answer<never> {
  const { code = null, message = null, retryAfter = null, webexShaped = true } = body
  return { kind: 'refused', status, code, message, retryAfter, webexShaped, ...meta }
}

export function odd(
  anomaly: Extract<Answer<never>, { kind: 'anomalous' }>['anomaly'],
  status = 200,
): Answer<never> {
  return { kind: 'anomalous', status, anomaly, ...meta }
}

type Unreachable = Extract<Answer<never>, { kind: 'unreachable' }>

export function unreachable(reason: Unreachable['reason'] = 'dns', sent = false): Answer<never> {
  return { kind: 'unreachable', reason, sent, trackingId: null, serverDate: null }
}

export const invalidGrant = refused(400, { code: 'invalid_grant', message: 'The refresh token is invalid.' })
export const invalidClient = refused(401, {
  code: 'invalid_client',
  message: 'Client authentication failed.',
})
export const unauthorised = refused(403, {
  message: 'Insufficient permissions or Service App not authorized by Full Admin in Control Hub',
})
export const tokenLimit = refused(400, { code: 'tokenlimit_reached' })
export const badBearer = refused(401, { message: 'The request requires a valid access token.' })
