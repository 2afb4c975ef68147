// Sharing: this computer's part in a shared vault while it is open: it connects, again and again, follows what others store,
// leads or has the leader do what a person wants, and says how it stands.
import type { Elsewhere, RequestedAttempt } from '#engine/domain/engine-api.ts'
import type { Attempt, Duration, Subject } from '#engine/domain/model.ts'
import { type Claim, type Clock, type Random, StoreFailure, type Vault } from '#engine/domain/ports.ts'
import type { LoadedFleet } from '../repositories/fleet.ts'
import { type Following, FollowingLoop } from './following.ts'
import type { ProtocolTimes } from './leadership.ts'
import { NotAMember } from './members.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { type Renewer, RequestedAttempts } from './requested-attempts.ts'
import { OtherCloud, proveSameCloud } from './same-cloud.ts'
import { EditConflict } from './seen-records.ts'
import { appendSharedAttempt } from './shared-changes.ts'
import { type Connected, SharedConnection } from './shared-connection.ts'
import type { MemberIdentity, SharedVault } from './shared-vault.ts'
import { type SharingStatus, StatusBoard } from './sharing-status.ts'
import { type SeenThere, Worker } from './worker.ts'

export type { SharingStatus, TroubleKind } from './sharing-status.ts'

export interface SharingParts {
  readonly connect: () => PostgresConnection
  readonly identity: MemberIdentity
  /** Names this process among the workers, and stays the same. */
  readonly node: string
  /** Of this process alone: what Webex has answered and is not stored yet. */
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  readonly times: ProtocolTimes
  /** It does not lead before nobody has for this long. null: never. */
  readonly patience: Duration | null
  /** The Webex cloud in force: service apps of another one are not followed. */
  readonly baseUrl: () => string
  /** What was read is kept on this computer. Never rejects. */
  readonly keep: (loaded: LoadedFleet) => Promise<void>
  readonly changed: (status: SharingStatus, before: SharingStatus) => void
}

/** What renews and shows the fleet: the engine. */
export interface Follower extends Following, Renewer {
  renewHere(renews: boolean): void
  /** Something else than the fleet may have changed as well. */
  followed(): void
}

const CONNECT_AGAIN: Duration = 5_000
/** Between two looks at what was heard of: who renews is heard of with each renewal. */
const LOOK_AGAIN: Duration = 1_000

const CLOSED = 'The vault is closed.'

export class Sharing implements Elsewhere {
  readonly #parts: SharingParts
  readonly #following: FollowingLoop<Follower>
  readonly #requests: RequestedAttempts
  readonly #board: StatusBoard
  readonly #connection: SharedConnection
  #follower: Follower | null = null
  /** The follower renews: it has agreed since this computer leads. */
  #renews = false
  #cancelBeginning = () => {}
  #cancelLooking: (() => void) | null = null
  #lookedAt: Duration = Number.NEGATIVE_INFINITY
  #isLooking = false
  #looksAgain = false

  constructor(parts: SharingParts) {
    this.#parts = parts
    this.#requests = new RequestedAttempts(parts.clock, parts.node)
    this.#following = new FollowingLoop<Follower>({
      clock: parts.clock,
      follower: () => this.#follower,
      load: () => this.#load(),
      agreed: (follower) => this.#agreed(follower),
      failed: (error) => this.#notFollowed(error),
      unsaved: () => this.#connection.now?.worker.notStored(),
    })
    this.#board = new StatusBoard(parts)
    this.#connection = new SharedConnection({
      ...parts,
      workerOf: (over) => this.#workerOf(over),
      failed: (error) => this.#notReached(error),
    })
  }

  get status(): SharingStatus {
    const { status } = this.#board
    // The lease ends without a word where this process was suspended.
    return status.leadsHere && this.#connection.now?.worker.leads !== true
      ? { ...status, leadsHere: false }
      : status
  }

  /** Rejects with a `StoreFailure` where the shared vault cannot be used now. */
  async vault(): Promise<SharedVault> {
    return (await this.#connection.open()).shared
  }

  /** As `Vault`, of the worker. */
  async begin(use: Parameters<Vault['begin']>[0]): Promise<Claim> {
    return (await this.#connection.open()).worker.begin(use)
  }

  async commit(...stored: Parameters<Vault['commit']>): Promise<void> {
    const { worker, shared } = await this.#connection.open()
    try {
      await worker.commit(...stored)
    } catch (error) {
      if (error instanceof EditConflict) {
        // What cannot be had a second time is stored over it.
        shared.saw(error)
        this.#following.forget()
        this.#following.soon()
      }
      throw error
    }
  }

  async prove(): Promise<void> {
    const { worker } = await this.#connection.open()
    await (this.status.leadsHere ? worker.prove() : worker.look())
  }

  /** From now on this computer follows, and leads where it may. The returned function hands over and ends that. */
  attach(follower: Follower): () => Promise<void> {
    this.#stopRenewing()
    this.#follower = follower
    this.#connection.tryAgain()
    // It knows the copy of this computer.
    this.#following.forget()
    this.#begin()
    void this.#look()
    return async () => {
      if (this.#follower !== follower) return
      this.#stopRenewing()
      this.#follower = null
      this.#cancelBeginning()
      this.#stopLooking()
      this.#following.stop()
      await this.#connection.stopWorking()
      this.#board.note({ leadsHere: false })
    }
  }

  /** Resolves when the leader has made it, and what it stored is here. */
  async attempt(request: RequestedAttempt): Promise<Attempt> {
    const opening = this.#connection.open().then(({ db }) => db)
    const attempt = await this.#requests.request(opening, request)
    await this.#following.now()
    return attempt
  }

  cancel(subjects: readonly Subject[]): void {
    void this.#requests.cancel(this.#connection.now?.db ?? null, subjects)
  }

  /** Ends its part for good. */
  async close(): Promise<void> {
    this.#stopRenewing()
    this.#follower = null
    this.#cancelBeginning()
    this.#stopLooking()
    this.#following.stop()
    this.#requests.end(new StoreFailure('shared', CLOSED))
    await this.#connection.close()
  }

  #workerOf({ shared, db, leaseDb }: Omit<Connected, 'worker'>): Worker {
    const { clock, random, node, folder, times, patience } = this.#parts
    return new Worker({
      db,
      leaseDb,
      clock,
      random,
      node,
      vault: shared.id,
      member: shared.memberId,
      folder,
      times,
      patience,
      key: shared.key,
      write: async (work) => {
        let stored = -1
        const result = await shared.write((tx, key, at) => {
          stored = at
          return work(tx, key, at)
        })
        this.#following.noteStored(stored)
        return result
      },
      storeChange: shared.storeChange,
      appendAttempt: appendSharedAttempt,
      leads: (fence) => this.#leads(fence !== null),
      wentBack: () => {
        this.#board.note({ wentBackAt: clock.now() })
        this.#following.forget()
        this.#following.soon()
      },
      heard: () => this.#heard(),
      looked: (seen) => this.#looked(seen),
      failed: (error) => this.#notReached(error),
    })
  }

  #begin(): void {
    if (this.#follower === null || this.#connection.isClosed) return
    this.#connection.open().then(
      ({ worker }) => {
        if (this.#follower !== null && !this.#connection.isClosed) worker.start()
      },
      () => this.#beginAgain(),
    )
  }

  #beginAgain(): void {
    this.#cancelBeginning()
    if (this.#connection.isClosed) return
    this.#cancelBeginning = this.#parts.clock.after(CONNECT_AGAIN, () => this.#begin())
  }

  #heard(): void {
    const { clock } = this.#parts
    this.#requests.look()
    if (this.#cancelLooking !== null || this.#follower === null) return
    const wait = this.#lookedAt + LOOK_AGAIN - clock.monotonic()
    if (wait <= 0) void this.#look()
    else this.#cancelLooking = clock.after(wait, () => void this.#look())
  }

  #stopLooking(): void {
    this.#cancelLooking?.()
    this.#cancelLooking = null
  }

  /** One at a time; what is heard meanwhile is looked for once more. */
  async #look(): Promise<void> {
    this.#stopLooking()
    this.#looksAgain = true
    if (this.#isLooking) return
    this.#isLooking = true
    while (this.#looksAgain && this.#connection.now !== null && this.#follower !== null) {
      this.#looksAgain = false
      this.#lookedAt = this.#parts.clock.monotonic()
      await this.#connection.now.worker.look().catch((error) => this.#notReached(error))
    }
    this.#isLooking = false
  }

  #looked({ seq, leader, requested, unknownInFlight }: SeenThere): void {
    const { clock } = this.#parts
    const agrees = this.#following.noteThere(seq)
    this.#board.over('reaching', {
      leader,
      unknownInFlight,
      leaderlessSince: leader === null ? (this.status.leaderlessSince ?? clock.now()) : null,
      ...(agrees ? { agreedAt: clock.now() } : {}),
    })
    if ((requested > 0 || this.#requests.isCarryingOut) && this.#renews) void this.#carryOut()
  }

  async #carryOut(): Promise<void> {
    try {
      const { db } = await this.#connection.open()
      // It may be of a profile that was added right before.
      if (this.#following.isBehind) await this.#following.now()
      const follower = this.#follower
      if (this.#renews && follower !== null) await this.#requests.carryOut(db, follower)
    } catch (error) {
      this.#notReached(error)
    }
  }

  /** Before it renews, it knows what the one before has stored last. */
  async #leads(leads: boolean): Promise<void> {
    if (!leads) {
      this.#stopRenewing()
      this.#board.note({ leadsHere: false })
      // Whether it may lead again is known when it has read everything.
      this.#following.forget()
      return
    }
    this.#board.note({ leadsHere: true, leader: this.#parts.node, leaderlessSince: null })
    this.#following.forget()
    await this.#following.now()
  }

  #stopRenewing(): void {
    if (!this.#renews) return
    this.#renews = false
    this.#follower?.renewHere(false)
  }

  async #load(): Promise<LoadedFleet> {
    const { shared } = await this.#connection.open()
    await proveSameCloud(shared.cloud, this.#parts.baseUrl())
    const loaded = await shared.load()
    await this.#parts.keep(loaded)
    this.#board.note({ unreadable: loaded.unreadable.length })
    return loaded
  }

  #agreed(follower: Follower): void {
    this.#board.over('following', { agreedAt: this.#parts.clock.now() })
    this.#connection.now?.worker.agreed()
    follower.followed()
    if (!this.status.leadsHere || this.#renews || follower !== this.#follower) return
    this.#renews = true
    follower.renewHere(true)
    // What was requested meanwhile.
    void this.#look()
  }

  /** Another one may be able to renew what this one cannot read. */
  #notFollowed(error: unknown): void {
    this.#board.failed('following', error)
    if (error instanceof NotAMember) return void this.#leave()
    if (!this.status.leadsHere || (this.#renews && !(error instanceof OtherCloud))) return
    this.#connection.now?.worker.resign()
  }

  #notReached(error: unknown): void {
    if (this.#connection.isClosed) return
    this.#board.failed('reaching', error, { leader: null })
    if (error instanceof NotAMember) void this.#leave()
  }

  /** Without the data key it must neither hold the lease nor say that all is well. It may be added again. */
  async #leave(): Promise<void> {
    if (this.#connection.now === null) return
    this.#stopRenewing()
    await this.#connection.leave()
    this.#board.note({ leadsHere: false, leader: null })
    this.#begin()
  }
}
