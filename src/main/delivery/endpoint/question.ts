// What is asked for: /v1/token/<profile>?min-ttl=10m&refused=yes, read strictly and decoded once.
import type { Duration } from '../../engine/model.ts'

export interface Wish {
  /** ms that the token has to live at least; 0: as long as an answer needs. */
  readonly minTtl: Duration
  /** Webex refused the token that was given before. */
  readonly refused: boolean
}

export type Question =
  | {
      readonly kind: 'token'
      /** An id or a name. */
      readonly profile: string
      readonly wish: Wish
    }
  | { readonly kind: 'no-such-address' }
  | { readonly kind: 'unreadable'; readonly detail: string }

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const

/** `target` begins with a slash. */
export function readQuestion(target: string): Question {
  const [, path = '', query = ''] = /^([^?#]*)\??([^#]*)$/.exec(target) ?? []
  const name = /^\/v1\/token\/([^/]+)$/.exec(path)?.[1]
  if (name === undefined) return { kind: 'no-such-address' }
  const profile = decodedOnce(name)
  if (profile === null) return unreadable('The profile in the address is not percent-encoded UTF-8.')
  const wish = readWish(new URLSearchParams(query))
  if (typeof wish === 'string') return unreadable(wish)
  return { kind: 'token', profile, wish }
}

/** A sentence where something else was asked for: a slip of the pen must not be taken for a wish that is kept. */
function readWish(asked: URLSearchParams): Wish | string {
  const names = [...asked.keys()]
  if (names.some((name) => name !== 'min-ttl' && name !== 'refused') || new Set(names).size < names.length) {
    return 'min-ttl and refused, each once, are all that can be asked for: /v1/token/<profile>?min-ttl=10m.'
  }
  const minTtl = parseMinTtl(asked.get('min-ttl') ?? '0')
  if (minTtl === null) return 'min-ttl is a time such as 90s, 10m, 1h30m or 2d.'
  const refused = asked.get('refused')
  if (refused !== null && refused !== 'yes') return 'refused=yes says that Webex refused the token.'
  return { minTtl, refused: refused !== null }
}

/** `90s`, `10m`, `1h30m`, `2d`, or bare seconds, in ms; null for anything else. */
export function parseMinTtl(text: string): Duration | null {
  if (/^\d{1,8}$/.test(text)) return Number(text) * UNITS.s
  const parts = /^(?:(\d{1,8})d)?(?:(\d{1,8})h)?(?:(\d{1,8})m)?(?:(\d{1,8})s)?$/.exec(text)
  if (parts === null || text === '') return null
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts
  return (
    Number(days) * UNITS.d + Number(hours) * UNITS.h + Number(minutes) * UNITS.m + Number(seconds) * UNITS.s
  )
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
