// Shared membership: this computer's part in a shared vault as a person decides it: making one, joining, members, leaving.
// What it takes to reach one is loaded only where one is wanted.
import { randomBytes } from 'node:crypto'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Input, SharedVaultMembers, SharedVaultView } from '#contract/contract.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { Membership } from '#vault/repositories/membership.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import { takePart } from './joining.ts'
import { secretsOf } from './known-secrets.ts'
import { isEmptyVault, isMovedIn, type MovingParts, moveIn } from './moving-in.ts'
import { corrected } from './shared-incidents.ts'
import type { SharedVaults } from './shared-vault.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each rejects with a `UserFacingError`, or with a `StoreFailure` of this computer's own vault. */
export interface SharedMembership {
  view(): SharedVaultView
  /** To be called with each vault that was opened, and before each start over it: goes on with what was begun. */
  opened(vault: OpenVault): Promise<void>
  make(input: Input<'shared-vault.make'>): Promise<void>
  join(input: Input<'shared-vault.join'>): Promise<void>
  goOn(): Promise<void>
  cancel(): Promise<void>
  members(): Promise<SharedVaultMembers>
  addMember(input: Input<'shared-vault.add-member'>): Promise<void>
  removeMember(input: Input<'shared-vault.remove-member'>): Promise<void>
  setMayLead(mayLead: boolean): Promise<void>
  leave(): Promise<void>
}

/** ms. Between two looks whether this computer was added. */
const LOOKED_AGAIN = 5_000

export function createSharedMembership(
  dependencies: Pick<MovingParts, 'dataFolder' | 'readBackup'> & {
    readonly vaultAccess: Pick<VaultAccess, 'opened' | 'rejoin' | 'vault'>
    readonly supervisor: Pick<EngineSupervisor, 'exchangeVault' | 'now'>
    readonly clock: Pick<Clock, 'now' | 'after'>
    /** Of this computer, for the other members. */
    readonly host: string
    /** Secrets that no log may have. */
    readonly learn: (secret: string) => void
    readonly failed: (error: unknown) => void
    readonly changed: () => void
  },
): SharedMembership {
  const { vaultAccess, supervisor, clock, host, learn, failed, changed } = dependencies
  const parts: MovingParts = { ...dependencies, now: () => clock.now() }
  let waiting: Extract<SharedVaultView, { kind: 'waiting' }> | null = null
  let mayLead = true
  let stopLooking = () => {}
  /** Decisions and looks: one after the other. */
  const turns = new SerialQueue()

  const vaultsOf = async (membership: Membership): Promise<SharedVaults> => {
    const { memberVaults } = await import('./member-vaults.ts')
    return memberVaults(vaultAccess.opened(), membership, clock)
  }
  const begun = async (): Promise<Membership> => {
    const membership = await vaultAccess.opened().membership.load()
    if (membership !== null && !membership.isJoined) return membership
    throw new UserFacingError('refused', 'Nothing is waiting to be completed.')
  }
  const joined = async (): Promise<SharedVaults> => {
    const membership = await vaultAccess.opened().membership.load()
    if (membership?.isJoined === true) return vaultsOf(membership)
    throw new UserFacingError('refused', NOT_JOINED)
  }
  const note = (next: typeof waiting) => {
    waiting = next
    changed()
  }
  const awaitMember = async (membership: Membership, problem: string | null = null) => {
    const { recipientOf } = await import('./member-vaults.ts')
    note({ kind: 'waiting', recipient: await recipientOf(membership.identity), problem })
  }

  /** A new key, kept before anybody may know its public half. */
  const begin = async (given: string): Promise<Membership> => {
    const local = vaultAccess.opened()
    if (local.sharing !== null) throw new UserFacingError('refused', 'This computer uses a shared vault.')
    const { connectionProblem, newIdentity } = await import('./member-vaults.ts')
    const database = new Secret(given)
    const problem = connectionProblem(database)
    if (problem !== null) throw new UserFacingError('invalid', problem, { field: 'database' })
    const kept = await local.membership.load()
    const identity = kept?.identity ?? (await newIdentity())
    secretsOf({ database, identity }).forEach(learn)
    const node = kept?.node ?? `${host} (${randomBytes(2).toString('hex')})`
    const membership = { node, database, identity, known: null, isJoined: false, mayLead: true }
    await local.membership.save(membership)
    return membership
  }
  /** Undone where nothing came of it. */
  const trying = async <T>(given: string, work: (membership: Membership) => Promise<T>): Promise<T> => {
    const before = (await vaultAccess.vault()?.membership.load()) ?? null
    const membership = await begin(given)
    try {
      return await work(membership)
    } catch (error) {
      await vaultAccess.opened().membership.save(before)
      throw error
    }
  }

  /** As a member: this computer's service apps move in where it has any, and from then on its vault is the shared one. */
  const enter = async (membership: Membership) => {
    const vaults = await vaultsOf(membership)
    await supervisor
      .exchangeVault(async () => {
        const local = vaultAccess.opened()
        if (!(await isEmptyVault(local))) await moveIn(local, vaults, parts)
        const { database, identity } = membership
        const hold = await local.renewalHold.load()
        try {
          await takePart(local, { database, identity, host, mayLead: true, now: clock.now() })
          await rejoinOr(local, membership)
        } catch (error) {
          // What is empty runs on; what was moved in stays held.
          await local.renewalHold.save(hold).catch(failed)
          throw error
        }
        mayLead = true
      })
      .catch((error: unknown) => {
        // A database, and not the disk of this computer.
        if (error instanceof StoreFailure && error.reason === 'shared')
          throw new UserFacingError('storage', error.message)
        throw error
      })
    stopLooking()
    note(null)
  }

  const look = async () => {
    const local = vaultAccess.vault()
    if (waiting === null || local === null) return
    if ((await local.renewalHold.load())?.why === 'moving') return
    const membership = await begun()
    let isMember = false
    try {
      const answer = await (await vaultsOf(membership)).join()
      isMember = answer.isMember
      if (isMember) return await enter(membership)
      await awaitMember(membership, answer.holds === 'no-vault' ? NO_VAULT : null)
    } catch (error) {
      await awaitMember(membership, error instanceof Error ? error.message : String(error))
    }
    // What keeps a member out is a person's to try again: each try stops all renewals here for a moment.
    if (!isMember) lookLater()
  }
  const lookLater = () => {
    stopLooking()
    stopLooking = clock.after(LOOKED_AGAIN, () => void turns.run(look).catch(failed))
  }

  return {
    view() {
      const sharing = vaultAccess.vault()?.sharing ?? null
      if (sharing === null) return waiting ?? { kind: 'none' }
      const status = corrected(sharing.status, supervisor.now() - clock.now())
      const { node, leader, leadsHere, leaderlessSince, trouble, agreedAt } = status
      return { kind: 'joined', node, mayLead, leader, leadsHere, leaderlessSince, trouble, agreedAt }
    },
    opened: (vault) =>
      turns.run(async () => {
        const membership = await vault.membership.load()
        stopLooking()
        if (membership === null || membership.isJoined) note(null)
        if (membership === null) return
        secretsOf(membership).forEach(learn)
        mayLead = membership.mayLead
        if (membership.isJoined) return
        await awaitMember(membership)
        // Where a move was interrupted a person says whether it goes on.
        if ((await vault.renewalHold.load())?.why !== 'moving') lookLater()
      }),
    make: ({ database, name }) =>
      turns.run(async () => {
        await trying(database, async (membership) => {
          const vaults = await vaultsOf(membership)
          await vaults.create(name).catch(async (error: unknown) => {
            // The answer may have been lost, and not the vault.
            const answer = await vaults.join().catch(() => null)
            if (answer?.isMember !== true) throw error
          })
        })
        await enterOrWait(await begun())
      }),
    join: ({ database }) =>
      turns.run(async () => {
        const { isMember } = await trying(database, async (membership) => {
          const answer = await (await vaultsOf(membership)).join()
          if (answer.holds === 'no-vault')
            throw new UserFacingError('refused', NO_VAULT, { field: 'database' })
          const local = vaultAccess.opened()
          const hasOwn = !isMovedIn(await local.renewalHold.load()) && !(await isEmptyVault(local))
          if (hasOwn && answer.holds === 'service-apps') throw new UserFacingError('refused', BOTH_HAVE)
          return answer
        })
        const membership = await begun()
        if (isMember) return enterOrWait(membership)
        await awaitMember(membership)
        lookLater()
      }),
    goOn: () =>
      turns.run(async () => {
        const membership = await begun()
        const { isMember } = await (await vaultsOf(membership)).join()
        if (!isMember) throw new UserFacingError('refused', NOT_ADDED)
        await enter(membership)
      }),
    cancel: () =>
      turns.run(async () => {
        await begun()
        stopLooking()
        await vaultAccess.opened().membership.save(null)
        note(null)
      }),
    async members() {
      const { members, nodes, leader } = await (await joined()).status()
      const now = supervisor.now()
      const shown = members.map(({ name, recipient, addedAt, addedBy, isAuthentic, isOwn }) => ({
        ...{ name, recipient, addedAt, addedBy, isAuthentic, isOwn },
      }))
      const computers = nodes.map(({ id, seenAgo }) => ({
        node: id,
        seenAt: now - seenAgo,
        leads: id === leader,
      }))
      return { members: shown, computers }
    },
    addMember: async ({ name, recipient }) => (await joined()).addMember(name, recipient),
    removeMember: async ({ recipient }) => (await joined()).removeMember(recipient),
    setMayLead: (wanted) =>
      changeMembership(async (local, kept) => {
        await local.membership.save({ ...kept, mayLead: wanted })
        await rejoinOr(local, kept)
        mayLead = wanted
      }),
    leave: () =>
      changeMembership(async (local, kept) => {
        // First: the copy is never renewed before a person has made sure that nobody else does.
        await local.renewalHold.save({ why: 'moved', to: 'shared-vault', at: clock.now(), file: null })
        await local.membership.save(null)
        await rejoinOr(local, kept)
      }),
  }

  /** Whatever it rejects with, a session runs over the vault in force then. */
  function changeMembership(change: (local: OpenVault, kept: Membership) => Promise<void>): Promise<void> {
    return turns.run(() =>
      supervisor.exchangeVault(async () => {
        const local = vaultAccess.opened()
        const kept = await local.membership.load()
        if (local.sharing === null || kept === null) throw new UserFacingError('refused', NOT_JOINED)
        await change(local, kept)
      }),
    )
  }

  /** Where that fails, the vault before stays in force: the next start has to open the same. */
  async function rejoinOr(local: OpenVault, before: Membership): Promise<void> {
    try {
      await vaultAccess.rejoin()
    } catch (error) {
      await local.membership.save(before).catch(failed)
      throw error
    }
  }

  /** A member already. What keeps it out now is shown, and a person tries again. */
  async function enterOrWait(membership: Membership): Promise<void> {
    try {
      await enter(membership)
    } catch (error) {
      await awaitMember(membership, error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}

const NO_VAULT =
  'There is no shared vault in this database. Check the database’s name, or create a shared vault in it.'
const BOTH_HAVE =
  'Both this computer and that shared vault have service apps. A computer that joins takes over those of the shared vault. Back up the ones here (Settings → Data) and remove them, then join; or create a shared vault of their own in an empty database.'
const NOT_JOINED = 'This computer uses no shared vault.'
const NOT_ADDED = 'No member has added this computer yet.'
