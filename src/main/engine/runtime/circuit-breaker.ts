// Circuit breaker: after an answer that was not Webex's, no credential leaves until Webex itself has answered a request
// without one. Half-open meanwhile: one attempt for each press of a person, and one for each token in its last tenth. One
// call is under way at a time, those of a person first.

import type { Duration, Instant } from '../domain/model.ts'
import {
  BACKOFF_BASE,
  PRESENCE_BASE,
  PRESENCE_CAP,
  RETRY_AFTER_CAP,
  SHORTEST_DELAY,
} from '../domain/policy.ts'
import type { Answer, Random } from '../domain/ports.ts'
import { proxyRefusalOf } from '../failure/classifier.ts'
import type { ProxyRefusal } from '../failure/failure.ts'
import { nextDelay } from '../renewal/retry-policy.ts'

export interface CircuitBreakerDependencies {
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
  /** `round` when a person asked for it; null: no person did. */
  readonly askedIn: number | null
}

/** What is known of a call that was let out. `webex`: Webex itself answered it. */
export type CallEnd = 'webex' | 'unproven' | 'unsent'

/** Must be called with how the call ended. */
export type Pass = (end: CallEnd) => void

/** Of a call that goes out because the circuit is closed. */
const closedPass: Pass = () => undefined

interface Waiter {
  readonly caller: Caller | null
  readonly isLastTenth: () => boolean
  readonly resolve: (pass: Pass | null) => void
}

interface Doubt {
  readonly since: Instant
  tries: number
  askAt: Duration
  /** Webex itself answered, and asked for the pause that is kept. */
  answered: boolean
  /** What the last answer was, if it was a proxy's. */
  proxyRefusal: ProxyRefusal | null
}

export class CircuitBreaker {
  readonly #parts: CircuitBreakerDependencies
  #doubt: Doubt | null = null
  #asking: Promise<boolean> | null = null
  /** The longest Retry-After of an answer to the question ends here. */
  #quietUntil: Duration = Number.NEGATIVE_INFINITY
  #round = 0
  /** Whose half-open call is under way. */
  #trial: Caller | null = null
  #waiting: readonly Waiter[] = []
  /** Attempts that were let out; their further calls go out as well. */
  #admitted = new WeakSet<Caller>()
  /** Keys that have had the one attempt of their last tenth. */
  readonly #spent = new Set<string>()

  constructor(parts: CircuitBreakerDependencies) {
    this.#parts = parts
  }

  get doubted(): boolean {
    return this.#doubt !== null
  }

  /** Since when, once Webex has been looked for in vain; null while there is nothing to show a person. */
  get missingSince(): Instant | null {
    return this.#doubt !== null && this.#doubt.tries > 0 && !this.#doubt.answered ? this.#doubt.since : null
  }

  /** Presses of one round share one attempt. A new round begins when the circuit opens and when that attempt fails. */
  get round(): number {
    return this.#round
  }

  /** ms that Webex itself asks to wait; 0 when the circuit is closed, or open for another reason. */
  get pause(): Duration {
    return this.#doubt?.answered === true ? Math.max(0, this.#quietUntil - this.#parts.monotonic()) : 0
  }

  get proxyRefusal(): ProxyRefusal | null {
    return this.#doubt?.proxyRefusal ?? null
  }

  /** Something else answered in Webex's place. */
  doubt(proxyRefusal: ProxyRefusal | null): void {
    if (this.#doubt !== null) {
      this.#doubt.answered = false
      this.#doubt.proxyRefusal = proxyRefusal
    } else {
      this.#round += 1
      const askAt = this.#parts.monotonic() + SHORTEST_DELAY
      this.#doubt = { since: this.#parts.now(), tries: 0, askAt, answered: false, proxyRefusal }
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

  /** Whether a call of this attempt may leave all the same. `isLastTenth`: of the token it is about. */
  mayTry(caller: Caller, isLastTenth: boolean): boolean {
    if (this.#doubt === null || this.#admitted.has(caller) || caller.askedIn === this.#round) return true
    return isLastTenth && !this.#spent.has(caller.key)
  }

  /**
   * Resolves when a credential may leave; null: it must not, or the engine stops. While the circuit is open one call
   * leaves at a time, a person's first, and of scheduled attempts only one waits for its turn.
   */
  enter(caller: Caller | null, isLastTenth: () => boolean): Promise<Pass | null> {
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { caller, isLastTenth, resolve }]
      this.#askThenAdmit()
    })
  }

  /** Whether it still lets a call out: the circuit may have opened since it was given. */
  isValid(pass: Pass): boolean {
    return pass !== closedPass || this.#doubt === null
  }

  /** No call that waits for its turn leaves any more. */
  stop(): void {
    for (const { resolve } of this.#waiting) resolve(null)
    this.#waiting = []
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

  #askThenAdmit(): void {
    const admit = () => this.#admitWaiting()
    void this.confirmed().then(admit, admit)
  }

  #admitWaiting(): void {
    const rank = ({ caller }: Waiter) => (this.#isPressed(caller) ? 0 : 1)
    const stay: Waiter[] = []
    for (const waiter of this.#waiting.toSorted((one, other) => rank(one) - rank(other))) {
      const { caller, isLastTenth, resolve } = waiter
      if (this.#doubt === null) resolve(closedPass)
      else if (caller === null || !this.mayTry(caller, isLastTenth())) resolve(null)
      else if (this.#trial === null) resolve(this.#admit(caller))
      else if (this.#isOneTooMany(caller, stay)) resolve(null)
      else stay.push(waiter)
    }
    this.#waiting = stay
  }

  /** Those of an earlier round count only when they were let out in it. */
  #isPressed(caller: Caller | null): boolean {
    if (caller === null || caller.askedIn === null) return false
    return caller.askedIn === this.#round || this.#admitted.has(caller)
  }

  /** Another scheduled attempt is under way or waits: this one is planned again instead of holding a slot. */
  #isOneTooMany(caller: Caller, ahead: readonly Waiter[]): boolean {
    if (this.#isPressed(caller) || this.#admitted.has(caller)) return false
    const others = [this.#trial, ...ahead.map((each) => each.caller)]
    return others.some((other) => other !== null && !this.#isPressed(other))
  }

  #admit(caller: Caller): Pass {
    const round = this.#round
    const isPressed = caller.askedIn === round
    const isFirst = !this.#admitted.has(caller)
    this.#trial = caller
    this.#admitted.add(caller)
    if (isFirst && !isPressed) this.#spent.add(caller.key)
    return (end) => {
      this.#trial = null
      if (end === 'webex') this.#close()
      else if (end === 'unproven') {
        if (isPressed && this.#round === round) this.#round += 1
      } else if (isFirst) {
        this.#admitted.delete(caller)
        if (!isPressed) this.#spent.delete(caller.key)
      }
      if (this.#waiting.length > 0) this.#askThenAdmit()
    }
  }

  #close(): void {
    if (this.#doubt === null) return
    this.#doubt = null
    this.#spent.clear()
    this.#admitted = new WeakSet()
    this.#admitWaiting()
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
      this.#doubt.proxyRefusal = proxyRefusalOf(answer)
      this.#doubt.askAt = this.#parts.monotonic() + Math.max(SHORTEST_DELAY, delay)
    }
    return this.#doubt === null
  }
}

/** Whether Webex itself answered the request without a credential, whatever it said. */
export function isFromWebex(answer: Answer<boolean>): boolean {
  return answer.kind === 'ok' ? answer.value : answer.kind === 'refused' && answer.webexShaped
}
