// Delivery queue: delivers each profile's token to its targets, after each renewal, again after a failure, and when a
// person asks. Independent of the engine: a refresh stays a success whatever becomes of its delivery.
import {
  afterDelivery,
  afterFailedDelivery,
  dueAt,
  notYetDelivered,
  standingOf,
} from '#engine/delivery-schedule/delivery-schedule.ts'
import type {
  DeliveryRun,
  DeliveryStanding,
  DeliveryState,
  DeliveryTarget,
  DeliveryTargetId,
  RunTrigger,
  TokenMarks,
} from '#engine/domain/delivery-model.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { ConcurrencyQueue } from './concurrency-queue.ts'
import type { DeliverableToken, Performed } from './delivery-handler.ts'
import { type DeliveryKinds, handlerOf } from './delivery-kinds.ts'
import { RetryTimer } from './retry-timer.ts'
import { answer, type TargetState, TargetStates } from './target-state.ts'

export interface DeliveryQueueDependencies {
  readonly clock: Clock
  /** What stored instants are compared with. */
  readonly now: () => Instant
  readonly stored: readonly { readonly target: DeliveryTarget; readonly state: DeliveryState }[]
  /**
   * Stores the state, and with it the spec if that has changed. May reject: then both are known until the app ends, and the
   * token is delivered once more after that.
   */
  readonly note: (id: DeliveryTargetId, state: DeliveryState, spec: DeliverySpec | null) => Promise<void>
  /** Stores the record of one delivery. May reject: then this run is not listed. */
  readonly noteRun: (id: DeliveryTargetId, run: DeliveryRun) => Promise<void>
  /** null: the profile has no access token. */
  readonly tokenOf: (target: DeliveryTarget) => DeliverableToken | null
  /**
   * Whether Webex rejects the token, as far as can be found out now. `since`: when a person asked for its delivery (monotonic,
   * ms); it may be mended since an answer from before. The promise never rejects.
   */
  readonly isRejected: (token: DeliverableToken, since: number | null) => boolean | Promise<boolean>
  readonly kinds: DeliveryKinds
  /** Something that is shown has changed. */
  readonly changed: () => void
  /** Errors that are not expected. */
  readonly failed: (event: 'note' | 'note-run' | 'perform', error: unknown) => void
}

/** ms. How long running deliveries may continue when the app stops. */
const GRACE: Duration = 5_000

export class DeliveryQueue {
  readonly #parts: DeliveryQueueDependencies
  readonly #targets: TargetStates
  /** By kind, so that a slow kind does not hold up the others. */
  readonly #queues: ReadonlyMap<string, ConcurrencyQueue<TargetState>>
  readonly #retryTimer: RetryTimer
  readonly #breakOff = new AbortController()
  readonly #brokenOff: Promise<false>
  #stopped = false

  constructor(parts: DeliveryQueueDependencies) {
    this.#parts = parts
    this.#targets = new TargetStates(parts.stored)
    const run = (entry: TargetState) => this.#run(entry)
    this.#queues = new Map(
      Object.entries(parts.kinds).map(([kind, { atOnce }]) => [kind, new ConcurrencyQueue(atOnce, run)]),
    )
    this.#brokenOff = new Promise((resolve) => {
      this.#breakOff.signal.addEventListener('abort', () => resolve(false))
    })
    this.#retryTimer = new RetryTimer({
      clock: parts.clock,
      now: parts.now,
      all: () => this.#targets.all(),
      due: (entry) => this.#consider(entry),
    })
  }

  get targets(): Omit<TargetStates, 'save' | 'replace' | 'note' | 'remove'> {
    return this.#targets
  }

  /** Delivers what the last run of the app left undone, and tries again what had failed: the cause may be gone by now. */
  start(): void {
    const now = this.#parts.now()
    for (const entry of this.#targets.all()) {
      const { state } = entry
      if (state.failure !== null) {
        this.#targets.note(entry, { ...state, failure: { ...state.failure, retryAt: now } })
      }
      this.#consider(entry)
    }
  }

  /** There may be a new token; pausing a profile stops its renewals, not its deliveries. */
  tokenChanged(profileId: ProfileId): void {
    for (const entry of this.#targets.ofProfile(profileId)) this.#consider(entry)
  }

  standing({ target, state }: TargetState): ReturnType<typeof standingOf> {
    return standingOf(target.spec, state, marksOf(this.#parts.tokenOf(target)))
  }

  /**
   * Adds a target or replaces its spec once `store` has stored it, and delivers as soon as there is a token. What is
   * delivered meanwhile goes to the old place and is noted nowhere: the row is the new place's already. Rejects as `store`
   * does; then nothing is changed.
   */
  async save(target: DeliveryTarget, store: () => Promise<void>): Promise<void> {
    const before = this.#targets.get(target.id)
    if (before !== undefined) before.isChanging = true
    try {
      await store()
    } catch (error) {
      if (before !== undefined) this.#changed(before)
      throw error
    }
    const entry = this.#targets.save(target, notYetDelivered)
    this.#parts.changed()
    this.#changed(entry)
  }

  #changed(entry: TargetState): void {
    entry.isChanging = false
    this.#consider(entry)
  }

  remove(id: DeliveryTargetId): void {
    const entry = this.#targets.remove(id)
    if (entry === undefined) return
    this.#queueOf(entry)?.remove(entry)
    answer(entry.asked, false)
    this.#parts.changed()
  }

  removeProfile(profileId: ProfileId): void {
    for (const { target } of this.#targets.ofProfile(profileId)) this.remove(target.id)
  }

  /**
   * Delivers now, whatever was to be waited for; with `again` also what is there already. Resolves when each has ended,
   * with whether it is delivered.
   */
  deliver(targets: readonly TargetState[], again: boolean): Promise<readonly boolean[]> {
    return Promise.all(targets.map((entry) => this.#ask(entry, again)))
  }

  /** Nothing new begins; running deliveries have `GRACE` to end, then they are broken off and repeated at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#retryTimer.stop()
    const queues = [...this.#queues.values()]
    for (const { asked } of queues.flatMap((queue) => queue.stop())) answer(asked, false)
    const cancel = this.#parts.clock.after(GRACE, () => this.#breakOff.abort())
    await Promise.all(queues.map((queue) => queue.idle()))
    cancel()
  }

  #queueOf({ target }: TargetState): ConcurrencyQueue<TargetState> | undefined {
    return this.#queues.get(target.spec.kind)
  }

  #ask(entry: TargetState, again: boolean): Promise<boolean> {
    const token = this.#parts.tokenOf(entry.target)
    if (this.#stopped || token === null) return Promise.resolve(false)
    if (!again && isThere(this.standing(entry))) return Promise.resolve(true)
    return new Promise((resolve) => {
      const { running } = entry
      // A running delivery of the same token is what was asked for.
      if (running?.target === entry.target && running.fingerprint === token.fingerprint) {
        running.asked.push(resolve)
        return
      }
      entry.asked.push(resolve)
      entry.askedAt = this.#parts.clock.monotonic()
      this.#queueOf(entry)?.add(entry, 'urgent')
    })
  }

  /** Queues a delivery now or sets the timer for it, if there is anything to do. */
  #consider(entry: TargetState): void {
    if (this.#stopped || !this.#has(entry) || entry.isChanging) return
    const token = this.#usable(entry.target)
    if (token === null) return
    const now = this.#parts.now()
    const at = dueAt(entry.target.spec, entry.state, token, now)
    if (at === null) return
    if (at <= now) this.#queueOf(entry)?.add(entry, 'in-turn')
    else this.#retryTimer.wait(entry, at)
  }

  /** An expired token is of no use: its successor is delivered instead. */
  #usable(target: DeliveryTarget): DeliverableToken | null {
    const token = this.#parts.tokenOf(target)
    const expired = token?.expiresAt != null && token.expiresAt <= this.#parts.now()
    return expired ? null : token
  }

  async #run(entry: TargetState): Promise<void> {
    const { target, asked, askedAt } = entry
    entry.asked = []
    const token = this.#tokenToDeliver(entry, asked.length > 0)
    if (token === null) return answer(asked, false)
    entry.running = { target, fingerprint: token.fingerprint, asked }
    const noteRun = this.#beginRun(entry, token.fingerprint, asked.length > 0)
    const performed = await this.#perform(entry, token, asked.length > 0 ? askedAt : null)
    // The vault is not closed before this has ended.
    if (this.#has(entry)) await Promise.all([noteRun(performed), this.#note(entry, token, performed)])
    const isCurrent = this.#has(entry) && entry.running?.target === entry.target
    entry.running = null
    if (isCurrent || this.#stopped || !this.#has(entry)) {
      answer(asked, isCurrent && performed.kind === 'delivered')
    } else if (asked.length > 0) {
      // The target was changed meanwhile: it went to the old place, and the person asked for the new one.
      entry.asked.push(...asked)
      this.#queueOf(entry)?.add(entry, 'urgent')
    }
    this.#consider(entry)
  }

  #has(entry: TargetState): boolean {
    return this.#targets.get(entry.target.id) === entry
  }

  /** null: nothing has to be delivered any more. */
  #tokenToDeliver({ target, state }: TargetState, isAsked: boolean): DeliverableToken | null {
    if (isAsked) return this.#parts.tokenOf(target)
    const token = this.#usable(target)
    const now = this.#parts.now()
    const at = token === null ? null : dueAt(target.spec, state, token, now)
    return at !== null && at <= now ? token : null
  }

  async #perform(entry: TargetState, token: DeliverableToken, since: number | null): Promise<Performed> {
    const { target, state } = entry
    try {
      const rejected = this.#parts.isRejected(token, since)
      // What is known already is not waited for.
      if (rejected !== false && (await Promise.race([rejected, this.#brokenOff]))) return rejectedToken(state)
      if (this.#breakOff.signal.aborted) return { kind: 'broken-off', ran: null }
      const handler = handlerOf(this.#parts.kinds, target.spec)
      const others = state.delivered === null ? (file: string) => this.#othersOfFile(file, target) : null
      return await handler.perform(target.spec, token, this.#breakOff.signal, others)
    } catch (error) {
      this.#parts.failed('perform', error)
      return {
        kind: 'failed',
        sentence: 'Something went wrong inside the app. It is retried automatically.',
        ran: null,
      }
    }
  }

  #othersOfFile(file: string, { id }: DeliveryTarget): readonly DeliverySpec[] {
    const others = [...this.#targets.ofFile(file)].filter(
      ({ target, state }) => target.id !== id && !state.held,
    )
    return others.map(({ target }) => target.spec)
  }

  /** The returned function takes the result and stores the record of this delivery. It never rejects. */
  #beginRun(
    { target, state }: TargetState,
    fingerprint: string,
    isAsked: boolean,
  ): (performed: Performed) => Promise<void> {
    const { clock, now, noteRun, failed } = this.#parts
    const startedAt = now()
    const began = clock.monotonic()
    const trigger = isAsked ? 'asked' : triggerOf(state, fingerprint)
    return async (performed) => {
      const duration = clock.monotonic() - began
      try {
        await noteRun(target.id, { startedAt, duration, trigger, fingerprint, ...outcomeOf(performed) })
      } catch (error) {
        failed('note-run', error)
      }
    }
  }

  async #note(
    entry: TargetState,
    { fingerprint, refreshFingerprint }: DeliverableToken,
    performed: Performed,
  ): Promise<void> {
    const { target, running } = entry
    const isOfBefore = running?.target !== target || entry.isChanging
    if (performed.kind === 'broken-off' || isOfBefore) return
    const at = this.#parts.now()
    const isDelivered = performed.kind === 'delivered'
    const state = isDelivered
      ? afterDelivery({ at, fingerprint, refreshFingerprint })
      : afterFailedDelivery(entry.state, { at, fingerprint, sentence: performed.sentence })
    const spec = (isDelivered && performed.spec) || null
    try {
      await this.#parts.note(target.id, state, spec)
    } catch (error) {
      this.#parts.failed('note', error)
    }
    // It may have been changed or removed while that was stored.
    if (!this.#has(entry) || entry.target !== target) return
    if (spec !== null) {
      this.#targets.replace(entry, { ...target, spec })
      entry.running = { ...running, target: entry.target }
    }
    this.#targets.note(entry, state)
    this.#parts.changed()
  }
}

/** A token that programs could not use never replaces one that may still work. */
function rejectedToken({ delivered }: DeliveryState): Performed {
  const before =
    delivered === null ? '' : ' What was delivered before stays in place and works until it expires.'
  const sentence = `Webex rejected the new token (401), so it was not delivered.${before} It is tested again automatically; press Refresh for another token.`
  return { kind: 'failed', sentence, ran: null }
}

function isThere(standing: DeliveryStanding): boolean {
  return standing === 'delivered' || standing === 'unverified'
}

function marksOf(token: DeliverableToken | null): TokenMarks {
  return token ?? { fingerprint: null, refreshFingerprint: null }
}

function triggerOf({ delivered, failure }: DeliveryState, fingerprint: string): RunTrigger {
  if (failure !== null) return failure.fingerprint === fingerprint ? 'retry' : 'new-token'
  return delivered === null ? 'set-up' : 'new-token'
}

function outcomeOf(performed: Performed): Pick<DeliveryRun, 'outcome' | 'exitCode' | 'sentence' | 'output'> {
  const { kind: outcome, ran } = performed
  // The last lines of a command are in its output already.
  if (ran !== null) return { outcome, ...ran }
  return { outcome, exitCode: null, sentence: outcome === 'failed' ? performed.sentence : null, output: null }
}
