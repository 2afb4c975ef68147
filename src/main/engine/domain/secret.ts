/** Whether a text fits into an `Authorization` header. A token from Webex is kept if it does: its grant may have rotated. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]{1,16384}$/.test(text)
}

/**
 * Whether a text can be an access or refresh token: RFC 6750 section 2.1 (b64token), and the few other characters an
 * opaque one may have. None of them ends a header, a line or a quotation, or means anything to a shell.
 */
export function isTokenText(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/:@%,=]{1,16384}$/.test(text)
}

/**
 * A token, refresh token or client secret that cannot end up in a log, an error or the renderer by accident:
 * printing, JSON and structured clone all lose the value. Only `reveal()` gives it, so every use can be found.
 */
export class Secret {
  #value: string | (() => string)

  /** A function is called when the value is wanted first; what it throws, `reveal` and `equals` throw. */
  constructor(value: string | (() => string)) {
    this.#value = value
  }

  /** The value itself, for the one request, field or file it is meant for. */
  reveal(): string {
    if (typeof this.#value !== 'string') this.#value = this.#value()
    return this.#value
  }

  equals(other: Secret | null): boolean {
    return other !== null && other.reveal() === this.reveal()
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}

/**
 * For `postMessage` between threads of this process and nothing else, since structured clone loses what a `Secret` has:
 * each becomes a String object, which a clone keeps and no parser makes. `concealed` on the other side makes them
 * secrets again.
 */
export function revealed(value: unknown): unknown {
  return withEach(value, (one) => (one instanceof Secret ? Object(one.reveal()) : undefined))
}

export function concealed(value: unknown): unknown {
  return withEach(value, (one) => (one instanceof String ? new Secret(one.valueOf()) : undefined))
}

/** The same without any secret: `newText` gives what each is replaced by. */
export function withoutSecrets(value: unknown, newText: () => string): unknown {
  return withEach(value, (one) => (one instanceof Secret ? Object(newText()) : undefined))
}

/** A copy of lists and plain objects, with what `replace` gives for a value in it; undefined: the value stays. */
function withEach(value: unknown, replace: (one: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const replaced = replace(value)
  if (replaced !== undefined) return replaced
  if (Array.isArray(value)) return value.map((one) => withEach(one, replace))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withEach(one, replace)]))
}
