// Work queue: what a person asked for begins first, then the earliest expiry; with limits for each client id and in all.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import type { Duration, Instant } from '../domain/model.ts'
import { CONCURRENCY_TOTAL } from '../domain/policy.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface WorkItem {
  readonly key: string
  /** Attempts of one client share its slots. */
  readonly client: string
  readonly front: boolean
  readonly expiresAt: Instant
  /** A routine renewal may be put off until this monotonic time; null: not routine. */
  readonly routineUntil: Duration | null
}

/** With its place in the queue, which it keeps while it waits for a slot. */
interface Queued extends WorkItem {
  readonly place: number
}

export interface WorkQueueDependencies {
  readonly monotonic: () => Duration
  readonly concurrency: () => number
  readonly tokenBucket: TokenBucket
  /** Nothing but what a person asked for begins at the moment. */
  readonly held: () => boolean
  /** ms until requests of this client may leave again. */
  readonly closedFor: (client: string) => Duration
  /** Begins the attempt and reports `ended` later; false: not wanted any more. */
  readonly begin: (item: WorkItem) => boolean
}

export class WorkQueue {
  readonly #parts: WorkQueueDependencies
  readonly #front = new PriorityQueue<Queued>(isEarlier)
  readonly #urgent = new PriorityQueue<Queued>(isEarlier)
  readonly #routine = new PriorityQueue<Queued>((a, b) => (a.routineUntil ?? 0) < (b.routineUntil ?? 0))
  /** Those whose client has no free slot, or is closed. */
  readonly #parked = new Map<string, PriorityQueue<Queued>>()
  readonly #closed = new Set<string>()
  readonly #running = new Map<string, number>()
  #total = 0
  #places = 0

  constructor(parts: WorkQueueDependencies) {
    this.#parts = parts
  }

  add(item: WorkItem): void {
    this.#places += 1
    this.#queue({ ...item, place: this.#places })
  }

  #queue(item: Queued): void {
    if (item.front) this.#front.push(item)
    else if (item.routineUntil !== null) this.#routine.push(item)
    else this.#urgent.push(item)
  }

  ended(client: string): void {
    this.#total -= 1
    const running = (this.#running.get(client) ?? 1) - 1
    if (running === 0) this.#running.delete(client)
    else this.#running.set(client, running)
    this.#unpark(client)
  }

  pump(): void {
    for (const client of this.#closed) {
      if (this.#parts.closedFor(client) > 0) continue
      this.#closed.delete(client)
      this.#unpark(client)
    }
    while (this.#total < CONCURRENCY_TOTAL) {
      const item = this.#take()
      if (item === undefined) return
      if (this.#mustWait(item)) this.#park(item)
      else this.#begin(item)
    }
  }

  /** Monotonic ms at which a pump could begin something; Infinity when only an ending could. */
  nextWake(): Duration {
    const now = this.#parts.monotonic()
    let wake = Number.POSITIVE_INFINITY
    for (const client of this.#closed) wake = Math.min(wake, now + this.#parts.closedFor(client))
    const routine = this.#routine.peek()
    if (routine === undefined || this.#parts.held() || this.#total >= CONCURRENCY_TOTAL) return wake
    return Math.min(wake, this.#parts.tokenBucket.nextAt(), routine.routineUntil ?? now)
  }

  #take(): Queued | undefined {
    if (this.#front.size > 0) return this.#front.pop()
    if (this.#parts.held()) return undefined
    if (this.#urgent.size > 0) return this.#urgent.pop()
    const until = this.#routine.peek()?.routineUntil
    if (until == null) return undefined
    return this.#parts.tokenBucket.allows() || until <= this.#parts.monotonic()
      ? this.#routine.pop()
      : undefined
  }

  #mustWait(item: Queued): boolean {
    if ((this.#running.get(item.client) ?? 0) >= this.#parts.concurrency()) return true
    if (item.front || this.#parts.closedFor(item.client) === 0) return false
    this.#closed.add(item.client)
    return true
  }

  #begin(item: Queued): void {
    this.#total += 1
    this.#running.set(item.client, (this.#running.get(item.client) ?? 0) + 1)
    if (this.#parts.begin(item)) this.#parts.tokenBucket.started()
    else this.ended(item.client)
  }

  #park(item: Queued): void {
    let parked = this.#parked.get(item.client)
    if (parked === undefined) {
      parked = new PriorityQueue<Queued>((a, b) => (a.front === b.front ? isEarlier(a, b) : a.front))
      this.#parked.set(item.client, parked)
    }
    parked.push(item)
  }

  /** Puts as many back into the queue as there are free slots. */
  #unpark(client: string): void {
    const parked = this.#parked.get(client)
    if (parked === undefined) return
    let free = this.#parts.concurrency() - (this.#running.get(client) ?? 0)
    while (free > 0) {
      const item = parked.pop()
      if (item === undefined) break
      this.#queue({ ...item, routineUntil: null })
      free -= 1
    }
    if (parked.size === 0) this.#parked.delete(client)
  }
}

function isEarlier(a: Queued, b: Queued): boolean {
  return a.expiresAt === b.expiresAt ? a.place < b.place : a.expiresAt < b.expiresAt
}
