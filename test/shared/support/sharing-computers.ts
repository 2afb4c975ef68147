// Computers that take part in one shared vault, within this process: each with a connection, a member and a folder of its own.
import { onTestFinished } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { RequestedAttempt, StoredState } from '#engine/domain/engine-api.ts'
import type { Attempt, Subject } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { PROTOCOL_TIMES, type ProtocolTimes } from '#vault/shared/leadership.ts'
import type { SharedVault } from '#vault/shared/shared-vault.ts'
import { type Follower, Sharing, type SharingParts, type SharingStatus } from '#vault/shared/sharing.ts'
import { temporaryFolder } from '../../vault/support/builders.ts'
import type { Postgres } from './postgres.ts'
import { anIdentity, newSharedVault, type OwnDatabase, type TestIdentity } from './shared-vault.ts'

export const CLOUD = 'https://webexapis.com'

const entries = Object.entries(PROTOCOL_TIMES).map(([name, ms]) => [name, ms / 20])
/** The protocol, twenty times as quick. */
export const QUICK: ProtocolTimes = { ...PROTOCOL_TIMES, ...Object.fromEntries(entries), claimFresh: 2_000 }

/** Follows, and keeps what it is given. */
export class TestFollower implements Follower {
  state: StoredState | null = null
  /** How often everything was read. */
  reads = 0
  renews = false
  readonly attempted: RequestedAttempt[] = []
  /** What others have taken back. */
  readonly canceled: Subject[] = []
  /** Requests that came while it does not renew: each would go to another computer, and may come back. */
  astray = 0
  make: (request: RequestedAttempt) => Promise<Attempt> = () =>
    Promise.reject(new Error('It was not possible.'))
  /** What following it rejects with. */
  failing: Error | null = null
  /** It has something that it cannot store. */
  isUnsaved = false

  async follow(load: () => Promise<StoredState>): Promise<unknown> {
    if (this.failing !== null) throw this.failing
    if (this.isUnsaved) return null
    this.state = await load()
    this.reads += 1
    return []
  }

  renewHere(renews: boolean): void {
    this.renews = renews
  }

  attempt(request: RequestedAttempt): Promise<Attempt> {
    if (!this.renews) this.astray += 1
    this.attempted.push(request)
    return this.make(request)
  }

  cancel(subject: Subject): void {
    this.canceled.push(subject)
  }

  followed(): void {}

  knows(profileId: string): boolean {
    return this.state?.fleet.profiles.has(profileId) ?? false
  }
}

export interface Computer {
  readonly sharing: Sharing
  readonly follower: TestFollower
  readonly statuses: SharingStatus[]
}

export interface ComputersOfOneVault {
  readonly vault: SharedVault
  readonly database: OwnDatabase
  member(): Promise<TestIdentity>
  /** Leads as soon as it may, unless `patience` says otherwise. */
  computer(node: string, change?: Partial<SharingParts>): Promise<Computer>
}

export async function computersOfOneVault(postgres: Postgres): Promise<ComputersOfOneVault> {
  const { vault, database } = await newSharedVault(postgres)
  let members = 0
  const member = async () => {
    const identity = await anIdentity()
    members += 1
    await vault.addMember(
      { name: `Member ${members}`, recipient: identity.recipient, addedBy: 'First' },
      members,
    )
    return identity
  }
  return {
    vault,
    database,
    member,
    async computer(node, change = {}) {
      const statuses: SharingStatus[] = []
      const sharing = new Sharing({
        connect: () => database.connect(),
        identity: await member(),
        node,
        folder: temporaryFolder(),
        clock: systemClock(),
        random: Math.random,
        times: QUICK,
        patience: 0,
        baseUrl: () => CLOUD,
        keep: async () => undefined,
        changed: (status) => statuses.push(status),
        ...change,
      })
      onTestFinished(() => sharing.close())
      return { sharing, follower: new TestFollower(), statuses }
    },
  }
}

/** Its own time runs so much faster than that of the database. */
export function fastClock(factor: number): Clock {
  const clock = systemClock()
  const began = clock.now()
  return {
    now: () => began + (clock.now() - began) * factor,
    monotonic: () => clock.monotonic() * factor,
    after: (delay, wake) => clock.after(delay / factor, wake),
  }
}
