// Write queue: writes to the vault one after another, and keeps and retries what could not be written.
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Attempt, Duration, FleetChange, Instant } from '../domain/model.ts'
import { STORE_RETRY, UNSAVED_ATTEMPTS } from '../domain/policy.ts'
import { StoreFailure, type Vault } from '../domain/ports.ts'

export interface WriteBatch {
  readonly changes: readonly FleetChange[]
  readonly attempts: readonly Attempt[]
}

export interface StoreTrouble {
  readonly failure: StoreFailure
  readonly since: Instant
}

export interface WriteQueueDependencies {
  readonly vault: Vault
  readonly now: () => Instant
  readonly monotonic: () => Duration
  /** Trouble began or ended. */
  readonly changed: () => void
  /** `retry` is needed at `nextWake`. */
  readonly waiting: () => void
}

export class WriteQueue {
  readonly #parts: WriteQueueDependencies
  /** In the order they happened; all of it goes into the next transaction. */
  #unsaved: WriteBatch = { changes: [], attempts: [] }
  readonly #queue = new SerialQueue()
  #trouble: StoreTrouble | null = null
  #retryAt: Duration = Number.POSITIVE_INFINITY

  constructor(parts: WriteQueueDependencies) {
    this.#parts = parts
  }

  get trouble(): StoreTrouble | null {
    return this.#trouble
  }

  /** Pairs that are only in memory. */
  get unsavedChanges(): readonly FleetChange[] {
    return this.#unsaved.changes
  }

  /** Monotonic ms of the next try; Infinity while nothing is wrong. */
  nextWake(): Duration {
    return this.#retryAt
  }

  /** null when a write would succeed. Proves nothing while something is unsaved: that goes first. */
  prove(): Promise<StoreFailure | null> {
    return this.#queue.run(async () => {
      if (this.#unsaved.changes.length + this.#unsaved.attempts.length > 0) {
        const failure = await this.#write({ changes: [], attempts: [] })
        if (failure !== null) return failure
      }
      const failure = await failureOf(() => this.#parts.vault.prove())
      this.#note(failure)
      return failure
    })
  }

  /**
   * Stores what an attempt brought. `build` runs when its turn has come and `takeOver` right after the write, so no other
   * write lies between. What could not be stored is kept and retried: `takeOver` runs in either case.
   */
  record<B extends WriteBatch>(
    build: () => B,
    takeOver: (batch: B) => void,
  ): Promise<{ readonly batch: B; readonly failure: StoreFailure | null }> {
    return this.#queue.run(async () => {
      const batch = build()
      let failure = await this.#write(batch)
      // Without a question: what Webex has given cannot be had a second time, and is stored over what came first.
      if (failure?.reason === 'conflict') failure = await this.#write(batch)
      if (failure !== null) {
        this.#hold(batch)
        this.#retrySoon()
      }
      takeOver(batch)
      return { batch, failure }
    })
  }

  /** Stores what a person changed, or nothing of it: throws the `StoreFailure`. */
  change(
    build: () => readonly FleetChange[],
    takeOver: (changes: readonly FleetChange[]) => void,
  ): Promise<void> {
    return this.#queue.run(async () => {
      const changes = build()
      // First, so that a conflict is about these changes alone.
      const before = await this.#write({ changes: [], attempts: [] })
      if (before !== null) throw before
      const failure = await this.#write({ changes, attempts: [] })
      if (failure !== null) throw failure
      takeOver(changes)
    })
  }

  /** Runs `work` while nothing is being written; null: something is not stored, and could not be now. */
  whileStored<T>(work: () => Promise<T>): Promise<T | null> {
    return this.#queue.run(async () => {
      const failure = await this.#write({ changes: [], attempts: [] })
      return failure === null ? await work() : null
    })
  }

  /** Tries again what could not be written; nothing to do is fine. */
  async retry(): Promise<void> {
    this.#retryAt = Number.POSITIVE_INFINITY
    await this.prove()
  }

  /** Resolves when every write begun so far has ended. */
  settled(): Promise<void> {
    return this.#queue.settled()
  }

  async #write(batch: WriteBatch): Promise<StoreFailure | null> {
    const changes = [...this.#unsaved.changes, ...batch.changes]
    const attempts = [...this.#unsaved.attempts, ...batch.attempts]
    if (changes.length + attempts.length === 0) return null
    const failure = await failureOf(() => this.#parts.vault.commit(changes, attempts))
    if (failure === null) this.#unsaved = { changes: [], attempts: [] }
    if (failure?.reason !== 'conflict') this.#note(failure)
    // It is about one record: everything else can be stored, so it is no trouble.
    else if (this.#unsaved.changes.length > 0) this.#retrySoon()
    return failure
  }

  #hold({ changes, attempts }: WriteBatch): void {
    this.#unsaved = {
      changes: [...this.#unsaved.changes, ...changes],
      attempts: [...this.#unsaved.attempts, ...attempts].slice(-UNSAVED_ATTEMPTS),
    }
  }

  #retrySoon(): void {
    this.#retryAt = this.#parts.monotonic() + STORE_RETRY
    this.#parts.waiting()
  }

  #note(failure: StoreFailure | null): void {
    const before = this.#trouble
    if (failure === null) {
      this.#trouble = null
      this.#retryAt = Number.POSITIVE_INFINITY
    } else {
      this.#trouble = { failure, since: before?.since ?? this.#parts.now() }
      this.#retrySoon()
    }
    if ((before === null) !== (failure === null)) this.#parts.changed()
  }
}

async function failureOf(write: () => Promise<void>): Promise<StoreFailure | null> {
  try {
    await write()
    return null
  } catch (error) {
    if (error instanceof StoreFailure) return error
    return new StoreFailure('other', 'The data folder could not be written.', { cause: error })
  }
}
