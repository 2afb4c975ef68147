// Membership: the shared vault that this computer takes part in, with its member's secret half, as one sealed row of `meta`. It
// belongs to this computer: no backup has it.
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

export interface Membership {
  /** Names this computer among the workers. */
  readonly node: string
  /** The connection string of the database, with its password. */
  readonly database: Secret
  /** "AGE-SECRET-KEY-1…" */
  readonly identity: Secret
  /** What it remembers of the newest data key; null: it has had none. */
  readonly known: { readonly vaultId: string; readonly epoch: number; readonly check: string } | null
  /** Whether its vault is the shared one. False: it waits to be added. */
  readonly isJoined: boolean
  /** Whether it renews where nobody else has for some time. */
  readonly mayLead: boolean
}

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface MembershipRow {
  /** null: none is kept, or it was altered. */
  load(): Promise<Membership | null>
  /** null removes it. */
  save(membership: Membership | null): Promise<void>
}

export const MEMBERSHIP = 'membership'

const content = z.object({
  node: z.string(),
  database: z.string(),
  identity: z.string(),
  known: z.object({ vaultId: z.string(), epoch: z.number(), check: z.string() }).nullable(),
  isJoined: z.boolean(),
  mayLead: z.boolean(),
})

export function membershipRow({ db, key, read, write }: RowAccess): MembershipRow {
  return {
    load: () =>
      read(() => {
        const opened = openMeta(key(), MEMBERSHIP, readMeta(db, MEMBERSHIP) ?? '')
        if (opened === null) return null
        const { database, identity, ...rest } = content.parse(JSON.parse(opened.reveal()))
        return { ...rest, database: new Secret(database), identity: new Secret(identity) }
      }),
    save: (membership) =>
      write(() => {
        if (membership === null) return void db.run('DELETE FROM meta WHERE key = ?', MEMBERSHIP)
        const { database, identity } = membership
        const text = JSON.stringify({
          ...membership,
          database: database.reveal(),
          identity: identity.reveal(),
        })
        writeSealedMeta(db, key(), MEMBERSHIP, new Secret(text))
      }),
  }
}
