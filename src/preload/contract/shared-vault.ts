// The shared vault that this computer takes part in: making and joining one, its members, and leaving it.
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import { none } from './fields.ts'

/** The connection string, with its password: it enters here and never leaves. */
const database = z.string().trim().min(1, 'Paste the connection string.').max(4000)
const memberName = z.string().trim().min(1, 'Enter a name.').max(100)

export const sharedVaultRequests = {
  /** In an empty database. Service apps of this computer are moved into it. */
  'shared-vault.make': z.strictObject({ database, name: memberName }),
  /** Answers at once; the view says when a member has added this computer. */
  'shared-vault.join': z.strictObject({ database }),
  /** What was begun and interrupted: waiting to be added, or moving in. */
  'shared-vault.go-on': none,
  /** Not joined yet: forgets the connection and this computer's key. */
  'shared-vault.cancel': none,
  'shared-vault.members': none,
  'shared-vault.add-member': z.strictObject({
    name: memberName,
    recipient: z.string().trim().min(1, 'Paste the public key.').max(200),
  }),
  /** By its public key. The data key is exchanged. */
  'shared-vault.remove-member': z.strictObject({ recipient: z.string().min(1).max(200) }),
  'shared-vault.may-lead': z.strictObject({ mayLead: z.boolean() }),
  /** Moves nothing. What was copied here last is held. */
  'shared-vault.leave': none,
} as const

export interface SharedVaultReplies {
  'shared-vault.members': SharedVaultMembers
}

export interface SharedVaultMembers {
  readonly members: readonly {
    readonly name: string
    /** "age1…" */
    readonly recipient: string
    readonly addedAt: Instant
    /** null: it made the vault. */
    readonly addedBy: string | null
    /** False: somebody wrote it into the database, and it has no access. */
    readonly isAuthentic: boolean
    /** This computer. */
    readonly isOwn: boolean
  }[]
  /** Those that have taken part, the one seen last first. */
  readonly computers: readonly {
    readonly node: string
    readonly seenAt: Instant
    readonly leads: boolean
  }[]
}

/** Part of the view: how this computer stands to a shared vault. */
export type SharedVaultView =
  /** It takes part in none. */
  | { readonly kind: 'none' }
  /** Until a member has added it. */
  | {
      readonly kind: 'waiting'
      /** This computer's public key. */
      readonly recipient: string
      /** Why it could not be found out last whether it was added; null: it was not. */
      readonly problem: string | null
    }
  | {
      readonly kind: 'joined'
      readonly node: string
      readonly mayLead: boolean
      /** Who renews; null: nobody, or it is not known. */
      readonly leader: string | null
      readonly leadsHere: boolean
      /** Since when no computer renews, as seen here; null: somebody does. */
      readonly leaderlessSince: Instant | null
      /** Why it cannot be used, and since when; null: it can. */
      readonly trouble: {
        /** `not-yet-a-member`: it waits to be added. `removed`: it was a member. */
        readonly kind: 'not-yet-a-member' | 'removed' | 'not-usable'
        readonly sentence: string
        readonly since: Instant
        /** This computer's public key, where a member has to add it; null: that is no help. */
        readonly recipient: string | null
      } | null
      /** As of when it is shown; null: this start has not seen it yet. */
      readonly agreedAt: Instant | null
    }
