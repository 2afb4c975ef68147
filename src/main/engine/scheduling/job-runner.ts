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
import { Dispatch } from './work-queue.ts'

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
      // A job that was moved to the front has an older place in line.
      begin: ({ key, client, front }) => (front || !this.#isByHand(key)) && this.#begin(key, client),
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
    const askedIn = asker === 'person' ? this.#core.presence.round : null
    const asked = { byHand: true, askedIn, reason: requestReason(trigger, asker) }
    const known = this.#jobs.get(keyOf(subject))
    const job = known ?? this.#create(subject, trigger, asked)
    const isToBeLined = known === undefined || (!known.running && !known.byHand)
    if (known !== undefined) this.#markByHand(known, trigger, asked)
    if (isToBeLined) this.#line(job)
    this.#parts.tick()
    return (await job.outcome) ?? this.byHand(subject, trigger, asker)
  }

  /**
   * The circuit is open: of what waits in line and has its one attempt left, the earliest expiry begins, one at a time.
   * It takes no slot, which a person's attempt may need.
   */
  beginTrial(): void {
    const all = this.#jobs.all()
    if (all.some(({ running, byHand }) => running && !byHand)) return
    const candidates = all.filter((job) => this.#isTrial(job)).map((job) => itemOf(this.#core, job))
    for (const { key, client } of candidates.toSorted((a, b) => a.expiresAt - b.expiresAt)) {
      if (this.#core.gate.opensIn(client) === 0 && this.#begin(key, null)) return
    }
  }

  #isTrial(job: Pending): boolean {
    const { memory, presence, wall } = this.#core
    const { running, byHand, subject } = job
    if (running || byHand) return false
    const { pair } =
      (subject.kind === 'profile'
        ? memory.profiles.get(subject.profileId)
        : memory.managers.get(subject.managerId)) ?? NO_PAIR
    return presence.mayTry(job, isUrgent(pair, wall.now()))
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

  #isByHand(key: string): boolean {
    return this.#jobs.get(key)?.byHand ?? false
  }

  #line(job: Pending): void {
    this.#dispatch.add(itemOf(this.#core, job))
  }

  /** Somebody asked for a job that is in line or running. */
  #markByHand(job: Pending, trigger: Trigger, asked: Asked): void {
    if (!job.running && !job.byHand) {
      job.trigger = trigger
      job.reason = asked.reason
    }
    const { askedIn } = asked
    job.askedIn = askedIn ?? job.askedIn
    job.byHand = true
    if (job.tierThree !== null) this.#markByHand(job.tierThree, trigger, asked)
  }

  /** `client`: whose slot it takes; null: none. */
  #begin(key: string, client: string | null): boolean {
    const job = this.#jobs.get(key)
    if (job === undefined || job.running) return false
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

  /** `client`: whose slot it holds; null: none, or the ladder that waits for it holds one. */
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
    const known = this.#jobs.get(keyOf(subject))
    const { byHand, trigger, askedIn } = waiting
    if (known !== undefined && byHand)
      this.#markByHand(known, trigger, { byHand, askedIn, reason: known.reason })
    const job = known ?? this.#create(subject, trigger, { byHand, askedIn, reason: null })
    waiting.tierThree = job
    if (!job.running) {
      job.reason ??= this.#neededReason(subject, name)
      void this.#run(job, null)
    }
    const attempt = await job.outcome
    waiting.tierThree = null
    return attempt ?? this.#renewManager(managerId, waiting, name)
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
