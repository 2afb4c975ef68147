// The loop: what is due is begun, once at a time for each profile and token manager; one timer wakes it.
import { Agenda } from './agenda.ts'
import { Alarm } from './alarm.ts'
import { type Core, type Job, managerKey, profileKey } from './core.ts'
import { Dispatch, type Item } from './dispatch.ts'
import { askManagerExpiry, askProfileExpiry, unknownToken } from './inspect.ts'
import { clientLimit } from './ladder.ts'
import { attemptManager, managerAccess } from './manager-attempt.ts'
import type { Attempt, Instant, ManagerId, ProfileId, Subject, Trigger } from './model.ts'
import { Pace } from './pace.ts'
import { type Planned, plannedFor, plannedForManager } from './planned.ts'
import { LONGEST_WAIT, PACE_PATIENCE_SHARE } from './policy.ts'
import { attemptProfile } from './profile-attempt.ts'
import { routesOf } from './routes.ts'
import { dueAt, lifetimeOf } from './schedule.ts'

/** A job in line or running. `outcome` resolves with null when it ended without an attempt. */
interface Pending extends Job {
  trigger: Trigger
  running: boolean
  readonly outcome: Promise<Attempt | null>
  readonly end: (attempt: Attempt | null) => void
  readonly fail: (error: unknown) => void
}

export class Loop {
  readonly #core: Core
  readonly #agenda = new Agenda()
  readonly #alarm: Alarm
  readonly #pace: Pace
  readonly #dispatch: Dispatch
  readonly #pending = new Map<string, Pending>()
  readonly #intervals = new Map<string, number>()
  readonly #onWake: () => void
  #started = false
  #pausedUntil: Instant | null = null

  constructor(core: Core, onWake: () => void) {
    const { clock } = core.parts
    this.#core = core
    this.#alarm = new Alarm(clock, () => this.tick())
    this.#pace = new Pace(() => clock.monotonic())
    this.#onWake = onWake
    this.#dispatch = new Dispatch({
      monotonic: () => clock.monotonic(),
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

  start(): void {
    this.#started = true
    this.replanAll()
    this.tick()
  }

  pause(until: Instant | null): void {
    this.#pausedUntil = until
    this.tick()
  }

  /** In line or running. */
  isBusy(key: string): boolean {
    return this.#pending.get(key)?.running ?? false
  }

  /** Its token has come to its due time, whatever else stands in the way. */
  isDue(id: ProfileId): boolean {
    const { memory, settings, wall } = this.#core
    return dueAt(id, memory.profiles.get(id)?.pair ?? null, settings().refreshAt) <= wall.now()
  }

  replanAll(): void {
    for (const id of this.#core.memory.managers.keys()) this.replan(managerKey(id))
    for (const id of this.#core.memory.profiles.keys()) this.replan(profileKey(id))
  }

  /** Plans the subject's next attempt anew; one that is in line or running plans itself at its end. */
  replan(key: string): void {
    this.#expect(key)
    if (!this.#started || this.#pending.has(key)) return
    const planned = this.planned(key)
    this.#agenda.plan(key, planned === null ? null : planned.at)
    if (planned !== null) this.#alarm.within(planned.at - this.#core.wall.now())
  }

  /** null: nothing happens by itself. */
  planned(key: string): Planned | null {
    const { memory, wall } = this.#core
    const { refreshAt } = this.#core.settings()
    const subject = subjectOf(key)
    if (subject.kind === 'manager') {
      const manager = memory.managers.get(subject.managerId)
      return manager === undefined
        ? null
        : plannedForManager(manager, memory.managerTrack(manager.id), refreshAt)
    }
    const profile = memory.profiles.get(subject.profileId)
    if (profile === undefined) return null
    const ground = memory.ground(profile, wall.now())
    return plannedFor(profile, memory.track(profile.id), routesOf(profile, ground), ground, refreshAt)
  }

  /** Asked for from outside: to the front, whatever backoff says; joins what is running. */
  async byHand(subject: Subject, trigger: Trigger): Promise<Attempt> {
    if (this.#core.stopping()) throw new Error('the engine has stopped')
    const key = keyOf(subject)
    const known = this.#pending.get(key)
    if (known !== undefined) {
      known.byHand = true
      if (!known.running) {
        known.trigger = trigger
        this.#dispatch.add(this.#itemOf(known))
      }
    }
    const pending = known ?? this.#enqueue(subject, trigger, true)
    this.tick()
    const attempt = await pending.outcome
    return attempt ?? this.byHand(subject, trigger)
  }

  /** Tier 3 that a ladder waits for: it has a slot already, so it begins at once, or joins the one that runs. */
  async renewManager(managerId: ManagerId, trigger: Trigger, byHand: boolean): Promise<Attempt> {
    const subject: Subject = { kind: 'manager', managerId }
    const pending = this.#pending.get(keyOf(subject)) ?? this.#createPending(subject, trigger, byHand)
    if (!pending.running) void this.#run(pending, null)
    const attempt = await pending.outcome
    return attempt ?? this.renewManager(managerId, trigger, byHand)
  }

  tick(): void {
    const core = this.#core
    const monotonic = core.parts.clock.monotonic()
    if (core.stopping()) return
    this.#onWake()
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
        this.#pausedUntil === null ? Number.POSITIVE_INFINITY : this.#pausedUntil - now,
      ),
    )
  }

  /** Rings no later than in `delay` ms. */
  wakeWithin(delay: number): void {
    this.#alarm.within(delay)
  }

  /** Nothing begins any more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#alarm.stop()
    const running: Promise<unknown>[] = []
    for (const pending of this.#pending.values()) {
      if (pending.running) running.push(pending.outcome.catch(() => null))
      else pending.fail(new Error('the engine has stopped'))
    }
    await Promise.all(running)
  }

  #held(): boolean {
    const { presence, store, stopping } = this.#core
    return this.#pausedUntil !== null || presence.doubted || store.trouble !== null || stopping()
  }

  #enqueue(subject: Subject, trigger: Trigger | null, byHand: boolean): Pending {
    const pending = this.#createPending(subject, trigger ?? this.#trackOf(subject).trigger, byHand)
    this.#dispatch.add(this.#itemOf(pending))
    return pending
  }

  #createPending(subject: Subject, trigger: Trigger, byHand: boolean): Pending {
    const { promise, resolve, reject } = promiseParts<Attempt | null>()
    // Most jobs have nobody who waits for them.
    promise.catch(() => undefined)
    const key = keyOf(subject)
    const pending = {
      key,
      subject,
      trigger,
      byHand,
      running: false,
      outcome: promise,
      end: resolve,
      fail: reject,
    }
    this.#pending.set(key, pending)
    this.#agenda.plan(key, null)
    return pending
  }

  #itemOf({ key, subject, byHand }: Pending): Item {
    const { memory } = this.#core
    if (subject.kind === 'manager') {
      const expiresAt = memory.managers.get(subject.managerId)?.pair?.expiresAt ?? 0
      return { key, client: key, front: byHand, expiresAt, routineUntil: null }
    }
    const profile = memory.profiles.get(subject.profileId)
    const app = profile === undefined ? undefined : memory.serviceApps.get(profile.serviceAppId)
    return {
      key,
      client: app === undefined ? key : clientLimit(app.clientId),
      front: byHand,
      expiresAt: profile?.pair?.expiresAt ?? 0,
      routineUntil: byHand ? null : this.#routineUntil(subject.profileId),
    }
  }

  /** How long a renewal that is nobody's hurry may be put off; null when it is somebody's. */
  #routineUntil(id: ProfileId): number | null {
    const { memory, wall, parts, settings } = this.#core
    const track = memory.track(id)
    const pair = memory.profiles.get(id)?.pair ?? null
    const lifetime = pair === null ? null : lifetimeOf(pair)
    if (lifetime === null || track.failure !== null || track.trigger !== 'scheduled') return null
    const due = Math.max(dueAt(id, pair, settings().refreshAt), track.notBefore ?? Number.NEGATIVE_INFINITY)
    const patience = due + lifetime * PACE_PATIENCE_SHARE - wall.now()
    return patience <= 0 ? null : parts.clock.monotonic() + patience
  }

  #begin({ key, client, front }: Item): boolean {
    const pending = this.#pending.get(key)
    if (pending === undefined || pending.running || (pending.byHand && !front)) return false
    if (!pending.byHand && !this.#stillDue(key)) {
      this.#drop(pending)
      return false
    }
    void this.#run(pending, client)
    return true
  }

  #stillDue(key: string): boolean {
    const planned = this.planned(key)
    return planned !== null && planned.at <= this.#core.wall.now()
  }

  #drop(pending: Pending): void {
    this.#pending.delete(pending.key)
    pending.end(null)
    this.replan(pending.key)
  }

  /** `client`: whose slot it holds; null when the waiting ladder holds one. */
  async #run(pending: Pending, client: string | null): Promise<void> {
    pending.running = true
    this.#core.changed(pending.key)
    try {
      const attempt = await this.#attempt(pending)
      this.#pending.delete(pending.key)
      this.replan(pending.key)
      pending.end(attempt)
    } catch (error) {
      this.#pending.delete(pending.key)
      // Nothing was remembered of it, so it would be due again at once.
      if (this.planned(pending.key) !== null) {
        this.#agenda.plan(pending.key, this.#core.wall.now() + LONGEST_WAIT)
      }
      pending.fail(error)
    }
    this.#core.changed(pending.key)
    if (client !== null) this.#dispatch.ended(client)
    this.tick()
  }

  async #attempt(pending: Pending): Promise<Attempt | null> {
    const core = this.#core
    const { subject } = pending
    if (subject.kind === 'manager') {
      const { managerId } = subject
      const manager = core.memory.managers.get(managerId)
      const token = unknownToken(manager?.pair ?? null, core.memory.managerTrack(managerId).expiryAsked)
      if (manager !== undefined && token !== null && !pending.byHand) {
        await askManagerExpiry(core, manager, token)
        if (!pending.byHand) return null
      }
      return attemptManager(core, { ...pending, managerId })
    }
    const { profileId } = subject
    const profile = core.memory.profiles.get(profileId)
    const token = unknownToken(profile?.pair ?? null, core.memory.track(profileId).expiryAsked)
    const app = profile === undefined ? undefined : core.memory.serviceApps.get(profile.serviceAppId)
    if (app !== undefined && token !== null && !pending.byHand) {
      await askProfileExpiry(core, profileId, token, clientLimit(app.clientId))
      if (!pending.byHand) return null
    }
    const regularDue = this.planned(pending.key)?.regular ?? true
    return attemptProfile(
      core,
      (used) =>
        managerAccess(
          core,
          used,
          () => pending.byHand,
          (managerId) => this.renewManager(managerId, pending.trigger, pending.byHand),
        ),
      { ...pending, profileId },
      regularDue,
    )
  }

  #trackOf(subject: Subject): { readonly trigger: Trigger } {
    const { memory } = this.#core
    return subject.kind === 'profile'
      ? memory.track(subject.profileId)
      : memory.managerTrack(subject.managerId)
  }

  /** Tells the pace how often this profile comes due. */
  #expect(key: string): void {
    const subject = subjectOf(key)
    if (subject.kind === 'manager') return
    const pair = this.#core.memory.profiles.get(subject.profileId)?.pair ?? null
    const known = this.#intervals.get(key) ?? null
    const due =
      pair === null
        ? Number.NEGATIVE_INFINITY
        : dueAt(subject.profileId, pair, this.#core.settings().refreshAt)
    const interval = pair === null || due === Number.NEGATIVE_INFINITY ? null : due - pair.issuedAt
    if (interval === known) return
    if (known !== null) this.#pace.expect(known, -1)
    if (interval === null) {
      this.#intervals.delete(key)
      return
    }
    this.#intervals.set(key, interval)
    this.#pace.expect(interval, 1)
  }
}

export function keyOf(subject: Subject): string {
  return subject.kind === 'profile' ? profileKey(subject.profileId) : managerKey(subject.managerId)
}

export function subjectOf(key: string): Subject {
  const id = key.slice(2)
  return key.startsWith('p:') ? { kind: 'profile', profileId: id } : { kind: 'manager', managerId: id }
}

function promiseParts<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}
