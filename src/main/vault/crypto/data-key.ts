// The one random key all secrets lie under, and the value that tells at once whether a key is that one.
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'

export const DATA_KEY_BYTES = 32

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

/** Kept beside the envelopes. It says nothing of the key (HMAC-SHA256, RFC 2104) and belongs to one vault. */
export function keyCheck(key: KeyObject, vaultId: string): string {
  return createHmac('sha256', key).update(`data key of vault ${vaultId}`).digest('base64')
}

export function isKeyOf(key: KeyObject, vaultId: string, check: string): boolean {
  const expected = Buffer.from(keyCheck(key, vaultId))
  const given = Buffer.from(check)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
