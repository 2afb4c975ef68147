// After an answer that was not Webex's, no credential leaves until Webex itself has answered a request without one.
import { nextDelay } from './backoff.ts'
import type { Duration, Instant } from './model.ts'
import { BACKOFF_BASE, PRESENCE_BASE, PRESENCE_CAP, SHORTEST_DELAY } from './policy.ts'
import type { Answer, Random } from './ports.ts'

export interface PresenceParts {
  readonly now: () => Instant
  readonly monotonic: () => Duration
  readonly random: Random
  /** One request without any credential. */
  readonly ask: () => Promise<Answer<boolean>>
  /** Called when the doubt begins, deepens or ends. */
  readonly changed: () => void
}

export class Presence {
  readonly #parts: PresenceParts
  #doubt: { readonly since: Instant; tries: number; askAt: Duration } | null = null
  #asking: Promise<boolean> | null = null

  constructor(parts: PresenceParts) {
    this.#parts = parts
  }

  get doubted(): boolean {
    return this.#doubt !== null
  }

  /** Since when, once Webex has been looked for in vain; null while there is nothing to say to a person. */
  get missingSince(): Instant | null {
    return this.#doubt !== null && this.#doubt.tries > 0 ? this.#doubt.since : null
  }

  /** Something else answered in Webex's place. */
  doubt(): void {
    if (this.#doubt !== null) return
    this.#doubt = { since: this.#parts.now(), tries: 0, askAt: this.#parts.monotonic() + SHORTEST_DELAY }
    this.#parts.changed()
  }

  /** Whether Webex answers; at once while there is no doubt. Everyone who asks meanwhile shares one request. */
  confirmed(): Promise<boolean> {
    if (this.#doubt === null) return Promise.resolve(true)
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
      this.#parts.changed()
    })
    return this.#asking
  }

  /** Monotonic ms of the next look; Infinity while none is planned. */
  nextWake(): Duration {
    return this.#doubt === null || this.#asking !== null ? Number.POSITIVE_INFINITY : this.#doubt.askAt
  }

  /** The network changed: the next look is at once. */
  hurry(): void {
    if (this.#doubt !== null) this.#doubt.askAt = this.#parts.monotonic()
  }

  async #ask(): Promise<boolean> {
    const answer = await this.#parts.ask()
    if (answer.kind === 'ok' && answer.value) {
      this.#doubt = null
      return true
    }
    if (this.#doubt !== null) {
      const { tries } = this.#doubt
      const life = { left: null, lifetime: null, urgent: true }
      const scaled = nextDelay({ failures: tries }, life, this.#parts.random).delay
      const delay = Math.min(PRESENCE_CAP, (scaled * PRESENCE_BASE) / BACKOFF_BASE)
      this.#doubt.tries = tries + 1
      this.#doubt.askAt = this.#parts.monotonic() + Math.max(SHORTEST_DELAY, delay)
    }
    return false
  }
}
