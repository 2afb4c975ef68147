// Worker: the part that one process has in a shared vault. What the engine stores goes through it, and whether it may renew.
import type { KeyObject } from 'node:crypto'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Attempt, Duration, FleetChange } from '#engine/domain/model.ts'
import { type Clock, type Random, StoreFailure, type Vault } from '#engine/domain/ports.ts'
import { number, textOrNull } from '../db/row.ts'
import { beginClaim } from './claims.ts'
import { LeaderFitness } from './leader-fitness.ts'
import { Leadership, type ProtocolTimes } from './leadership.ts'
import type { PostgresConnection, Statements } from './postgres-connection.ts'
import { RestoredDatabaseCheck } from './restored-database.ts'
import { endClaims, settleSpooled, spooled, unsettled } from './settlement.ts'
import { Spool, type SpooledAnswer } from './spool.ts'

export interface WorkerParts {
  readonly db: PostgresConnection
  /** Another one to the same database, for the lease alone. */
  readonly leaseDb: PostgresConnection
  readonly clock: Clock
  readonly random: Random
  /** Names this process among the workers, and stays the same. */
  readonly node: string
  /** Id of the shared vault. */
  readonly vault: string
  /** Whose identity it has. */
  readonly member: string
  /** Of this worker alone. */
  readonly folder: string
  readonly times: ProtocolTimes
  /** It does not lead before nobody has for this long. null: never. */
  readonly patience: Duration | null
  /** The data key of an epoch; null: it is not known. Without an epoch, the one of now. */
  readonly key: (epoch?: number) => { readonly epoch: number; readonly key: KeyObject } | null
  /** A transaction that changes what is stored; `seq`: how often that was done. */
  readonly write: <T>(work: (tx: Statements, key: KeyObject, seq: number) => Promise<T>) => Promise<T>
  readonly storeChange: (tx: Statements, key: KeyObject, change: FleetChange) => Promise<void>
  /** Twice is once. `node`: of this worker, which made it. */
  readonly appendAttempt: (tx: Statements, attempt: Attempt, node: string) => Promise<void>
  /** It leads from now on (the fence), or no more (null). Where it rejects, it cannot begin, and the lease is handed over. */
  readonly leads: (fence: number | null) => void | Promise<void>
  /** The database went back to an earlier state. */
  readonly wentBack: () => void
  /** Somebody has stored something, or wants something of the leader: `look` tells what. */
  readonly heard: () => void
  readonly looked: (seen: SeenThere) => void
  /** A look has failed; it is repeated. */
  readonly failed: (error: unknown) => void
}

/** What a look at the shared vault has found. */
export interface SeenThere {
  /** How often something was stored there. */
  readonly seq: number
  /** The worker that renews; null: none does. */
  readonly leader: string | null
  /** Attempts that were requested of the leader. */
  readonly requested: number
  /** Refresh tokens that were sent and whose outcome nobody knows. */
  readonly unknownInFlight: number
}

const NOT_LEADING = 'This computer does not renew the tokens of the shared vault at the moment.'
const NO_KEY = 'The data key of the shared vault is not known here.'
/** In one transaction. */
const TOGETHER = 100

export class Worker implements Vault {
  readonly #parts: WorkerParts
  readonly #spool: Spool
  readonly #check: RestoredDatabaseCheck
  readonly #leadership: Leadership
  /** Something of the spool may not be in the database. */
  #isBehind = true
  readonly #catchingUp = new SerialQueue()
  readonly #fitness: LeaderFitness
  /** Commits that have not ended. */
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(parts: WorkerParts) {
    const { clock, random, node, member, times, patience, leaseDb, leads, heard, failed } = parts
    this.#parts = parts
    this.#spool = new Spool(parts.folder, parts.vault, () => clock.now())
    const remembered = this.#spool.answers().at(-1)?.seen ?? { own: 0, all: 0 }
    this.#check = new RestoredDatabaseCheck({ node, member, times, remembered })
    this.#fitness = new LeaderFitness(clock, times.unstored)
    this.#leadership = new Leadership({
      db: leaseDb,
      clock,
      random,
      node,
      times,
      patience,
      heard,
      alongside: (tx) => this.#look(tx),
      failed,
      changed: (fence) => {
        if (fence !== null) this.#fitness.stored()
        return leads(fence)
      },
    })
  }

  start(): void {
    this.#leadership.start()
  }

  /** Hands the lease over. What is under way may still be committed. */
  stop(): Promise<void> {
    return this.#leadership.stop()
  }

  /** Resolves when nothing uses its folder any more; to be called when it was stopped and its connections are closed. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  get leads(): boolean {
    return this.#leadership.fence !== null
  }

  /** Where it leads and cannot renew: others lead for a while. */
  resign(): void {
    this.#leadership.resign()
  }

  /** Something that this computer has is not stored. */
  notStored(): void {
    if (this.leads && this.#fitness.notStored()) this.resign()
  }

  /** Nothing of the engine is left to store, and it knows all there is: it may lead again where the spool is stored as well. */
  agreed(): void {
    if (this.#isBehind) return
    this.#fitness.stored()
    this.#leadership.endRest()
  }

  prove(): Promise<void> {
    return this.#storing(() => this.#prove())
  }

  async #storing<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.#fitness.stored()
      return result
    } catch (error) {
      // It is about one record.
      if (!(error instanceof StoreFailure && error.reason === 'conflict')) this.notStored()
      throw error
    }
  }

  async #prove(): Promise<void> {
    // First, since whoever cannot reach the database does not lead for long, and that is the reason to name.
    await this.look()
    const { fence } = this.#leadership
    if (fence === null || !this.#leadership.mayCall(fence)) throw new StoreFailure('shared', NOT_LEADING)
    await this.#catchUp()
  }

  /** Rejects with a `StoreFailure` where the shared vault cannot be reached. */
  async look(): Promise<void> {
    const looked = await this.#parts.db.transaction((tx) => this.#look(tx))
    looked()
  }

  begin(use: Parameters<Vault['begin']>[0]): ReturnType<Vault['begin']> {
    const { db, node, times } = this.#parts
    return beginClaim({ db, key: () => this.#key().key, node, times, leadership: this.#leadership }, use)
  }

  commit(changes: readonly FleetChange[], attempts: readonly Attempt[]): Promise<void> {
    const commit = this.#storing(() => this.#commit(changes, attempts))
    this.#underWay.add(commit)
    const ended = () => this.#underWay.delete(commit)
    commit.then(ended, ended)
    return commit
  }

  async #commit(changes: readonly FleetChange[], attempts: readonly Attempt[]): Promise<void> {
    const { node, write, storeChange, appendAttempt } = this.#parts
    this.#keep(changes)
    try {
      const stored = await write(async (tx, key, all) => {
        for (const change of changes) await storeChange(tx, key, change)
        for (const attempt of attempts) await appendAttempt(tx, attempt, node)
        return { own: await endClaims(tx, node, attempts), all }
      })
      this.#check.note(stored)
    } catch (error) {
      this.#isBehind = true
      throw error
    }
    await this.#spool.tidy().catch(() => undefined)
  }

  #keep(changes: readonly FleetChange[]): void {
    const { epoch, key } = this.#key()
    const [at, seen] = [this.#parts.clock.now(), this.#check.seen]
    const answers = changes
      .flatMap((change) => spooled(change, key) ?? [])
      .filter(({ attemptId, pairId }) => !this.#spool.has(attemptId, pairId))
    try {
      this.#spool.append(answers.map((answer) => ({ ...answer, at, seen, epoch })))
    } catch {
      // The database may store it all the same, and says so if not.
    }
  }

  /** What is in the spool and not in the database goes there, in its order. */
  #catchUp(): Promise<void> {
    return this.#catchingUp.run(async () => {
      if (!this.#isBehind) return
      this.#isBehind = false
      try {
        const answers = await unsettled(this.#parts.db, this.#spool.answers())
        for (let at = 0; at < answers.length; at += TOGETHER)
          await this.#settle(answers.slice(at, at + TOGETHER))
      } catch (error) {
        this.#isBehind = true
        throw error
      }
    })
  }

  async #settle(answers: readonly SpooledAnswer[]): Promise<void> {
    const { write, key: keyOf, node } = this.#parts
    const stored = await write(async (tx, key, all) => {
      for (const answer of answers) {
        const sealedWith = keyOf(answer.epoch)
        if (sealedWith !== null) await settleSpooled(tx, key, sealedWith.key, answer)
      }
      return { own: await endClaims(tx, node, []), all }
    })
    this.#check.note(stored)
  }

  async #look(tx: Statements): Promise<() => void> {
    const { wentBack, found, accept } = await this.#check.look(tx)
    const [there = {}] = await tx.query(
      `SELECT CASE WHEN lease_until > clock_timestamp() THEN holder END AS leader,
         (SELECT count(*) FROM intents WHERE attempt_id IS NULL AND refused IS NULL) AS requested,
         (SELECT count(*) FROM in_flight WHERE ended OR give_up < clock_timestamp()) AS unknown FROM leader`,
    )
    const leader = textOrNull(there, 'leader')
    const requested = number(there, 'requested')
    const unknownInFlight = number(there, 'unknown')
    return () => {
      accept()
      this.#parts.looked({ seq: found.all, leader, requested, unknownInFlight })
      if (wentBack) {
        this.#isBehind = true
        this.#parts.wentBack()
      }
      // Whoever leads: the answer may be the current one. What fails is tried again with the next look.
      this.#catchUp().catch(() => undefined)
    }
  }

  #key(): { readonly epoch: number; readonly key: KeyObject } {
    const current = this.#parts.key()
    if (current === null) throw new StoreFailure('shared', NO_KEY)
    return current
  }
}
