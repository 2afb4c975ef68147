// Takes secrets out of whatever is about to be written down: by the name of the field, by value, and by shape.
import { Secret } from '../engine/secret.ts'
import { redactShapes } from './secret-shapes.ts'

export const REDACTED = '[redacted]'

/** Compared in lower case without separators. `code` is not here: it names error codes too; its shape tells. */
const SECRET_KEYS = new Set([
  'accesstoken',
  'apikey',
  'authorization',
  'authorizationcode',
  'bearer',
  'clientsecret',
  'codechallenge',
  'codeverifier',
  'cookie',
  'datakey',
  'idtoken',
  'passphrase',
  'password',
  'personalaccesstoken',
  'proxyauthorization',
  'refreshtoken',
  'secret',
  'setcookie',
  'token',
  'verifier',
])
const DEEPEST = 8
const MOST_ENTRIES = 100
const LONGEST_TEXT = 8_192
/** Shorter values would blank out innocent words. */
const SHORTEST_SECRET = 6
/** Rotated tokens pile up; the oldest are long dead by then. */
const MOST_SECRETS = 200_000

export interface Redactor {
  /** From now on this very value is taken out wherever it stands, also percent-encoded. */
  knownSecret(value: string): void
  text(text: string): string
  /** A copy fit for JSON: errors with their causes, no cycles, no functions, bounded depth and length. */
  value(value: unknown): unknown
}

export function createRedactor(): Redactor {
  const known = new Map<string, Set<string>>()
  const order: string[] = []

  const learn = (value: string) => {
    const head = value.slice(0, SHORTEST_SECRET)
    const sharing = known.get(head) ?? new Set()
    if (sharing.has(value)) return
    known.set(head, sharing.add(value))
    order.push(value)
  }
  const forgetOldest = () => {
    const oldest = order.shift()
    if (oldest === undefined) return
    const head = oldest.slice(0, SHORTEST_SECRET)
    known.get(head)?.delete(oldest)
    if (known.get(head)?.size === 0) known.delete(head)
  }

  /** One walk over the text whatever the number of secrets: only those that share six characters are compared. */
  const withoutKnown = (text: string): string => {
    if (known.size === 0) return text
    let result = ''
    let from = 0
    for (let at = 0; at + SHORTEST_SECRET <= text.length; at += 1) {
      const candidates = known.get(text.slice(at, at + SHORTEST_SECRET))
      if (candidates === undefined) continue
      const found = longestAt(text, at, candidates)
      if (found === 0) continue
      result += text.slice(from, at) + REDACTED
      from = at + found
      at = from - 1
    }
    return from === 0 ? text : result + text.slice(from)
  }

  const redactText = (text: string): string => {
    const safe = redactShapes(withoutKnown(text), REDACTED)
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
  ): Record<string, unknown> => {
    const result: Record<string, unknown> = {}
    for (const [key, part] of entries.slice(0, MOST_ENTRIES)) {
      result[redactText(key)] =
        isSecretKey(key) && part !== null && part !== undefined ? REDACTED : inside(part)
    }
    return result
  }

  return {
    knownSecret(value) {
      if (value.length < SHORTEST_SECRET) return
      for (const form of new Set([value, encodeURIComponent(value)])) learn(form)
      while (order.length > MOST_SECRETS) forgetOldest()
    },
    text: redactText,
    value: (value) => redactValue(value, 0, []),
  }
}

function longestAt(text: string, at: number, candidates: ReadonlySet<string>): number {
  let longest = 0
  for (const candidate of candidates) {
    if (candidate.length > longest && text.startsWith(candidate, at)) longest = candidate.length
  }
  return longest
}

function isSecretKey(key: string): boolean {
  return SECRET_KEYS.has(key.toLowerCase().replace(/[^a-z]/g, ''))
}

/** An error's own fields (`code`, `reason`, `trackingId` …) besides the ones JSON would lose. */
function errorFields(error: Error): [string, unknown][] {
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key))
  return [
    ['name', error.name],
    ['message', error.message],
    ...own,
    ...(error.stack === undefined ? [] : [['stack', error.stack] satisfies [string, unknown]]),
    ...(error.cause === undefined ? [] : [['cause', error.cause] satisfies [string, unknown]]),
    ...(error instanceof AggregateError ? [['errors', error.errors] satisfies [string, unknown]] : []),
  ]
}
