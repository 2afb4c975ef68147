// The first data key of a new vault, sealed by what there is. Mints nothing it could not seal and read back.
import { type KeyObject, randomUUID } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { dataKeyFrom, dataKeyText, keyCheck, mintDataKey } from './data-key.ts'
import type { KeychainEnvelope, KeyRecord, PassphraseEnvelope } from './key-envelopes.ts'
import { type Keychain, type Strength, tagOf } from './keychain.ts'
import { type ScryptCost, sealWithPassphrase } from './passphrase.ts'
import { DATA_KEY_PURPOSE } from './unlock.ts'

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

/** With a passphrase it is enough by itself; a keychain that protects seals the key as well. */
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
    check: keyCheck(key, vaultId),
    keychain: envelope === null ? [] : [envelope],
    passphrase: passphrase === null ? null : await sealInPassphrase(key, passphrase, options.scryptCost, now),
    weakConsentAt: envelope?.strength === 'weak' ? now : null,
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
