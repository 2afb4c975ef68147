// Leadership: one worker of a shared vault renews, by a lease that the database's clock alone ends. Locally only the time since
// a renewal was sent counts, by the clock that has gone on more.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock, Random } from '#engine/domain/ports.ts'
import { number } from '../db/row.ts'
import { type PostgresConnection, type Statements, sharedFailure } from './postgres-connection.ts'

/** All in ms. */
export interface ProtocolTimes {
  readonly lease: Duration
  readonly renewEvery: Duration
  /** No call begins with less of the lease left: longer than a call takes. */
  readonly margin: Duration
  /** A claim is used within this of being asked for, or not at all. */
  readonly claimFresh: Duration
  /** After this the outcome of a claim that nobody ended is unknown. */
  readonly giveUp: Duration
  /** For how long no grant is spent after the database went back to an earlier state. */
  readonly afterRestore: Duration
  /** A standby looks at least this often. */
  readonly poll: Duration
  /** A leader that has not been able to store for this long resigns: longer than the lease, which ends where the database is away. */
  readonly unstored: Duration
  /** Whoever has resigned does not lead again for this long: longer than a desktop waits for a server. */
  readonly rest: Duration
}

export const PROTOCOL_TIMES: ProtocolTimes = {
  lease: 60_000,
  renewEvery: 15_000,
  margin: 20_000,
  claimFresh: 2_000,
  giveUp: 600_000,
  afterRestore: 600_000,
  poll: 30_000,
  unstored: 90_000,
  rest: 180_000,
}

/** Of the lease: standbys do not all ask in the same instant. */
const JITTER_SHARE = 1 / 30
/** The wall clock was set, or the computer slept. */
const JUMP: Duration = 1_000
/** Wakes the standbys when the leader ends. */
const LEADER_CHANNEL = 'satm_leader'
/** Something was stored, or is wanted of the leader. */
const CHANGES_CHANNEL = 'satm_changes'
/** In a statement that stores something. */
export const TELL_ALL = `pg_notify('${CHANGES_CHANNEL}', '')`

export interface LeadershipParts {
  /** Of its own: a renewal must not wait for other work. */
  readonly db: PostgresConnection
  readonly clock: Clock
  readonly random: Random
  readonly node: string
  readonly times: ProtocolTimes
  /** It does not lead before nobody has for this long. null: never. */
  readonly patience: Duration | null
  /** Somebody has stored something. Not heard behind a connection pooler. */
  readonly heard: () => void
  /** Runs with each look at the lease; what it resolves with runs once that is committed. */
  readonly alongside: (tx: Statements) => Promise<() => void>
  /** A look has failed; it is repeated. */
  readonly failed: (error: unknown) => void
  /** Leadership began (its fence), or ended (null). Where it rejects, this worker cannot begin and hands the lease over. */
  readonly changed: (fence: number | null) => void | Promise<void>
}

/** A moment by both clocks. */
interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export class Leadership {
  readonly #parts: LeadershipParts
  #lead: { readonly fence: number; readonly renewed: Moment } | null = null
  #cancel: () => void = () => {}
  #cancelEnd: () => void = () => {}
  #turn: Promise<void> = Promise.resolve()
  #isRunning = false
  /** It could not renew, and lets others lead until then; monotonic. */
  #restsUntil: Duration = Number.NEGATIVE_INFINITY
  #listening: { end(): Promise<void> } | null = null
  /** Since when nobody has led; null: somebody does. */
  #leaderless: Moment | null = null

  constructor(parts: LeadershipParts) {
    this.#parts = parts
  }

  /** null: it does not lead. */
  get fence(): number | null {
    return this.#left() > 0 ? (this.#lead?.fence ?? null) : null
  }

  /** Enough of the lease is left for a call. */
  mayCall(fence: number): boolean {
    return this.#lead?.fence === fence && this.#left() >= this.#parts.times.margin
  }

  moment(): Moment {
    const { clock } = this.#parts
    return { wall: clock.now(), monotonic: clock.monotonic() }
  }

  /** ms; Infinity where the two clocks contradict each other. */
  since({ wall, monotonic }: Moment): Duration {
    const now = this.moment()
    const [byWall, byMonotonic] = [now.wall - wall, now.monotonic - monotonic]
    return Math.abs(byWall - byMonotonic) > JUMP ? Number.POSITIVE_INFINITY : Math.max(byWall, byMonotonic)
  }

  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#again(0)
  }

  /** Hands the lease over at once; what is under way still ends. Never rejects. */
  async stop(): Promise<void> {
    this.#isRunning = false
    this.#cancel()
    const fence = this.#lead?.fence ?? null
    this.#demote()
    await this.#turn
    if (fence !== null) await this.#handOver(fence)
    await this.#listening?.end().catch(() => undefined)
    this.#listening = null
  }

  /** Hands the lease over, and lets others lead for a while. */
  resign(): void {
    const fence = this.#lead?.fence
    if (fence !== undefined) this.#turn = this.#turn.then(() => this.#resign(fence))
  }

  /** It may lead again, however short it has rested. */
  endRest(): void {
    this.#restsUntil = Number.NEGATIVE_INFINITY
  }

  /** Also where no answer comes from the database: others may lead by then. */
  #leadWith(fence: number, renewed: Moment): void {
    this.#lead = { fence, renewed }
    this.#cancelEnd()
    this.#cancelEnd = this.#parts.clock.after(Math.max(1, this.#left()), () => {
      if (this.#lead === null) return
      if (this.#left() <= 0) this.#demote()
      else this.#leadWith(this.#lead.fence, this.#lead.renewed)
    })
  }

  #left(): Duration {
    return this.#lead === null ? 0 : this.#parts.times.lease - this.since(this.#lead.renewed)
  }

  #again(delay: Duration): void {
    if (!this.#isRunning) return
    this.#cancel()
    this.#cancel = this.#parts.clock.after(Math.max(1, delay), () => {
      this.#turn = this.#turn.then(() => this.#look())
    })
  }

  async #look(): Promise<void> {
    if (!this.#isRunning) return
    const { times } = this.#parts
    if (this.#lead !== null && this.#left() <= 0) this.#demote()
    try {
      this.#again(this.#lead === null ? await this.#seek() : await this.#renew(this.#lead.fence))
    } catch (error) {
      this.#parts.failed(error)
      if (this.#lead !== null && this.#left() <= 0) this.#demote()
      this.#again(times.renewEvery / 5)
    }
  }

  /** Resolves with when to look again. */
  async #renew(fence: number): Promise<Duration> {
    const { db, node, times, alongside } = this.#parts
    const renewed = this.moment()
    const [renewals, looked] = await db.transaction(async (tx) => {
      const accept = await alongside(tx)
      const changed = await tx.run(
        `UPDATE leader SET lease_until = ${inFuture('?')} WHERE fence = ? AND holder = ? AND lease_until > clock_timestamp()`,
        times.lease,
        fence,
        node,
      )
      return [changed, accept] as const
    })
    looked()
    if (!this.#isRunning) {
      // The lease before may have ended: then whoever stops it does not know of this one.
      if (renewals === 1) await this.#handOver(fence)
      return 0
    }
    if (renewals === 1) {
      const hasEnded = this.#lead === null
      this.#leadWith(fence, renewed)
      // The answer came after the end of the lease before, and this one is not over.
      if (hasEnded && this.#left() > 0) this.#begin(fence)
    }
    if (renewals === 0 || this.#left() <= 0) this.#demote()
    if (this.#lead !== null) await this.#listen()
    return renewals === 0 ? 0 : times.renewEvery
  }

  async #seek(): Promise<Duration> {
    const { db, node, times, random, alongside } = this.#parts
    await this.#listen()
    const renewed = this.moment()
    const mayLead = this.#mayLead()
    const [taken, left, looked] = await db.transaction(async (tx) => {
      const accept = await alongside(tx)
      const [row] = !mayLead
        ? []
        : await tx.query(
            // A lease of this very worker is of a process that has ended: there is one for each data folder.
            `UPDATE leader SET fence = fence + 1, holder = ?, lease_until = ${inFuture('?')}
             WHERE (lease_until < clock_timestamp() OR holder = ?) AND ${IS_ACTIVE} RETURNING fence`,
            node,
            times.lease,
            node,
          )
      if (row !== undefined) return [number(row, 'fence'), 0, accept] as const
      const [lease] = await tx.query(`SELECT ${timeLeft('lease_until')} AS left FROM leader`)
      return [null, number(lease ?? {}, 'left'), accept] as const
    })
    looked()
    this.#leaderless = taken === null && left <= 0 ? (this.#leaderless ?? renewed) : null
    // It has just ended, or the vault is not in use.
    if (taken === null && left <= 0) return times.renewEvery / 5
    if (taken === null) return Math.min(times.poll, left + random() * times.lease * JITTER_SHARE)
    // Stopped while it was asked for: given back by the one who waits for this.
    if (!this.#isRunning) await this.#handOver(taken)
    else {
      this.#leadWith(taken, renewed)
      this.#begin(taken)
    }
    return times.renewEvery
  }

  async #tell(fence: number | null): Promise<void> {
    await this.#parts.changed(fence)
  }

  #begin(fence: number): void {
    this.#tell(fence).catch(() => {
      this.#turn = this.#turn.then(() => this.#resign(fence))
    })
  }

  /** Whoever cannot renew must not keep others from it. */
  async #resign(fence: number): Promise<void> {
    if (this.#lead?.fence !== fence) return
    this.#restsUntil = this.#parts.clock.monotonic() + this.#parts.times.rest
    this.#demote()
    this.#again(this.#parts.times.renewEvery)
    await this.#handOver(fence)
  }

  #mayLead(): boolean {
    const { patience, clock } = this.#parts
    if (patience === null || clock.monotonic() < this.#restsUntil) return false
    return patience === 0 || (this.#leaderless !== null && this.since(this.#leaderless) >= patience)
  }

  async #handOver(fence: number): Promise<void> {
    const { db, node } = this.#parts
    try {
      await db.transaction(async (tx) => {
        await tx.run(
          `UPDATE leader SET lease_until = '-infinity', holder = NULL WHERE fence = ? AND holder = ?`,
          fence,
          node,
        )
        await tx.run(`NOTIFY ${LEADER_CHANNEL}`)
      })
    } catch {
      // The lease ends without it.
    }
  }

  #demote(): void {
    if (this.#lead === null) return
    this.#lead = null
    this.#cancelEnd()
    // It has ended, whatever comes of that.
    this.#tell(null).catch(() => undefined)
  }

  /** Only quicker: behind a connection pooler nothing is heard, and the standby still looks in time. */
  async #listen(): Promise<void> {
    if (this.#listening !== null) return
    const { times } = this.#parts
    const client = this.#parts.db.client()
    this.#listening = client
    const look = () => {
      if (this.#lead === null) this.#again(0)
    }
    const forget = () => {
      if (this.#listening !== client) return
      this.#listening = null
      // The server may be another one by now, and an older one. A leader that hears nothing more must not ask without an end.
      if (this.#lead === null) look()
      else this.#again(times.renewEvery / 15)
    }
    client.on('error', forget).on('end', forget)
    client.on('notification', ({ channel }) => {
      if (channel === CHANGES_CHANNEL) this.#parts.heard()
      else look()
    })
    try {
      await client.connect()
      await client.query(`LISTEN ${LEADER_CHANNEL}; LISTEN ${CHANGES_CHANNEL}`)
    } catch (error) {
      forget()
      await client.end().catch(() => undefined)
      throw sharedFailure(error)
    }
  }
}

/** Neither being filled nor moved away: otherwise somebody else may renew. */
export const IS_ACTIVE = `EXISTS (SELECT 1 FROM vault WHERE state = 'active')`

/** ms until then, 0 where that has passed. Infinite timestamps cannot be subtracted. */
export function timeLeft(until: string): string {
  return `(extract(epoch FROM greatest(${until}, clock_timestamp()) - clock_timestamp()) * 1000)::float8`
}

/** `ms`: an SQL expression of milliseconds. */
export function inFuture(ms: string): string {
  return `clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`
}
