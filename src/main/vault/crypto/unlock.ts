// Unlocking: opens the data key from one of its envelopes, or says why that failed. Changes nothing.
import type { KeyObject } from 'node:crypto'
import type { Secret } from '#engine/domain/secret.ts'
import { DATA_KEY_PURPOSE, dataKeyFrom, isKeyOf } from './data-key.ts'
import type { KeychainEnvelope, KeyRecord } from './key-envelopes.ts'
import { type Keychain, type KeychainState, tagOf } from './keychain.ts'
import { openWithPassphrase } from './passphrase.ts'

export type Unlocking =
  | {
      readonly kind: 'by-keychain'
      readonly key: KeyObject
      readonly envelope: KeychainEnvelope
      readonly reEncrypt: boolean
    }
  | { readonly kind: 'by-passphrase'; readonly key: KeyObject }
  | { readonly kind: 'passphrase-needed' | 'passphrase-wrong' }
  | KeychainTrouble

export interface KeychainTrouble {
  readonly kind: 'locked' | 'absent' | 'unreadable' | 'changed-backend'
  readonly detail: string
  /** A passphrase was set and would open it. */
  readonly passphraseHelps: boolean
}

export async function unlock(
  record: KeyRecord,
  keychain: Keychain,
  passphrase: Secret | null,
): Promise<Unlocking> {
  const byKeychain = record.keychain.length === 0 ? null : await tryKeychain(record, keychain)
  if (byKeychain?.kind === 'by-keychain') return byKeychain
  if (record.passphrase === null || record.passphrase === 'unreadable') {
    return byKeychain ?? unreadable('no envelope of the key is left that can be read')
  }
  if (passphrase === null) {
    return byKeychain === null ? { kind: 'passphrase-needed' } : { ...byKeychain, passphraseHelps: true }
  }
  const content = await openWithPassphrase(passphrase, record.passphrase.box, DATA_KEY_PURPOSE)
  if (content === null) return { kind: 'passphrase-wrong' }
  const key = checkedKey(record, content.toString('utf8'))
  return key === null ? unreadable('the passphrase opened another key') : { kind: 'by-passphrase', key }
}

type ByKeychain = Extract<Unlocking, { kind: 'by-keychain' }>

async function tryKeychain(record: KeyRecord, keychain: Keychain): Promise<ByKeychain | KeychainTrouble> {
  const state = await keychain.state()
  const backend = keychain.backend()
  let first: string | null = null
  for (const envelope of ownFirst(record.keychain, backend)) {
    const result = await tryEnvelope(record, envelope, keychain, state)
    if (typeof result !== 'string') return result
    first ??= result
  }
  return trouble(record, state, backend, first ?? 'no envelope of the key is left')
}

/** What the keychain of now has sealed comes first. */
function ownFirst(envelopes: readonly KeychainEnvelope[], backend: string): readonly KeychainEnvelope[] {
  const own = envelopes.filter((envelope) => envelope.backend === backend)
  return [...own, ...envelopes.filter((envelope) => envelope.backend !== backend)]
}

/** A text says what is wrong with the envelope. */
async function tryEnvelope(
  record: KeyRecord,
  envelope: KeychainEnvelope,
  keychain: Keychain,
  state: KeychainState,
): Promise<ByKeychain | string> {
  const { blob } = envelope
  if (blob.length === 0) return 'the sealed key is empty'
  if (tagOf(blob) !== envelope.tag) return 'the sealed key carries another mark than when it was made'
  // The published key opens whatever anybody seals with it: only what the person agreed to may rest on it, and the app puts
  // it beside no passphrase.
  const isAgreedTo =
    envelope.strength === 'weak' && record.weakConsentAt !== null && record.passphrase === null
  if (keychain.strength(blob) === 'weak' && !isAgreedTo) {
    return 'the sealed key is not protected, and nobody agreed to that'
  }
  // Nothing is tried at a locked keyring: see `electron-keychain.ts`.
  if (keychain.strength(blob) === 'protected' && (state === 'locked' || state === 'unavailable')) {
    return `the keychain is ${state}`
  }
  try {
    const { text, reEncrypt } = await keychain.decrypt(blob)
    const key = checkedKey(record, text)
    return key === null
      ? 'the keychain opened something that is not the key'
      : { kind: 'by-keychain', key, envelope, reEncrypt }
  } catch {
    return 'the keychain cannot open the sealed key'
  }
}

/** Neither cipher nor keychain promises integrity; the key check does. */
function checkedKey(record: KeyRecord, text: string): KeyObject | null {
  const key = dataKeyFrom(text)
  return key !== null && record.check !== null && isKeyOf(key, record.vaultId, record.check) ? key : null
}

function trouble(record: KeyRecord, state: KeychainState, backend: string, detail: string): KeychainTrouble {
  const isProtected = record.keychain.some((envelope) => envelope.strength === 'protected')
  const isOther = record.keychain.every((envelope) => envelope.backend !== backend)
  // A missing keyring is reported as missing; another one by its name, whatever its state.
  if (isProtected && isOther && state !== 'weak')
    return { kind: 'changed-backend', detail, passphraseHelps: false }
  if (state === 'locked') return { kind: 'locked', detail, passphraseHelps: false }
  if (state === 'unavailable' || (isProtected && state === 'weak')) {
    return { kind: 'absent', detail, passphraseHelps: false }
  }
  return unreadable(detail)
}

function unreadable(detail: string): KeychainTrouble {
  return { kind: 'unreadable', detail, passphraseHelps: false }
}
