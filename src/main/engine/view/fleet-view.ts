// Fleet view: everything as it is shown. The views of profiles are cached until something they depend on changes.

import type { Instant, Profile, ProfileId, TokenManager } from '../domain/model.ts'
import type { FleetView, RootCause } from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import { tierPlanOf } from '../renewal/tier-plan.ts'
import { expiryWarningAt } from '../renewal/token-lifetime.ts'
import { blockerSentence, notWebex, storeBlocker } from '../runtime/blocker.ts'
import { type EngineContext, managerKey, profileKey } from '../runtime/engine-context.ts'
import type { Scheduler } from '../scheduling/scheduler.ts'
import {
  type AffectedProfile,
  fleetIncident,
  groupIncidents,
  managerIncidents,
  managerWarnings,
} from './incidents.ts'
import { makeManagerView } from './manager-view.ts'
import { makeProfileView, type ProfileSnapshot } from './profile-view.ts'

const UNSAVED_SENTENCE =
  'A new token is only in memory, because the data folder cannot be written. Storing it is retried every few seconds; do not quit before.'

export class FleetViewer {
  readonly #context: EngineContext
  readonly #scheduler: Scheduler
  readonly #snapshots = new Map<ProfileId, ProfileSnapshot>()
  readonly #stale = new Set<ProfileId>()
  #allStale = true
  #last: FleetView | null = null
  #lastUntil: Instant = Number.NEGATIVE_INFINITY

  constructor(context: EngineContext, scheduler: Scheduler) {
    this.#context = context
    this.#scheduler = scheduler
  }

  /** null: any of them may have changed. Token managers are few, so their views are not cached. */
  changed(key: string | null): void {
    this.#last = null
    if (key === null) this.#allStale = true
    else if (key.startsWith('p:')) this.#stale.add(key.slice(2))
  }

  /** When time alone changes what was last shown; Infinity while a change is announced already. */
  get until(): Instant {
    return this.#last === null ? Number.POSITIVE_INFINITY : this.#lastUntil
  }

  /** Time alone changed it: what was made for a later time is still good. */
  timePassed(): void {
    this.#last = null
  }

  view(): FleetView {
    const now = this.#context.serverClock.now()
    if (this.#last !== null && now < this.#lastUntil) {
      // The clock may have been set back: what is shown was made for a later time.
      if (now >= this.#last.now) return { ...this.#last, now, clockSkew: this.#context.serverClock.skew }
      this.#allStale = true
    }
    this.#last = this.#makeView(now)
    return this.#last
  }

  #makeView(now: Instant): FleetView {
    const { fleetState, settings, serverClock } = this.#context
    const blocker = this.#blocker()
    const unsaved = this.#unsavedKeys()
    let until = Number.POSITIVE_INFINITY
    const profiles: ProfileSnapshot['view'][] = []
    const affected: AffectedProfile[] = []
    for (const profile of fleetState.profiles.values()) {
      let snapshot = this.#snapshots.get(profile.id)
      if (snapshot === undefined || this.#allStale || snapshot.until <= now || this.#stale.has(profile.id)) {
        snapshot = this.#makeProfile(profile, now, blocker, unsaved)
        this.#snapshots.set(profile.id, snapshot)
      }
      until = Math.min(until, snapshot.until)
      profiles.push(snapshot.view)
      const each = this.#affectedBy(profile, snapshot, now)
      if (each !== null) affected.push(each)
    }
    if (this.#snapshots.size > fleetState.profiles.size) this.#forgetRemoved()
    this.#allStale = false
    this.#stale.clear()
    const managers = [...fleetState.managers.values()].map((manager) =>
      this.#makeManager(manager, now, unsaved),
    )
    this.#lastUntil = Math.min(until, ...managers.map(({ until: end }) => end))
    return {
      now,
      clockSkew: serverClock.skew,
      profiles,
      managers: managers.map(({ view }) => view),
      rootCauses: groupIncidents(
        affected,
        [...this.#fleetIncidents(blocker), ...managers.flatMap(({ incidents }) => incidents)],
        settings().failedAttemptsBeforeAlert,
      ),
      allPausedUntil: this.#scheduler.pausedUntil,
    }
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
    const manager = fleetState.managerOf(profile)
    return makeProfileView({
      profile,
      serviceApp: fleetState.serviceApps.get(profile.serviceAppId) ?? null,
      subjectState: fleetState.subjectState(profile.id),
      tierInputs,
      tierPlan: tierPlanOf(profile, tierInputs),
      planned: this.#scheduler.planned(key),
      busy: this.#scheduler.isRunning(key),
      allPaused: this.#scheduler.pausedUntil !== null,
      blocker,
      managerSubjectState: manager === null ? null : fleetState.managerSubjectState(manager.id),
      unsaved: unsaved.has(key),
      expiryWarning: settings().expiryWarning,
    })
  }

  #affectedBy(profile: Profile, { view, failure }: ProfileSnapshot, now: Instant): AffectedProfile | null {
    const { fleetState, settings } = this.#context
    const subjectState = fleetState.subjectState(profile.id)
    const endsSoon = profile.pair === null ? null : expiryWarningAt(profile.pair, settings().expiryWarning)
    const endangered = endsSoon !== null && now >= endsSoon && view.nextRefresh === null
    if (failure === null && !endangered && view.state !== 'expired' && view.refreshToken?.dead !== true)
      return null
    return {
      profile,
      view,
      failure,
      since: fleetState.appStops.get(profile.serviceAppId)?.since ?? subjectState.since ?? now,
      failedInARow: subjectState.failedInARow,
      endangered,
    }
  }

  #makeManager(manager: TokenManager, now: Instant, unsaved: ReadonlySet<string>) {
    const { fleetState, settings } = this.#context
    const key = managerKey(manager.id)
    const subjectState = fleetState.managerSubjectState(manager.id)
    const { view, failure } = makeManagerView({
      manager,
      subjectState,
      planned: this.#scheduler.planned(key),
      busy: this.#scheduler.isRunning(key),
      unsaved: unsaved.has(key),
      now,
    })
    const users = () => fleetState.profilesOf(manager.id).map(({ id }) => id)
    const incidents = managerIncidents(
      { manager, view, failure, subjectState, now, profileIds: users },
      settings().failedAttemptsBeforeAlert,
    )
    const ends = [manager.pair?.expiresAt, manager.pair?.refresh?.expiresAt, ...managerWarnings(manager)]
    const until = Math.min(
      Number.POSITIVE_INFINITY,
      ...ends.filter((at): at is number => at != null && at > now),
    )
    return { view, incidents, until }
  }

  /** What keeps everything from being renewed. */
  #blocker(): Failure | null {
    const { writeQueue, circuitBreaker } = this.#context
    if (writeQueue.trouble !== null) return storeBlocker(writeQueue.trouble.failure)
    return circuitBreaker.missingSince === null ? null : notWebex
  }

  #fleetIncidents(blocker: Failure | null): readonly RootCause[] {
    if (blocker === null) return []
    const { writeQueue, circuitBreaker, serverClock } = this.#context
    const since = writeQueue.trouble?.since ?? circuitBreaker.missingSince ?? serverClock.now()
    const isUnsaved = blocker.kind === 'store' && writeQueue.unsavedChanges.length > 0
    return [fleetIncident(blocker, isUnsaved ? UNSAVED_SENTENCE : blockerSentence(blocker), since)]
  }

  #unsavedKeys(): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const change of this.#context.writeQueue.unsavedChanges) {
      if (change.kind === 'profile-pair') keys.add(profileKey(change.profileId))
      if (change.kind === 'manager-pair') keys.add(managerKey(change.managerId))
    }
    return keys
  }

  #forgetRemoved(): void {
    for (const id of this.#snapshots.keys())
      if (!this.#context.fleetState.profiles.has(id)) this.#snapshots.delete(id)
  }
}
