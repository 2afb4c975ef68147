// Membership: the shared vault that this computer takes part in, with its member's secret half, as one sealed row of `meta`. It
// belongs to this computer: no backup has it.
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { RowAccess } from './row-access.ts'
import { type SealedRow, sealedRow } from './sealed-meta.ts'

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

export type MembershipRow = SealedRow<Membership>

export const MEMBERSHIP = 'membership'

const secret = z.string().transform((text) => new Secret(text))
const content = z.object({
  node: z.string(),
  database: secret,
  identity: secret,
  known: z.object({ vaultId: z.string(), epoch: z.number(), check: z.string() }).nullable(),
  isJoined: z.boolean(),
  mayLead: z.boolean(),
})

export function membershipRow(access: RowAccess): MembershipRow {
  return sealedRow(access, MEMBERSHIP, {
    parse: (json) => content.parse(json),
    of: (value) => ({ ...value, database: value.database.reveal(), identity: value.identity.reveal() }),
  })
}
