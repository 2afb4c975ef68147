// Which requests at the loopback count as the browser's redirect. Everything a foreign page can cause is turned away here.
import type { IncomingHttpHeaders } from 'node:http'

export interface Expected {
  /** `localhost:3000`: as the redirect URI spells it, so another name for this computer does not do (DNS rebinding). */
  readonly host: string
  /** `/callback`, compared byte for byte. */
  readonly callbackPath: string
  /** The one path by which the app checks that it is itself who answers. */
  readonly probePath: string
  readonly pagePath: string
}

export interface Asked {
  readonly method: string
  /** The request target as it stood in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

export type Reading =
  | { readonly kind: 'probe' }
  | { readonly kind: 'callback'; readonly parameters: URLSearchParams }
  | { readonly kind: 'page' }
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 405 | 421 }

/** Reads one request; nothing of it is believed but what is compared. */
export function readRequest(asked: Asked, expected: Expected): Reading {
  if (asked.headers.host !== expected.host) return { kind: 'refused', status: 421 }
  // HEAD and OPTIONS too: a preflight that is not allowed is what keeps other origins' requests out.
  if (asked.method !== 'GET') return { kind: 'refused', status: 405 }
  const query = asked.target.indexOf('?')
  const path = query === -1 ? asked.target : asked.target.slice(0, query)
  if (path === expected.probePath) return { kind: 'probe' }
  if (path !== expected.callbackPath && path !== expected.pagePath) return { kind: 'refused', status: 404 }
  if (!isNavigation(asked.headers)) return { kind: 'refused', status: 403 }
  if (path === expected.pagePath) return { kind: 'page' }
  return {
    kind: 'callback',
    parameters: new URLSearchParams(query === -1 ? '' : asked.target.slice(query + 1)),
  }
}

/**
 * A top-level navigation that a person sees (Fetch Metadata). Browsers without these headers are held by the state
 * alone; a prefetched or prerendered page is asked for again when it is really shown.
 */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers
  if (mode !== undefined && mode !== 'navigate') return false
  if (dest !== undefined && dest !== 'document') return false
  const purposes = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']]
  return !purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose ?? '')))
}
