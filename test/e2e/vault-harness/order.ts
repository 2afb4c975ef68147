// What a test tells the harness to do, and what it is told back.

export interface Order {
  readonly folder: string
  readonly consent?: 'given'
  readonly passphrase?: string
  /** Store two profiles. */
  readonly fill?: true
  /** Shell command to run first, inside the session. */
  readonly before?: string
}

export interface Opened {
  readonly kind: string
  readonly backend: string
  readonly level: string | null
  readonly sentence: string
  readonly tokens: readonly (string | null)[]
  readonly unreadable: readonly string[]
}
