// Electron's safeStorage behind the vault's keychain. The asynchronous calls (Electron 42 and later) are used where
// they exist. They fall back to the published key without an error, so what was sealed is judged by its own mark.
import { safeStorage } from 'electron'
import { type Keychain, type KeychainState, type Strength, tagOf } from './keychain.ts'

/** What the session bus says of the keyring; `empty`: it has to be created first; `unknown`: it could not be asked. */
type KeyringState = 'unlocked' | 'locked' | 'empty' | 'absent' | 'unknown'

export interface ElectronKeychainOptions {
  /** Tells a locked keyring from a missing one; Electron reports both alike. Linux only. */
  readonly keyring?: { state(start: boolean): Promise<KeyringState> }
}

/** Call its methods only after `app` is ready: before that, Electron has no backend. */
export function electronKeychain({ keyring }: ElectronKeychainOptions = {}): Keychain {
  /** Chromium asks the keyring once in a process, and keeps what it got. */
  let asked: 'not-yet' | 'opened' | 'failed' = 'not-yet'

  const linuxState = async (): Promise<KeychainState> => {
    const selected = backend()
    if (selected === 'basic_text') return 'weak'
    if (selected === 'unknown') return 'unavailable'
    if (asked === 'opened') return 'available'
    const found = (await keyring?.state(true)) ?? 'unknown'
    if (asked === 'not-yet' && found !== 'absent' && !(found === 'locked' && isSecretService(selected))) {
      asked = (await protectsOnLinux()) ? 'opened' : 'failed'
      if (asked === 'opened') return 'available'
    }
    return found === 'locked' || found === 'unknown' ? 'locked' : 'unavailable'
  }

  return {
    state: () => (process.platform === 'linux' ? linuxState() : otherState()),
    isSettled: () => process.platform !== 'linux' || asked !== 'not-yet' || backend() === 'basic_text',
    backend,
    encrypt,
    decrypt,
    strength,
  }
}

/**
 * While it is locked Chromium is not let at it: its one call has the person asked for the password up to three times, holds up
 * this process meanwhile, and if only the last is answered replaces the key under which everything is sealed.
 */
function isSecretService(selected: string): boolean {
  return selected === 'gnome_libsecret'
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
