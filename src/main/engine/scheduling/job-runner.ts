// The jobs in line and running: one at a time for each profile and token manager, begun when it is its turn.

import { LONGEST_WAIT } from '#base/common/wake-timer.ts'
import type { Asker } from '../domain/engine-api.ts'
import type { Attempt, Duration, Instant, ManagerId, Subject, Trigger } from '../domain/model.ts'
import type { RenewalReason } from '../domain/renewal-reason.ts'
import { planOf } from '../renewal/renewal-policy.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import type { Core } from '../runtime/engine-context.ts'
import { perform } from './job.ts'
import { itemOf } from './job-priority.ts'
import { type Asked, Jobs, keyOf, type Pending } from './job-table.ts'
import type { Pace } from './token-bucket.ts'
import { Dispatch, type Item } from './work-queue.ts'

export interface FlightParts {
  readonly core: Core
  readonly pace: Pace
  /** Nothing begins by itself at the moment. */
  readonly held: () => boolean
  /** Plans the next attempt anew. */
  readonly replan: (key: string) => void
  /** Puts the next attempt at this time, whatever the rules would say; null: it is in line already. */
  readonly planAt: (key: string, at: Instant | null) => void
  /** A slot is free, or somebody came into line. */
  readonly tick: () => void
}

const NO_PAIR = { pair: null }

export class Flight {
  readonly #core: Core
  readonly #parts: FlightParts
  readonly #jobs = new Jobs()
  readonly #dispatch: Dispatch

  constructor(parts: FlightParts) {
    const { core, pace, held } = parts
    this.#core = core
    this.#parts = parts
    this.#dispatch = new Dispatch({
      monotonic: () => core.parts.clock.monotonic(),
      concurrency: () => core.settings().concurrency,
      pace,
      held,
      closedFor: (client) => core.gate.opensIn(client),
      begin: (item) => this.#begin(item),
    })
  }

  has(key: string): boolean {
    return this.#jobs.has(key)
  }

  isRunning(key: string): boolean {
    return this.#jobs.get(key)?.running ?? false
  }

  /** Its time has come: to its place in line. */
  enqueue(subject: Subject): void {
    const { memory } = this.#core
    const track =
      subject.kind === 'profile' ? memory.track(subject.profileId) : memory.managerTrack(subject.managerId)
    this.#line(this.#create(subject, track.trigger, { byHand: false, askedIn: null, reason: null }))
  }

  /** To the front, whatever backoff says; joins what is in line or running. */
  async byHand(subject: Subject, trigger: Trigger, asker: Asker): Promise<Attempt> {
    if (this.#core.stopping()) throw new Error('the engine has stopped')
    const askedIn = asker === 'person' ? this.#core.presence.openings : null
    const asked = { byHand: true, askedIn, reason: requestReason(trigger, asker) }
    const known = this.#jobs.get(keyOf(subject))
    const job = known ?? this.#create(subject, trigger, asked)
    if (known === undefined) this.#line(job)
    else this.#bringForward(known, trigger, asked)
    this.#parts.tick()
    return (await job.outcome) ?? this.byHand(subject, trigger, asker)
  }

  /** The circuit is open: what waits in line and has its one attempt left goes to the front. */
  bringTrials(): void {
    const { memory, presence, wall } = this.#core
    const now = wall.now()
    for (const job of this.#jobs.all()) {
      const { running, byHand, isTrial, subject } = job
      if (running || byHand || isTrial) continue
      const { pair } =
        (subject.kind === 'profile'
          ? memory.profiles.get(subject.profileId)
          : memory.managers.get(subject.managerId)) ?? NO_PAIR
      if (!presence.mayTry(job, isUrgent(pair, now))) continue
      job.isTrial = true
      this.#dispatch.add({ ...itemOf(this.#core, job), front: true })
    }
  }

  /** Takes back what waits in line for one of these; what runs goes on. Whoever waits for it gets an error. */
  takeBack(keys: Iterable<string>): void {
    for (const key of keys) {
      const job = this.#jobs.get(key)
      if (job === undefined || job.running) continue
      this.#jobs.remove(key)
      job.fail(new Error('taken back before it began'))
      this.#parts.replan(key)
      this.#core.changed(key)
    }
  }

  /** Begins what may begin. */
  pump(): void {
    this.#dispatch.pump()
  }

  /** Monotonic ms at which a pump could begin something. */
  nextWake(): Duration {
    return this.#dispatch.nextWake()
  }

  /** What is in line fails; resolves when what runs has ended. */
  async stop(): Promise<void> {
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

  #create(subject: Subject, trigger: Trigger, asked: Asked): Pending {
    const job = this.#jobs.create(subject, trigger, asked)
    this.#parts.planAt(job.key, null)
    return job
  }

  #line(job: Pending): void {
    this.#dispatch.add(itemOf(this.#core, job))
  }

  #bringForward(job: Pending, trigger: Trigger, { askedIn, reason }: Asked): void {
    job.askedIn = askedIn ?? job.askedIn
    const inLine = !job.running && !job.byHand
    job.byHand = true
    if (!inLine) return
    job.trigger = trigger
    job.reason = reason
    this.#line(job)
  }

  #begin({ key, client, front }: Item): boolean {
    const job = this.#jobs.get(key)
    // An older place in line of a job that runs, has ended, or was moved to the front.
    if (job === undefined || job.running || (job.byHand && !front)) return false
    const planned = job.byHand ? null : planOf(this.#core, job.subject)
    if (!job.byHand && (planned === null || planned.at > this.#core.wall.now())) {
      this.#jobs.remove(key)
      job.end(null)
      this.#parts.replan(key)
      return false
    }
    if (planned !== null) job.reason = planned.reason
    void this.#run(job, client)
    return true
  }

  /** `client`: whose slot it holds; null when the ladder that waits for it holds one. */
  async #run(job: Pending, client: string | null): Promise<void> {
    const core = this.#core
    const { key, subject } = job
    job.running = true
    core.changed(key)
    try {
      const attempt = await perform(
        {
          core,
          regularDue: () => planOf(core, subject)?.regular ?? true,
          renewManager: (managerId, { name }) => this.#renewManager(managerId, job, name),
        },
        job,
      )
      this.#jobs.remove(key)
      this.#parts.replan(key)
      job.end(attempt)
    } catch (error) {
      this.#jobs.remove(key)
      // Nothing was remembered of it, so it would be due again at once.
      if (planOf(core, subject) !== null) this.#parts.planAt(key, core.wall.now() + LONGEST_WAIT)
      job.fail(error)
    }
    core.changed(key)
    if (client !== null) this.#dispatch.ended(client)
    this.#parts.tick()
  }

  /** Tier 3 that a ladder waits for: the ladder has a slot already, so it begins at once, or joins the one that runs. */
  async #renewManager(managerId: ManagerId, waiting: Pending, name: string): Promise<Attempt> {
    const subject: Subject = { kind: 'manager', managerId }
    const { byHand, askedIn } = waiting
    const job =
      this.#jobs.get(keyOf(subject)) ??
      this.#create(subject, waiting.trigger, { byHand, askedIn, reason: null })
    if (!job.running) {
      job.reason ??= this.#neededReason(subject, name)
      void this.#run(job, null)
    }
    return (await job.outcome) ?? this.#renewManager(managerId, waiting, name)
  }

  /** A token manager that is due by its own plan would be renewed without the ladder, too. */
  #neededReason(manager: Subject, name: string): RenewalReason {
    const planned = planOf(this.#core, manager)
    const isDue = planned !== null && planned.at <= this.#core.wall.now()
    return isDue ? planned.reason : { code: 'needed-by-service-app', name }
  }
}

function requestReason(trigger: Trigger, asker: Asker): RenewalReason {
  return { code: 'requested', by: trigger === 'unauthorized-seen' || trigger === 'added' ? trigger : asker }
}
