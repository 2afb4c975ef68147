// The system's keychain as the vault uses it: it seals one short text. `electron-keychain.ts` implements it.

/**
 * `available`: what is sealed is protected by the person's login. `weak`: only Chromium's published key is there, which
 * protects nothing. `locked`: a keyring is there and has to be unlocked. `unavailable`: nothing can be sealed at all.
 */
export type KeychainState = 'available' | 'weak' | 'locked' | 'unavailable'

export type Strength = 'protected' | 'weak'

export interface Keychain {
  state(): Promise<KeychainState>
  /** What it found is all that this process will find: only a new one sees what has changed since. */
  isSettled(): boolean
  /** The system's name for it, as recorded beside what it sealed: `gnome_libsecret`, `kwallet6`, `basic_text`, `keychain`, `dpapi`. */
  backend(): string
  /** Rejects when nothing could be sealed, or only weaker than asked for. */
  encrypt(text: string, strength: Strength): Promise<Buffer>
  /** Rejects when it cannot be read. A success proves nothing: the cipher behind it has no integrity check. */
  decrypt(blob: Buffer): Promise<{ readonly text: string; readonly reEncrypt: boolean }>
  /** What protects a blob, judged by its first bytes alone. */
  strength(blob: Buffer): Strength
}

/** The version mark in front of what Chromium seals (`v10`, `v11`, `v12`), or `none`. */
export function tagOf(blob: Buffer): string {
  const tag = blob.subarray(0, 3).toString('latin1')
  return /^v\d\d$/.test(tag) ? tag : 'none'
}
