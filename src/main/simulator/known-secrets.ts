// What a search for leaks must not find. Of what is issued again and again only the last is known, so that a simulator that
// runs for weeks keeps its size.

/** Tokens, codes and verifiers: 100 000 refreshes. */
const REMEMBERED = 200_000

export class KnownSecrets {
  readonly #lasting = new Set<string>()
  readonly #passing = new Set<string>()
  readonly #remembered: number

  constructor(remembered = REMEMBERED) {
    this.#remembered = remembered
  }

  /** A client secret: there are few, and they are never forgotten. */
  keep(secret: string): void {
    this.#lasting.add(secret)
  }

  /** A token, code or verifier; the oldest is forgotten for it. */
  add(secret: string): void {
    this.#passing.add(secret)
    if (this.#passing.size <= this.#remembered) return
    for (const oldest of this.#passing) {
      this.#passing.delete(oldest)
      return
    }
  }

  /** The newest last. */
  all(): readonly string[] {
    return [...this.#lasting, ...this.#passing]
  }
}
