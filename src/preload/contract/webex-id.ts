// What the IDs of Webex say of themselves: most are base64 of ciscospark://us/APPLICATION/C123. Raw ones, and what cannot
// be decoded, are not wrong for that. Imports nothing.

export interface WebexId {
  /** `APPLICATION`, `ORGANIZATION`, `PEOPLE`, … */
  readonly kind: string
  /** A UUID, or a client ID. */
  readonly id: string
}

/** Both alphabets of base64 (RFC 4648), with and without padding; null: no such ID. */
export function decodeWebexId(text: string): WebexId | null {
  if (!/^[\w+/-]{16,500}={0,2}$/.test(text)) return null
  const [, kind, id] = /^ciscospark:\/\/[\w-]+\/([A-Z_]+)\/([\x21-\x7e]+)$/.exec(decoded(text)) ?? []
  return kind === undefined || id === undefined ? null : { kind, id }
}

function decoded(base64: string): string {
  try {
    return atob(base64.replace(/-/g, '+').replace(/_/g, '/').replace(/=/g, ''))
  } catch {
    return ''
  }
}

/** An org's ID as Control Hub shows it. */
export function rawOrgId(orgId: string): string {
  return decodeWebexId(orgId)?.id ?? orgId
}

/** The same for an org whether its ID is given raw or encoded. */
export function orgKey(orgId: string): string {
  return rawOrgId(orgId).toLowerCase()
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
