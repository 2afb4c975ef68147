// Client of a token endpoint over HTTPS, in place of the app's socket: one answer a connection, bounded in size and time.
// Loaded when a server is named.
import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import { inWords } from '#base/common/duration.ts'
import { parseJson } from '#base/common/json.ts'
import { quoted } from '#contract/value-rules.ts'
import { isTokenText } from '#engine/domain/secret.ts'
import type { ListedProfile, SatmReplies } from '../protocol.ts'
import type { SatmRequest } from '../server/request-parser.ts'
import { deadline } from './app-connection.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { STATES } from './option-table.ts'
import type { RemoteServer } from './option-values.ts'
import { readCertificates, readSecretFile } from './secret-file.ts'

/** Bytes: of a token and what comes with it, and of a list of 10,000 profiles. */
const LONGEST = { token: 64 * 1024, list: 64 * 1024 * 1024 } as const

type Asked = Extract<SatmRequest, { kind: 'token' | 'list' }>

/** Rejects with `CliError`. `timeout`: ms for the whole answer. */
export async function askServer<R extends SatmRequest>(
  server: RemoteServer,
  request: R,
  timeout: number,
): Promise<SatmReplies[R['kind']]> {
  if (request.kind !== 'token' && request.kind !== 'list')
    throw new Error(`No server answers ${request.kind}.`)
  const answer = await get(server, request, timeout)
  // The kind of the reply is that of the request.
  return reply(request, answer, server) as SatmReplies[R['kind']]
}

function reply(request: Asked, answer: Answer, { url }: RemoteServer): SatmReplies['token' | 'list'] {
  const { status, body } = answer
  const value = parseJson(body)
  const fields = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  if (status !== 200) throw refusal(request, answer, fields, url)
  const now = instantOf(answer.date) ?? 0
  if (request.kind === 'list') {
    const rows = fields.get('profiles')
    if (!Array.isArray(rows)) throw notUnderstood(url)
    return { now: instantOf(fields.get('now')) ?? now, profiles: rows.map((row) => listed(row, url)) }
  }
  const token = fields.get('access_token')
  if (typeof token !== 'string' || !isTokenText(token)) throw notUnderstood(url)
  return { now, token, expiresAt: instantOf(fields.get('expires_at')) }
}

function listed(row: unknown, url: URL): ListedProfile {
  const fields = new Map(typeof row === 'object' && row !== null ? Object.entries(row) : [])
  const text = (name: string) => {
    const value: unknown = fields.get(name)
    return typeof value === 'string' ? value : null
  }
  const [id, name, reference, orgId] = ['id', 'name', 'reference', 'target_org_id'].map(text)
  const state = STATES.find((one) => one === text('state'))
  if (id == null || name == null || orgId == null || state === undefined) throw notUnderstood(url)
  return {
    id,
    name,
    reference: reference ?? id,
    appId: text('app_id') ?? '',
    orgId,
    orgName: text('org'),
    state,
    sentence: null,
    expiresAt: instantOf(fields.get('expires_at')),
    nextRefreshAt: instantOf(fields.get('next_refresh_at')),
    lastOutcome: null,
  }
}

function instantOf(value: unknown): number | null {
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(instant) ? null : instant
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly date: string | undefined
  readonly retryAfter: string | undefined
}

const PATHS = {
  list: () => '/v1/profiles',
  token: ({ profile, minTtl }: Extract<Asked, { kind: 'token' }>) => {
    const ttl = minTtl === null ? '' : `?min-ttl=${Math.ceil(minTtl / 1000)}s`
    return `/v1/token/${encodeURIComponent(Buffer.from(profile).toString())}${ttl}`
  },
}

function get(server: RemoteServer, request: Asked, timeout: number): Promise<Answer> {
  const { url, consumerFile, caFile } = server
  const isTls = url.protocol === 'https:'
  const secret = readSecretFile('The consumer file', consumerFile)
  const options: RequestOptions = {
    // Not as a URL, which would take a service app named “..” for a way up.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path: request.kind === 'list' ? PATHS.list() : PATHS.token(request),
    headers: { host: url.host, authorization: `Bearer ${secret}`, accept: 'application/json' },
    agent: false,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    ...(isTls ? { rejectUnauthorized: true, minVersion: 'TLSv1.2', ca: authorities(caFile) } : {}),
  }
  const client = process.getBuiltinModule(isTls ? 'node:https' : 'node:http')
  return new Promise((resolve, reject) => {
    const sent = client.request(options)
    const fail = (message: string) => {
      stopClock()
      sent.destroy()
      reject(new CliError(EXIT.unreachable, message))
    }
    const stopClock = deadline(timeout, () =>
      fail(`${url.origin} did not respond in time. Try again, or wait longer with --timeout.`),
    )
    sent.on('error', (error) => fail(`${url.origin} cannot be reached: ${connectionProblem(error)}`))
    // Nothing was asked that another protocol would follow.
    sent.on('upgrade', (_, socket) => {
      socket.destroy()
      fail(notUnderstood(url).message)
    })
    sent.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > LONGEST[request.kind]) fail(`The response of ${url.origin} is too long.`)
      })
      response.on('error', (error) => fail(`${url.origin} ended the response: ${connectionProblem(error)}`))
      response.on('end', () => {
        stopClock()
        const { statusCode: status = 0, headers } = response
        const body = Buffer.concat(chunks).toString('utf8')
        resolve({ status, body, date: headers.date, retryAfter: headers['retry-after'] })
      })
    })
    sent.end()
  })
}

/** Those of the file alone, or what Node has and, where it can tell, what the system trusts. */
function authorities(caFile: string | null): string[] | undefined {
  if (caFile !== null) return [readCertificates(caFile)]
  const { getCACertificates } = process.getBuiltinModule('node:tls') as unknown as {
    getCACertificates?: (of: 'default' | 'system') => string[]
  }
  return getCACertificates === undefined
    ? undefined
    : [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

const UNKNOWN_AUTHORITY =
  'its certificate is not signed by an authority that is trusted here. Name the authority’s certificate with --ca-file.'
const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Check the address, and that the server runs.',
  ENOTFOUND: 'there is no computer of this name. Check the address.',
  EAI_AGAIN: 'its name could not be looked up. Check the network connection.',
  EHOSTUNREACH: 'there is no way to it. Check the network connection.',
  ENETUNREACH: 'there is no way to it. Check the network connection.',
  ECONNRESET: 'it closed the connection. Check the port, and whether it is https.',
  EPROTO: 'it does not speak TLS 1.2 or newer. Check the port, and whether it is https.',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it there, or set this computer’s clock.',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Set the clock of this computer or of the server.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Use the name that is in it, or renew it with this one.',
}

function connectionProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  // OpenSSL has a code for each of its errors.
  const known = PROBLEMS[code] ?? (code.startsWith('ERR_SSL_') ? PROBLEMS.EPROTO : undefined)
  return known ?? `${error.message}.`
}

const notUnderstood = (url: URL) =>
  new CliError(
    EXIT.unreachable,
    `Unexpected response from ${url.origin}. Check that a Service App Token Manager of this version answers there.`,
  )

/** What a status means, by the codes of the endpoint's problems (RFC 9457). */
function refusal(
  request: Asked,
  { status, retryAfter }: Answer,
  problem: ReadonlyMap<string, unknown>,
  url: URL,
): CliError {
  const { origin } = url
  const text = (name: string) => {
    const value = problem.get(name)
    return typeof value === 'string' ? value : null
  }
  const [code, detail] = [text('code'), text('detail')]
  const tracking = text('tracking_id') === null ? '' : ` (tracking id ${text('tracking_id')})`
  const again = `Try again ${waitOf(retryAfter)}.`
  const asked = request.kind === 'token' ? quoted(request.profile) : ''
  const error = (exitCode: number, message: string) => new CliError(exitCode, `${message}${tracking}`)
  if (status >= 300 && status < 400)
    return error(
      EXIT.unreachable,
      `${origin} redirects to another address, which is not followed, since that would hand over the secret. Name the right address.`,
    )
  switch (status) {
    case 400:
      return error(EXIT.failed, detail ?? 'The server did not understand the request.')
    case 401:
      return error(
        EXIT.needsPerson,
        `${origin} does not know the secret of this consumer: it was removed, or is still held. On the server: satm consumers list.`,
      )
    case 403:
      return error(EXIT.needsPerson, `${origin} does not allow it. ${detail ?? ''}`.trim())
    case 404:
      return code === 'unknown-profile'
        ? error(
            EXIT.noProfile,
            `No service app named ${asked}, or this consumer may not read it. See satm list with the same server.`,
          )
        : notUnderstood(url)
    case 409:
      return error(
        EXIT.noProfile,
        `More than one service app is named ${asked}. Use one of: ${candidatesOf(problem)}`,
      )
    case 429:
      return error(EXIT.failed, `${origin} answers no more requests of this kind for now. ${again}`)
    case 503:
      return code === 'app-is-closed'
        ? error(EXIT.needsPerson, `The data of ${origin} is not open. On the server: satm doctor. ${again}`)
        : error(EXIT.failed, `${detail ?? `${origin} cannot answer now.`} ${again}`)
    default:
      return status >= 500
        ? error(EXIT.failed, `${origin} could not answer (status ${status}). ${again}`)
        : notUnderstood(url)
  }
}

/** RFC 9110 section 10.2.3: seconds; a date is not sent by the endpoint. */
function waitOf(retryAfter: string | undefined): string {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter)
    ? `in ${inWords(Number(retryAfter) * 1000)}`
    : 'later'
}

/** Candidates that are read and printed. */
const MOST_NAMED = 10

function candidatesOf(problem: ReadonlyMap<string, unknown>): string {
  const candidates = problem.get('candidates')
  const ids = (Array.isArray(candidates) ? candidates : []).flatMap((one: unknown) => {
    const { id, name, org } = (one ?? {}) as { id?: unknown; name?: unknown; org?: unknown }
    return typeof id === 'string'
      ? [typeof org === 'string' && typeof name === 'string' ? `${name}@${org} (${id})` : id]
      : []
  })
  return ids.slice(0, MOST_NAMED).join(', ')
}
