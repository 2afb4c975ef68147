// Writes to the vault one after another, and what could not be written yet: kept, retried, never forgotten.
import type { Attempt, Duration, FleetChange, Instant } from '../domain/model.ts'
import { STORE_RETRY, UNSAVED_ATTEMPTS } from '../domain/policy.ts'
import { StoreFailure, type Vault } from '../domain/ports.ts'

export interface Writing {
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
  #unsaved: Writing = { changes: [], attempts: [] }
  #queue: Promise<unknown> = Promise.resolve()
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
    return this.#inTurn(async () => {
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
   * Stores what an attempt brought. `make` runs when its turn has come and `keep` right after the write, so no other
   * write lies between. What could not be stored is kept and retried; `keep` runs in either case, and the failure is
   * what it resolves with.
   */
  record(
    make: () => Writing,
    keep: (writing: Writing, failure: StoreFailure | null) => void,
  ): Promise<StoreFailure | null> {
    return this.#inTurn(async () => {
      const writing = make()
      const failure = await this.#write(writing)
      if (failure !== null) this.#hold(writing)
      keep(writing, failure)
      return failure
    })
  }

  /** Stores what a person changed, or nothing of it: throws the `StoreFailure`. */
  change(make: () => readonly FleetChange[], keep: (changes: readonly FleetChange[]) => void): Promise<void> {
    return this.#inTurn(async () => {
      const changes = make()
      const failure = await this.#write({ changes, attempts: [] })
      if (failure !== null) throw failure
      keep(changes)
    })
  }

  /** Tries again what could not be written; nothing to do is fine. */
  async retry(): Promise<void> {
    this.#retryAt = Number.POSITIVE_INFINITY
    await this.prove()
  }

  /** Resolves when every write begun so far has ended. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => {})
  }

  async #write(writing: Writing): Promise<StoreFailure | null> {
    const changes = [...this.#unsaved.changes, ...writing.changes]
    const attempts = [...this.#unsaved.attempts, ...writing.attempts]
    if (changes.length + attempts.length === 0) return null
    const failure = await failureOf(() => this.#parts.vault.commit(changes, attempts))
    if (failure === null) this.#unsaved = { changes: [], attempts: [] }
    this.#note(failure)
    return failure
  }

  #hold({ changes, attempts }: Writing): void {
    this.#unsaved = {
      changes: [...this.#unsaved.changes, ...changes],
      attempts: [...this.#unsaved.attempts, ...attempts].slice(-UNSAVED_ATTEMPTS),
    }
  }

  #note(failure: StoreFailure | null): void {
    const before = this.#trouble
    if (failure === null) {
      this.#trouble = null
      this.#retryAt = Number.POSITIVE_INFINITY
    } else {
      this.#trouble = { failure, since: before?.since ?? this.#parts.now() }
      this.#retryAt = this.#parts.monotonic() + STORE_RETRY
      this.#parts.waiting()
    }
    if ((before === null) !== (failure === null)) this.#parts.changed()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
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
