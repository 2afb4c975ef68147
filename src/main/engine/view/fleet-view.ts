// Everything as it is shown. Views of profiles are kept until something they are made of changes.

import type { Instant, Profile, ProfileId, TokenManager } from '../domain/model.ts'
import type { FleetView, RootCause } from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import { routesOf } from '../renewal/tier-plan.ts'
import { expiryWarningAt } from '../renewal/token-lifetime.ts'
import { notWebex, obstacleSentence, storeObstacle } from '../runtime/blocker.ts'
import { type Core, managerKey, profileKey } from '../runtime/engine-context.ts'
import type { Loop } from '../scheduling/scheduler.ts'
import { gather, type Trouble } from './incidents.ts'
import { managerCauses, managerWarnings } from './manager-incidents.ts'
import { makeManagerView } from './manager-view.ts'
import { type MadeProfileView, makeProfileView } from './profile-view.ts'

export class FleetViewer {
  readonly #core: Core
  readonly #loop: Loop
  readonly #made = new Map<ProfileId, MadeProfileView>()
  readonly #stale = new Set<ProfileId>()
  #allStale = true
  #last: FleetView | null = null
  #lastUntil: Instant = Number.NEGATIVE_INFINITY

  constructor(core: Core, loop: Loop) {
    this.#core = core
    this.#loop = loop
  }

  /** null: any of them may have changed. Token managers are few and made anew every time. */
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
    const now = this.#core.wall.now()
    if (this.#last !== null && now < this.#lastUntil) {
      // The clock may have been set back: what is shown was made for a later time.
      if (now >= this.#last.now) return { ...this.#last, now, clockSkew: this.#core.wall.skew }
      this.#allStale = true
    }
    this.#last = this.#make(now)
    return this.#last
  }

  #make(now: Instant): FleetView {
    const { memory, settings, wall } = this.#core
    const hold = this.#hold()
    const unsaved = this.#unsavedKeys()
    let until = Number.POSITIVE_INFINITY
    const profiles: MadeProfileView['view'][] = []
    const troubles: Trouble[] = []
    for (const profile of memory.profiles.values()) {
      let made = this.#made.get(profile.id)
      if (made === undefined || this.#allStale || made.until <= now || this.#stale.has(profile.id)) {
        made = this.#makeProfile(profile, now, hold, unsaved)
        this.#made.set(profile.id, made)
      }
      until = Math.min(until, made.until)
      profiles.push(made.view)
      const trouble = this.#troubleOf(profile, made, now)
      if (trouble !== null) troubles.push(trouble)
    }
    if (this.#made.size > memory.profiles.size) this.#forgetRemoved()
    this.#allStale = false
    this.#stale.clear()
    const managers = [...memory.managers.values()].map((manager) => this.#makeManager(manager, now, unsaved))
    this.#lastUntil = Math.min(until, ...managers.map(({ until: end }) => end))
    return {
      now,
      clockSkew: wall.skew,
      profiles,
      managers: managers.map(({ view }) => view),
      rootCauses: gather(
        troubles,
        [...this.#fleetCauses(hold), ...managers.flatMap(({ causes }) => causes)],
        settings().failedAttemptsBeforeAlert,
      ),
      allPausedUntil: this.#loop.pausedUntil,
    }
  }

  #makeProfile(
    profile: Profile,
    now: Instant,
    hold: Failure | null,
    unsaved: ReadonlySet<string>,
  ): MadeProfileView {
    const { memory, settings } = this.#core
    const key = profileKey(profile.id)
    const ground = memory.ground(profile, now)
    const manager = memory.managerOf(profile)
    return makeProfileView({
      profile,
      serviceApp: memory.serviceApps.get(profile.serviceAppId) ?? null,
      track: memory.track(profile.id),
      ground,
      routes: routesOf(profile, ground),
      planned: this.#loop.planned(key),
      busy: this.#loop.isRunning(key),
      allPaused: this.#loop.pausedUntil !== null,
      hold,
      managerTrack: manager === null ? null : memory.managerTrack(manager.id),
      unsaved: unsaved.has(key),
      expiryWarning: settings().expiryWarning,
    })
  }

  #troubleOf(profile: Profile, { view, failure }: MadeProfileView, now: Instant): Trouble | null {
    const { memory, settings } = this.#core
    const track = memory.track(profile.id)
    const endsSoon = profile.pair === null ? null : expiryWarningAt(profile.pair, settings().expiryWarning)
    const endangered = endsSoon !== null && now >= endsSoon && view.nextRefresh === null
    if (failure === null && !endangered && view.state !== 'expired' && view.refreshToken?.dead !== true)
      return null
    return {
      profile,
      view,
      failure,
      managerId: memory.managerOf(profile)?.id ?? null,
      since: memory.appStops.get(profile.serviceAppId)?.since ?? track.since ?? now,
      failedInARow: track.failedInARow,
      endangered,
    }
  }

  #makeManager(manager: TokenManager, now: Instant, unsaved: ReadonlySet<string>) {
    const { memory, settings } = this.#core
    const key = managerKey(manager.id)
    const track = memory.managerTrack(manager.id)
    const { view, failure } = makeManagerView({
      manager,
      track,
      planned: this.#loop.planned(key),
      busy: this.#loop.isRunning(key),
      unsaved: unsaved.has(key),
      now,
    })
    const users = () =>
      [...memory.profiles.values()]
        .filter((each) => memory.managerOf(each)?.id === manager.id)
        .map(({ id }) => id)
    const causes = managerCauses(
      { manager, view, failure, track, now, profileIds: users },
      settings().failedAttemptsBeforeAlert,
    )
    const ends = [manager.pair?.expiresAt, manager.pair?.refresh?.expiresAt, ...managerWarnings(manager)]
    const until = Math.min(
      Number.POSITIVE_INFINITY,
      ...ends.filter((at): at is number => at != null && at > now),
    )
    return { view, causes, until }
  }

  /** What keeps everything from being renewed. */
  #hold(): Failure | null {
    const { store, presence } = this.#core
    if (store.trouble !== null) return storeObstacle(store.trouble.failure)
    return presence.missingSince === null ? null : notWebex
  }

  #fleetCauses(hold: Failure | null): readonly RootCause[] {
    if (hold === null) return []
    const { store, presence, wall } = this.#core
    const base = {
      sentence: obstacleSentence(hold),
      profileIds: [],
      trackingId: null,
    }
    if (hold.kind === 'store') {
      const unsaved = store.unsavedChanges.length > 0
      const sentence = unsaved
        ? 'A new token is only in memory, because the data folder cannot be written. Storing it is retried every few seconds; do not quit before.'
        : base.sentence
      const since = store.trouble?.since ?? wall.now()
      const fix = { kind: 'check-storage' } as const
      return [
        {
          ...base,
          sentence,
          key: 'store',
          level: 'critical',
          title: 'The data folder cannot be written',
          fix,
          since,
        },
      ]
    }
    const since = presence.missingSince ?? wall.now()
    const fix = { kind: 'check-network' } as const
    return [
      {
        ...base,
        key: 'interference',
        level: 'warning',
        title: 'Something answers in place of Webex',
        fix,
        since,
      },
    ]
  }

  #unsavedKeys(): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const change of this.#core.store.unsavedChanges) {
      if (change.kind === 'profile-pair') keys.add(profileKey(change.profileId))
      if (change.kind === 'manager-pair') keys.add(managerKey(change.managerId))
    }
    return keys
  }

  #forgetRemoved(): void {
    for (const id of this.#made.keys()) if (!this.#core.memory.profiles.has(id)) this.#made.delete(id)
  }
}
