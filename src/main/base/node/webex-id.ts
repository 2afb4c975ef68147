// What Webex's ids say of themselves. They are base64 of a URL, mostly; what cannot be decoded is not wrong for that.

export interface WebexId {
  /** `APPLICATION`, `ORGANIZATION`, `PEOPLE`, … */
  readonly kind: string
  /** A UUID, or a client id. */
  readonly id: string
}

/** null: not in the form `ciscospark://<cluster>/<KIND>/<id>`. */
export function decodeWebexId(text: string): WebexId | null {
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  const [, kind, id] = /^ciscospark:\/\/[\w-]+\/([A-Z_]+)\/([\x21-\x7e]+)$/.exec(decoded) ?? []
  return kind === undefined || id === undefined ? null : { kind, id }
}

/** The same org whether it is given raw or encoded. */
export function orgKey(orgId: string): string {
  return (decodeWebexId(orgId)?.id ?? orgId).toLowerCase()
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
