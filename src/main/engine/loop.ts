// The loop: what is due is begun, once at a time for each profile and token manager; one timer wakes it.
import { Agenda } from './agenda.ts'
import { Alarm } from './alarm.ts'
import { type Core, managerKey, profileKey } from './core.ts'
import { Dispatch, type Item } from './dispatch.ts'
import { itemOf } from './item.ts'
import { Jobs, keyOf, type Pending, subjectOf } from './jobs.ts'
import type { Attempt, Instant, ManagerId, Subject, Trigger } from './model.ts'
import { Pace } from './pace.ts'
import { type Planned, planOf, renewalInterval } from './planned.ts'
import { LONGEST_WAIT } from './policy.ts'
import { perform } from './work.ts'

export interface LoopHooks {
  /** Runs at every tick, first. */
  readonly onTick: () => void
  /** Wall clock of something else that needs a tick; Infinity for nothing. */
  readonly alsoAt: () => Instant
}

export class Loop {
  readonly #core: Core
  readonly #agenda = new Agenda()
  readonly #jobs = new Jobs()
  readonly #alarm: Alarm
  readonly #pace: Pace
  readonly #dispatch: Dispatch
  readonly #hooks: LoopHooks
  #started = false
  #pausedUntil: Instant | null = null

  constructor(core: Core, hooks: LoopHooks) {
    const { clock } = core.parts
    const monotonic = () => clock.monotonic()
    this.#core = core
    this.#hooks = hooks
    this.#alarm = new Alarm(clock, () => this.tick())
    this.#pace = new Pace(monotonic)
    this.#dispatch = new Dispatch({
      monotonic,
      concurrency: () => core.settings().concurrency,
      pace: this.#pace,
      held: () => this.#held(),
      closedFor: (client) => core.gate.opensIn(client),
      begin: (item) => this.#begin(item),
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
    return this.#jobs.get(key)?.running ?? false
  }

  replanAll(): void {
    for (const id of this.#core.memory.managers.keys()) this.replan(managerKey(id))
    for (const id of this.#core.memory.profiles.keys()) this.replan(profileKey(id))
  }

  /** Plans the subject's next attempt anew; one that is in line or running is planned at its end. */
  replan(key: string): void {
    this.#pace.expect(key, renewalInterval(this.#core, subjectOf(key)))
    if (!this.#started || this.#jobs.has(key)) return
    const planned = this.planned(key)
    this.#agenda.plan(key, planned === null ? null : planned.at)
    if (planned !== null) this.#alarm.within(planned.at - this.#core.wall.now())
  }

  /** null: nothing happens by itself. */
  planned(key: string): Planned | null {
    return planOf(this.#core, subjectOf(key))
  }

  /** Asked for from outside: to the front, whatever backoff says; joins what is in line or running. */
  async byHand(subject: Subject, trigger: Trigger): Promise<Attempt> {
    if (this.#core.stopping()) throw new Error('the engine has stopped')
    const known = this.#jobs.get(keyOf(subject))
    if (known !== undefined) {
      const inLine = !known.running && !known.byHand
      known.byHand = true
      if (inLine) {
        known.trigger = trigger
        this.#dispatch.add(itemOf(this.#core, known))
      }
    }
    const job = known ?? this.#enqueue(subject, trigger, true)
    this.tick()
    return (await job.outcome) ?? this.byHand(subject, trigger)
  }

  /** Takes back what waits in line for one of these; what runs goes on. Whoever waits for it gets an error. */
  takeBack(keys: Iterable<string>): void {
    for (const key of keys) {
      const job = this.#jobs.get(key)
      if (job === undefined || job.running) continue
      this.#jobs.remove(key)
      job.fail(new Error('taken back before it began'))
      this.replan(key)
      this.#core.changed(key)
    }
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
      for (const key of this.#agenda.takeDue(now)) this.#enqueue(subjectOf(key), null, false)
    }
    this.#dispatch.pump()
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
        this.#dispatch.nextWake() - monotonic,
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
    const running: Promise<unknown>[] = []
    for (const job of this.#jobs.all()) {
      if (job.running) {
        running.push(job.outcome.catch(() => null))
        continue
      }
      this.#jobs.remove(job.key)
      job.fail(new Error('the engine has stopped'))
    }
    await Promise.all(running)
  }

  #held(): boolean {
    const { presence, store, stopping } = this.#core
    return this.#pausedUntil !== null || presence.doubted || store.trouble !== null || stopping()
  }

  #enqueue(subject: Subject, trigger: Trigger | null, byHand: boolean): Pending {
    const { memory } = this.#core
    const track =
      subject.kind === 'profile' ? memory.track(subject.profileId) : memory.managerTrack(subject.managerId)
    const job = this.#create(subject, trigger ?? track.trigger, byHand)
    this.#dispatch.add(itemOf(this.#core, job))
    return job
  }

  #create(subject: Subject, trigger: Trigger, byHand: boolean): Pending {
    const job = this.#jobs.create(subject, trigger, byHand)
    this.#agenda.plan(job.key, null)
    return job
  }

  #begin({ key, client, front }: Item): boolean {
    const job = this.#jobs.get(key)
    // An older place in line of a job that runs, has ended, or was moved to the front.
    if (job === undefined || job.running || (job.byHand && !front)) return false
    const planned = job.byHand ? null : this.planned(key)
    if (!job.byHand && (planned === null || planned.at > this.#core.wall.now())) {
      this.#jobs.remove(key)
      job.end(null)
      this.replan(key)
      return false
    }
    void this.#run(job, client)
    return true
  }

  /** `client`: whose slot it holds; null when the ladder that waits for it holds one. */
  async #run(job: Pending, client: string | null): Promise<void> {
    const core = this.#core
    const { key } = job
    job.running = true
    core.changed(key)
    try {
      const attempt = await perform(
        {
          core,
          regularDue: () => this.planned(key)?.regular ?? true,
          renewManager: (managerId) => this.#renewManager(managerId, job),
        },
        job,
      )
      this.#jobs.remove(key)
      this.replan(key)
      job.end(attempt)
    } catch (error) {
      this.#jobs.remove(key)
      // Nothing was remembered of it, so it would be due again at once.
      if (this.planned(key) !== null) this.#agenda.plan(key, core.wall.now() + LONGEST_WAIT)
      job.fail(error)
    }
    core.changed(key)
    if (client !== null) this.#dispatch.ended(client)
    this.tick()
  }

  /** Tier 3 that a ladder waits for: the ladder has a slot already, so it begins at once, or joins the one that runs. */
  async #renewManager(managerId: ManagerId, waiting: Pending): Promise<Attempt> {
    const subject: Subject = { kind: 'manager', managerId }
    const job = this.#jobs.get(keyOf(subject)) ?? this.#create(subject, waiting.trigger, waiting.byHand)
    if (!job.running) void this.#run(job, null)
    return (await job.outcome) ?? this.#renewManager(managerId, waiting)
  }
}
