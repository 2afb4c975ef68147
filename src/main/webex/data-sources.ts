// Data sources (BYODS): listed, read and renewed. Audience and subject are read back from the token in the answer, whose
// name differs between answers; url and schema from the answer itself.
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import type { DataSourceCalls, DataSourcePage, RemoteDataSource } from '#engine/domain/data-source.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { WebexDependencies } from './client.ts'
import { exchange, type FetchInit, type Reply, requestInit } from './http-exchange.ts'
import { type ReadingContext, readJson } from './response-parser.ts'

const PATH = '/dataSources'
const MINUTE = 60_000
/** Ten years: no data source lives that long. */
const LONGEST = 10 * 365 * 24 * 60 * MINUTE

export function createDataSourceCalls(parts: WebexDependencies): DataSourceCalls {
  const send = (path: string, accessToken: Secret, init: Pick<FetchInit, 'method' | 'body'>) =>
    exchange(parts, (signal) =>
      parts.fetch(`${parts.baseUrl()}${path}`, {
        ...requestInit(parts, {
          authorization: `Bearer ${accessToken.reveal()}`,
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        }),
        ...init,
        signal,
      }),
    )
  const context = (accessToken: Secret): ReadingContext => ({ now: parts.clock.now(), sent: [accessToken] })
  const one = async (reply: Promise<Reply>, accessToken: Secret) => {
    const answered = await reply
    const asked = context(accessToken)
    return readJson(answered, asked, (json) => ({ value: readDataSource(json, asked.now) }))
  }
  const pathOf = (id: string) => `${PATH}/${encodeURIComponent(id)}`

  return {
    async list(accessToken, next) {
      const reply = await send(`${PATH}${next ?? ''}`, accessToken, { method: 'GET' })
      const asked = context(accessToken)
      return readJson(reply, asked, (json) => ({ value: readPage(json, nextIn(reply), asked.now) }))
    },
    read: (accessToken, id) => one(send(pathOf(id), accessToken, { method: 'GET' }), accessToken),
    renew: (accessToken, id, renewal) =>
      one(send(pathOf(id), accessToken, { method: 'PUT', body: JSON.stringify(renewal) }), accessToken),
  }
}

const text = z.string().min(1).max(4096).nullable().catch(null)

const answer = z.object({
  id: text,
  url: text,
  schemaId: text,
  audience: text,
  subject: text,
  status: text,
  tokenLifetimeMinutes: z.coerce.number().positive().max(LONGEST).nullable().catch(null),
  tokenExpiryTime: z
    .union([z.string().max(64), z.number()])
    .nullable()
    .catch(null),
  /** The older name is `jwtToken`. */
  jwsToken: z.string().nullable().catch(null),
  jwtToken: z.string().nullable().catch(null),
})

/** The claims of Cisco's own example; seconds (RFC 7519 section 2). */
const claims = z.object({
  aud: z
    .union([z.string().min(1), z.tuple([z.string().min(1)]).transform(([only]) => only)])
    .nullable()
    .catch(null),
  sub: text,
  exp: z.number().nullable().catch(null),
  iat: z.number().nullable().catch(null),
  'com.cisco.datasource.url': text,
  'com.cisco.datasource.schema.uuid': text,
})

/** null: it is no object. */
export function readDataSource(json: unknown, now: Instant): RemoteDataSource | null {
  const said = answer.safeParse(json).data
  if (said === undefined) return null
  const signed = claimsIn(said.jwsToken ?? said.jwtToken ?? '')
  const issuedAt = likely(signed?.iat == null ? null : 1000 * signed.iat, now)
  // The claim is what the receiver of the data checks; a time in text may lack its zone.
  const expiresAt =
    likely(signed?.exp == null ? null : 1000 * signed.exp, now) ?? likely(timeIn(said.tokenExpiryTime), now)
  const minutes = said.tokenLifetimeMinutes
  const signedFor = issuedAt === null || expiresAt === null ? null : expiresAt - issuedAt
  return {
    id: said.id,
    url: said.url ?? signed?.['com.cisco.datasource.url'] ?? null,
    schemaId: said.schemaId ?? signed?.['com.cisco.datasource.schema.uuid'] ?? null,
    audience: signed?.aud ?? said.audience,
    subject: signed?.sub ?? said.subject,
    lifetime: minutes !== null ? minutes * MINUTE : signedFor !== null && signedFor > 0 ? signedFor : null,
    status: said.status,
    issuedAt,
    expiresAt,
  }
}

function readPage(json: unknown, next: string | null, now: Instant): DataSourcePage | null {
  const items = z.object({ items: z.array(z.unknown()) }).safeParse(json).data?.items
  if (items === undefined) return null
  return { items: items.flatMap((item) => readDataSource(item, now) ?? []), next }
}

/** Its signature is Webex's matter: it came from Webex, and nothing is decided by it. */
function claimsIn(jws: string): z.output<typeof claims> | undefined {
  const [, payload] = jws.split('.', 2)
  if (payload === undefined) return undefined
  return claims.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8'))).data
}

/** Epoch ms or s, or a date in text. */
function timeIn(value: string | number | null): number | null {
  if (value === null) return null
  const time =
    typeof value === 'number' ? value : /^\d{9,14}$/.test(value) ? Number(value) : Date.parse(value)
  return time < 100_000_000_000 ? 1000 * time : time
}

function likely(time: number | null, now: Instant): Instant | null {
  return time !== null && Math.abs(time - now) <= LONGEST ? Math.round(time) : null
}

/**
 * The next page (RFC 8288), as the query of a request to the same address: a token goes to no other host, whatever the
 * header names.
 */
export function nextIn(reply: Reply): string | null {
  const link = reply.kind === 'answered' ? reply.link : null
  const target = /<([^<>]{1,2000})>\s*;[^<>]*\brel="?next\b/i.exec(link ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, 'https://webexapis.com')) return null
  const { search } = new URL(target, 'https://webexapis.com')
  return search === '' ? null : search
}
