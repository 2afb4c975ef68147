// The keychain of a server, which has none: its data is opened by a passphrase. What a desktop's keychain has sealed stays in
// the vault, for that desktop.
import { type Keychain, tagOf } from './keychain.ts'

const refuse = () => Promise.reject(new Error('there is no keychain here'))

export const absentKeychain: Keychain = {
  state: async () => 'unavailable',
  isSettled: () => true,
  backend: () => 'none',
  encrypt: refuse,
  decrypt: refuse,
  // As Chromium marks it on Linux.
  strength: (blob) => (['none', 'v10'].includes(tagOf(blob)) ? 'weak' : 'protected'),
}
