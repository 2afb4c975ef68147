// Identifiers, secrets and tokens in the shapes Webex gives them, from an injected source of random bytes; and which of
// the secrets are known, for searches for leaks.

/** Gives `size` random bytes. */
export type RandomBytes = (size: number) => Uint8Array

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const CLUSTER = 'P0A1'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A version 4 UUID (RFC 9562 section 5.4). */
export function makeUuid(random: RandomBytes): string {
  const bytes = Buffer.from(random(16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export const makeClientId = (random: RandomBytes): string => `C${hex(random(32))}`
export const makeClientSecret = (random: RandomBytes): string => hex(random(32))
export const makeTrackingId = (random: RandomBytes): string => `ROUTERGW_${makeUuid(random)}`
export const makeCode = (random: RandomBytes): string => Buffer.from(makeUuid(random)).toString('base64url')

/** An opaque token, `<opaque>_<cluster>_<orgUUID>`; access and refresh tokens look alike. */
export function makeToken(random: RandomBytes, orgUuid: string): string {
  const opaque = Buffer.from(`${makeUuid(random)}${makeUuid(random).slice(0, 12)}`).toString('base64url')
  return `${opaque}_${CLUSTER}_${orgUuid}`
}

/** A Webex id: base64 without padding of `ciscospark://us/<kind>/<key>`. */
export function webexId(kind: 'APPLICATION' | 'ORGANIZATION' | 'PEOPLE', key: string): string {
  return Buffer.from(`ciscospark://us/${kind}/${key}`).toString('base64').replaceAll('=', '')
}

/** The UUID an org id stands for, whether raw or encoded, padded or not; null if it is neither. */
export function orgUuidOf(orgId: string): string | null {
  if (UUID.test(orgId)) return orgId.toLowerCase()
  const decoded = Buffer.from(orgId, 'base64').toString('utf8')
  const uuid = /^ciscospark:\/\/[^/]+\/ORGANIZATION\/(.+)$/.exec(decoded)?.[1]
  return uuid !== undefined && UUID.test(uuid) ? uuid.toLowerCase() : null
}

/** Tokens, codes and verifiers: enough for 100 000 refreshes. */
const REMEMBERED = 200_000

/**
 * The secrets that must leak nowhere. Of those issued again and again only the newest are known, so that a simulator
 * that runs for weeks keeps its size.
 */
export class KnownSecrets {
  readonly #lasting = new Set<string>()
  readonly #passing = new Set<string>()
  readonly #remembered: number

  constructor(remembered = REMEMBERED) {
    this.#remembered = remembered
  }

  /** A client secret: there are few, and they are never forgotten. */
  keep(secret: string): void {
    this.#lasting.add(secret)
  }

  /** A token, code or verifier; the oldest is forgotten for it. */
  add(secret: string): void {
    this.#passing.add(secret)
    if (this.#passing.size <= this.#remembered) return
    for (const oldest of this.#passing) {
      this.#passing.delete(oldest)
      return
    }
  }

  /** The newest last. */
  all(): readonly string[] {
    return [...this.#lasting, ...this.#passing]
  }
}
