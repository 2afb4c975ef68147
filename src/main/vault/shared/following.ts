// Following: keeps one follower in agreement with the shared vault. Everything is read anew when somebody else has stored
// something: never twice at a time, and with pauses that leave most of the time to other work.
import type { StoredState } from '#engine/domain/engine-api.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { LoadedFleet } from '../repositories/fleet.ts'

export interface FollowingParts<F extends Following> {
  readonly clock: Clock
  /** Who is kept in agreement; null: nobody. */
  readonly follower: () => F | null
  readonly load: () => Promise<LoadedFleet>
  /** It agrees with what was there when this reading began. */
  readonly agreed: (follower: F) => void
  readonly failed: (error: unknown) => void
  /** It has something of its own that is not stored, and follows nothing before it is. */
  readonly unsaved: () => void
}

export interface Following {
  /** As `Engine.follow`. */
  follow(load: () => Promise<StoredState>): Promise<unknown>
}

/** Between two readings, at least; more where reading takes long. */
const READ_AGAIN: Duration = 1_000
const READING_SHARE = 10
/** As often as it is looked whether there is something to read. */
const LONGEST_PAUSE: Duration = 30_000
const FAILED_AGAIN: Duration = 3_000

export class FollowingLoop<F extends Following> {
  readonly #parts: FollowingParts<F>
  /** How often something had been stored when the follower agreed last; null: it has to read everything. */
  #agreed: number | null = null
  /** The same of now, as far as it was seen; null: not yet. */
  #there: number | null = null
  /** How often `forget` was called: what was begun before then counts no more. */
  #forgotten = 0
  #reading: Promise<void> | null = null
  #readsAgain = false
  #mayReadAt: Duration = Number.NEGATIVE_INFINITY
  #cancel = () => {}

  constructor(parts: FollowingParts<F>) {
    this.#parts = parts
  }

  /** Something was seen there: reads it where it is not known. Returns whether it is. */
  noteThere(seq: number): boolean {
    this.#there = seq
    if (!this.isBehind) return true
    this.soon()
    return false
  }

  /** This process has stored something itself. */
  noteStored(seq: number): void {
    if (this.#agreed !== null && seq === this.#agreed + 1) this.#agreed = seq
  }

  get isBehind(): boolean {
    return this.#there !== null && (this.#agreed === null || this.#agreed < this.#there)
  }

  /** What was read so far says nothing any more, also what is being read. */
  forget(): void {
    this.#agreed = null
    this.#forgotten += 1
  }

  /** Reads when it may. */
  soon(): void {
    // It looks once more when it has ended.
    if (this.#reading !== null) return
    const { clock } = this.#parts
    this.#cancel()
    const wait = this.#mayReadAt - clock.monotonic()
    if (wait <= 0) void this.now()
    else this.#cancel = clock.after(wait, () => void this.now())
  }

  /** Resolves when what is stored by now has been read, or could not be. Never rejects. */
  now(): Promise<void> {
    this.#readsAgain = true
    this.#cancel()
    this.#reading ??= this.#readWhileWanted().finally(() => {
      this.#reading = null
      if (this.isBehind && this.#parts.follower() !== null) this.soon()
    })
    return this.#reading
  }

  stop(): void {
    this.#cancel()
  }

  async #readWhileWanted(): Promise<void> {
    for (let follower = this.#parts.follower(); follower !== null; follower = this.#parts.follower()) {
      if (!this.#readsAgain) return
      this.#readsAgain = false
      await this.#read(follower)
    }
  }

  async #read(follower: F): Promise<void> {
    const { clock, load, agreed, failed, unsaved } = this.#parts
    const begun = clock.monotonic()
    // What is stored meanwhile may be read already, and is read once more.
    const [there, forgotten] = [this.#there, this.#forgotten]
    let pause = FAILED_AGAIN
    try {
      const taken = await follower.follow(async () => storedStateOf(await load()))
      if (taken === null) return unsaved()
      pause = READ_AGAIN
      if (forgotten !== this.#forgotten) return
      if (there !== null) this.#agreed = Math.max(there, this.#agreed ?? there)
      agreed(follower)
    } catch (error) {
      // Whatever it was: only another reading shows that it is over.
      this.#agreed = null
      failed(error)
    } finally {
      const now = clock.monotonic()
      this.#mayReadAt = now + Math.max(pause, Math.min(LONGEST_PAUSE, READING_SHARE * (now - begun)))
    }
  }
}

export function storedStateOf(loaded: LoadedFleet): StoredState {
  const { unreadable, openTokens: _, ...stored } = loaded
  return { ...stored, unread: new Set(unreadable.map(({ id }) => id)) }
}
