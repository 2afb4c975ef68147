// The vault's door: tries to open it, says why not, tries again when the person has done something about it.
import type { StorageView } from '../../preload/contract.ts'
import type { Secret } from '../engine/secret.ts'
import type { Keychain } from '../vault/keychain.ts'
import type { OpenVault } from '../vault/open-vault.ts'
import { type Opening, openVault } from '../vault/opening.ts'

export interface Storage {
  /** Rejects never: what went wrong is in the view. */
  retry(): Promise<void>
  acceptWeak(): Promise<void>
  passphrase(passphrase: Secret): Promise<void>
  beginAnew(): Promise<void>
  view(): StorageView
}

export function createStorage(parts: {
  readonly folder: string
  readonly keychain: Keychain
  readonly clock: { now(): number }
  /** A demo's secrets are nobody's. */
  readonly weakIsFine: boolean
  /** Called once, when it has opened. */
  readonly opened: (vault: OpenVault) => void
  readonly changed: () => void
}): Storage {
  let opening: Opening | null = null
  let trying: Promise<void> | null = null

  const attempt = (options: Partial<Parameters<typeof openVault>[0]>): Promise<void> => {
    trying ??= (async () => {
      if (opening?.kind === 'open') return
      const { folder, keychain, clock } = parts
      opening = await openVault({
        folder,
        keychain,
        clock,
        weakStorageConsent: parts.weakIsFine ? 'given' : 'ask',
        ...options,
      })
      if (opening.kind === 'open') parts.opened(opening.vault)
      parts.changed()
    })().finally(() => {
      trying = null
    })
    return trying
  }

  return {
    retry: () => attempt({}),
    acceptWeak: () => attempt({ weakStorageConsent: 'given' }),
    passphrase: (passphrase) => attempt({ passphrase }),
    beginAnew: () => attempt({ afterSetAside: 'begin-anew' }),
    view() {
      if (opening === null) return { kind: 'opening', level: 'closed', sentence: 'Opening the vault …' }
      if (opening.kind !== 'open') return { kind: opening.kind, level: 'closed', sentence: opening.sentence }
      const { level, backend, sentence } = opening.protection
      return { kind: 'open', level, backend, sentence }
    },
  }
}
