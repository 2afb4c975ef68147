// Which Webex cloud: reads and checks the base URL of the setting and of SATM_WEBEX_BASE_URL.

export const COMMERCIAL_BASE_URL = 'https://webexapis.com/v1'
export const GOVERNMENT_BASE_URL = 'https://api-usgov.webex.com/v1'

export type BaseUrl =
  | {
      readonly kind: 'ok'
      /** Ends in `/v1` or in a path of its own, never in a slash. */
      readonly baseUrl: string
      readonly cloud: 'commercial' | 'government' | 'custom'
    }
  /** `sentence`: what is wrong and what to do. */
  | { readonly kind: 'invalid'; readonly sentence: string }

/** Reads what a person typed, with or without trailing slash, `/v1`, or scheme for Webex's own hosts. */
export function parseBaseUrl(input: string): BaseUrl {
  const url = parse(input.trim())
  if (url === null) return invalid('This is no URL. A Webex base URL looks like https://webexapis.com/v1.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return invalid('The base URL begins with https://.')
  if (url.username !== '' || url.password !== '')
    return invalid('A base URL has no user name or password in it.')
  if (url.search !== '' || url.hash !== '')
    return invalid('A base URL ends with its path: take away what begins with ? or #.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return invalid('Plain http would show tokens to the network: use https (http is for this computer only).')
  }
  const path = url.pathname.replace(/(?<!\/)\/+$/, '')
  const baseUrl = `${url.origin}${path.endsWith('/v1') ? path : `${path}/v1`}`
  return { kind: 'ok', baseUrl, cloud: cloudOf(baseUrl) }
}

/** The base URL that a backup or a settings file names; null: it names none. */
export function canonicalBaseUrl(text: string | null): string | null {
  const parsed = text === null ? null : parseBaseUrl(text)
  return parsed?.kind === 'ok' ? parsed.baseUrl : null
}

/** Whether tokens sent there reach Webex itself; anything else is always named in the window. */
export function isWebexsOwn(baseUrl: string): boolean {
  return cloudOf(baseUrl) !== 'custom'
}

/** Names and addresses that never leave this computer (RFC 8252 section 8.3, RFC 6761 section 6.3). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function cloudOf(baseUrl: string): 'commercial' | 'government' | 'custom' {
  if (baseUrl === COMMERCIAL_BASE_URL) return 'commercial'
  return baseUrl === GOVERNMENT_BASE_URL ? 'government' : 'custom'
}

function parse(text: string): URL | null {
  if (URL.canParse(text) && text.includes('://')) return new URL(text)
  const guess = `https://${text}`
  return /^[\w.-]+\.webex(apis)?\.com(\/|$)|^webexapis\.com(\/|$)/i.test(text) && URL.canParse(guess)
    ? new URL(guess)
    : null
}

function invalid(sentence: string): BaseUrl {
  return { kind: 'invalid', sentence }
}
