// The person's choices about the passphrase, and whether its words are right.
import type { Secret } from '#engine/domain/secret.ts'
import type { PassphraseChange } from '#vault/crypto/key-manager.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { UserFacingError } from './errors.ts'

/** Each rejects with a `UserFacingError` when the answer is no, with a `StoreFailure` when nothing could be written. */
export interface Security {
  setPassphrase(passphrase: Secret, mode: 'alone' | 'beside'): Promise<void>
  changePassphrase(old: Secret, next: Secret): Promise<void>
  removePassphrase(old: Secret): Promise<void>
}

export function createSecurity(parts: {
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => OpenVault
  readonly changed: () => void
}): Security {
  const settled = async (change: Promise<PassphraseChange>, field: string) => {
    const result = await change
    if (result.kind === 'refused') {
      const at = result.reason === 'too-short' ? field : 'passphrase'
      throw new UserFacingError('refused', result.sentence, { field: at })
    }
    parts.changed()
  }
  return {
    setPassphrase: (passphrase, mode) => settled(parts.vault().setPassphrase(passphrase, mode), 'passphrase'),
    changePassphrase: (old: Secret, next: Secret) =>
      settled(parts.vault().changePassphrase(old, next), 'next'),
    removePassphrase: (old: Secret) => settled(parts.vault().removePassphrase(old), 'passphrase'),
  }
}
