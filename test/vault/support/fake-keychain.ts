// A keychain whose lock, backend and key a test can change: what the system's one does to people over the years.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Keychain, KeychainState } from '#vault/crypto/keychain.ts'

export interface FakeKeychain extends Keychain {
  set(change: { state?: KeychainState; backend?: string; reEncrypt?: boolean; isSettled?: boolean }): void
  /** Another key, as after a reset keyring. */
  replaceKey(): void
  readonly sealed: readonly Buffer[]
}

const PUBLISHED_KEY = Buffer.alloc(16, 'peanuts')

/** Like Chromium's: AES-CBC without a MAC behind a mark, `v11` under a key of its own, `v10` under the published one. */
export function fakeKeychain(initial: { state?: KeychainState; backend?: string } = {}): FakeKeychain {
  let state = initial.state ?? 'available'
  let backend = initial.backend ?? 'gnome_libsecret'
  let reEncrypt = false
  let isSettled = false
  let key = randomBytes(16)
  const sealed: Buffer[] = []
  return {
    sealed,
    set(change) {
      state = change.state ?? state
      backend = change.backend ?? backend
      reEncrypt = change.reEncrypt ?? reEncrypt
      isSettled = change.isSettled ?? isSettled
    },
    replaceKey() {
      key = randomBytes(16)
    },
    state: async () => state,
    isSettled: () => isSettled,
    backend: () => backend,
    async encrypt(text, strength) {
      if (strength === 'protected' && state !== 'available')
        throw new Error('only the published key is there')
      if (state === 'locked' || state === 'unavailable') throw new Error('encryption is not available')
      const weak = strength === 'weak'
      const iv = randomBytes(16)
      const cipher = createCipheriv('aes-128-cbc', weak ? PUBLISHED_KEY : key, iv)
      const blob = Buffer.concat([
        Buffer.from(weak ? 'v10' : 'v11'),
        iv,
        cipher.update(text, 'utf8'),
        cipher.final(),
      ])
      sealed.push(blob)
      reEncrypt = false
      return blob
    },
    async decrypt(blob) {
      const weak = blob.subarray(0, 3).toString() === 'v10'
      if (!weak && state !== 'available') throw new Error('the keyring is not there')
      const decipher = createDecipheriv('aes-128-cbc', weak ? PUBLISHED_KEY : key, blob.subarray(3, 19))
      return {
        text: decipher.update(blob.subarray(19), undefined, 'utf8') + decipher.final('utf8'),
        reEncrypt,
      }
    },
    strength: (blob) => (blob.subarray(0, 3).toString() === 'v10' ? 'weak' : 'protected'),
  }
}
