// The data key: the one random key under which all secrets are sealed, what proves that a key is that one, and how the
// keychain and a passphrase seal it.
import {
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { KeychainEnvelope, KeyRecord, PassphraseEnvelope } from './key-envelopes.ts'
import { type Keychain, type Strength, tagOf } from './keychain.ts'
import { type ScryptCost, sealWithPassphrase } from './passphrase.ts'

export const DATA_KEY_BYTES = 32

/** What the passphrase is for; bound into its box. */
export const DATA_KEY_PURPOSE = 'data key'

export function mintDataKey(): KeyObject {
  return createSecretKey(randomBytes(DATA_KEY_BYTES))
}

/** The key as text, for the keychain and the passphrase envelope alone. */
export function dataKeyText(key: KeyObject): string {
  return key.export().toString('base64')
}

/** null: not the text of a data key. */
export function dataKeyFrom(text: string): KeyObject | null {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== DATA_KEY_BYTES || bytes.toString('base64') !== text) return null
  return createSecretKey(bytes)
}

/**
 * Kept beside the envelopes. It says nothing of the key (HMAC-SHA256, RFC 2104), belongs to one vault, and proves that its
 * rows are sealed and whether it has a passphrase: nobody without the key can pretend that an older version wrote them, or
 * take the passphrase away.
 */
export function keyCheck(key: KeyObject, vaultId: string, hasPassphrase: boolean): string {
  return proofOf(key, `data key of vault ${vaultId}, rows sealed${hasPassphrase ? ', passphrase set' : ''}`)
}

/** Of a vault whose rows are not sealed yet (before schema version 7), and of a backup's key. */
export function bareKeyCheck(key: KeyObject, id: string): string {
  return proofOf(key, `data key of vault ${id}`)
}

function proofOf(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64')
}

export function isSameProof(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}

export function isKeyOf(key: KeyObject, vaultId: string, check: string): boolean {
  const known = [keyCheck(key, vaultId, false), keyCheck(key, vaultId, true), bareKeyCheck(key, vaultId)]
  return known.some((one) => isSameProof(one, check))
}

export interface MintOptions {
  readonly vaultId: string
  readonly keychain: Keychain
  readonly passphrase: Secret | null
  readonly weakStorageConsent: 'ask' | 'given'
  readonly scryptCost: ScryptCost
  readonly now: Instant
}

export type Minting =
  | { readonly kind: 'minted'; readonly key: KeyObject; readonly record: KeyRecord }
  | { readonly kind: 'consent-needed' | 'locked' | 'absent' }

/**
 * The first key of a new vault; none is made that could not be sealed and read back. A passphrase is enough; a keychain that
 * protects seals the key as well.
 */
export async function mintKeyRecord(options: MintOptions): Promise<Minting> {
  const { vaultId, keychain, passphrase, now } = options
  const state = await keychain.state()
  if (passphrase === null) {
    if (state === 'locked') return { kind: 'locked' }
    if (state === 'unavailable') return { kind: 'absent' }
    if (state === 'weak' && options.weakStorageConsent === 'ask') return { kind: 'consent-needed' }
  }
  const key = mintDataKey()
  const strength = state === 'available' ? 'protected' : 'weak'
  const wanted = state === 'available' || passphrase === null
  const envelope = wanted ? await sealInKeychain(key, keychain, strength, now) : null
  if (envelope === null && passphrase === null) return { kind: 'absent' }
  const record: KeyRecord = {
    vaultId,
    check: keyCheck(key, vaultId, passphrase !== null),
    keychain: envelope === null ? [] : [envelope],
    passphrase: passphrase === null ? null : await sealInPassphrase(key, passphrase, options.scryptCost, now),
    weakConsentAt: envelope?.strength === 'weak' ? now : null,
    protectionId: randomUUID(),
  }
  return { kind: 'minted', key, record }
}

/** null: the keychain refused, or did not give back what it was given. */
export async function sealInKeychain(
  key: KeyObject,
  keychain: Keychain,
  strength: Strength,
  now: Instant,
): Promise<KeychainEnvelope | null> {
  try {
    const blob = await keychain.encrypt(dataKeyText(key), strength)
    const { text } = await keychain.decrypt(blob)
    if (!dataKeyFrom(text)?.equals(key)) return null
    return {
      id: randomUUID(),
      backend: keychain.backend(),
      tag: tagOf(blob),
      strength: keychain.strength(blob),
      blob,
      sealedAt: now,
    }
  } catch {
    return null
  }
}

export async function sealInPassphrase(
  key: KeyObject,
  passphrase: Secret,
  cost: ScryptCost,
  now: Instant,
): Promise<PassphraseEnvelope> {
  const content = Buffer.from(dataKeyText(key), 'utf8')
  return { box: await sealWithPassphrase(passphrase, content, DATA_KEY_PURPOSE, cost), sealedAt: now }
}
