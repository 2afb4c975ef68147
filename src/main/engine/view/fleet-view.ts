// Fleet view: everything as it is shown. Whatever a change does not concern is kept, so a change costs the same in a fleet
// of any size; only copying the list of views and what is affected by incidents grow with it.

import { orgKey } from '#base/common/webex-id.ts'
import type { Instant, Profile, ProfileId, TokenManager } from '../domain/model.ts'
import type { FleetView, ManagerView, ProfileView } from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import { plannedFor, whenFree } from '../renewal/renewal-policy.ts'
import { tierPlanOf } from '../renewal/tier-plan.ts'
import { standbyUntil } from '../renewal/tier-states.ts'
import { expiryWarningAt } from '../renewal/token-lifetime.ts'
import { blockerSentence, notWebex, storeBlocker } from '../runtime/blocker.ts'
import { type EngineContext, managerKey, profileKey } from '../runtime/engine-context.ts'
import { DueQueue } from '../scheduling/due-queue.ts'
import type { Scheduler } from '../scheduling/scheduler.ts'
import { type AffectedProfile, fleetIncident, type GeneralIncident, groupIncidents } from './incidents.ts'
import { managerIncidents, managerWarnings } from './manager-incidents.ts'
import { makeManagerView } from './manager-view.ts'
import { makeProfileView, type ProfileSnapshot } from './profile-view.ts'

function unsavedSentence({ reason, detail }: Failure<'store'>): string {
  if (reason === 'shared' && detail !== null)
    return `A new token is not in the shared vault yet. ${detail} Storing it is retried every few seconds.`
  return 'A new token is only in memory, because the data folder cannot be written. Storing it is retried every few seconds; do not quit before.'
}

/** Token managers are few, so all of them are made anew together. */
const MANAGERS = managerKey('')

/** What is shown of one profile, and its place in the fleet. */
interface Shown {
  readonly view: ProfileView
  readonly place: number
}

interface ManagerShown {
  readonly view: ManagerView
  readonly incidents: readonly GeneralIncident[]
  readonly until: Instant
}

export class FleetViewer {
  readonly #context: EngineContext
  readonly #scheduler: Scheduler
  #shown = new Map<ProfileId, Shown>()
  /** By place in the fleet. */
  readonly #affected = new Map<number, AffectedProfile>()
  #managers: readonly ManagerShown[] = []
  /** When time alone changes what is shown of each profile, and of the token managers. */
  #dueQueue = new DueQueue()
  /** Keys of what has to be made anew. */
  readonly #stale = new Set<string>()
  #allStale = true
  #last: FleetView | null = null
  /** Nothing has changed since `#last`. */
  #isCurrent = false

  constructor(context: EngineContext, scheduler: Scheduler) {
    this.#context = context
    this.#scheduler = scheduler
  }

  /** null: any of them may have changed, or there are others. The profiles of a token manager show its state. */
  changed(key: string | null): void {
    this.#isCurrent = false
    if (key === null || key.startsWith(MANAGERS)) this.#allStale = true
    else this.#stale.add(key)
  }

  /** When time alone changes what was last shown; Infinity while a change is announced already. */
  get until(): Instant {
    return this.#isCurrent ? this.#dueQueue.next() : Number.POSITIVE_INFINITY
  }

  /** Time alone changed it: what was made for a later time is still good. */
  timePassed(): void {
    this.#isCurrent = false
  }

  view(): FleetView {
    const now = this.#context.serverClock.now()
    if (this.#last !== null && this.#isCurrent && now < this.#dueQueue.next()) {
      // The clock may have been set back: what is shown was made for a later time.
      if (now >= this.#last.now) return { ...this.#last, now, clockSkew: this.#context.serverClock.skew }
      this.#allStale = true
    }
    this.#last = this.#makeView(now, this.#allStale ? null : this.#last)
    this.#isCurrent = true
    return this.#last
  }

  /** `last`: what was shown, of which everything that is not stale is kept; null: all of it is stale. */
  #makeView(now: Instant, last: FleetView | null): FleetView {
    const { fleetState, settings, serverClock } = this.#context
    const blocker = this.#blocker()
    const unsaved = this.#unsavedKeys()
    const before = this.#shown
    if (last === null) {
      this.#shown = new Map()
      this.#affected.clear()
      this.#dueQueue = new DueQueue()
      this.#stale.clear()
      for (const id of fleetState.profiles.keys()) this.#stale.add(profileKey(id))
      this.#stale.add(MANAGERS)
      this.#allStale = false
    }
    for (const key of this.#dueQueue.takeDue(now)) this.#stale.add(key)
    const areManagersStale = this.#stale.delete(MANAGERS)
    if (areManagersStale) this.#makeManagers(now, unsaved)
    const profiles = last === null ? [] : [...last.profiles]
    // While something blocks the whole fleet, its incident may change with anything.
    let areIncidentsStale = areManagersStale || blocker !== null
    for (const key of this.#stale) {
      const profile = fleetState.profiles.get(key.slice(2))
      const known = profile === undefined ? undefined : before.get(profile.id)
      const place = last === null ? profiles.length : known?.place
      if (profile === undefined || place === undefined) continue
      const snapshot = this.#makeProfile(profile, now, blocker, unsaved)
      // What looks the same stays the same object, so nothing is sent or drawn for it.
      const view = known !== undefined && isEqual(known.view, snapshot.view) ? known.view : snapshot.view
      profiles[place] = view
      this.#shown.set(profile.id, { view, place })
      this.#dueQueue.plan(key, snapshot.until)
      const affected = this.#affectedBy(profile, snapshot, now)
      const wasAffected = this.#affected.delete(place)
      if (affected !== null) this.#affected.set(place, affected)
      areIncidentsStale ||= wasAffected || affected !== null
    }
    this.#stale.clear()
    const incidents = () =>
      groupIncidents(
        [...this.#affected].sort(([a], [b]) => a - b).map(([, each]) => each),
        [...this.#fleetIncidents(blocker), ...this.#managers.flatMap(({ incidents }) => incidents)],
        settings().failedAttemptsBeforeAlert,
      )
    return {
      now,
      clockSkew: serverClock.skew,
      profiles,
      managers: this.#managers.map(({ view }) => view),
      incidents: last === null || areIncidentsStale ? incidents() : last.incidents,
      allPausedUntil: this.#pausedUntil,
    }
  }

  /** Another process renews whatever was paused here. */
  get #pausedUntil(): Instant | null {
    return this.#context.renewsHere() ? this.#scheduler.pausedUntil : null
  }

  #makeProfile(
    profile: Profile,
    now: Instant,
    blocker: Failure | null,
    unsaved: ReadonlySet<string>,
  ): ProfileSnapshot {
    const { fleetState, settings } = this.#context
    const key = profileKey(profile.id)
    const tierInputs = fleetState.tierInputs(profile, now)
    const tierPlan = tierPlanOf(profile, tierInputs)
    const subjectState = fleetState.subjectState(profile.id)
    const manager = fleetState.serving.servingOf(profile, tierInputs)
    return makeProfileView({
      profile,
      serviceApp: fleetState.serviceApps.get(profile.serviceAppId) ?? null,
      subjectState,
      tierInputs,
      tierPlan,
      planned: whenFree(
        plannedFor(profile, subjectState, tierPlan, tierInputs, settings().refreshAt),
        subjectState,
      ),
      busy: this.#scheduler.isRunning(key),
      allPaused: this.#pausedUntil !== null,
      blocker,
      managerSubjectState: manager === null ? null : fleetState.managerSubjectState(manager.id),
      standbyUntil: standbyUntil(tierInputs, subjectState, (id) => fleetState.managerSubjectState(id)),
      unsaved: unsaved.has(key),
      expiryWarning: settings().expiryWarning,
    })
  }

  #affectedBy(
    profile: Profile,
    { view, failure, tierTwo, secondNet }: ProfileSnapshot,
    now: Instant,
  ): AffectedProfile | null {
    const { fleetState, settings } = this.#context
    const subjectState = fleetState.subjectState(profile.id)
    const endsSoon = profile.pair === null ? null : expiryWarningAt(profile.pair, settings().expiryWarning)
    const endangered = endsSoon !== null && now >= endsSoon && view.nextRefresh === null
    const isCalm = failure === null && secondNet === null && view.state !== 'expired'
    if (isCalm && !endangered && view.refreshToken?.dead !== true) return null
    const failsSince = failure === null ? subjectState.uses[2]?.since : null
    return {
      profile,
      view,
      customer: orgKey(profile.targetOrgId),
      failure,
      since: fleetState.appStops.get(profile.serviceAppId)?.since ?? subjectState.since ?? failsSince ?? now,
      failedInARow: subjectState.failedInARow,
      endangered,
      tierTwo,
      secondNet,
    }
  }

  #makeManagers(now: Instant, unsaved: ReadonlySet<string>): void {
    const { managers } = this.#context.fleetState
    this.#managers = [...managers.values()].map((manager) => this.#makeManager(manager, now, unsaved))
    this.#dueQueue.plan(MANAGERS, Math.min(...this.#managers.map(({ until }) => until)))
  }

  #makeManager(manager: TokenManager, now: Instant, unsaved: ReadonlySet<string>): ManagerShown {
    const { fleetState, settings } = this.#context
    const key = managerKey(manager.id)
    const subjectState = fleetState.managerSubjectState(manager.id)
    const planned = this.#scheduler.planned(key)
    const standIn = fleetState.serving.standInOf(manager, now)
    const { view, failure } = makeManagerView({
      manager,
      standIn,
      subjectState,
      planned,
      busy: this.#scheduler.isRunning(key),
      unsaved: unsaved.has(key),
      now,
    })
    const dependents = () => fleetState.serving.dependentsOf(manager.id, now)
    const incidents = managerIncidents(
      { manager, view, failure, subjectState, now, dependents, standIn },
      settings().failedAttemptsBeforeAlert,
    )
    const { pair } = manager
    const fallback = fleetState.managers.get(manager.fallbackId ?? '')
    const changes = [
      ...[pair, fallback?.pair].flatMap((one) => [one?.expiresAt, one?.refresh?.expiresAt]),
      planned?.at,
      subjectState.retryAt,
      fallback === undefined ? null : fleetState.managerSubjectState(fallback.id).retryAt,
    ]
    const until = [...changes, ...managerWarnings(manager)].filter(
      (at): at is Instant => at != null && at > now,
    )
    return { view, incidents, until: Math.min(...until) }
  }

  /** What keeps everything from being renewed. */
  #blocker(): Failure | null {
    const { writeQueue, circuitBreaker } = this.#context
    if (writeQueue.trouble !== null) return storeBlocker(writeQueue.trouble.failure)
    return circuitBreaker.missingSince === null ? null : notWebex(circuitBreaker)
  }

  #fleetIncidents(blocker: Failure | null): readonly GeneralIncident[] {
    if (blocker === null) return []
    const { writeQueue, circuitBreaker, serverClock } = this.#context
    const since = writeQueue.trouble?.since ?? circuitBreaker.missingSince ?? serverClock.now()
    const sentence =
      blocker.kind === 'store' && writeQueue.unsavedChanges.length > 0
        ? unsavedSentence(blocker)
        : blockerSentence(blocker)
    return [fleetIncident(blocker, sentence, since)]
  }

  #unsavedKeys(): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const change of this.#context.writeQueue.unsavedChanges) {
      if (change.kind === 'profile-pair') keys.add(profileKey(change.profileId))
      if (change.kind === 'manager-pair') keys.add(managerKey(change.managerId))
    }
    return keys
  }
}

/** Of plain data, as views are. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => isEqual(Reflect.get(a, key), Reflect.get(b, key)))
  )
}
