// What a person reads when the vault is not open: what happened, that nothing was lost, what to do.
import type { StoreFailure } from '#engine/domain/ports.ts'
import { backendName } from './crypto/protection-level.ts'
import type { KeychainTrouble } from './crypto/unlock.ts'

export const CONSENT_NEEDED =
  'This system has no keyring, so stored tokens and secrets could be read by anyone who can read your files. Set a passphrase to protect them, or agree to store them unprotected.'

export const PASSPHRASE_NEEDED = 'Tokens and secrets are protected by your passphrase. Enter it to continue.'

export const PASSPHRASE_WRONG = 'That is not the passphrase. Nothing was changed; try again.'

export function damaged(path: string): string {
  return `The data file is damaged and was left as it is (${path}). Restore a backup, or start with an empty list; the file is kept.`
}

export function movedAside(path: string): string {
  return `The data file could not be opened. It was kept under another name (${path}). Restore a backup, or start with an empty list; nothing is deleted.`
}

export const TOO_NEW =
  'The data was written by a newer version of this app and was left as it is. Install that version again to continue.'

export const ALREADY_RUNNING =
  'This app is already running with that data folder, and only one instance may renew its tokens. Use the window of the other one, or quit it or stop the server (satm serve), and try again.'

export function notWritable(reason: StoreFailure['reason'], folder: string): string {
  switch (reason) {
    case 'disk-full':
      return `The disk with ${folder} is full. Free some space and try again; nothing was changed.`
    case 'read-only':
      return `The data folder ${folder} cannot be written by your account. Make it writable and try again; nothing was changed.`
    case 'locked':
      return `Another program is using the data file in ${folder}. Close it and try again; nothing was changed.`
    default:
      return `The data file in ${folder} could not be read. Check the disk and try again; nothing was changed.`
  }
}

export function noFolder(folder: string): string {
  return `${folder} is not a folder, but a file or a broken link. Remove it and try again; nothing was changed.`
}

export function notRestored(reason: StoreFailure['reason'], folder: string): string {
  switch (reason) {
    case 'disk-full':
    case 'read-only':
    case 'locked':
      return `The backup was not restored. ${notWritable(reason, folder)}`
    default:
      return 'The backup could not be restored. Nothing was changed; check the disk, or restore another backup.'
  }
}

/**
 * `sealedWith`: the backend that sealed the key; null when nothing is stored yet. On Linux the app follows the keyring;
 * elsewhere a process keeps what it found at its first try.
 */
export function keychainTrouble(
  trouble: KeychainTrouble,
  backend: string,
  sealedWith: string | null,
): string {
  const said = what(trouble.kind, backend, sealedWith)
  if (sealedWith === null) return `${said} Or set a passphrase instead.`
  const unchanged = 'Nothing was changed or deleted.'
  // Once it is unlocked there is nothing to restore.
  if (trouble.kind === 'locked' && !trouble.passphraseHelps) return `${said} ${unchanged}`
  const instead = trouble.passphraseHelps ? 'enter your passphrase' : 'restore a backup'
  const then = trouble.kind === 'unreadable' ? `${capital(instead)}.` : `Or ${instead}.`
  return `${said} ${then} ${unchanged}`
}

function what(kind: KeychainTrouble['kind'], backend: string, sealedWith: string | null): string {
  const sealer = backendName(sealedWith ?? backend)
  const opens = backend === 'keychain' || backend === 'dpapi' ? 'then restart the app' : 'and the app opens'
  switch (kind) {
    case 'locked':
      return `${capital(sealer)} is locked. Unlock it, ${opens}.`
    case 'absent':
      return sealedWith === null
        ? `No keyring found to protect tokens and secrets. Create or start one, ${opens}.`
        : `The data is protected by ${sealer}, which is not running. Start it, ${opens}.`
    case 'changed-backend':
      return `The data is protected by ${sealer}, but this session offers ${backendName(backend)}. Sign in to the desktop it was stored in.`
    case 'unreadable':
      return `${capital(sealer)} cannot decrypt the data: its key was replaced, or the stored one was altered.`
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
