// Which web addresses may be opened, and by what.

/** The host names that never leave this machine (RFC 6761 section 6.3, RFC 5735, RFC 4291). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** https, or plain http that stays on this machine; without credentials in it. */
function isOpenable(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Cisco's own hosts, commercial and government. */
function isWebexHost(hostname: string): boolean {
  return ['webexapis.com', 'webex.com', 'ciscospark.com'].some(
    (domain) => hostname === domain || hostname.endsWith(`.${domain}`),
  )
}

export type WayToOpen =
  | { readonly kind: 'refused' }
  | { readonly kind: 'system-browser'; readonly url: string }
  | { readonly kind: 'stand-in'; readonly executable: string; readonly url: string }

/**
 * Tests and machines without a desktop have no browser the system could find, so SATM_BROWSER may name an executable.
 * It is never honoured for Webex's own hosts: whoever can set a variable must not be handed a real sign-in.
 */
export function wayToOpen(
  address: string,
  allowedOrigin: string,
  env: Readonly<Record<string, string | undefined>>,
): WayToOpen {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.origin !== allowedOrigin || !isOpenable(url)) return { kind: 'refused' }
  const executable = env.SATM_BROWSER ?? ''
  return executable === '' || isWebexHost(url.hostname)
    ? { kind: 'system-browser', url: url.href }
    : { kind: 'stand-in', executable, url: url.href }
}
