// Shared vault: making one, who belongs to it, and moving service apps into it and out of it.
import type { Duration, Instant } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { type Backup, type BackupWriting, writeBackup } from '#vault/backup/backup.ts'
import type { ScryptCost } from '#vault/crypto/passphrase.ts'
import type { KeptIdentity } from '#vault/shared/identity-file.ts'
import { isRecipient, keyProof, type Member, recipientOf } from '#vault/shared/members.ts'
import {
  customersIn,
  hasSharedContent,
  isFilledBy,
  renewalUnderWay,
  sharedSource,
  takeOver,
} from '#vault/shared/moving.ts'
import type { PostgresConnection } from '#vault/shared/postgres-connection.ts'
import { migrateShared } from '#vault/shared/postgres-schema.ts'
import { createVault } from '#vault/shared/shared-rekey.ts'
import { openSharedVault, type SharedVault, type VaultState } from '#vault/shared/shared-vault.ts'
import { FilledByAnother, UserFacingError } from './errors.ts'

export interface MemberView extends Member {
  /** This computer. */
  readonly isOwn: boolean
}

export interface SharedVaultStatus {
  readonly vaultId: string
  readonly state: VaultState
  readonly keyEpoch: number
  readonly members: readonly MemberView[]
  /** Who renews now; null: nobody. */
  readonly leader: string | null
  /** Those that have ever taken part, seen last first. */
  readonly nodes: readonly SharedVaultNode[]
}

export interface SharedVaultNode {
  readonly id: string
  /** ms, by the database's clock. */
  readonly seenAgo: Duration
  /** How often it has stored something. */
  readonly stored: number
  /** This computer: of those with its key the one that was seen last. */
  readonly isOwn: boolean
}

export interface JoinAnswer {
  readonly recipient: string
  readonly isMember: boolean
  /** What is in the database, as far as somebody who is no member can see it. */
  readonly holds: 'no-vault' | 'nothing' | 'service-apps'
}

/** Each rejects with a `UserFacingError`. */
export interface SharedVaults {
  /** In an empty database; this computer is its first member. */
  create(memberName: string): Promise<void>
  /** The public key of this computer, for a member to add; made where there is none. */
  join(): Promise<JoinAnswer>
  addMember(name: string, recipient: string): Promise<void>
  /** By its name or its public key. The data key is exchanged. */
  removeMember(nameOrRecipient: string): Promise<void>
  status(): Promise<SharedVaultStatus>
  /**
   * Fills an empty shared vault with a backup that was made by moving, or fills it again. Nothing is renewed there before
   * `activate`. `move` names what it is filled with. Resolves with how many customers were there, never in use, and are no more.
   */
  moveIn(backup: Backup, move?: string): Promise<number>
  /** Writes everything into a backup. From then on nothing is renewed here. */
  moveOut(path: string, passphrase: Secret): Promise<BackupWriting>
  /**
   * Once whatever renewed these service apps until now was stopped. `move`: only what was moved in under this name; rejects with
   * a `FilledByAnother` where it is not there. Resolves with how many customers there are.
   */
  activate(move?: string): Promise<number>
}

/** Of a member. Control characters could make a list say something else. */
const NAME = /^[^\p{C}\p{Z}](?:[^\p{C}]{0,98}[^\p{C}\p{Z}])?$/u
/** A container that loses its volume is another one with each start. */
const MOST_NODES = 50
const EVERY_STATE = ['staged', 'active', 'moved'] as const

export function createSharedVaults(dependencies: {
  /** Closed after each use. */
  readonly connect: () => PostgresConnection
  readonly identity: KeptIdentity
  readonly now: () => Instant
  readonly scryptCost: ScryptCost
}): SharedVaults {
  const { connect, identity, now, scryptCost } = dependencies

  const connected = async <T>(work: (db: PostgresConnection) => Promise<T>): Promise<T> => {
    const db = connect()
    try {
      return await work(db)
    } catch (error) {
      if (error instanceof StoreFailure) throw new UserFacingError('storage', error.message)
      throw error
    } finally {
      await db.close()
    }
  }
  const opened = <T>(
    states: readonly VaultState[],
    work: (vault: SharedVault, members: readonly MemberView[]) => Promise<T>,
  ): Promise<T> =>
    connected(async (db) => {
      const vault = await openSharedVault(db, identity, states)
      const own = await ownRecipient(identity)
      const members = (await vault.members()).map((one) => ({ ...one, isOwn: one.recipient === own }))
      return work(vault, members)
    })

  return {
    create: (memberName) =>
      connected(async (db) => {
        const name = memberNameIn(memberName)
        await migrateShared(db)
        const own = (await identity.load()) ?? (await identity.create())
        const recipient = await recipientOf(own)
        const held = await db.transaction(async (tx) => {
          await tx.run('LOCK TABLE vault')
          if ((await tx.row('vault', '')) !== null) throw new UserFacingError('refused', THERE_IS_ONE)
          return createVault(tx, { name, recipient, addedBy: null }, now())
        })
        await identity.remember(keyProof(held))
      }),

    join: () =>
      connected(async (db) => {
        const recipient = await recipientOf((await identity.load()) ?? (await identity.create()))
        await migrateShared(db)
        const isMember = (await db.row('members', 'WHERE recipient = ?', recipient)) !== null
        if (isMember) await openSharedVault(db, identity, EVERY_STATE)
        const isMade = (await db.row('vault', '')) !== null
        const holds = !isMade ? 'no-vault' : (await hasSharedContent(db)) ? 'service-apps' : 'nothing'
        return { recipient, isMember, holds }
      }),

    addMember: (memberName, recipient) =>
      opened(EVERY_STATE, async (vault, members) => {
        const name = memberNameIn(memberName)
        if (!isRecipient(recipient))
          throw new UserFacingError('invalid', NO_RECIPIENT, { field: 'recipient' })
        const there = members.find((one) => one.name === name || one.recipient === recipient)
        if (there !== undefined) {
          throw new UserFacingError(
            'refused',
            there.isAuthentic ? isThere(there) : `${isThere(there)} ${NOT_ADDED} Remove it first.`,
          )
        }
        const addedBy = members.find(({ isOwn }) => isOwn)?.name ?? null
        await vault.addMember({ name, recipient, addedBy }, now())
      }),

    removeMember: (nameOrRecipient) =>
      opened(EVERY_STATE, async (vault, members) => {
        const found = members.filter(
          (one) => one.name === nameOrRecipient || one.recipient === nameOrRecipient,
        )
        const [member, another] = found
        if (member === undefined) {
          throw new UserFacingError('not-found', `The shared vault has no member ${nameOrRecipient}.`)
        }
        if (another !== undefined) {
          throw new UserFacingError(
            'refused',
            `Several members are called ${nameOrRecipient}. Name one by its public key.`,
          )
        }
        if (member.isOwn) throw new UserFacingError('refused', OWN)
        await vault.removeMember(member.id)
      }),

    status: () =>
      opened(EVERY_STATE, (vault, members) =>
        vault.read(async (tx) => {
          const stored = (await tx.row('vault', '')) ?? {}
          const [leader] = await tx.query('SELECT holder FROM leader WHERE lease_until > clock_timestamp()')
          const nodes = await tx.query(
            `SELECT id, seq, member, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS ago
             FROM nodes ORDER BY seen_at DESC LIMIT ?`,
            MOST_NODES,
          )
          const own = nodes.find(({ member }) => member === vault.memberId)
          return {
            vaultId: String(stored.id),
            state: EVERY_STATE.find((state) => state === stored.state) ?? 'staged',
            keyEpoch: Number(stored.key_epoch),
            members,
            leader: leader === undefined ? null : String(leader.holder),
            nodes: nodes.map((row) => ({
              id: String(row.id),
              seenAgo: Number(row.ago),
              stored: Number(row.seq),
              isOwn: row === own,
            })),
          }
        }),
      ),

    moveIn: (backup, move) =>
      opened(['staged', 'active'], (vault) =>
        vault.write(async (tx, key) => {
          const stored = await tx.row('vault', '')
          if (stored?.state === 'active' && (await hasSharedContent(tx))) {
            throw new UserFacingError('refused', NOT_EMPTY)
          }
          await tx.update('vault', { state: 'staged' }, 'one')
          const replaced = await customersIn(tx)
          await takeOver(tx, key, backup, move ?? null)
          return replaced
        }),
      ),

    moveOut: (path, passphrase) =>
      opened(['active', 'moved'], async (vault) => {
        // Before the file is complete: whoever gets it may renew.
        await vault.write(async (tx) => {
          const underWay = await renewalUnderWay(tx)
          if (underWay !== null) throw new UserFacingError('busy', underWay)
          await tx.update('vault', { state: 'moved' }, 'one')
        })
        return vault.read((tx, key) =>
          writeBackup(sharedSource(tx, key), path, { passphrase, cost: scryptCost, now: now() }),
        )
      }),

    activate: (move) =>
      opened(EVERY_STATE, (vault) =>
        vault.write(async (tx) => {
          if (move !== undefined && !(await isFilledBy(tx, move)))
            throw new FilledByAnother(FILLED_BY_ANOTHER)
          // A named one may be in use, or moved out of it since.
          const wanted = move === undefined || (await tx.row('vault', ''))?.state === 'staged'
          if (wanted) await tx.update('vault', { state: 'active' }, 'one')
          return customersIn(tx)
        }),
      ),
  }
}

async function ownRecipient(identity: KeptIdentity): Promise<string | null> {
  const own = await identity.load()
  return own === null ? null : recipientOf(own)
}

function memberNameIn(typed: string): string {
  const name = typed.trim()
  if (NAME.test(name)) return name
  throw new UserFacingError('invalid', 'A member needs a name of 1 to 100 characters without line breaks.', {
    field: 'name',
  })
}

function isThere({ name, recipient }: Member): string {
  return `The shared vault has a member ${name} already, with the public key ${recipient}.`
}

const THERE_IS_ONE =
  'There is a shared vault in this database already. Join it, or create one in another database.'
const NOT_ADDED = 'No member added it: it was written into the database.'
const NO_RECIPIENT =
  'This is not a public key of a member, which begins with "age1" and has 62 characters. It is shown on the computer that joins.'
const OWN = 'This computer cannot remove itself. Another member can.'
const FILLED_BY_ANOTHER =
  'The service apps of this computer are not in that shared vault: another computer has moved its own there. Nothing was changed here. Renew them here again, or move them into an empty shared vault.'
const NOT_EMPTY = 'There are service apps in the shared vault already. Move into an empty one.'
