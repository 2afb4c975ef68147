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
      .then((connected) => {
        this.#now = connected
        return connected
      })
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
    const { connect, identity, baseUrl, workerOf } = this.#parts
    const [db, leaseDb] = [connect(), connect()]
    try {
      const shared = await openSharedVault(db, identity)
      // Before it leads: what it cannot follow it cannot renew, and another one could.
      await proveSameCloud(shared.cloud, baseUrl())
      if (this.#isClosed) throw new StoreFailure('shared', CLOSED)
      return { shared, db, leaseDb, worker: workerOf({ shared, db, leaseDb }) }
    } catch (error) {
      await Promise.all([db.close(), leaseDb.close()])
      throw error
    }
  }

  /** Hands the lease over. A database that does not answer is not waited for: what it did not store is in the spool. */
  async stopWorking(): Promise<void> {
    const connected = this.#now
    if (connected === null) return
    const { clock } = this.#parts
    const late = clock.after(HANDED_OVER_WITHIN, () => {
      if (this.#now === connected) this.#now = null
      const until = clock.monotonic() + NOT_CONNECTED_AFTER_STOP
      this.#notConnected = { error: new StoreFailure('shared', NO_ANSWER), until }
      connected.leaseDb.abandon()
      connected.db.abandon()
    })
    await connected.worker.stop()
    late()
  }

  /** The next `open` makes another one. */
  async leave(): Promise<void> {
    const connected = this.#now
    this.#now = null
    await connected?.worker.stop()
    await Promise.all([connected?.db.close(), connected?.leaseDb.close()])
  }

  /** For good. */
  async close(): Promise<void> {
    this.#isClosed = true
    const connected = this.#now
    await this.stopWorking()
    this.#now = null
    await Promise.all([connected?.db.close(), connected?.leaseDb.close()])
  }
}
