// A program that may ask the local endpoint for tokens: what is kept of it.
import type { Instant, ProfileId } from './model.ts'

/** Its secret is known to the program alone. */
export interface Consumer {
  readonly id: string
  readonly name: string
  /** SHA-256 of its 256-bit secret: 32 bytes. */
  readonly secretHash: Uint8Array
  /** null: all, those to come as well. One that is gone stays named and gives nothing. */
  readonly profileIds: readonly ProfileId[] | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  /** It came with a backup: its secret is a wrong one until a person has confirmed it. */
  readonly held: boolean
}
