// Token request: parses /v1/token/<profile>?min-ttl=10m&refused=yes strictly and decodes it once; and /v1/profiles.

import { durationOf } from '#base/common/duration.ts'
import type { Duration } from '#engine/domain/model.ts'

export interface Wish {
  /** ms that the token has to live at least; 0: as long as an answer needs. */
  readonly minTtl: Duration
  /** Webex refused the token that was given before. */
  readonly refused: boolean
}

export type Question =
  | {
      readonly kind: 'token'
      /** An id, a name or `name@org`. */
      readonly profile: string
      readonly wish: Wish
    }
  /** What the consumer may read. */
  | { readonly kind: 'profiles' }
  | { readonly kind: 'no-such-address' }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** `target` begins with a slash. */
export function readQuestion(target: string): Question {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (target === '/v1/profiles') return { kind: 'profiles' }
  const name = /^\/v1\/token\/([^/]+)$/.exec(path)?.[1]
  // A fragment never leaves a client.
  if (name === undefined || target.includes('#')) return { kind: 'no-such-address' }
  const profile = decodedOnce(name)
  if (profile === null) return unreadable('The profile in the address is not percent-encoded UTF-8.')
  const wish = readWish(new URLSearchParams(query === -1 ? '' : target.slice(query)))
  if (typeof wish === 'string') return unreadable(wish)
  return { kind: 'token', profile, wish }
}

/** A sentence where the query is anything else: a misspelt parameter must not be ignored silently. */
function readWish(asked: URLSearchParams): Wish | string {
  const names = [...asked.keys()]
  if (names.some((name) => name !== 'min-ttl' && name !== 'refused') || new Set(names).size < names.length) {
    return 'Only min-ttl and refused are allowed, each once: /v1/token/<profile>?min-ttl=10m.'
  }
  const minTtl = durationOf(asked.get('min-ttl') ?? '0')
  if (minTtl === null) return 'min-ttl is a time such as 90s, 10m, 1h30m or 2d.'
  const refused = asked.get('refused')
  if (refused !== null && refused !== 'yes')
    return 'The only value of refused is yes: Webex rejected the token.'
  return { minTtl, refused: refused !== null }
}

function decodedOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function unreadable(detail: string): Question {
  return { kind: 'unreadable', detail }
}
