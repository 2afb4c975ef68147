// Concurrency queue: works on a limited number of items at a time, on each item only once at a time, urgent ones first.

export class ConcurrencyQueue<T> {
  readonly #limit: number
  readonly #work: (item: T) => Promise<void>
  readonly #urgent = new Set<T>()
  readonly #ready = new Set<T>()
  readonly #running = new Set<T>()
  #idle: (() => void)[] = []
  #stopped = false

  /** `work` never rejects. */
  constructor(limit: number, work: (item: T) => Promise<void>) {
    this.#limit = limit
    this.#work = work
  }

  /** An item that is being worked on is queued again after that. */
  add(item: T, order: 'urgent' | 'in-turn'): void {
    if (this.#stopped || this.#urgent.has(item)) return
    if (order === 'urgent') this.#ready.delete(item)
    const queue = order === 'urgent' ? this.#urgent : this.#ready
    queue.add(item)
    this.#pump()
  }

  remove(item: T): void {
    this.#urgent.delete(item)
    this.#ready.delete(item)
  }

  /** Nothing new begins; returns what is still queued. */
  stop(): readonly T[] {
    this.#stopped = true
    const left = [...this.#urgent, ...this.#ready]
    this.#urgent.clear()
    this.#ready.clear()
    return left
  }

  /** Resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    if (this.#running.size === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #pump(): void {
    while (this.#running.size < this.#limit) {
      const item = this.#next(this.#urgent) ?? this.#next(this.#ready)
      if (item === undefined) return
      this.#running.add(item)
      void this.#work(item).finally(() => this.#ended(item))
    }
  }

  /** At most as many steps as there are running ones. */
  #next(queue: Set<T>): T | undefined {
    for (const item of queue) {
      if (this.#running.has(item)) continue
      queue.delete(item)
      return item
    }
    return undefined
  }

  #ended(item: T): void {
    this.#running.delete(item)
    this.#pump()
    if (this.#running.size > 0) return
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}
