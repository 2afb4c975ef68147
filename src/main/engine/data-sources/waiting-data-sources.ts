// Waiting data sources: those that are due and not under way, in the order in which they are renewed.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import { endOf, type TrackedDataSource } from './kept-data-source.ts'

export class WaitingDataSources {
  readonly #waiting = new Set<TrackedDataSource>()
  /** Those that were taken as a probe or deleted leave their places behind. */
  readonly #order = new PriorityQueue<TrackedDataSource>((a, b) => endOf(a) < endOf(b))

  get size(): number {
    return this.#waiting.size
  }

  add(one: TrackedDataSource): void {
    if (this.#waiting.has(one)) return
    this.#waiting.add(one)
    this.#order.push(one)
  }

  delete(one: TrackedDataSource): void {
    this.#waiting.delete(one)
  }

  /** The one that ends first. */
  takeNext(): TrackedDataSource | undefined {
    for (let one = this.#order.pop(); one !== undefined; one = this.#order.pop())
      if (this.#waiting.delete(one)) return one
    return undefined
  }

  /**
   * The one that shows whether an outage has ended: it failed least, and of these it ends last. The first to end would be
   * the same few for ever where they fail for reasons of their own.
   */
  takeProbe(): TrackedDataSource | undefined {
    let best: TrackedDataSource | undefined
    for (const one of this.#waiting) {
      const isBetter =
        best === undefined ||
        one.failures < best.failures ||
        (one.failures === best.failures && endOf(one) > endOf(best))
      if (isBetter) best = one
    }
    if (best !== undefined) this.#waiting.delete(best)
    this.#dropPlaces()
    return best
  }

  #dropPlaces(): void {
    if (this.#order.size <= 2 * this.#waiting.size + 64) return
    this.#order.clear()
    for (const one of this.#waiting) this.#order.push(one)
  }
}
