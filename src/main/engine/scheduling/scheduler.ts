// Scheduler: when is something due, and one timer that wakes it. What is due goes to the job runner.

import { Alarm } from '#base/common/wake-timer.ts'
import type { Asker } from '../domain/engine-api.ts'
import type { Attempt, Instant, Subject, Trigger } from '../domain/model.ts'
import { type Planned, planOf, renewalInterval } from '../renewal/renewal-policy.ts'
import { type Core, managerKey, profileKey } from '../runtime/engine-context.ts'
import { Agenda } from './due-queue.ts'
import { Flight } from './job-runner.ts'
import { subjectOf } from './job-table.ts'
import { Pace } from './token-bucket.ts'

export interface LoopHooks {
  /** Runs at every tick, first. */
  readonly onTick: () => void
  /** Wall clock of something else that needs a tick; Infinity for nothing. */
  readonly alsoAt: () => Instant
}

export class Loop {
  readonly #core: Core
  readonly #agenda = new Agenda()
  readonly #alarm: Alarm
  readonly #pace: Pace
  readonly #flight: Flight
  readonly #hooks: LoopHooks
  #started = false
  #pausedUntil: Instant | null = null

  constructor(core: Core, hooks: LoopHooks) {
    const { clock } = core.parts
    this.#core = core
    this.#hooks = hooks
    this.#alarm = new Alarm(clock, () => this.tick())
    this.#pace = new Pace(() => clock.monotonic())
    this.#flight = new Flight({
      core,
      pace: this.#pace,
      held: () => this.#held(),
      replan: (key) => this.replan(key),
      planAt: (key, at) => this.#agenda.plan(key, at),
      tick: () => this.tick(),
    })
  }

  get pausedUntil(): Instant | null {
    return this.#pausedUntil
  }

  get started(): boolean {
    return this.#started
  }

  /** Also after a stop: what was in line then is planned anew. */
  start(): void {
    this.#started = true
    this.#alarm.start()
    this.replanAll()
    this.tick()
  }

  pause(until: Instant | null): void {
    this.#pausedUntil = until
    this.tick()
  }

  isRunning(key: string): boolean {
    return this.#flight.isRunning(key)
  }

  replanAll(): void {
    for (const id of this.#core.memory.managers.keys()) this.replan(managerKey(id))
    for (const id of this.#core.memory.profiles.keys()) this.replan(profileKey(id))
  }

  /** Plans the subject's next attempt anew; one that is in line or running is planned at its end. */
  replan(key: string): void {
    this.#pace.expect(key, renewalInterval(this.#core, subjectOf(key)))
    if (!this.#started || this.#flight.has(key)) return
    const planned = this.planned(key)
    this.#agenda.plan(key, planned === null ? null : planned.at)
    if (planned !== null) this.#alarm.within(planned.at - this.#core.wall.now())
  }

  /** null: nothing happens by itself. */
  planned(key: string): Planned | null {
    return planOf(this.#core, subjectOf(key))
  }

  /** Asked for from outside: to the front, whatever backoff says; joins what is in line or running. */
  byHand(subject: Subject, trigger: Trigger, asker: Asker): Promise<Attempt> {
    return this.#flight.byHand(subject, trigger, asker)
  }

  /** Takes back what waits in line for one of these; what runs goes on. Whoever waits for it gets an error. */
  takeBack(keys: Iterable<string>): void {
    this.#flight.takeBack(keys)
  }

  tick(): void {
    const core = this.#core
    if (core.stopping()) return
    const monotonic = core.parts.clock.monotonic()
    this.#hooks.onTick()
    core.gate.pump()
    if (core.store.nextWake() <= monotonic) void core.store.retry()
    if (core.presence.nextWake() <= monotonic) void core.presence.confirmed()
    const now = core.wall.now()
    if (this.#pausedUntil !== null && this.#pausedUntil <= now) {
      this.#pausedUntil = null
      core.changed(null)
    }
    if (this.#started) {
      for (const key of this.#agenda.takeDue(now)) this.#flight.enqueue(subjectOf(key))
    }
    if (core.presence.doubted && !this.#heldByOther()) this.#flight.beginTrial()
    this.#flight.pump()
    this.arm()
  }

  /** Sets the timer for whatever comes first. */
  arm(): void {
    const core = this.#core
    const monotonic = core.parts.clock.monotonic()
    const now = core.wall.now()
    this.#alarm.within(
      Math.min(
        this.#started ? this.#agenda.next() - now : Number.POSITIVE_INFINITY,
        core.gate.nextWake() - monotonic,
        core.store.nextWake() - monotonic,
        core.presence.nextWake() - monotonic,
        this.#flight.nextWake() - monotonic,
        this.#hooks.alsoAt() - now,
        this.#pausedUntil === null ? Number.POSITIVE_INFINITY : this.#pausedUntil - now,
      ),
    )
  }

  /** Rings no later than in `delay` ms. */
  wakeWithin(delay: number): void {
    this.#alarm.within(delay)
  }

  /** Rings no later than at `instant`, once the loop runs. */
  wakeAt(instant: Instant): void {
    if (this.#started) this.#alarm.within(instant - this.#core.wall.now())
  }

  /** Nothing begins any more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#alarm.stop()
    await this.#flight.stop()
  }

  #held(): boolean {
    return this.#core.presence.doubted || this.#heldByOther()
  }

  /** By something else than the open circuit. */
  #heldByOther(): boolean {
    const { store, stopping } = this.#core
    return this.#pausedUntil !== null || store.trouble !== null || stopping()
  }
}
