// Which Webex cloud: reads and checks the base URL of the setting and of SATM_WEBEX_BASE_URL.
import { isLoopback } from '#base/node/loopback.ts'
import { cloudOf, WEBEX_BASE_URLS } from '#engine/domain/settings.ts'

export type BaseUrl =
  | {
      readonly kind: 'ok'
      /** Ends in `/v1` or in a path of its own, never in a slash. */
      readonly baseUrl: string
      readonly cloud: ReturnType<typeof cloudOf>
    }
  /** `sentence`: what is wrong and what to do. */
  | { readonly kind: 'invalid'; readonly sentence: string }

/** Reads what a person typed, with or without trailing slash, `/v1`, or scheme for Webex's own hosts. */
export function parseBaseUrl(input: string): BaseUrl {
  const url = parse(input.trim())
  if (url === null)
    return invalid(`This is not a URL. A Webex base URL looks like ${WEBEX_BASE_URLS.commercial}.`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return invalid('The base URL begins with https://.')
  if (url.username !== '' || url.password !== '')
    return invalid('A base URL cannot contain a user name or password.')
  if (url.search !== '' || url.hash !== '')
    return invalid('A base URL ends with its path. Remove the part after ? or #.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return invalid(
      'Use https. Plain http would expose tokens on the network; it is allowed for this computer only.',
    )
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
