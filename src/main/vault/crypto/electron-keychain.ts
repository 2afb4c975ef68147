// Electron's safeStorage behind the vault's keychain. The asynchronous calls (Electron 42 and later) are used where
// they exist. They fall back to the published key without an error, so what was sealed is judged by its own mark.
import { safeStorage } from 'electron'
import { type Keychain, type KeychainState, type Strength, tagOf } from './keychain.ts'

/** What the session bus reports of the Secret Service; `unknown`: it could not be asked. */
export type SecretService = 'unlocked' | 'locked' | 'absent' | 'unknown'

export interface ElectronKeychainOptions {
  /** Tells a locked keyring from a missing one; Electron reports both alike. Linux only. */
  readonly secretService?: () => Promise<SecretService>
}

/** Call its methods only after `app` is ready: before that, Electron has no backend. */
export function electronKeychain(options: ElectronKeychainOptions = {}): Keychain {
  const askSecretService = options.secretService ?? (() => Promise.resolve<SecretService>('unknown'))
  return {
    state: () => (process.platform === 'linux' ? linuxState(askSecretService) : otherState()),
    backend,
    encrypt,
    decrypt,
    strength,
  }
}

/** Deprecated in Electron 45 and gone in 46, so it is looked for. */
function hasSync(): boolean {
  return typeof safeStorage.isEncryptionAvailable === 'function'
}

function hasAsync(): boolean {
  return typeof safeStorage.encryptStringAsync === 'function'
}

function backend(): string {
  if (process.platform === 'darwin') return 'keychain'
  if (process.platform === 'win32') return 'dpapi'
  return safeStorage.getSelectedStorageBackend()
}

async function linuxState(askSecretService: () => Promise<SecretService>): Promise<KeychainState> {
  const selected = backend()
  if (selected === 'basic_text') return 'weak'
  if (selected === 'unknown') return 'unavailable'
  if (await protectsOnLinux()) return 'available'
  return (await askSecretService()) === 'absent' ? 'unavailable' : 'locked'
}

async function protectsOnLinux(): Promise<boolean> {
  if (hasSync()) return safeStorage.isEncryptionAvailable()
  // Without the synchronous call nothing answers truthfully but a blob's own mark.
  return strength(await safeStorage.encryptStringAsync('probe')) === 'protected'
}

async function otherState(): Promise<KeychainState> {
  const available = hasAsync()
    ? await safeStorage.isAsyncEncryptionAvailable()
    : safeStorage.isEncryptionAvailable()
  if (available) return 'available'
  return process.platform === 'darwin' ? 'locked' : 'unavailable'
}

async function encrypt(text: string, wanted: Strength): Promise<Buffer> {
  // Chromium's published key has to be allowed explicitly before the synchronous calls use it.
  if (wanted === 'weak' && !hasAsync()) safeStorage.setUsePlainTextEncryption(true)
  const blob = hasAsync() ? await safeStorage.encryptStringAsync(text) : safeStorage.encryptString(text)
  if (wanted === 'protected' && strength(blob) === 'weak') {
    throw new Error('the keychain would only have used the published key')
  }
  return blob
}

async function decrypt(blob: Buffer): Promise<{ text: string; reEncrypt: boolean }> {
  if (!hasAsync()) {
    if (strength(blob) === 'weak' && backend() === 'basic_text') safeStorage.setUsePlainTextEncryption(true)
    return { text: safeStorage.decryptString(blob), reEncrypt: false }
  }
  const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(blob)
  return { text: result, reEncrypt: shouldReEncrypt }
}

/** On Linux `v10` means the published key; macOS and Windows put the same mark on what their own keychain protects. */
function strength(blob: Buffer): Strength {
  if (process.platform !== 'linux') return 'protected'
  const tag = tagOf(blob)
  return tag === 'none' || tag === 'v10' ? 'weak' : 'protected'
}
