// One piece of work at a time for each key, in the order of the calls.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Resolves or rejects as the work does; what came before does not matter. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
