// Circuit breaker: after an answer that was not Webex's, no credential leaves until Webex itself has answered a request
// without one. Half-open meanwhile: one attempt for each press of a person, and one for each token in its last tenth.

import type { Duration, Instant } from '../domain/model.ts'
import {
  BACKOFF_BASE,
  PRESENCE_BASE,
  PRESENCE_CAP,
  RETRY_AFTER_CAP,
  SHORTEST_DELAY,
} from '../domain/policy.ts'
import type { Answer, Random } from '../domain/ports.ts'
import { nextDelay } from '../renewal/retry-policy.ts'

export interface PresenceParts {
  readonly now: () => Instant
  readonly monotonic: () => Duration
  readonly random: Random
  /** One request without any credential. */
  readonly ask: () => Promise<Answer<boolean>>
  /** Called when the circuit opens or closes, or Webex was looked for in vain. */
  readonly changed: () => void
}

/** One attempt, as far as the circuit breaker has to know it. */
export interface Caller {
  /** Of its profile or token manager. */
  readonly key: string
  /** What `openings` was when a person asked for it; null: nobody did. */
  readonly askedIn: number | null
}

/** What is known of a call that was let out. `webex`: Webex itself answered it. */
export type CallEnd = 'webex' | 'unproven' | 'unsent'

/** Must be told how the call ended. */
export type Pass = (end: CallEnd) => void

interface Doubt {
  readonly since: Instant
  tries: number
  askAt: Duration
  /** Webex itself answered, and asked for the pause that is kept. */
  answered: boolean
}

export class Presence {
  readonly #parts: PresenceParts
  #doubt: Doubt | null = null
  #asking: Promise<boolean> | null = null
  /** The longest Retry-After of an answer to the question ends here. */
  #quietUntil: Duration = Number.NEGATIVE_INFINITY
  #openings = 0
  /** The half-open call that is under way. */
  #trial: Promise<void> | null = null
  /** Attempts that were let out; their further calls go out as well. */
  #admitted = new WeakSet<Caller>()
  /** Keys that have had the one attempt of their last tenth. */
  readonly #spent = new Set<string>()

  constructor(parts: PresenceParts) {
    this.#parts = parts
  }

  get doubted(): boolean {
    return this.#doubt !== null
  }

  /** Since when, once Webex has been looked for in vain; null while there is nothing to say to a person. */
  get missingSince(): Instant | null {
    return this.#doubt !== null && this.#doubt.tries > 0 && !this.#doubt.answered ? this.#doubt.since : null
  }

  /** How often the circuit opened, anew after each half-open call as well. */
  get openings(): number {
    return this.#openings
  }

  /** ms that Webex itself asks to wait; 0 when the circuit is closed, or open for another reason. */
  get pause(): Duration {
    return this.#doubt?.answered === true ? Math.max(0, this.#quietUntil - this.#parts.monotonic()) : 0
  }

  /** Something else answered in Webex's place. */
  doubt(): void {
    if (this.#doubt !== null) this.#doubt.answered = false
    else {
      this.#openings += 1
      const askAt = this.#parts.monotonic() + SHORTEST_DELAY
      this.#doubt = { since: this.#parts.now(), tries: 0, askAt, answered: false }
    }
    this.#parts.changed()
  }

  /** Whether the circuit is closed; if not, Webex is asked. Everyone who asks meanwhile shares one request. */
  confirmed(): Promise<boolean> {
    if (this.#doubt === null) return Promise.resolve(true)
    if (this.#quietUntil > this.#parts.monotonic()) return Promise.resolve(false)
    if (this.#doubt.answered) {
      this.#close()
      return Promise.resolve(true)
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
      this.#parts.changed()
    })
    return this.#asking
  }

  /** Whether a call of this attempt would be let out. `lastTenth`: of the token it is about. */
  mayTry(caller: Caller | null, lastTenth: boolean): boolean {
    if (this.#doubt === null) return true
    if (caller === null) return false
    if (this.#admitted.has(caller) || caller.askedIn === this.#openings) return true
    return lastTenth && !this.#spent.has(caller.key)
  }

  /** Asked right before a credential leaves; null: it must not. While the circuit is open one call leaves at a time. */
  async enter(caller: Caller | null, lastTenth: boolean): Promise<Pass | null> {
    while (!(await this.confirmed())) {
      if (caller === null || !this.mayTry(caller, lastTenth)) return null
      if (this.#trial === null) return this.#admit(caller)
      await this.#trial
    }
    return () => undefined
  }

  /** Monotonic ms of the next look; Infinity while none is planned. */
  nextWake(): Duration {
    if (this.#doubt === null || this.#asking !== null) return Number.POSITIVE_INFINITY
    return this.#doubt.answered ? this.#quietUntil : Math.max(this.#doubt.askAt, this.#quietUntil)
  }

  /** The network changed: the next look is at once. */
  hurry(): void {
    if (this.#doubt !== null) this.#doubt.askAt = this.#parts.monotonic()
  }

  #admit(caller: Caller): Pass {
    let release = () => {}
    this.#trial = new Promise((resolve) => {
      release = resolve
    })
    const isByHand = caller.askedIn === this.#openings
    const isFirst = !this.#admitted.has(caller)
    this.#admitted.add(caller)
    if (isFirst && !isByHand) this.#spent.add(caller.key)
    return (end) => {
      this.#trial = null
      if (end === 'webex') this.#close()
      else if (end === 'unproven') this.#openings += 1
      else if (isFirst) {
        this.#admitted.delete(caller)
        if (!isByHand) this.#spent.delete(caller.key)
      }
      release()
    }
  }

  #close(): void {
    if (this.#doubt === null) return
    this.#doubt = null
    this.#spent.clear()
    this.#admitted = new WeakSet()
    this.#parts.changed()
  }

  async #ask(): Promise<boolean> {
    const answer = await this.#parts.ask()
    if (isFromWebex(answer)) {
      const wait = answer.kind === 'refused' ? (answer.retryAfter ?? 0) : 0
      this.#quietUntil = this.#parts.monotonic() + Math.min(wait, RETRY_AFTER_CAP)
      if (wait <= 0) this.#close()
      else if (this.#doubt !== null) this.#doubt.answered = true
      return this.#doubt === null
    }
    if (this.#doubt !== null) {
      const { tries } = this.#doubt
      const life = { left: null, lifetime: null, urgent: true }
      const scaled = nextDelay({ failures: tries }, life, this.#parts.random).delay
      const delay = Math.min(PRESENCE_CAP, (scaled * PRESENCE_BASE) / BACKOFF_BASE)
      this.#doubt.tries = tries + 1
      this.#doubt.askAt = this.#parts.monotonic() + Math.max(SHORTEST_DELAY, delay)
    }
    return this.#doubt === null
  }
}

/** Whether Webex itself answered the request without a credential, whatever it said. */
export function isFromWebex(answer: Answer<boolean>): boolean {
  return answer.kind === 'ok' ? answer.value : answer.kind === 'refused' && answer.webexShaped
}
