// Shared connection: opens the shared vault with a worker over it, once for whoever needs it, and ends both.
import type { Duration } from '#engine/domain/model.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { proveSameCloud } from './same-cloud.ts'
import { type MemberIdentity, openSharedVault, type SharedVault } from './shared-vault.ts'
import type { Worker } from './worker.ts'

export interface Connected {
  readonly shared: SharedVault
  readonly worker: Worker
  readonly db: PostgresConnection
  readonly leaseDb: PostgresConnection
}

export interface SharedConnectionParts {
  readonly connect: () => PostgresConnection
  readonly identity: MemberIdentity
  readonly baseUrl: () => string
  readonly clock: Clock
  readonly workerOf: (over: Omit<Connected, 'worker'>) => Worker
  readonly failed: (error: unknown) => void
}

/** For as long everybody is given the answer of the last attempt: each that waits for a server that is away waits 5 s. */
const NOT_CONNECTED_FOR: Duration = 3_000
const HANDED_OVER_WITHIN: Duration = 2_500
/** What still ends does not wait for a server that is away either. */
const NOT_CONNECTED_AFTER_STOP: Duration = 30_000

const NO_ANSWER =
  "The shared vault's database does not answer. New tokens that it has not stored are kept on this computer and stored later."
const CLOSED = 'The vault is closed.'

export class SharedConnection {
  readonly #parts: SharedConnectionParts
  #now: Connected | null = null
  #opening: Promise<Connected> | null = null
  /** What an opening is under way with. */
  #connecting: readonly PostgresConnection[] = []
  /** The worker before has ended: two of one folder would write the same file. */
  #ended: Promise<void> = Promise.resolve()
  #notConnected: { readonly error: unknown; readonly until: Duration } | null = null
  #isClosed = false

  constructor(parts: SharedConnectionParts) {
    this.#parts = parts
  }

  /** null: there is none. */
  get now(): Connected | null {
    return this.#now
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The next `open` tries, whatever the last one came to. */
  tryAgain(): void {
    this.#notConnected = null
  }

  /** Connects where it is not. Rejects with a `StoreFailure` where the shared vault cannot be used now. */
  open(): Promise<Connected> {
    const { clock, failed } = this.#parts
    if (this.#now !== null) return Promise.resolve(this.#now)
    if (this.#isClosed) return Promise.reject(new StoreFailure('shared', CLOSED))
    if (this.#notConnected !== null && clock.monotonic() < this.#notConnected.until)
      return Promise.reject(this.#notConnected.error)
    this.#opening ??= this.#open()
      .catch((error) => {
        this.#notConnected = { error, until: clock.monotonic() + NOT_CONNECTED_FOR }
        if (!this.#isClosed) failed(error)
        throw error
      })
      .finally(() => {
        this.#opening = null
      })
    return this.#opening
  }

  async #open(): Promise<Connected> {
    await this.#ended
    if (this.#isClosed) throw new StoreFailure('shared', CLOSED)
    const { connect, identity, baseUrl, workerOf } = this.#parts
    const [db, leaseDb] = [connect(), connect()]
    this.#connecting = [db, leaseDb]
    try {
      const shared = await openSharedVault(db, identity)
      // Before it leads: what it cannot follow it cannot renew, and another one could.
      await proveSameCloud(shared.cloud, baseUrl())
      // Nothing may come between: whoever closes finds either this or what was opened.
      if (this.#isClosed) throw new StoreFailure('shared', CLOSED)
      this.#now = { shared, db, leaseDb, worker: workerOf({ shared, db, leaseDb }) }
      return this.#now
    } catch (error) {
      await Promise.all([db.close(), leaseDb.close()])
      throw error
    } finally {
      this.#connecting = []
    }
  }

  /** Hands the lease over. */
  async stopWorking(): Promise<void> {
    if (this.#now !== null) await this.#stop(this.#now)
  }

  /** The next `open` makes another one, when this one has ended. */
  leave(): Promise<void> {
    const connected = this.#now
    this.#now = null
    if (connected !== null) this.#endsWith(this.#stop(connected).then(() => endOf(connected)))
    return this.#ended
  }

  /** For good. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const db of this.#connecting) db.abandon()
    await this.#opening?.catch(() => undefined)
    await this.leave()
  }

  /** A database that does not answer is not waited for: what it did not store is in the spool. */
  async #stop(connected: Connected): Promise<void> {
    const { clock } = this.#parts
    const stopping = connected.worker.stop()
    const late = clock.after(HANDED_OVER_WITHIN, () => {
      const until = clock.monotonic() + NOT_CONNECTED_AFTER_STOP
      this.#notConnected = { error: new StoreFailure('shared', NO_ANSWER), until }
      connected.leaseDb.abandon()
      connected.db.abandon()
      if (this.#now !== connected) return
      this.#now = null
      this.#endsWith(stopping.then(() => endOf(connected)))
    })
    await stopping
    late()
  }

  #endsWith(end: Promise<void>): void {
    this.#ended = Promise.all([this.#ended, end]).then(() => undefined)
  }
}

/** Never rejects. */
async function endOf({ worker, db, leaseDb }: Connected): Promise<void> {
  await Promise.allSettled([db.close(), leaseDb.close()])
  await worker.ended()
}
