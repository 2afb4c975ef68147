// The engine put together: requests from outside come in here, events go out.

import type { Engine, EngineEvent, EngineParts } from './domain/engine-api.ts'
import type { FleetChange, ProfileId } from './domain/model.ts'
import { soundSettings, VIEW_INTERVAL } from './domain/policy.ts'
import { Memory } from './renewal/fleet-state.ts'
import { isWanting } from './renewal/renewal-policy.ts'
import { obstacleNow, obstacleSentence } from './runtime/blocker.ts'
import { Presence } from './runtime/circuit-breaker.ts'
import { type Core, profileKey } from './runtime/engine-context.ts'
import type { Line } from './runtime/guarded-call.ts'
import { Gate } from './runtime/rate-limiter.ts'
import { Wall } from './runtime/server-clock.ts'
import { Store } from './runtime/write-queue.ts'
import { afterApplied, afterOutsideChange, beforeFirstTick } from './scheduling/reactivation.ts'
import { Loop } from './scheduling/scheduler.ts'
import { testToken } from './scheduling/token-test.ts'
import { FleetViewer } from './view/fleet-view.ts'

/** Nothing is read or called before `start`, except what is asked for by hand. */
export function createEngine(parts: EngineParts): Engine {
  const { clock, random, vault, webex } = parts
  const monotonic = () => clock.monotonic()
  const wall = new Wall(clock)
  const memory = new Memory(parts.fleet, parts.lastAttempts, wall.now())
  const listeners = new Set<(event: EngineEvent) => void>()
  let settings = soundSettings(parts.settings)
  let stopping = false

  const wake = () => {
    core.changed(null)
    loop.tick()
  }
  const gate = new Gate({
    monotonic,
    random,
    requestsPerSecond: () => settings.requestsPerSecond,
    waiting: () => loop.arm(),
  })
  const presence = new Presence({
    now: () => wall.now(),
    monotonic,
    random,
    ask: () => webex.isWebexThere(),
    changed: wake,
  })
  const store = new Store({
    vault,
    now: () => wall.now(),
    monotonic,
    changed: wake,
    waiting: () => loop.arm(),
  })
  const line: Line = {
    now: () => wall.now(),
    monotonic,
    gate,
    presence,
    prove: () => store.prove(),
    noteServerDate: (date) => {
      if (wall.noteServerDate(date)) wake()
    },
    stopping: () => stopping,
  }

  /** What was asked for together and has not ended. */
  const bulk = new Set<string>()
  let announcedAt = Number.NEGATIVE_INFINITY
  let toAnnounce = false
  const emit = (event: EngineEvent) => {
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        // A listener's mistake must not cost an attempt; it surfaces as an unhandled rejection.
        void Promise.reject(error)
      }
    }
  }
  /** At most every 100 ms, and never in the middle of somebody's work. */
  const announce = () => {
    if (!toAnnounce) return
    const wait = announcedAt + VIEW_INTERVAL - monotonic()
    if (wait > 0) {
      loop.wakeWithin(wait)
      return
    }
    toAnnounce = false
    announcedAt = monotonic()
    emit({ kind: 'view-changed' })
  }

  const core: Core = {
    parts,
    wall,
    memory,
    store,
    gate,
    presence,
    line,
    settings: () => settings,
    stopping: () => stopping,
    emit,
    changed: (key) => {
      viewer.changed(key)
      toldSoon()
    },
    replan: (key) => loop.replan(key),
  }
  const toldSoon = () => {
    if (toAnnounce) return
    toAnnounce = true
    void Promise.resolve().then(announce)
  }
  const loop: Loop = new Loop(core, {
    onTick() {
      if (wall.jumped()) afterOutsideChange(core, loop, 'resume')
      if (wall.now() >= viewer.until) {
        viewer.timePassed()
        toldSoon()
      }
      announce()
    },
    alsoAt: () => viewer.until,
  })
  const viewer = new FleetViewer(core, loop)
  const takeOver = (changes: readonly FleetChange[]) => {
    afterApplied(core, changes)
    core.changed(null)
    loop.replanAll()
    loop.tick()
  }

  return {
    start() {
      stopping = false
      gate.start()
      if (!loop.started) beforeFirstTick(core, loop)
      loop.start()
    },

    async stop() {
      stopping = true
      gate.stop()
      presence.stop()
      await loop.stop()
      if (store.trouble !== null) await store.retry()
      await store.settled()
    },

    apply: (changes) => store.change(() => memory.withCurrentPairs(changes), takeOver),

    keep: (changes) =>
      store.record(
        () => ({ changes: memory.withCurrentPairs(changes), attempts: [] }),
        (written) => takeOver(written.changes),
      ),

    async refresh(profileId, trigger, asker = 'person') {
      if (!memory.profiles.has(profileId)) throw new Error('this profile is not in the fleet')
      return loop.byHand({ kind: 'profile', profileId }, trigger, asker)
    },

    async refreshManager(managerId, trigger) {
      if (!memory.managers.has(managerId)) throw new Error('this token manager is not in the fleet')
      return loop.byHand({ kind: 'manager', managerId }, trigger, 'person')
    },

    refreshAllDue() {
      const due = [...memory.profiles.values()].filter(
        (profile) => !profile.paused && isWanting(core, profile),
      )
      for (const { id } of due) {
        bulk.add(profileKey(id))
        loop
          .byHand({ kind: 'profile', profileId: id }, 'manual', 'person')
          .catch(() => undefined)
          .finally(() => bulk.delete(profileKey(id)))
      }
      return due.length
    },

    cancelRefresh() {
      loop.takeBack([...bulk])
    },

    async obstacle() {
      const obstacle = await obstacleNow(store, presence)
      return obstacle === null ? null : obstacleSentence(obstacle)
    },
    webexIsThere: async () => (await presence.confirmed()) || presence.pause > 0,
    doubtWebex: () => presence.doubt(),

    reconsider(reason) {
      afterOutsideChange(core, loop, reason === 'network-back' ? 'network-back' : 'resume')
      loop.tick()
    },

    pauseAll(until) {
      loop.pause(until)
      core.changed(null)
    },

    configure(next) {
      settings = soundSettings(next)
      loop.replanAll()
      core.changed(null)
      loop.tick()
    },

    test: (profileId: ProfileId) => testToken(core, loop, profileId),
    now: () => wall.now(),
    fleet: () => memory.fleet,
    view() {
      const view = viewer.view()
      loop.wakeAt(viewer.until)
      return view
    },
    hasUnsaved: () => store.unsavedChanges.length > 0,

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
