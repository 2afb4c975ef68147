// Sharing: this computer's part in a shared vault while it is open: it connects, again and again, follows what others store,
// leads or has the leader do what a person wants, and says how it stands.
import type { Elsewhere, RequestedAttempt, StoredState } from '#engine/domain/engine-api.ts'
import { type Attempt, type Duration, type Instant, TRIGGERS } from '#engine/domain/model.ts'
import { type Claim, type Clock, type Random, StoreFailure, type Vault } from '#engine/domain/ports.ts'
import type { Row } from '../db/connection.ts'
import { number, oneOf, text, textOrNull } from '../db/row.ts'
import type { LoadedFleet } from '../repositories/fleet.ts'
import { readAttempts } from '../repositories/history.ts'
import { ownerOf } from './claims.ts'
import { inFuture, type ProtocolTimes, TELL_ALL } from './leadership.ts'
import { NotAMember } from './members.ts'
import type { PostgresConnection, Statements } from './postgres-connection.ts'
import { appendSharedAttempt } from './shared-fleet.ts'
import { type MemberIdentity, openSharedVault, type SharedVault } from './shared-vault.ts'
import { type SeenThere, Worker } from './worker.ts'

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

export interface SharingStatus {
  /** Names this computer. */
  readonly node: string
  /** Why the shared vault cannot be used, and since when; null: it can. */
  readonly trouble: {
    readonly kind: TroubleKind
    readonly sentence: string
    readonly since: Instant
  } | null
  /** When this computer was in agreement with it last; null: not since this start. */
  readonly agreedAt: Instant | null
  /** Who renews; null: nobody, or it is not known. */
  readonly leader: string | null
  readonly leadsHere: boolean
  /** Since when this computer has seen nobody renew; null: somebody does. */
  readonly leaderlessSince: Instant | null
  /** How many of its records cannot be read. */
  readonly unreadable: number
  /** Refresh tokens that were sent and whose outcome nobody knew when it was looked at last. */
  readonly unknownInFlight: number
  /** When the database went back to an earlier state; null: not since this start. */
  readonly wentBackAt: Instant | null
}

/** `not-yet-a-member`: it waits to be added. `removed`: it was a member. */
export type TroubleKind = 'not-yet-a-member' | 'removed' | 'not-usable'

/** What renews and shows the fleet: the engine. */
export interface Follower {
  follow(load: () => Promise<StoredState>): Promise<unknown>
  renewHere(renews: boolean): void
  attempt(request: RequestedAttempt): Promise<Attempt>
  /** Something else than the fleet may have changed as well. */
  followed(): void
}

const CONNECT_AGAIN: Duration = 5_000
/** For as long everybody is given the answer of the last attempt: each that waits for a server that is away waits 5 s. */
const NOT_CONNECTED_FOR: Duration = 3_000
const HANDED_OVER_WITHIN: Duration = 2_500
/** What still ends does not wait for a server that is away either. */
const NOT_CONNECTED_AFTER_STOP: Duration = 30_000
/** Between two readings of everything, at least; more where reading takes long. */
const READ_AGAIN: Duration = 1_000
const READING_SHARE = 10
const FAILED_AGAIN: Duration = 3_000
const ANSWERED_WITHIN: Duration = 60_000
const ASKED_AGAIN: Duration = 2_000
/** Nobody waits for it any more. */
const FORGOTTEN_AFTER: Duration = 600_000

const NOBODY =
  'No computer has carried this out within a minute. Look under Settings → Shared vault whether one renews.'

function otherCloud(there: string | null, here: string): string {
  return there === null
    ? 'It is not known to which Webex cloud the shared vault belongs. Move its service apps out, and in again.'
    : `The shared vault belongs to another Webex cloud (${there}) than this computer is set to (${here}). Choose that cloud under Settings.`
}

const NO_ANSWER =
  "The shared vault's database does not answer. What it has not stored is kept on this computer and stored later."
const NOT_RENEWING = 'The computer that renews has just stopped. Try again.'

interface Connected {
  readonly shared: SharedVault
  readonly worker: Worker
  readonly db: PostgresConnection
  readonly leaseDb: PostgresConnection
}

export class Sharing implements Elsewhere {
  readonly #parts: SharingParts
  #status: SharingStatus
  #connected: Connected | null = null
  #connecting: Promise<Connected> | null = null
  #notConnected: { readonly error: unknown; readonly until: Duration } | null = null
  #follower: Follower | null = null
  /** What this computer agrees with; -1: it has to read everything. */
  #seq = -1
  #there = -1
  #following: Promise<void> | null = null
  #followsAgain = false
  #mayFollowAt: Duration = Number.NEGATIVE_INFINITY
  #cancelFollowing = () => {}
  #cancelConnecting = () => {}
  #isLooking = false
  #looksAgain = false
  readonly #underWay = new Set<number>()
  #isClosed = false

  constructor(parts: SharingParts) {
    this.#parts = parts
    this.#status = {
      node: parts.node,
      trouble: null,
      agreedAt: null,
      leader: null,
      leadsHere: false,
      leaderlessSince: null,
      unreadable: 0,
      unknownInFlight: 0,
      wentBackAt: null,
    }
  }

  get status(): SharingStatus {
    return this.#status
  }

  /** Rejects with a `StoreFailure` where the shared vault cannot be used now. */
  async vault(): Promise<SharedVault> {
    return (await this.#connect()).shared
  }

  /** As `Vault`, of the worker. */
  async begin(use: Parameters<Vault['begin']>[0]): Promise<Claim> {
    return (await this.#connect()).worker.begin(use)
  }

  async commit(...stored: Parameters<Vault['commit']>): Promise<void> {
    const { worker, shared } = await this.#connect()
    try {
      await worker.commit(...stored)
    } catch (error) {
      if (error instanceof StoreFailure && error.reason === 'conflict') {
        // Its author looks at it as it is now; what cannot be had a second time is stored over it.
        this.#seq = -1
        await shared.load()
        this.#followSoon()
      }
      throw error
    }
  }

  async prove(): Promise<void> {
    const { worker } = await this.#connect()
    await (this.#status.leadsHere ? worker.prove() : worker.look())
  }

  /** From now on this computer follows, and leads where it may. The returned function hands over and ends that. */
  attach(follower: Follower): () => Promise<void> {
    this.#follower = follower
    this.#notConnected = null
    this.#begin()
    return async () => {
      this.#follower = null
      this.#cancelConnecting()
      this.#cancelFollowing()
      follower.renewHere(false)
      await this.#stopWorking()
      this.#note({ leadsHere: false })
    }
  }

  /** Hands the lease over. A database that does not answer is not waited for: what it did not store is in the spool. */
  async #stopWorking(): Promise<void> {
    const connected = this.#connected
    if (connected === null) return
    const { clock } = this.#parts
    const late = clock.after(HANDED_OVER_WITHIN, () => {
      if (this.#connected === connected) this.#connected = null
      const until = clock.monotonic() + NOT_CONNECTED_AFTER_STOP
      this.#notConnected = { error: new StoreFailure('shared', NO_ANSWER), until }
      connected.leaseDb.abandon()
      connected.db.abandon()
    })
    await connected.worker.stop()
    late()
  }

  /** Resolves when the leader has made it, and what it stored is here. */
  async attempt({ subject, trigger, drill }: RequestedAttempt): Promise<Attempt> {
    const { clock, node } = this.#parts
    const { db } = await this.#connect()
    const owner = ownerOf(subject)
    const [row = {}] = await db.query(
      `INSERT INTO intents (owner_kind, owner_id, trigger, drill, asked_by) VALUES (?, ?, ?, ?, ?)
       RETURNING id, ${TELL_ALL}`,
      owner.kind,
      owner.id,
      trigger,
      drill,
      node,
    )
    const id = number(row, 'id')
    try {
      const until = clock.monotonic() + ANSWERED_WITHIN
      while (clock.monotonic() < until) {
        const answer = await answerOf(db, id)
        if (answer !== null) {
          await this.#follow()
          return answer
        }
        await this.#pause(ASKED_AGAIN)
      }
      throw new StoreFailure('shared', NOBODY)
    } finally {
      await db.run('DELETE FROM intents WHERE id = ?', id).catch(() => undefined)
    }
  }

  /** Ends its part for good. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelConnecting()
    this.#cancelFollowing()
    const connected = this.#connected
    await this.#stopWorking()
    this.#connected = null
    await Promise.all([connected?.db.close(), connected?.leaseDb.close()])
  }

  /** Connects where it is not. */
  #connect(): Promise<Connected> {
    if (this.#connected !== null) return Promise.resolve(this.#connected)
    const { clock } = this.#parts
    if (this.#notConnected !== null && clock.monotonic() < this.#notConnected.until)
      return Promise.reject(this.#notConnected.error)
    this.#connecting ??= this.#open()
      .then((connected) => {
        this.#connected = connected
        return connected
      })
      .catch((error) => {
        this.#notConnected = { error, until: clock.monotonic() + NOT_CONNECTED_FOR }
        this.#failed(error)
        throw error
      })
      .finally(() => {
        this.#connecting = null
      })
    return this.#connecting
  }

  async #open(): Promise<Connected> {
    if (this.#isClosed) throw new StoreFailure('shared', 'The vault is closed.')
    const { connect, identity, clock, random, node, folder, times, patience } = this.#parts
    const [db, leaseDb] = [connect(), connect()]
    try {
      const shared = await openSharedVault(db, identity)
      const worker = new Worker({
        db,
        leaseDb,
        clock,
        random,
        node,
        folder,
        times,
        patience,
        key: shared.key,
        write: async (work) => {
          let seq = -1
          const result = await shared.write((tx, key, at) => {
            seq = at
            return work(tx, key, at)
          })
          if (seq === this.#seq + 1) this.#seq = seq
          return result
        },
        storeChange: shared.storeChange,
        appendAttempt: appendSharedAttempt,
        leads: (fence) => this.#leads(fence !== null),
        wentBack: () => {
          this.#seq = -1
          this.#note({ wentBackAt: clock.now() })
        },
        heard: () => void this.#look(),
        looked: (seen) => this.#looked(seen),
        failed: (error) => this.#failed(error),
      })
      return { shared, worker, db, leaseDb }
    } catch (error) {
      await Promise.all([db.close(), leaseDb.close()])
      throw error
    }
  }

  #begin(): void {
    if (this.#follower === null || this.#isClosed) return
    this.#connect().then(
      ({ worker }) => {
        if (this.#follower !== null) worker.start()
      },
      () => {
        this.#cancelConnecting = this.#parts.clock.after(CONNECT_AGAIN, () => this.#begin())
      },
    )
  }

  /** One at a time; what is heard meanwhile is looked for once more. */
  async #look(): Promise<void> {
    this.#looksAgain = true
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      while (this.#looksAgain && this.#connected !== null && this.#follower !== null) {
        this.#looksAgain = false
        await this.#connected.worker.look().catch((error) => this.#failed(error))
      }
    } finally {
      this.#isLooking = false
    }
  }

  #looked({ seq, leader, requested, unknownInFlight }: SeenThere): void {
    const { clock } = this.#parts
    const since = leader === null ? (this.#status.leaderlessSince ?? clock.now()) : null
    this.#there = seq
    const isBehind = seq > this.#seq
    this.#note({
      trouble: null,
      leader,
      leaderlessSince: since,
      unknownInFlight,
      ...(isBehind ? {} : { agreedAt: clock.now() }),
    })
    if (isBehind) this.#followSoon()
    if (requested > 0 && this.#status.leadsHere) void this.#carryOut().catch((error) => this.#failed(error))
  }

  #failed(error: unknown): void {
    const { clock } = this.#parts
    const sentence = error instanceof Error ? error.message : String(error)
    const since = this.#status.trouble?.since ?? clock.now()
    this.#note({ trouble: { kind: troubleKindOf(error), sentence, since }, leader: null })
    if (error instanceof NotAMember && this.#connected !== null) void this.#leave(this.#connected)
  }

  /** Without the data key it must neither hold the lease nor say that all is well. It may be added again. */
  async #leave(connected: Connected): Promise<void> {
    this.#connected = null
    this.#follower?.renewHere(false)
    await connected.worker.stop()
    this.#note({ leadsHere: false, leader: null })
    await Promise.all([connected.db.close(), connected.leaseDb.close()])
    this.#begin()
  }

  /** Before it renews, it knows what the one before has stored last. */
  async #leads(leads: boolean): Promise<void> {
    const follower = this.#follower
    if (!leads) {
      follower?.renewHere(false)
      this.#note({ leadsHere: false })
      return
    }
    this.#note({ leadsHere: true, leader: this.#parts.node, leaderlessSince: null })
    this.#seq = -1
    this.#mayFollowAt = Number.NEGATIVE_INFINITY
    await this.#follow()
    void this.#look()
  }

  #followSoon(): void {
    const { clock } = this.#parts
    this.#cancelFollowing()
    const wait = this.#mayFollowAt - clock.monotonic()
    if (wait <= 0) void this.#follow()
    else this.#cancelFollowing = clock.after(wait, () => void this.#follow())
  }

  /** Reads everything, and hands it to the engine. Never rejects. */
  #follow(): Promise<void> {
    this.#followsAgain = true
    this.#following ??= this.#followWhileWanted().finally(() => {
      this.#following = null
    })
    return this.#following
  }

  async #followWhileWanted(): Promise<void> {
    while (this.#followsAgain && this.#follower !== null) {
      this.#followsAgain = false
      await this.#followOnce(this.#follower)
    }
    if (this.#seq < this.#there) this.#followSoon()
  }

  async #followOnce(follower: Follower): Promise<void> {
    const { clock } = this.#parts
    const begun = clock.monotonic()
    // What is stored meanwhile may be read already, and is read once more.
    const there = this.#there
    let pause = READ_AGAIN
    try {
      const { shared } = await this.#connect()
      await this.#proveCloud(shared)
      const load = async () => {
        const loaded = await shared.load()
        await this.#parts.keep(loaded)
        this.#note({ unreadable: loaded.unreadable.length })
        return storedStateOf(loaded)
      }
      if ((await follower.follow(load)) === null) return
      this.#seq = Math.max(there, this.#seq)
      follower.followed()
      this.#note({ agreedAt: clock.now() })
      const isToRenew = this.#status.leadsHere && !this.#followsAgain && follower === this.#follower
      if (isToRenew) follower.renewHere(true)
    } catch (error) {
      this.#failed(error)
      pause = FAILED_AGAIN
    } finally {
      const now = clock.monotonic()
      this.#mayFollowAt = now + Math.max(pause, READING_SHARE * (now - begun))
    }
  }

  /** Credentials and tokens of one Webex cloud are never sent to another. */
  async #proveCloud(shared: SharedVault): Promise<void> {
    const here = this.#parts.baseUrl()
    const there = await shared.cloud.load()
    if (there.kind === 'known' && there.baseUrl === here) return
    const isNew = there.kind === 'unknown' && there.why === 'never-recorded'
    if (isNew && (await shared.cloud.record(here, 'where-never-recorded'))) return
    throw new StoreFailure('shared', otherCloud(there.kind === 'known' ? there.baseUrl : null, here))
  }

  /** What others asked for, while this computer leads. */
  async #carryOut(): Promise<void> {
    const { db } = await this.#connect()
    const rows = await db.rows('intents', 'WHERE attempt_id IS NULL AND refused IS NULL ORDER BY id')
    for (const row of rows) {
      const id = number(row, 'id')
      if (this.#underWay.has(id)) continue
      this.#underWay.add(id)
      void this.#carryOutOne(db, id, requestIn(row)).finally(() => this.#underWay.delete(id))
    }
    await db.run(`DELETE FROM intents WHERE asked_at < ${inFuture('?')}`, -FORGOTTEN_AFTER)
  }

  async #carryOutOne(db: Statements, id: number, request: RequestedAttempt): Promise<void> {
    const answer = await (this.#follower?.attempt(request) ?? Promise.reject(new Error(NOT_RENEWING))).then(
      (attempt) => ({ attempt_id: attempt.id }),
      (error) => ({ refused: error instanceof Error ? error.message : String(error) }),
    )
    await db.update('intents', answer, 'id = ?', id).catch(() => undefined)
  }

  #note(change: Partial<SharingStatus>): void {
    const before = this.#status
    this.#status = { ...before, ...change }
    this.#parts.changed(this.#status, before)
  }

  #pause(delay: Duration): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.clock.after(delay, resolve)
    })
  }
}

function troubleKindOf(error: unknown): TroubleKind {
  if (!(error instanceof NotAMember)) return 'not-usable'
  return error.wasRemoved ? 'removed' : 'not-yet-a-member'
}

export function storedStateOf(loaded: LoadedFleet): StoredState {
  const { fleet, lastAttempts, drills, keptDataSources, unreadable } = loaded
  return { fleet, lastAttempts, drills, keptDataSources, unread: new Set(unreadable.map(({ id }) => id)) }
}

/** null: there is none yet. Rejects with what the leader refused it for. */
async function answerOf(db: Statements, id: number): Promise<Attempt | null> {
  const row = await db.row('intents', 'WHERE id = ?', id)
  if (row === null) throw new StoreFailure('shared', NOBODY)
  const refused = textOrNull(row, 'refused')
  if (refused !== null) throw new StoreFailure('shared', refused)
  const attemptId = textOrNull(row, 'attempt_id')
  if (attemptId === null) return null
  const [attempt] = readAttempts(await db.rows('attempts', 'WHERE id = ?', attemptId))
  return attempt ?? null
}

function requestIn(row: Row): RequestedAttempt {
  const id = text(row, 'owner_id')
  const kind = oneOf(row, 'owner_kind', ['profile', 'manager'])
  return {
    subject: kind === 'profile' ? { kind, profileId: id } : { kind, managerId: id },
    trigger: oneOf(row, 'trigger', TRIGGERS),
    drill: row.drill === true,
  }
}
