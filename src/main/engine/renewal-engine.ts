// Renewal engine: constructs the parts of the engine and connects them; requests come in here, events go out.

import { DataSourceKeeper } from './data-sources/data-source-keeper.ts'
import type { Engine, EngineEvent, EngineParts, StoredState } from './domain/engine-api.ts'
import type { Attempt, Duration, FleetChange, ProfileId, Subject } from './domain/model.ts'
import { soundSettings, VIEW_INTERVAL } from './domain/policy.ts'
import { StoreFailure } from './domain/ports.ts'
import type { RenewalReason } from './domain/renewal-reason.ts'
import { type FleetSnapshot, FleetState } from './renewal/fleet-state.ts'
import { oldestFirst } from './renewal/learned-attempt.ts'
import { changesBetween } from './renewal/stored-changes.ts'
import { blockerSentence, currentBlocker } from './runtime/blocker.ts'
import { CircuitBreaker } from './runtime/circuit-breaker.ts'
import { type EngineContext, subjectKey } from './runtime/engine-context.ts'
import type { CallGuards } from './runtime/guarded-call.ts'
import { RateLimiter } from './runtime/rate-limiter.ts'
import { ServerClock } from './runtime/server-clock.ts'
import { WriteQueue } from './runtime/write-queue.ts'
import { BulkRefresh } from './scheduling/bulk-refresh.ts'
import { MonthlyDrills } from './scheduling/monthly-drills.ts'
import {
  afterApplied,
  afterFollowed,
  afterOutsideChange,
  afterOutsideChangeElsewhere,
  beforeFirstTick,
  beforeTakeover,
} from './scheduling/reactivation.ts'
import { Scheduler } from './scheduling/scheduler.ts'
import { isRejected, testAgain, testToken } from './scheduling/token-test.ts'
import { FleetViewer } from './view/fleet-view.ts'

const PAUSED_ELSEWHERE =
  'This computer does not renew the shared vault now, so there is nothing to pause here. Pause on the one that renews: Settings → Shared vault names it.'

const DRILL_NOW: RenewalReason<'drill'> = { code: 'drill', by: 'person', share: null }

export interface RenewalEngine extends Engine {
  /** What it knows now, from which another engine can go on. It has the secrets of the fleet. */
  snapshot(): FleetSnapshot
  /** Monotonic ms: when its loop turned last, which it does every minute at least. */
  turnedAt(): Duration
}

/**
 * Nothing is read or called before `start`, except what is requested. `goesOnFrom`: what an engine knew that ran until
 * now; it goes on as that one would have, so its start is no reason to try anything again.
 */
export function createEngine(parts: EngineParts, goesOnFrom: FleetSnapshot | null = null): RenewalEngine {
  const { clock, random, vault, webex } = parts
  const monotonic = () => clock.monotonic()
  const serverClock = new ServerClock(clock)
  const fleetState = new FleetState(parts.fleet, parts.lastAttempts, serverClock.now(), goesOnFrom, parts)
  const listeners = new Set<(event: EngineEvent) => void>()
  let settings = soundSettings(parts.settings)
  let stopping = false
  let renewsHere = parts.elsewhere === undefined

  const wake = () => {
    context.changed(null)
    scheduler.tick()
  }
  const rateLimiter = new RateLimiter({
    monotonic,
    random,
    requestsPerSecond: () => settings.requestsPerSecond,
    waiting: () => scheduler.arm(),
  })
  const circuitBreaker = new CircuitBreaker({
    now: () => serverClock.now(),
    monotonic,
    random,
    ask: () => webex.isWebexThere(),
    changed: wake,
  })
  const writeQueue = new WriteQueue({
    vault,
    now: () => serverClock.now(),
    monotonic,
    changed: wake,
    waiting: () => scheduler.arm(),
  })
  const callGuards: CallGuards = {
    now: () => serverClock.now(),
    monotonic,
    rateLimiter,
    circuitBreaker,
    prove: () => writeQueue.prove(),
    noteServerDate: (date) => {
      if (serverClock.noteServerDate(date)) wake()
    },
    stopping: () => stopping,
    renewsHere: () => renewsHere,
  }

  let announcedAt = Number.NEGATIVE_INFINITY
  let toAnnounce = false
  const emit = (event: EngineEvent) => {
    if (event.kind === 'attempt' && event.attempt.subject.kind === 'profile') {
      const { subject, outcome, tier } = event.attempt
      if (outcome === 'renewed') keeper.profileChanged(subject.profileId)
      // A row about a data source has no tier.
      if (outcome !== 'failed' && tier !== null) testAgain(context, subject.profileId)
    }
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        // A listener's mistake must not cost an attempt; it surfaces as an unhandled rejection.
        void Promise.reject(error)
      }
    }
  }
  /** At most every 100 ms, and never within a caller's work. */
  const announce = () => {
    if (!toAnnounce) return
    const wait = announcedAt + VIEW_INTERVAL - monotonic()
    if (wait > 0) {
      scheduler.wakeWithin(wait)
      return
    }
    toAnnounce = false
    announcedAt = monotonic()
    emit({ kind: 'view-changed' })
  }

  const context: EngineContext = {
    parts,
    serverClock,
    fleetState,
    writeQueue,
    rateLimiter,
    circuitBreaker,
    callGuards,
    settings: () => settings,
    stopping: () => stopping,
    renewsHere: () => renewsHere,
    emit,
    changed: (key) => {
      viewer.changed(key)
      announceSoon()
    },
    replan: (key) => scheduler.replan(key),
  }
  const announceSoon = () => {
    if (toAnnounce) return
    toAnnounce = true
    void Promise.resolve().then(announce)
  }
  const scheduler: Scheduler = new Scheduler(context, {
    onTick() {
      if (serverClock.jumped()) outsideChanged('resume')
      monthlyDrills.check()
      keeper.tick()
      if (serverClock.now() >= viewer.until) {
        viewer.timePassed()
        announceSoon()
      }
      announce()
    },
    alsoAt: () => Math.min(viewer.until, keeper.nextWake()),
  })
  const keeper: DataSourceKeeper = new DataSourceKeeper(context, {
    paused: () => scheduler.pausedUntil !== null || !renewsHere,
    requestToken: (profileId) => {
      scheduler.runNow({ kind: 'profile', profileId }, 'unauthorized-seen', 'program').catch(() => undefined)
    },
    tick: () => scheduler.tick(),
  })
  const outsideChanged = (trigger: 'resume' | 'network-back') => {
    keeper.reconsider(trigger)
    // Of another process that renews nothing is known by it.
    if (renewsHere) afterOutsideChange(context, scheduler, trigger)
    else afterOutsideChangeElsewhere(context)
  }
  const bulkRefresh = new BulkRefresh(context, scheduler)
  const viewer = new FleetViewer(context, scheduler)
  const monthlyDrills = new MonthlyDrills(context)
  const takeOver = (changes: readonly FleetChange[]) => {
    afterApplied(context, changes)
    keeper.take(changes)
    afterTakenOver()
  }
  const takeOverFollowed = (changes: readonly FleetChange[], attempts: readonly Attempt[]) => {
    afterFollowed(context, changes, attempts)
    keeper.follow(changes)
    afterTakenOver()
  }
  const afterTakenOver = () => {
    context.changed(null)
    scheduler.replanAll()
    scheduler.tick()
  }

  const storedState = (): Omit<StoredState, 'lastAttempts'> => ({
    fleet: fleetState.fleet,
    drills: fleetState.drills(),
    otherCopyStoppedAt: fleetState.otherCopyStoppedAt,
    keptDataSources: keeper.sources(),
  })

  const known = (subject: Subject): Subject => {
    if (fleetState.record(subject) !== undefined) return subject
    throw new Error(`this ${subject.kind === 'profile' ? 'profile' : 'token manager'} is not in the fleet`)
  }

  const knownProfile = (profileId: ProfileId) => known({ kind: 'profile', profileId })
  /** By subject: the id of the attempt that was stored last. */
  const storedLast = new Map(parts.lastAttempts.map(({ subject, id }) => [subjectKey(subject), id]))
  /** Those that are not known, oldest first. By id: the clocks of two computers may say that an older one came later. */
  const newAttempts = (stored: readonly Attempt[]): readonly Attempt[] => {
    const isNew = ({ subject, id }: Attempt) =>
      storedLast.get(subjectKey(subject)) !== id && fleetState.stateOf(subject).last?.id !== id
    const found = oldestFirst(stored.filter(isNew))
    storedLast.clear()
    for (const { subject, id } of stored) storedLast.set(subjectKey(subject), id)
    return found
  }

  return {
    dataSources: keeper,

    start() {
      stopping = false
      rateLimiter.start()
      if (!scheduler.started && goesOnFrom === null && renewsHere) beforeFirstTick(context, scheduler)
      keeper.start()
      scheduler.start()
    },

    async stop() {
      stopping = true
      rateLimiter.stop()
      circuitBreaker.stop()
      await Promise.all([scheduler.stop(), keeper.stop()])
      if (writeQueue.trouble !== null) await writeQueue.retry()
      await writeQueue.settled()
    },

    apply(changes) {
      const planned = () => (typeof changes === 'function' ? changes(fleetState.fleet) : changes)
      return writeQueue.change(() => fleetState.withCurrentPairs(planned()), takeOver)
    },

    async keep(changes) {
      const { failure } = await writeQueue.record(
        () => ({ changes: fleetState.withCurrentPairs(changes), attempts: [] }),
        (batch) => takeOver(batch.changes),
      )
      return failure
    },

    follow: (load) =>
      writeQueue.whileStored(async () => {
        const stored = await load()
        const changes = changesBetween(storedState(), stored)
        const attempts = newAttempts(stored.lastAttempts)
        if (changes.length + attempts.length === 0) return changes
        emit({ kind: 'followed', changes })
        takeOverFollowed(changes, attempts)
        return changes
      }),

    renewHere(renews) {
      if (renewsHere === renews) return
      renewsHere = renews
      if (renews) {
        beforeTakeover(context, scheduler)
        keeper.reconsider('scheduled')
      } else scheduler.leaveQueued()
      scheduler.replanAll()
      context.changed(null)
      scheduler.tick()
    },

    refresh: async (id, trigger, asker = 'person') => scheduler.runNow(knownProfile(id), trigger, asker),

    async requestDrill(profileId, wanted) {
      knownProfile(profileId)
      const request = wanted ? ({ by: 'person', requestedAt: serverClock.now() } as const) : null
      await writeQueue.change(() => [{ kind: 'drill', profileId, request }], takeOver)
    },

    drillNow: async (id) => scheduler.runNow(knownProfile(id), 'manual', 'person', DRILL_NOW),
    refreshManager: async (managerId, trigger) =>
      scheduler.runNow(known({ kind: 'manager', managerId }), trigger, 'person'),

    refreshAllDue: () => bulkRefresh.beginDue(),
    refreshAll: (profileIds) => bulkRefresh.begin(profileIds),

    async otherCopyStopped() {
      const affected = [...fleetState.profiles.values()].filter(
        ({ id, paused }) => !paused && fleetState.subjectState(id).otherCopy.since !== null,
      )
      await writeQueue.change(() => [{ kind: 'other-copy-stopped', at: serverClock.now() }], takeOver)
      return bulkRefresh.begin(affected.map(({ id }) => id))
    },

    cancelRefresh: () => bulkRefresh.cancel(),
    refreshAllEnded: () => bulkRefresh.ended(),
    carryOut: async ({ subject, trigger, drill, asker }) =>
      scheduler.runNow(known(subject), trigger, asker, drill ? DRILL_NOW : null, true),
    cancelRequested: (subject) => scheduler.cancelQueued([subjectKey(subject)], true),

    async blocker() {
      const blocker = await currentBlocker(writeQueue, circuitBreaker)
      return blocker === null ? null : blockerSentence(blocker)
    },
    webexIsThere: async () => (await circuitBreaker.confirmed()) || circuitBreaker.pause > 0,
    doubtWebex: () => circuitBreaker.doubt(null),

    reconsider(reason) {
      outsideChanged(reason === 'network-back' ? 'network-back' : 'resume')
      scheduler.tick()
    },

    pauseAll(until) {
      if (until !== null && !renewsHere) throw new StoreFailure('shared', PAUSED_ELSEWHERE)
      scheduler.pause(until)
      context.changed(null)
    },

    configure(next) {
      settings = soundSettings(next)
      scheduler.replanAll()
      context.changed(null)
      scheduler.tick()
    },

    test: (profileId: ProfileId) => testToken(context, scheduler, profileId),
    isRejected: (profileId: ProfileId) => isRejected(context, profileId),
    now: () => serverClock.now(),
    fleet: () => fleetState.fleet,
    snapshot: () => fleetState.snapshot(),
    turnedAt: () => scheduler.turnedAt,
    view() {
      const view = viewer.view()
      scheduler.wakeAt(viewer.until)
      return view
    },
    storeTrouble: () => writeQueue.trouble?.failure.message ?? null,
    // The times of a data source are asked for again.
    hasUnsaved: () => writeQueue.unsavedChanges.some(({ kind }) => kind !== 'data-source-kept'),

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
