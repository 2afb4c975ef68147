// Which web addresses may be opened, or stand in for Webex.

/** The host names that never leave this machine (RFC 6761 section 6.3, RFC 5735, RFC 4291). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** https, or plain http that stays on this machine; without credentials in it. */
export function isOpenable(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Cisco's own hosts, commercial and government. */
export function isWebexHost(hostname: string): boolean {
  return ['webexapis.com', 'webex.com', 'ciscospark.com'].some(
    (domain) => hostname === domain || hostname.endsWith(`.${domain}`),
  )
}
