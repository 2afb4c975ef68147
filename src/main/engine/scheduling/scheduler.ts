// Scheduler: one timer for whatever is due next; what is due goes to the job runner.

import { WakeTimer } from '#base/common/timer.ts'
import type { Attempt, Duration, Instant } from '../domain/model.ts'
import { type Planned, planOf, renewalInterval } from '../renewal/renewal-policy.ts'
import { type EngineContext, managerKey, profileKey, subjectOf } from '../runtime/engine-context.ts'
import { DueQueue } from './due-queue.ts'
import { JobRunner } from './job-runner.ts'
import { TokenBucket } from './token-bucket.ts'

export interface SchedulerHooks {
  /** Runs at every tick, first. */
  readonly onTick: () => void
  /** Wall clock of something else that needs a tick; Infinity for nothing. */
  readonly alsoAt: () => Instant
}

export class Scheduler {
  readonly #context: EngineContext
  readonly #dueQueue = new DueQueue()
  readonly #wakeTimer: WakeTimer
  readonly #tokenBucket: TokenBucket
  readonly #jobRunner: JobRunner
  readonly #hooks: SchedulerHooks
  #started = false
  #pausedUntil: Instant | null = null
  #turnedAt: Duration

  constructor(context: EngineContext, hooks: SchedulerHooks) {
    const { clock } = context.parts
    this.#context = context
    this.#hooks = hooks
    this.#turnedAt = clock.monotonic()
    this.#wakeTimer = new WakeTimer(clock, () => this.tick())
    this.#tokenBucket = new TokenBucket(() => clock.monotonic())
    this.#jobRunner = new JobRunner({
      context,
      tokenBucket: this.#tokenBucket,
      held: () => this.#held(),
      replan: (key) => this.replan(key),
      planAt: (key, at) => this.#dueQueue.plan(key, at),
      tick: () => this.tick(),
    })
  }

  get pausedUntil(): Instant | null {
    return this.#pausedUntil
  }

  /** Monotonic ms of the last tick. */
  get turnedAt(): Duration {
    return this.#turnedAt
  }

  get started(): boolean {
    return this.#started
  }

  /** Also after a stop: what was queued then is planned again. */
  start(): void {
    this.#started = true
    this.#wakeTimer.start()
    this.replanAll()
    this.tick()
  }

  pause(until: Instant | null): void {
    this.#pausedUntil = until
    this.tick()
  }

  isRunning(key: string): boolean {
    return this.#jobRunner.isRunning(key)
  }

  replanAll(): void {
    for (const id of this.#context.fleetState.managers.keys()) this.replan(managerKey(id))
    for (const id of this.#context.fleetState.profiles.keys()) this.replan(profileKey(id))
  }

  /** Plans the subject's next attempt again; one that is queued or running is planned when it ends. */
  replan(key: string): void {
    this.#tokenBucket.expect(key, renewalInterval(this.#context, subjectOf(key)))
    if (!this.#started || this.#jobRunner.has(key)) return
    const planned = this.planned(key)
    this.#dueQueue.plan(key, planned === null ? null : planned.at)
    if (planned !== null) this.#wakeTimer.within(planned.at - this.#context.serverClock.now())
  }

  /** null: nothing is planned. */
  planned(key: string): Planned | null {
    return planOf(this.#context, subjectOf(key))
  }

  /** See the job runner. */
  runNow(...request: Parameters<JobRunner['runNow']>): Promise<Attempt> {
    return this.#jobRunner.runNow(...request)
  }

  /** See the job runner. */
  cancelQueued(...queued: Parameters<JobRunner['cancelQueued']>): void {
    this.#jobRunner.cancelQueued(...queued)
  }

  /** Another process renews from now on. */
  leaveQueued(): void {
    this.#jobRunner.leaveQueued()
  }

  tick(): void {
    const context = this.#context
    if (context.stopping()) return
    const monotonic = context.parts.clock.monotonic()
    this.#turnedAt = monotonic
    this.#hooks.onTick()
    context.rateLimiter.pump()
    if (context.writeQueue.nextWake() <= monotonic) void context.writeQueue.retry()
    if (context.circuitBreaker.nextWake() <= monotonic) void context.circuitBreaker.confirmed()
    const now = context.serverClock.now()
    if (this.#pausedUntil !== null && this.#pausedUntil <= now) {
      this.#pausedUntil = null
      context.changed(null)
    }
    if (this.#renews()) {
      for (const key of this.#dueQueue.takeDue(now)) this.#jobRunner.enqueue(subjectOf(key))
    }
    if (this.#pausedUntil === null && context.renewsHere()) this.#jobRunner.beginUrgent()
    this.#jobRunner.pump()
    this.arm()
  }

  /** Sets the timer for whatever comes first. */
  arm(): void {
    const context = this.#context
    const monotonic = context.parts.clock.monotonic()
    const now = context.serverClock.now()
    this.#wakeTimer.within(
      Math.min(
        this.#renews() ? this.#dueQueue.next() - now : Number.POSITIVE_INFINITY,
        context.rateLimiter.nextWake() - monotonic,
        context.writeQueue.nextWake() - monotonic,
        context.circuitBreaker.nextWake() - monotonic,
        this.#jobRunner.nextWake() - monotonic,
        this.#hooks.alsoAt() - now,
        this.#pausedUntil === null ? Number.POSITIVE_INFINITY : this.#pausedUntil - now,
      ),
    )
  }

  /** Ticks no later than in `delay` ms. */
  wakeWithin(delay: number): void {
    this.#wakeTimer.within(delay)
  }

  /** Ticks no later than at `instant`, once it is started. */
  wakeAt(instant: Instant): void {
    if (this.#started) this.#wakeTimer.within(instant - this.#context.serverClock.now())
  }

  /** Nothing begins any more; resolves when running jobs have ended. */
  async stop(): Promise<void> {
    this.#wakeTimer.stop()
    await this.#jobRunner.stop()
  }

  #held(): boolean {
    const { circuitBreaker, writeQueue, stopping, renewsHere } = this.#context
    const isHeld = circuitBreaker.doubted || writeQueue.trouble !== null || this.#pausedUntil !== null
    return isHeld || stopping() || !renewsHere()
  }

  #renews(): boolean {
    return this.#started && this.#context.renewsHere()
  }
}
