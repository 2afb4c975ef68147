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

/** The address in its own spelling if it may be opened: of `allowedOrigin`, and https or on this machine; else null. */
export function openableAddress(address: string, allowedOrigin: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null
  return url !== null && url.origin === allowedOrigin && isOpenable(url) ? url.href : null
}
