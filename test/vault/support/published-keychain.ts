// A keychain that seals nothing, for processes that have to read each other's vault.
import type { Keychain } from '#vault/crypto/keychain.ts'

export function publishedKeychain(): Keychain {
  return {
    state: async () => 'available',
    isSettled: () => true,
    backend: () => 'published',
    encrypt: async (text) => Buffer.from(`v11${Buffer.from(text).toString('hex')}`),
    decrypt: async (blob) => ({
      text: Buffer.from(blob.subarray(3).toString(), 'hex').toString(),
      reEncrypt: false,
    }),
    strength: () => 'protected',
  }
}
