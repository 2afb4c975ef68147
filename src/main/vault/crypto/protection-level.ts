// What protects the data, in words a person reads in the settings and in the window.
import type { KeychainEnvelope, KeyRecord } from './key-envelopes.ts'

export type ProtectionLevel = 'protected' | 'weak' | 'passphrase'

export interface Protection {
  readonly level: ProtectionLevel
  /** The keychain's own name; `passphrase` where no keychain has part in it. */
  readonly backend: string
  readonly sentence: string
}

const NAMES: Readonly<Record<string, string>> = {
  gnome_libsecret: 'the keyring (Secret Service)',
  kwallet: 'KWallet',
  kwallet5: 'KWallet',
  kwallet6: 'KWallet',
  keychain: 'the macOS keychain',
  dpapi: 'your Windows account',
  basic_text: 'nothing (no keyring)',
}

/** A backend's name for a person. */
export function backendName(backend: string): string {
  return NAMES[backend] ?? backend
}

/** `envelope`: the keychain's one that opens the vault now; null when only the passphrase does. */
export function protectionOf(record: KeyRecord, envelope: KeychainEnvelope | null): Protection {
  if (envelope === null) {
    return {
      level: 'passphrase',
      backend: 'passphrase',
      sentence: 'Tokens and secrets are encrypted with your passphrase, which is required at every start.',
    }
  }
  const { backend, strength } = envelope
  if (strength === 'weak') {
    return {
      level: 'weak',
      backend,
      sentence:
        'Tokens and secrets are not protected: this system has no keyring, so anyone who can read the data folder can read them. Set a passphrase to protect them.',
    }
  }
  const beside = record.passphrase === null ? '' : ', and your passphrase can decrypt it as well'
  const sentence = `Tokens and secrets are encrypted; ${backendName(backend)} stores the key${beside}.`
  return { level: 'protected', backend, sentence }
}
