// Redacts secrets in whatever is written down: by the name of the field, by value however it is encoded, and by shape.
import { type Find, redactEncoded, withoutSeparators } from '#base/common/encoded-text.ts'
import { Secret } from '#engine/domain/secret.ts'

export const REDACTED = '[redacted]'

/**
 * How the names of secret fields end, in lower case without separators. `code` names error codes too; its shape tells.
 */
const SECRET_ENDINGS = [
  'apikey',
  'authorization',
  'authorizationcode',
  'bearer',
  'codechallenge',
  'cookie',
  'datakey',
  'passphrase',
  'password',
  'secret',
  'token',
  'verifier',
]
const DEEPEST = 8
const MOST_ENTRIES = 100
const LONGEST_TEXT = 8_192
/** Far more than is kept. */
const MOST_TEXT = 65_536
/** Cut only this far behind the end of what is kept, a secret across the end is still whole when it is looked for. */
const LONGEST_SECRET = 4_096
/** Fewer characters would blank out innocent words. */
const SHORTEST_SECRET = 6
/** A bound for what is not forgotten: the first that were learned give way. */
const MOST_SECRETS = 200_000

export interface Redactor {
  /** From now on this value is removed wherever it occurs, whatever separators are in it and however it is encoded. */
  knownSecret(value: string): void
  forgetSecret(value: string): void
  text(text: string): string
  /** As `text`, of any length. */
  whole(text: string): string
  /** A copy fit for JSON: errors with their causes, no cycles, no functions, bounded depth and length. */
  value(value: unknown): unknown
}

export function createRedactor(): Redactor {
  /** As texts are read, by the first characters, then by length: a text is compared with as many as there are lengths. */
  const known = new Map<string, Map<number, Set<string>>>()
  const order = new Set<string>()
  /** Indexed before the next text is read: a large fleet's secrets would otherwise hold up its start. */
  let unindexed: string[] = []

  const learn = (key: string) => {
    if (key.length < SHORTEST_SECRET) return
    const head = key.slice(0, SHORTEST_SECRET)
    const sharing = known.get(head) ?? new Map<number, Set<string>>()
    const alike = sharing.get(key.length) ?? new Set()
    if (alike.has(key)) return
    known.set(head, sharing.set(key.length, alike.add(key)))
    order.add(key)
  }
  const forget = (key: string) => {
    if (!order.delete(key)) return
    const head = key.slice(0, SHORTEST_SECRET)
    const sharing = known.get(head)
    const alike = sharing?.get(key.length)
    alike?.delete(key)
    if (alike?.size === 0) sharing?.delete(key.length)
    if (sharing?.size === 0) known.delete(head)
  }

  const indexAll = () => {
    const values = unindexed
    unindexed = []
    for (const value of values) {
      for (const key of keysOf(value)) learn(key)
      for (const oldest of order) {
        if (order.size <= MOST_SECRETS) break
        forget(oldest)
      }
    }
  }

  /** One walk over a reading whatever the number of secrets: only those that share six characters are compared. */
  const find: Find = function* find(reading) {
    for (let at = 0; at + SHORTEST_SECRET <= reading.length; at += 1) {
      const candidates = known.get(reading.slice(at, at + SHORTEST_SECRET))
      const found = candidates === undefined ? 0 : longestAt(reading, at, candidates)
      if (found === 0) continue
      yield [at, at + found]
      at += found - 1
    }
  }
  const withoutKnown = (text: string): string => {
    indexAll()
    return known.size === 0 || text.length < SHORTEST_SECRET ? text : redactEncoded(text, REDACTED, find)
  }

  const redactText = (text: string): string => {
    const clean = withoutKnown(text.slice(0, MOST_TEXT))
    // What the cut went through may be a secret that is not whole any more.
    const whole = text.length > MOST_TEXT ? clean.slice(0, -LONGEST_SECRET) : clean
    const safe = redactShapes(whole.slice(0, LONGEST_TEXT + LONGEST_SECRET), REDACTED)
    return safe.length > LONGEST_TEXT ? `${safe.slice(0, LONGEST_TEXT)}…` : safe
  }

  const redactValue = (value: unknown, depth: number, above: readonly object[]): unknown => {
    if (typeof value === 'string') return redactText(value)
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
    if (typeof value === 'bigint') return value.toString()
    if (typeof value !== 'object') return undefined
    if (value instanceof Secret) return REDACTED
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (above.includes(value)) return '[circular]'
    if (depth >= DEEPEST) return '[deeper]'
    const inside = (part: unknown) => redactValue(part, depth + 1, [...above, value])
    if (value instanceof Error) return fieldsOf(errorFields(value), inside)
    if (value instanceof Map)
      return fieldsOf(
        [...value].map(([key, part]) => [String(key), part]),
        inside,
      )
    if (value instanceof Set) return [...value].slice(0, MOST_ENTRIES).map(inside)
    if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map(inside)
    return fieldsOf(Object.entries(value), inside)
  }

  const fieldsOf = (
    entries: readonly (readonly [string, unknown])[],
    inside: (part: unknown) => unknown,
  ): Record<string, unknown> =>
    Object.fromEntries(
      entries
        .slice(0, MOST_ENTRIES)
        .map(([key, part]) => [redactText(key), isSecretField(key, part) ? REDACTED : inside(part)]),
    )

  return {
    knownSecret(value) {
      if (value.length >= SHORTEST_SECRET) unindexed.push(value)
      if (unindexed.length > MOST_SECRETS) indexAll()
    },
    forgetSecret(value) {
      indexAll()
      for (const key of keysOf(value)) forget(key)
    },
    text: redactText,
    whole: (text) => redactShapes(withoutKnown(text), REDACTED),
    value: (value) => redactValue(value, 0, []),
  }
}

function longestAt(text: string, at: number, candidates: ReadonlyMap<number, ReadonlySet<string>>): number {
  let longest = 0
  for (const [length, alike] of candidates) {
    if (length > longest && alike.has(text.slice(at, at + length))) longest = length
  }
  return longest
}

const PLAIN = /^[a-z0-9]([\w.-]*[a-z0-9])?$/i

/** How it is read; and how it is written, where a reading would leave signs of it at its ends. */
function keysOf(value: string): Iterable<string> {
  if (PLAIN.test(value)) return [withoutSeparators(value)]
  const inForm = new URLSearchParams({ '': value }).toString().slice(1)
  const forms = [value, encodeURIComponent(value), inForm, JSON.stringify(value).slice(1, -1)]
  return new Set([withoutSeparators(value), ...forms])
}

/** Whether there is a secret may be written, its value may not. */
function isSecretField(key: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false
  const name = key.toLowerCase().replace(/[^a-z]/g, '')
  return SECRET_ENDINGS.some((ending) => name.endsWith(ending))
}

/** An error's own fields (`code`, `reason`, `trackingId` …) besides the ones JSON would lose. */
function errorFields(error: Error): [string, unknown][] {
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key))
  return [
    ['name', error.name],
    ['message', error.message],
    ...own,
    // JSON leaves out what is undefined.
    ['stack', error.stack],
    ['cause', error.cause],
    ['errors', error instanceof AggregateError ? error.errors : undefined],
  ]
}

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}'

/** In order: the first rules name their secret, the last one judges any long run of token characters. */
const RULES: readonly { readonly shape: RegExp; readonly keep: 'nothing' | 'first group' }[] = [
  // Authorization: Bearer …, Basic …
  { shape: /\b((?:Bearer|Basic)\s+)[\w\-.~+/=%]{4,}/gi, keep: 'first group' },
  // Query parameters and form fields (RFC 6749 sections 4.1 and 6, RFC 7636 section 4).
  {
    shape:
      /\b((?:access_token|refresh_token|client_secret|code_verifier|code_challenge|code|state|id_token|password)=)[^&\s"'<>#]+/gi,
    keep: 'first group',
  },
  // The same as fields of a JSON text inside a text.
  {
    shape:
      /("(?:access_?token|refresh_?token|client_?secret|code_?verifier|personal_?access_?token|password|authorization)"\s*:\s*")(?:[^"\\]|\\.)*/gi,
    keep: 'first group',
  },
  // A Webex access token: <opaque>_<cluster>_<org uuid>.
  { shape: new RegExp(`(?<![\\w-])[\\w-]{16,}_[A-Za-z0-9]{2,12}_${UUID}`, 'gi'), keep: 'nothing' },
  // The secret of a consumer of the local endpoint.
  { shape: /(?<![\w-])satm_[\w-]{43}(?![\w-])/g, keep: 'nothing' },
  // A Webex client secret.
  { shape: /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/gi, keep: 'nothing' },
]

/** May end in a JSON web token (RFC 7519). From the beginning of the run, so that each is looked through once. */
const DOTTED_RUN = /(?<![\w-])[\w-]{11,}(?:\.[\w-]*)+/g
const TOKEN_START = /\beyJ[\w-]{8}/
const LONG_RUN = /[\w\-+/]{40,}={0,2}/g

/** `text` with everything that has the shape of a secret replaced by `mark`. */
export function redactShapes(text: string, mark: string): string {
  let safe = text
  for (const { shape, keep } of RULES) safe = safe.replace(shape, keep === 'nothing' ? mark : `$1${mark}`)
  safe = safe.replace(DOTTED_RUN, (run) => {
    const at = run.slice(0, run.lastIndexOf('.')).search(TOKEN_START)
    return at === -1 ? run : run.slice(0, at) + mark
  })
  return safe.replace(LONG_RUN, (run) => (looksRandom(run) ? mark : run))
}

/** Ids, tracking ids and paths are long too; what is left of a run without ids decides, part by part. */
function looksRandom(run: string): boolean {
  // base64 of "ciscospark://": the public id of an app, org or person.
  if (run.startsWith('Y2lzY29zcGFyazovL')) return false
  return run
    .replace(new RegExp(UUID, 'gi'), '')
    .split('/')
    .some((part) => part.length >= 24 && /[0-9]/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part))
}
