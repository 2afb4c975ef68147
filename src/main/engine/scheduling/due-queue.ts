// Due queue: the time at which each subject is due, in a heap, so that a tick costs O(log n) however large the fleet.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import type { Instant } from '../domain/model.ts'

interface Entry {
  readonly at: Instant
  readonly key: string
  /** An older entry of the same key is dead. */
  readonly version: number
}

export class DueQueue {
  #heap = new PriorityQueue<Entry>((a, b) => a.at < b.at)
  readonly #current = new Map<string, Entry>()
  #version = 0

  /** null: not planned. */
  plan(key: string, at: Instant | null): void {
    if (this.#current.get(key)?.at === at) return
    this.#current.delete(key)
    if (at === null) return
    this.#version += 1
    const entry = { at, key, version: this.#version }
    this.#current.set(key, entry)
    this.#heap.push(entry)
    if (this.#heap.size > 2 * this.#current.size + 64) this.#rebuild()
  }

  /** The earliest time; Infinity when nothing is planned. */
  next(): Instant {
    this.#dropDead()
    return this.#heap.peek()?.at ?? Number.POSITIVE_INFINITY
  }

  /** Takes what is due at `now`; it is planned no more. */
  takeDue(now: Instant): readonly string[] {
    const due: string[] = []
    while (this.next() <= now) {
      const entry = this.#heap.pop()
      if (entry === undefined) break
      this.#current.delete(entry.key)
      due.push(entry.key)
    }
    return due
  }

  #dropDead(): void {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#current.get(top.key)?.version === top.version) return
      this.#heap.pop()
    }
  }

  #rebuild(): void {
    this.#heap = new PriorityQueue<Entry>((a, b) => a.at < b.at)
    for (const entry of this.#current.values()) this.#heap.push(entry)
  }
}
