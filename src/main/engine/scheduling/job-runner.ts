// Job runner: at most one job for each profile and token manager, queued by priority and run when there is a slot.

import { LONGEST_WAIT } from '#base/common/timer.ts'
import { clientLimit } from '../attempts/tier-step.ts'
import type { Asker } from '../domain/engine-api.ts'
import type { Attempt, Duration, Instant, ManagerId, Subject, Trigger } from '../domain/model.ts'
import type { RenewalReason } from '../domain/renewal-reason.ts'
import { planOf, routineFor } from '../renewal/renewal-policy.ts'
import { tierPlanOf } from '../renewal/tier-plan.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import { mayStayUnsaved } from '../runtime/blocker.ts'
import { type EngineContext, type Job, subjectKey } from '../runtime/engine-context.ts'
import { type Asked, type PendingJob, pendingJob, perform } from './job.ts'
import type { TokenBucket } from './token-bucket.ts'
import { type WorkItem, WorkQueue } from './work-queue.ts'

export interface JobRunnerDependencies {
  readonly context: EngineContext
  readonly tokenBucket: TokenBucket
  /** Nothing but what a person asked for begins at the moment. */
  readonly held: () => boolean
  /** Plans the next attempt again. */
  readonly replan: (key: string) => void
  /** Plans the next attempt at this time, whatever the rules would say; null: it is queued already. */
  readonly planAt: (key: string, at: Instant | null) => void
  /** A slot is free, or a job was queued. */
  readonly tick: () => void
}

export class JobRunner {
  readonly #context: EngineContext
  readonly #parts: JobRunnerDependencies
  /** By key: queued or running. */
  readonly #jobs = new Map<string, PendingJob>()
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
      // A job that was moved to the front has an older entry in the queue; a cancelled one may have left one.
      begin: ({ key, client, front }) => front === this.#isManual(key) && this.#begin(key, client),
    })
  }

  has(key: string): boolean {
    return this.#jobs.has(key)
  }

  isRunning(key: string): boolean {
    return this.#jobs.get(key)?.running ?? false
  }

  /** Queues a job that is due by its own plan. */
  enqueue(subject: Subject): void {
    const { trigger } = this.#context.fleetState.stateOf(subject)
    this.#enqueueJob(this.#create(subject, trigger, NOT_ASKED))
  }

  /**
   * Queues at the front, whatever backoff says; joins a job that is queued or running. `given`: why, where it is no refresh;
   * `isForAnother`: another process has requested it of this one.
   */
  async runNow(
    subject: Subject,
    trigger: Trigger,
    asker: Asker,
    given: RenewalReason | null = null,
    isForAnother = false,
  ): Promise<Attempt> {
    const { stopping, renewsHere, parts } = this.#context
    if (stopping()) throw new Error('the engine has stopped')
    if (parts.elsewhere !== undefined && !renewsHere())
      return parts.elsewhere.attempt({ subject, trigger, drill: given?.code === 'drill', asker })
    const askedIn = asker === 'person' ? this.#context.circuitBreaker.round : null
    const reason = given ?? requestReason(trigger, asker)
    const asked = { manual: true, askedIn, reason, isAskedHere: !isForAnother }
    const known = this.#jobs.get(subjectKey(subject))
    const job = known ?? this.#create(subject, trigger, asked)
    const isToBeQueued = known === undefined || (!known.running && !known.manual)
    if (known !== undefined) this.#markManual(known, trigger, asked)
    if (isToBeQueued) this.#enqueueJob(job)
    this.#parts.tick()
    return (await job.outcome) ?? this.runNow(subject, trigger, asker, given, isForAnother)
  }

  /**
   * What begins although the circuit is open or the store cannot be written: the earliest expiry first, one at a time
   * while the circuit is open. It takes no slot, which a person's attempt may need.
   */
  beginUrgent(): void {
    const { circuitBreaker, writeQueue, rateLimiter, settings } = this.#context
    if (!circuitBreaker.doubted && writeQueue.trouble === null) return
    const all = [...this.#jobs.values()]
    const running = all.filter((job) => job.running && !job.manual).length
    let free = (circuitBreaker.doubted ? 1 : settings().concurrency) - running
    if (free <= 0) return
    const candidates = all.filter((job) => this.#isUrgent(job)).map((job) => workItemOf(this.#context, job))
    for (const { key, client } of candidates.toSorted((a, b) => a.expiresAt - b.expiresAt)) {
      if (free <= 0) return
      if (rateLimiter.opensIn(client) === 0 && this.#begin(key, null)) free -= 1
    }
  }

  #isUrgent(job: PendingJob): boolean {
    const { fleetState, circuitBreaker, serverClock, writeQueue } = this.#context
    const { running, manual, subject } = job
    if (running || manual) return false
    const now = serverClock.now()
    const pair = fleetState.record(subject)?.pair ?? null
    if (!circuitBreaker.mayTry(job, isUrgent(pair, now))) return false
    const { trouble } = writeQueue
    if (trouble === null) return true
    return mayStayUnsaved(trouble.failure, pair, now) && isServedByTierTwo(this.#context, subject)
  }

  /**
   * Cancels the queued jobs of these, whose outcome rejects; running ones continue. `isForAnother`: another process has taken
   * its request back, so those that this one has requested as well stay.
   */
  cancelQueued(keys: Iterable<string>, isForAnother = false): void {
    for (const key of keys) {
      const job = this.#jobs.get(key)
      if (job === undefined || job.running || (isForAnother && job.isAskedHere)) continue
      this.#jobs.delete(key)
      job.fail(new Error('cancelled before it began'))
      this.#parts.replan(key)
      this.#context.changed(key)
    }
  }

  /** What has not begun is left to the process that renews from now on: requests go there. */
  leaveQueued(): void {
    for (const job of [...this.#jobs.values()]) {
      if (job.running) continue
      this.#jobs.delete(job.key)
      job.end(null)
      this.#parts.replan(job.key)
      this.#context.changed(job.key)
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

  /** Queued jobs fail; resolves when the running ones have ended. */
  async stop(): Promise<void> {
    const running: Promise<unknown>[] = []
    for (const job of this.#jobs.values()) {
      if (job.running) {
        running.push(job.outcome.catch(() => null))
        continue
      }
      this.#jobs.delete(job.key)
      job.fail(new Error('the engine has stopped'))
    }
    await Promise.all(running)
  }

  #create(subject: Subject, trigger: Trigger, asked: Asked): PendingJob {
    const job = pendingJob(subject, trigger, asked)
    this.#jobs.set(job.key, job)
    this.#parts.planAt(job.key, null)
    return job
  }

  #isManual(key: string): boolean {
    return this.#jobs.get(key)?.manual ?? false
  }

  #enqueueJob(job: PendingJob): void {
    this.#workQueue.add(workItemOf(this.#context, job))
  }

  /** A queued or running job was requested. */
  #markManual(job: PendingJob, trigger: Trigger, asked: Asked): void {
    // While Webex is only asked when the token ends, the attempt itself has not begun.
    if ((!job.running || job.asksEnd) && !job.manual) {
      job.trigger = trigger
      job.reason = asked.reason
    }
    const { askedIn } = asked
    job.askedIn = askedIn ?? job.askedIn
    job.isAskedHere ||= asked.isAskedHere
    job.manual = true
    if (job.tierThree !== null) this.#markManual(job.tierThree, trigger, asked)
  }

  /** `client`: whose slot it takes; null: none. */
  #begin(key: string, client: string | null): boolean {
    const job = this.#jobs.get(key)
    if (job === undefined || job.running) return false
    const planned = job.manual ? null : planOf(this.#context, job.subject)
    if (!job.manual && (planned === null || planned.at > this.#context.serverClock.now())) {
      this.#jobs.delete(key)
      job.end(null)
      this.#parts.replan(key)
      return false
    }
    // What begins although it should wait has no time for a drill.
    if (planned !== null) job.reason = client === null ? withoutDrill(planned.reason) : planned.reason
    void this.#run(job, client)
    return true
  }

  /** `client`: whose slot it holds; null: none, or the job that waits for it holds one. */
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
      this.#jobs.delete(key)
      this.#parts.replan(key)
      // Nothing was sent, since another process renews from now on: a request goes there. Tier 3 is waited for by its profile.
      const isLeft = !context.renewsHere() && attempt?.calls.length === 0 && subject.kind === 'profile'
      job.end(isLeft ? null : attempt)
    } catch (error) {
      this.#jobs.delete(key)
      // It left nothing in the subject state, so it would be due again at once.
      if (planOf(context, subject) !== null) this.#parts.planAt(key, context.serverClock.now() + LONGEST_WAIT)
      job.fail(error)
    }
    context.changed(key)
    if (client !== null) this.#workQueue.ended(client)
    this.#parts.tick()
  }

  /** Tier 3 that a job waits for, which has a slot already: it begins at once, or joins the one that runs. */
  async #renewManager(managerId: ManagerId, waiting: PendingJob, name: string): Promise<Attempt> {
    const subject: Subject = { kind: 'manager', managerId }
    const known = this.#jobs.get(subjectKey(subject))
    const { manual, trigger, askedIn, isAskedHere } = waiting
    const asked = { manual, askedIn, isAskedHere }
    if (known !== undefined && manual) this.#markManual(known, trigger, { ...asked, reason: known.reason })
    const job = known ?? this.#create(subject, trigger, { ...asked, reason: null })
    waiting.tierThree = job
    if (!job.running) {
      const { reason } = waiting
      job.reason ??= reason?.code === 'drill' ? { ...reason, share: null } : this.#neededReason(subject, name)
      void this.#run(job, null)
    }
    const attempt = await job.outcome
    waiting.tierThree = null
    return attempt ?? this.#renewManager(managerId, waiting, name)
  }

  /** A token manager that is due by its own plan would be renewed without the service app, too. */
  #neededReason(manager: Subject, name: string): RenewalReason {
    const planned = planOf(this.#context, manager)
    const isDue = planned !== null && planned.at <= this.#context.serverClock.now()
    return isDue ? planned.reason : { code: 'needed-by-service-app', name }
  }
}

const NOT_ASKED: Asked = { manual: false, askedIn: null, reason: null, isAskedHere: false }

function withoutDrill(reason: RenewalReason): RenewalReason {
  if (reason.code !== 'drill' || reason.share === null) return reason
  return { code: 'lifetime-share', share: reason.share }
}

function requestReason(trigger: Trigger, asker: Asker): RenewalReason {
  return { code: 'requested', by: trigger === 'unauthorized-seen' || trigger === 'added' ? trigger : asker }
}

/** Its place in the queue: whose slots it shares, and how it compares with others. */
function workItemOf(context: EngineContext, { key, subject, manual }: Job): WorkItem {
  const { fleetState } = context
  if (subject.kind === 'manager') {
    const expiresAt = fleetState.managers.get(subject.managerId)?.pair?.expiresAt ?? 0
    return { key, client: key, front: manual, expiresAt, routineUntil: null }
  }
  const profile = fleetState.profiles.get(subject.profileId)
  const patience = manual ? null : routineFor(context, subject.profileId)
  const app = profile === undefined ? undefined : fleetState.serviceApps.get(profile.serviceAppId)
  return {
    key,
    client: app === undefined ? key : clientLimit(app.clientId),
    front: manual,
    expiresAt: profile?.pair?.expiresAt ?? 0,
    routineUntil: patience === null ? null : context.parts.clock.monotonic() + patience,
  }
}

/** Tier 2 can be tried now, without tier 3 before it. */
function isServedByTierTwo({ fleetState, serverClock }: EngineContext, subject: Subject): boolean {
  const profile = subject.kind === 'profile' ? fleetState.profiles.get(subject.profileId) : undefined
  if (profile === undefined) return false
  const now = serverClock.now()
  const tierInputs = fleetState.tierInputs(profile, now)
  return tierInputs.manager.kind === 'ready' && tierPlanOf(profile, tierInputs).tierTwoFrom <= now
}
