// Webex's ids are base64 of a URI such as ciscospark://us/APPLICATION/C123; raw ids are seen too.

export interface DecodedId {
  /** APPLICATION, ORGANIZATION, PEOPLE, … */
  readonly kind: string
  readonly id: string
}

/** null when the text is no such id. */
export function decodedId(text: string): DecodedId | null {
  if (!/^[\w+/=-]{16,500}$/.test(text)) return null
  try {
    const uri = atob(text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, ''))
    const [, kind, id] = /^ciscospark:\/\/[^/]+\/([A-Z_]+)\/(.+)$/.exec(uri) ?? []
    return kind === undefined || id === undefined ? null : { kind, id }
  } catch {
    return null
  }
}

/** An org as a person may know it: its name, or else the id Control Hub shows. */
export function orgWords(orgName: string | null, orgId: string): string {
  return orgName ?? decodedId(orgId)?.id ?? orgId
}
