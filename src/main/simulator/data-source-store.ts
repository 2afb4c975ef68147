// Data sources (BYODS): what a service app has registered in an org, and the signed token that Webex sends along with the
// data.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { makeUuid, type RandomBytes } from './identifiers.ts'
import type { Grant } from './model.ts'

export const SCHEMA_ID = '78efc775-dccb-45ca-9acf-989a4a59f788'
/** Minutes. */
export const LONGEST_LIFETIME = 1440

export type DataSource = {
  readonly id: string
  readonly grant: Grant
  readonly schemaId: string
  readonly url: string
  audience: string
  subject: string
  nonce: string
  tokenLifetimeMinutes: number
  status: 'active' | 'disabled'
  errorMessage: string | null
  readonly createdAt: number
  /** Epoch ms, as `expiresAt`. */
  issuedAt: number
  expiresAt: number
  /** The current token, once somebody has asked for it. */
  jws: string | null
}

export type DataSourceChange = Pick<
  DataSource,
  'audience' | 'subject' | 'nonce' | 'tokenLifetimeMinutes' | 'status' | 'errorMessage'
>

/** Made when it is first needed, once for the process: it takes up to a second. */
let secretKey: KeyObject | null = null
const KEY_ID = '19af361a-3ab4-5471-a5b0-72d184294c2f'

function signingKey(): KeyObject {
  secretKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return secretKey
}

export class DataSourceStore {
  readonly #random: RandomBytes
  readonly #byGrant = new Map<Grant, readonly DataSource[]>()

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** In the order in which they were registered; what an org begins with is made when it is first asked for. */
  of(grant: Grant, now: number): readonly DataSource[] {
    const known = this.#byGrant.get(grant)
    if (known !== undefined) return known
    this.#byGrant.set(grant, [])
    const { client } = grant
    const count = client.kind === 'service-app' ? client.dataSources : 0
    for (let n = 0; n < count; n += 1) this.register(grant, now)
    return this.#byGrant.get(grant) ?? []
  }

  register(
    grant: Grant,
    now: number,
    fields: Partial<DataSourceChange & Pick<DataSource, 'url'>> = {},
  ): DataSource {
    const others = this.of(grant, now)
    const tokenLifetimeMinutes = fields.tokenLifetimeMinutes ?? LONGEST_LIFETIME
    const source: DataSource = {
      id: makeUuid(this.#random),
      grant,
      schemaId: SCHEMA_ID,
      url: fields.url ?? `https://data.example.invalid/${others.length + 1}`,
      audience: fields.audience ?? grant.client.name,
      subject: fields.subject ?? 'callAudioData',
      nonce: fields.nonce ?? makeUuid(this.#random),
      tokenLifetimeMinutes,
      status: fields.status ?? 'active',
      errorMessage: fields.errorMessage ?? null,
      createdAt: now,
      issuedAt: now,
      expiresAt: now + tokenLifetimeMinutes * 60_000,
      jws: null,
    }
    this.#byGrant.set(grant, [...others, source])
    return source
  }

  /** A new token, from now on. */
  renew(source: DataSource, change: DataSourceChange, now: number): void {
    Object.assign(source, change)
    source.issuedAt = now
    source.expiresAt = now + source.tokenLifetimeMinutes * 60_000
    source.jws = null
  }

  remove(source: DataSource): void {
    const others = this.#byGrant.get(source.grant) ?? []
    this.#byGrant.set(
      source.grant,
      others.filter((one) => one !== source),
    )
  }

  /** RFC 7515, signed with RS256; the claims are those of Cisco's example. */
  tokenOf(source: DataSource): string {
    source.jws ??= this.#signed(source)
    return source.jws
  }

  /** RFC 7517. */
  jwks(): { readonly keys: readonly object[] } {
    const { kty, n, e } = createPublicKey(signingKey()).export({ format: 'jwk' })
    return { keys: [{ kty, n, e, kid: KEY_ID, use: 'sig', alg: 'RS256' }] }
  }

  #signed(source: DataSource): string {
    const seconds = (instant: number) => Math.floor(instant / 1000)
    const head = { kid: KEY_ID, typ: 'JWT', alg: 'RS256' }
    const claims = {
      aud: source.audience,
      sub: source.subject,
      iss: 'https://idbroker.webex.com/idb',
      exp: seconds(source.expiresAt),
      'com.cisco.datasource.url': source.url,
      'com.cisco.datasource.schema.uuid': source.schemaId,
      iat: seconds(source.issuedAt),
      'com.cisco.org.uuid': source.grant.orgUuid,
      jti: source.nonce,
    }
    const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const content = text.join('.')
    return `${content}.${sign('sha256', Buffer.from(content), signingKey()).toString('base64url')}`
  }
}
