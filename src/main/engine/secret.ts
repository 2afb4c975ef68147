/**
 * A token, refresh token or client secret that cannot end up in a log, an error or the renderer by accident:
 * printing, JSON and structured clone all lose the value. Only `reveal()` gives it, so every use can be found.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one request, field or file it is meant for. */
  reveal(): string {
    return this.#value
  }

  equals(other: Secret | null): boolean {
    return other !== null && other.#value === this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
