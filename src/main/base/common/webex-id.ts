// Webex IDs: what an ID of Webex encodes, and when two of them name the same org or app.

/** Of Node and the browser alike (HTML Standard, 8.3); neither's types are known here. */
declare function atob(data: string): string

/** Most are base64 of `ciscospark://us/APPLICATION/C123`. */
export interface WebexId {
  /** `APPLICATION`, `ORGANIZATION`, `PEOPLE`, … */
  readonly kind: string
  /** A UUID, or a client ID. */
  readonly id: string
}

/**
 * Both alphabets of base64 (RFC 4648), with and without padding; null: no such ID. A raw ID, or one that cannot be
 * decoded, is not wrong for that.
 */
export function decodeWebexId(text: string): WebexId | null {
  const base64 = text.replace(/={1,2}$/, '')
  return /^[\w+/-]{16,500}$/.test(base64) && base64.length % 4 !== 1 ? readUri(decodeBase64(base64)) : null
}

/** `ciscospark://us/ORGANIZATION/…`; other clusters are spelled `urn:TEAM:eu-central-1_k`. */
function readUri(uri: string): WebexId | null {
  const [, kind, id] = /^ciscospark:\/\/[\w:.-]+\/([A-Z_]+)\/([\x21-\x7e]+)$/.exec(uri) ?? []
  return kind === undefined || id === undefined ? null : { kind, id }
}

/** An org's ID as Control Hub shows it. Old IDs are base64 of the bare UUID. */
export function rawOrgId(orgId: string): string {
  const id = (decodeWebexId(orgId) ?? readUri(orgId))?.id
  if (id !== undefined) return id
  const plain = /^[\w+/-]{48}={0,2}$/.test(orgId) ? decodeBase64(orgId.replace(/=+$/, '')) : ''
  return isUuid(plain) ? plain : orgId
}

/**
 * The same for an org in every spelling of its ID: raw, encoded, in capitals, of another cluster. What is none of these is
 * left as it is: capitals mean something in base64.
 */
export function orgKey(orgId: string): string {
  const raw = rawOrgId(orgId)
  return isUuid(raw) ? raw.toLowerCase() : raw
}

export function isSameOrg(one: string, other: string): boolean {
  return one === other || orgKey(one) === orgKey(other)
}

/** The same for an app in both alphabets, with and without padding, of every cluster. */
export function appKey(appId: string): string {
  return (decodeWebexId(appId) ?? readUri(appId))?.id ?? appId
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/**
 * Without padding, as far as it was copied: the first character of four encodes no byte. Zero bytes are left out: text in
 * UTF-16, as PowerShell encodes it.
 */
export function decodeBase64(text: string): string {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return atob(standard.length % 4 === 1 ? standard.slice(0, -1) : standard).replaceAll('\0', '')
}
