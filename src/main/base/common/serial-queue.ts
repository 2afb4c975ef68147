// Serial queues: one piece of work at a time, in the order of the calls.

/** Work must not wait for work that it adds to its own queue: neither would end. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()
  #unfinished = 0

  /**
   * Begins when all work added before has ended, and never within the call. Settles as `work` does; an error does not
   * stop the queue.
   */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const ended = () => {
      this.#unfinished -= 1
    }
    this.#unfinished += 1
    const turn = this.#last.then(work)
    this.#last = turn.then(ended, ended)
    return turn
  }

  /** Resolves when all work added so far has ended, however it ended. */
  async settled(): Promise<void> {
    await this.#last
  }

  get isIdle(): boolean {
    return this.#unfinished === 0
  }
}

/** A serial queue for each key; keys do not wait for each other, and a key without work takes no memory. */
export class KeyedSerialQueue {
  readonly #queues = new Map<string, SerialQueue>()

  async run<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue()
    this.#queues.set(key, queue)
    try {
      return await queue.run(work)
    } finally {
      if (queue.isIdle && this.#queues.get(key) === queue) this.#queues.delete(key)
    }
  }
}
