// The person's choices about the passphrase, and whether its words are right.
import { StoreFailure } from '../engine/ports.ts'
import type { Secret } from '../engine/secret.ts'
import { Refusal } from '../ipc/dispatch.ts'
import type { Security } from '../ipc/keeping.ts'
import type { PassphraseChange } from '../vault/key-keeper.ts'
import type { OpenVault } from '../vault/open-vault.ts'

export function createSecurity(parts: {
  /** Throws a `Refusal` while the vault is closed. */
  readonly vault: () => OpenVault
  readonly changed: () => void
}): Security {
  const settled = async (change: Promise<PassphraseChange>, field: string) => {
    const result = await change.catch((error: unknown) => {
      throw error instanceof StoreFailure ? new Refusal('storage', error.message) : error
    })
    if (result.kind === 'refused') {
      const at = result.reason === 'too-short' ? field : 'passphrase'
      throw new Refusal('refused', result.sentence, { field: at })
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
