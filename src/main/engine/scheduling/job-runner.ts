// The jobs in line and running: one at a time for each profile and token manager, begun when it is its turn.

import { LONGEST_WAIT } from '#base/common/timer.ts'
import type { Asker } from '../domain/engine-api.ts'
import type { Attempt, Duration, Instant, ManagerId, Subject, Trigger } from '../domain/model.ts'
import type { RenewalReason } from '../domain/renewal-reason.ts'
import { planOf } from '../renewal/renewal-policy.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import type { EngineContext } from '../runtime/engine-context.ts'
import { perform } from './job.ts'
import { workItemOf } from './job-priority.ts'
import { type Asked, JobTable, keyOf, type PendingJob } from './job-table.ts'
import type { TokenBucket } from './token-bucket.ts'
import { WorkQueue } from './work-queue.ts'

export interface JobRunnerDependencies {
  readonly context: EngineContext
  readonly tokenBucket: TokenBucket
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

export class JobRunner {
  readonly #context: EngineContext
  readonly #parts: JobRunnerDependencies
  readonly #jobs = new JobTable()
  readonly #workQueue: WorkQueue

  constructor(parts: JobRunnerDependencies) {
    const { context, tokenBucket, held } = parts
    this.#context = context
    this.#parts = parts
    this.#workQueue = new WorkQueue({
      monotonic: () => context.parts.clock.monotonic(),
      concurrency: () => context.settings().concurrency,
      tokenBucket,
      held,
      closedFor: (client) => context.rateLimiter.opensIn(client),
      // A job that was moved to the front has an older place in line; one that was taken back may have left one.
      begin: ({ key, client, front }) => front === this.#isByHand(key) && this.#begin(key, client),
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
    const { fleetState } = this.#context
    const subjectState =
      subject.kind === 'profile'
        ? fleetState.subjectState(subject.profileId)
        : fleetState.managerSubjectState(subject.managerId)
    this.#enqueueJob(
      this.#create(subject, subjectState.trigger, { manual: false, askedIn: null, reason: null }),
    )
  }

  /** To the front, whatever backoff says; joins what is in line or running. */
  async runNow(subject: Subject, trigger: Trigger, asker: Asker): Promise<Attempt> {
    if (this.#context.stopping()) throw new Error('the engine has stopped')
    const askedIn = asker === 'person' ? this.#context.circuitBreaker.round : null
    const asked = { manual: true, askedIn, reason: requestReason(trigger, asker) }
    const known = this.#jobs.get(keyOf(subject))
    const job = known ?? this.#create(subject, trigger, asked)
    const isToBeLined = known === undefined || (!known.running && !known.manual)
    if (known !== undefined) this.#markByHand(known, trigger, asked)
    if (isToBeLined) this.#enqueueJob(job)
    this.#parts.tick()
    return (await job.outcome) ?? this.runNow(subject, trigger, asker)
  }

  /**
   * The circuit is open: of what waits in line and has its one attempt left, the earliest expiry begins, one at a time.
   * It takes no slot, which a person's attempt may need.
   */
  beginTrial(): void {
    const all = this.#jobs.all()
    if (all.some(({ running, manual }) => running && !manual)) return
    const candidates = all.filter((job) => this.#isTrial(job)).map((job) => workItemOf(this.#context, job))
    for (const { key, client } of candidates.toSorted((a, b) => a.expiresAt - b.expiresAt)) {
      if (this.#context.rateLimiter.opensIn(client) === 0 && this.#begin(key, null)) return
    }
  }

  #isTrial(job: PendingJob): boolean {
    const { fleetState, circuitBreaker, serverClock } = this.#context
    const { running, manual, subject } = job
    if (running || manual) return false
    const { pair } =
      (subject.kind === 'profile'
        ? fleetState.profiles.get(subject.profileId)
        : fleetState.managers.get(subject.managerId)) ?? NO_PAIR
    return circuitBreaker.mayTry(job, isUrgent(pair, serverClock.now()))
  }

  /** Takes back what waits in line for one of these; what runs goes on. Whoever waits for it gets an error. */
  takeBack(keys: Iterable<string>): void {
    for (const key of keys) {
      const job = this.#jobs.get(key)
      if (job === undefined || job.running) continue
      this.#jobs.remove(key)
      job.fail(new Error('taken back before it began'))
      this.#parts.replan(key)
      this.#context.changed(key)
    }
  }

  /** Begins what may begin. */
  pump(): void {
    this.#workQueue.pump()
  }

  /** Monotonic ms at which a pump could begin something. */
  nextWake(): Duration {
    return this.#workQueue.nextWake()
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

  #create(subject: Subject, trigger: Trigger, asked: Asked): PendingJob {
    const job = this.#jobs.create(subject, trigger, asked)
    this.#parts.planAt(job.key, null)
    return job
  }

  #isByHand(key: string): boolean {
    return this.#jobs.get(key)?.manual ?? false
  }

  #enqueueJob(job: PendingJob): void {
    this.#workQueue.add(workItemOf(this.#context, job))
  }

  /** Somebody asked for a job that is in line or running. */
  #markByHand(job: PendingJob, trigger: Trigger, asked: Asked): void {
    // While Webex is only asked when the token ends, the attempt itself has not begun.
    if ((!job.running || job.asksEnd) && !job.manual) {
      job.trigger = trigger
      job.reason = asked.reason
    }
    const { askedIn } = asked
    job.askedIn = askedIn ?? job.askedIn
    job.manual = true
    if (job.tierThree !== null) this.#markByHand(job.tierThree, trigger, asked)
  }

  /** `client`: whose slot it takes; null: none. */
  #begin(key: string, client: string | null): boolean {
    const job = this.#jobs.get(key)
    if (job === undefined || job.running) return false
    const planned = job.manual ? null : planOf(this.#context, job.subject)
    if (!job.manual && (planned === null || planned.at > this.#context.serverClock.now())) {
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
  async #run(job: PendingJob, client: string | null): Promise<void> {
    const context = this.#context
    const { key, subject } = job
    job.running = true
    context.changed(key)
    try {
      const attempt = await perform(
        {
          context,
          regularDue: () => planOf(context, subject)?.regular ?? true,
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
      if (planOf(context, subject) !== null) this.#parts.planAt(key, context.serverClock.now() + LONGEST_WAIT)
      job.fail(error)
    }
    context.changed(key)
    if (client !== null) this.#workQueue.ended(client)
    this.#parts.tick()
  }

  /** Tier 3 that a ladder waits for: the ladder has a slot already, so it begins at once, or joins the one that runs. */
  async #renewManager(managerId: ManagerId, waiting: PendingJob, name: string): Promise<Attempt> {
    const subject: Subject = { kind: 'manager', managerId }
    const known = this.#jobs.get(keyOf(subject))
    const { manual, trigger, askedIn } = waiting
    if (known !== undefined && manual)
      this.#markByHand(known, trigger, { manual, askedIn, reason: known.reason })
    const job = known ?? this.#create(subject, trigger, { manual, askedIn, reason: null })
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
    const planned = planOf(this.#context, manager)
    const isDue = planned !== null && planned.at <= this.#context.serverClock.now()
    return isDue ? planned.reason : { code: 'needed-by-service-app', name }
  }
}

function requestReason(trigger: Trigger, asker: Asker): RenewalReason {
  return { code: 'requested', by: trigger === 'unauthorized-seen' || trigger === 'added' ? trigger : asker }
}
