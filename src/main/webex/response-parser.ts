// Response parser, tolerant: unknown fields are ignored, and a doubtful side field never costs a good token.
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import { RETRY_AFTER_UNREADABLE_CAP } from '#engine/domain/policy.ts'
import type { Answer, AnswerAnomaly, AnswerMeta, TokenGrant } from '#engine/domain/ports.ts'
import { isHeaderText, Secret } from '#engine/domain/secret.ts'
import type { Reply } from './http-exchange.ts'
import { redact } from './redact.ts'

/** Ten years: no token lives that long, so such a lifetime tells nothing. */
const LONGEST_LIFETIME = 10 * 365 * 86_400_000

const tokenText = z.string().refine(isHeaderText)

/** Some proxies and gateways turn numbers into strings. */
const number = z.union([
  z.number(),
  z
    .string()
    .trim()
    .regex(/^\d{1,16}(\.\d{1,16})?$/)
    .transform(Number),
])

/** Seconds on the wire, ms here. */
const lifetime = number
  .refine((seconds) => Number.isFinite(seconds) && seconds > 0)
  .transform((seconds) => Math.round(seconds * 1000))
  .refine((duration) => duration <= LONGEST_LIFETIME)

/** The refresh token in it may have rotated: only a missing access token makes it worthless. */
const tokenAnswer = z.object({
  access_token: tokenText,
  expires_in: lifetime.nullable().catch(null),
  refresh_token: tokenText.nullable().catch(null),
  refresh_token_expires_in: lifetime.nullable().catch(null),
  scope: z.string().max(10_000).nullable().catch(null),
})

/** `{"exp": <epoch ms>}` (Webex Admin API); a value that can only be seconds is taken as such. */
const expiryAnswer = z.object({
  exp: number
    .refine((exp) => Number.isFinite(exp) && exp > 0)
    .transform((exp) => Math.round(exp < 100_000_000_000 ? exp * 1000 : exp)),
})

/**
 * Webex: `{message, errors: [{description}], trackingId}`; OAuth (RFC 6749 section 5.2): `{error, error_description}`.
 */
const errorAnswer = z.object({
  message: z.string().nullable().catch(null),
  errors: z
    .array(z.object({ description: z.string().nullable().catch(null) }).catch({ description: null }))
    .catch([]),
  error: z.string().nullable().catch(null),
  error_description: z.string().nullable().catch(null),
})

/** Of an error body. Webex's have none or a few. */
const MOST_SECRETS = 20

const errorCode = /^[\w.-]{1,64}$/
const trackingIdText = /^[\w.:/-]{1,128}$/

/** What a reply is parsed with: when it arrived, and the secrets that must not appear in its message. */
export interface ReadingContext {
  readonly now: Instant
  /** Everything secret that was sent in this call. */
  readonly sent: readonly Secret[]
}

/** The answer of the token endpoint and of the Applications API. */
export function readTokenAnswer(reply: Reply, context: ReadingContext): Answer<TokenGrant> {
  return readJson(reply, context, (json, _status) => {
    const tokens = tokenAnswer.safeParse(json)
    if (!tokens.success) return 'no-access-token'
    const { access_token, expires_in, refresh_token, refresh_token_expires_in, scope } = tokens.data
    return {
      value: {
        accessToken: new Secret(access_token),
        fingerprint: fingerprint(access_token),
        expiresIn: expires_in,
        refreshToken: refresh_token === null ? null : new Secret(refresh_token),
        refreshTokenExpiresIn: refresh_token_expires_in,
        scope,
      },
    }
  })
}

/** The answer of `/authorizations/tokenExpiry`. */
export function readExpiryAnswer(reply: Reply, context: ReadingContext): Answer<Instant> {
  return readJson(reply, context, (json) => {
    const expiry = expiryAnswer.safeParse(json)
    const isLikely = expiry.success && expiry.data.exp <= context.now + LONGEST_LIFETIME
    return isLikely ? { value: expiry.data.exp } : 'bad-expiry'
  })
}

/** Any 2xx that is not a proxy's page proves that the token was taken; what it says does not matter. */
export function readProbeAnswer(reply: Reply, context: ReadingContext): Answer<number> {
  if (reply.kind === 'answered' && reply.status === 204)
    return { kind: 'ok', value: 204, ...metaOf(reply, null, context) }
  return readJson(reply, context, (_json, status) => ({ value: status }))
}

/** The answer to a request without credentials: whether it is Webex's own, whatever its status. */
export function readPresenceAnswer(reply: Reply, context: ReadingContext): Answer<boolean> {
  const json = jsonOf(reply)
  const answer = readJson(reply, context, () => ({ value: true }), json)
  if (reply.kind !== 'answered' || (answer.kind !== 'ok' && answer.kind !== 'refused')) return answer
  const isWebexs = answer.trackingId !== null && hasWebexsForm(reply, json)
  if (answer.kind === 'ok') return { ...answer, value: isWebexs }
  if (!isWebexs || answer.retryAfter !== null) return { ...answer, webexShaped: isWebexs }
  const { trackingId, serverDate } = answer
  return { kind: 'ok', value: true, trackingId, serverDate }
}

/**
 * JSON, or an error without a body: Webex's 429 has been seen so. Only its `Trackingid` header then tells that it is
 * Webex's, since there is no body to hold an id, so an empty answer without that header never gets here.
 * 407 and 511 by definition come from a proxy.
 */
function hasWebexsForm(reply: Answered, json: unknown): boolean {
  if (reply.status === 407 || reply.status === 511 || isHtml(reply) || reply.body === null) return false
  if (reply.body.trim() === '') return reply.status >= 400
  return typeof json === 'object' && json !== null
}

export function readJson<T>(
  reply: Reply,
  context: ReadingContext,
  understand: (json: unknown, status: number) => { readonly value: T } | AnswerAnomaly,
  json = jsonOf(reply),
): Answer<T> {
  const meta = metaOf(reply, json, context)
  if (reply.kind === 'unreachable')
    return { kind: 'unreachable', reason: reply.reason, sent: reply.sent, ...meta }
  if (reply.kind === 'redirected')
    return { kind: 'anomalous', status: reply.status, anomaly: 'redirect', ...meta }
  const anomalous = (anomaly: AnswerAnomaly): Answer<T> => ({
    kind: 'anomalous',
    status: reply.status,
    anomaly,
    ...meta,
  })
  if (VERDICTS.includes(reply.status) && isHtml(reply)) return anomalous('html')
  if (reply.status >= 400) return { ...readRefusal(reply, json, context), ...meta }
  if (reply.body === null) return anomalous('too-large')
  if (reply.body.trim() === '') return anomalous('empty')
  if (isHtml(reply)) return anomalous('html')
  if (json === undefined) return anomalous('not-json')
  const understood = understand(json, reply.status)
  return typeof understood === 'string'
    ? anomalous(understood)
    : { kind: 'ok', value: understood.value, ...meta }
}

/**
 * Statuses that speak of a credential or a field. Webex says so in JSON (see `errorAnswer`); a page that says so is a
 * proxy's, and says nothing of the credential.
 */
const VERDICTS = [400, 401, 403, 404]

type Answered = Extract<Reply, { kind: 'answered' }>
type Refused = Omit<Extract<Answer<never>, { kind: 'refused' }>, keyof AnswerMeta>

function readRefusal(reply: Answered, json: unknown, context: ReadingContext): Refused {
  const error = errorAnswer.safeParse(json).data
  const words =
    error === undefined
      ? []
      : [error.error_description, error.message, ...error.errors.map((each) => each.description)]
  const found = secretsIn(json)
  const secrets = [...context.sent.map((each) => each.reveal()), ...found.slice(0, MOST_SECRETS)]
  // With more secrets in it than can be looked for, nothing of it is kept.
  const isKept = found.length <= MOST_SECRETS
  const said = isKept ? words.filter((each) => each !== null) : []
  const message = redact([...new Set(said)].join('; '), secrets)
  const code = error?.error ?? ''
  return {
    kind: 'refused',
    status: reply.status,
    code: isKept && errorCode.test(code) && redact(code, secrets) === code ? code : null,
    message: message === '' ? null : message,
    webexShaped: error !== undefined && (error.error !== null || error.message !== null),
    retryAfter: readRetryAfter(reply.retryAfter, reply.meta.serverDate ?? context.now),
  }
}

/**
 * `Retry-After` (RFC 9110 section 10.2.3) in ms; a date is measured against the server's own clock where it is known.
 * Webex was seen to send templates and decimals: an unreadable one counts as the largest number in it, in seconds.
 */
export function readRetryAfter(header: string | null, now: Instant): Duration | null {
  const text = header?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(text)) return inMilliseconds(text)
  // Date.parse alone would take "5-5" or "2026" for a date.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(date)) return Math.max(0, date - now)
  const waits = Array.from(text.matchAll(/\d+(?:\.\d+)?/g), ([found]) => inMilliseconds(found))
  return waits.length === 0
    ? null
    : Math.min(
        RETRY_AFTER_UNREADABLE_CAP,
        waits.reduce((one, other) => Math.max(one, other)),
      )
}

function inMilliseconds(seconds: string): Duration {
  return Math.ceil(Number(seconds)) * 1000
}

/** The id is in the `Trackingid` header, in the body, or in both. */
function metaOf(reply: Reply, json: unknown, context: ReadingContext): AnswerMeta {
  const inBody = z.object({ trackingId: z.string() }).safeParse(json).data?.trackingId ?? null
  const candidates = [reply.meta.trackingId, inBody]
  const isClean = (id: string | null): id is string =>
    id !== null && trackingIdText.test(id) && !context.sent.some((secret) => overlaps(id, secret.reveal()))
  return { trackingId: candidates.find(isClean) ?? null, serverDate: reply.meta.serverDate }
}

function overlaps(id: string, secret: string): boolean {
  return id.includes(secret) || (id.length >= 8 && secret.includes(id))
}

function isHtml(reply: Answered): boolean {
  return /^(text\/html|application\/xhtml)/i.test(reply.contentType ?? '') || /^\s*</.test(reply.body ?? '')
}

/** undefined: none, or not JSON. */
function jsonOf(reply: Reply): unknown {
  if (reply.kind !== 'answered' || reply.body === null || isHtml(reply)) return undefined
  const json = parseJson(reply.body)
  return json === undefined ? parseLooseJson(reply.body) : json
}

/**
 * Some serializers write numbers that JSON does not have. Strings stay as they are; one without its end reaches to the
 * end of the text, so that no part of it is read twice.
 */
const STRING_OR_NO_NUMBER = /"[^"\\]*(?:\\.?[^"\\]*)*"?|-?\b(?:NaN|Infinity|undefined)\b/gs

function parseLooseJson(body: string): unknown {
  return parseJson(body.replace(STRING_OR_NO_NUMBER, (part) => (part.startsWith('"') ? part : 'null')))
}

/** Tokens that an error body brought along. */
function secretsIn(json: unknown): readonly string[] {
  const named = z.record(z.string(), z.unknown()).safeParse(json).data ?? {}
  return Object.entries(named).flatMap(([key, value]) =>
    /token$|secret$|verifier$/i.test(key) && typeof value === 'string' ? [value] : [],
  )
}
