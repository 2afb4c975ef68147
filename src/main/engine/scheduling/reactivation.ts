// What changes from outside mean for what the engine remembers: credentials that were mended, a machine that woke.

import type { FleetChange, ManagerId, Profile, TokenManager, Trigger } from '../domain/model.ts'
import { RECONSIDER_GAP } from '../domain/policy.ts'
import { newManagerTrack, newProfileTrack, type ProfileTrack, tryAgain } from '../renewal/subject-state.ts'
import { managerAccount } from '../renewal/token-limit.ts'
import { isFromWebex } from '../runtime/circuit-breaker.ts'
import { type Core, managerKey, profileKey } from '../runtime/engine-context.ts'
import type { Loop } from './scheduler.ts'

/** What failed in an earlier run is tried again on start, and what came due meanwhile is so because of the start. */
export function beforeFirstTick(core: Core, loop: Loop): void {
  retryEverything(core, loop, 'start-up', core.wall.now())
  askForTheTime(core)
}

/** Resume, unlock, network back, a clock that jumped: everything is looked at again at once. */
export function afterOutsideChange(core: Core, loop: Loop, trigger: Trigger): void {
  retryEverything(core, loop, trigger, core.wall.now())
  core.presence.hurry()
  askForTheTime(core)
  core.changed(null)
}

function retryEverything(core: Core, loop: Loop, trigger: Trigger, now: number): void {
  const { memory } = core
  // Events may come in bursts: what has just failed waits a moment.
  const at = (endedAt: number | undefined) =>
    endedAt !== undefined && endedAt <= now ? Math.max(now, endedAt + RECONSIDER_GAP) : now
  memory.appStops.clear()
  for (const manager of memory.managers.values()) {
    const { id, pair } = manager
    const track = memory.managerTrack(id)
    const again = tryAgain(track, at(track.last?.endedAt), trigger)
    if (manager.kind === 'personal-access-token') {
      // Nothing but tier 2 itself can tell whether it works again.
      memory.setManagerTrack(id, { ...again, refused: null, refusedFor: null, retryAt: null })
      continue
    }
    const hopeless = track.needsYou !== null || pair?.refresh?.dead === true
    memory.setManagerTrack(id, hopeless ? { ...again, retryAt: at(track.last?.endedAt) } : again)
    if (isDueNow(loop, managerKey(id), now))
      memory.setManagerTrack(id, { ...memory.managerTrack(id), trigger })
  }
  for (const { id } of memory.profiles.values()) {
    const track = memory.track(id)
    memory.setTrack(id, { ...tryAgain(track, at(track.last?.endedAt), trigger), tierTwoStop: null })
    if (isDueNow(loop, profileKey(id), now)) memory.setTrack(id, { ...memory.track(id), trigger })
  }
  loop.replanAll()
}

function isDueNow(loop: Loop, key: string, now: number): boolean {
  const planned = loop.planned(key)
  return planned !== null && planned.at <= now
}

/** A wrong local clock is known only from a server's `Date`; one request without a credential brings it. */
function askForTheTime(core: Core): void {
  void core.parts.webex
    .isWebexThere()
    .then((answer) => {
      if (isFromWebex(answer) && answer.serverDate !== null) {
        core.line.noteServerDate(answer.serverDate)
      }
    })
    .catch(() => undefined)
}

/** Runs right after the changes were stored. */
export function afterApplied(core: Core, changes: readonly FleetChange[]): void {
  for (const change of changes) {
    const before = recordBefore(core, change)
    core.memory.take(change)
    afterOne(core, change, before)
  }
}

interface Before {
  readonly profile?: Profile | undefined
  readonly manager?: TokenManager | undefined
}

function recordBefore({ memory }: Core, change: FleetChange): Before {
  if (change.kind === 'profile-saved') return { profile: memory.profiles.get(change.profile.id) }
  return change.kind === 'manager-saved' ? { manager: memory.managers.get(change.manager.id) } : {}
}

function afterOne(core: Core, change: FleetChange, before: Before): void {
  const { memory, wall } = core
  const now = wall.now()
  switch (change.kind) {
    case 'service-app-saved':
      memory.appStops.delete(change.serviceApp.id)
      for (const { id, serviceAppId } of memory.profiles.values()) {
        if (serviceAppId === change.serviceApp.id) mended(core, id, 'scheduled')
      }
      break
    case 'profile-saved':
      if (before.profile === undefined)
        memory.setTrack(change.profile.id, { ...newProfileTrack, trigger: 'added' })
      else if (isOtherAccount(before.profile, change.profile)) mended(core, change.profile.id, 'scheduled')
      break
    case 'profile-pair':
      memory.setTrack(change.profileId, { ...kept(memory.track(change.profileId)), trigger: 'scheduled' })
      break
    case 'manager-saved':
      // Its limit is its account's: another name or another secret is no other account.
      if (before.manager === undefined || clientOf(before.manager) !== clientOf(change.manager))
        memory.tokenLimits.lift(managerAccount(change.manager.id))
      managerMended(core, change.manager.id, now)
      break
    case 'manager-pair':
      memory.tokenLimits.lift(managerAccount(change.managerId))
      managerMended(core, change.managerId, now)
      break
    case 'manager-removed':
    case 'profile-removed':
      break
  }
}

function isOtherAccount(before: Profile, after: Profile): boolean {
  return (
    before.serviceAppId !== after.serviceAppId ||
    before.targetOrgId !== after.targetOrgId ||
    before.managerId !== after.managerId
  )
}

function clientOf(manager: TokenManager): string | null {
  return manager.kind === 'integration' ? manager.clientId : null
}

/** The credentials of a profile changed: they are tried at once. What failed stays said until that has shown better. */
function mended(core: Core, id: string, trigger: Trigger): void {
  const { memory, wall } = core
  const track = memory.track(id)
  const changes = track.changes + 1
  memory.setTrack(id, { ...tryAgain(track, wall.now(), trigger), tierTwoStop: null, unclear: false, changes })
}

/** The history of a profile stays; what was held against its old pair does not. */
function kept({ last, lastUsed, changes }: ProfileTrack): ProfileTrack {
  return { ...newProfileTrack, last, lastUsed, changes: changes + 1 }
}

function managerMended(core: Core, managerId: ManagerId, now: number): void {
  const { memory } = core
  const { last, lastUsed, changes } = memory.managerTrack(managerId)
  const needsYou = memory.tokenLimits.inForce(managerAccount(managerId), now)?.failure ?? null
  memory.setManagerTrack(managerId, { ...newManagerTrack, last, lastUsed, needsYou, changes: changes + 1 })
  for (const profile of memory.profiles.values()) {
    if (memory.managerOf(profile)?.id !== managerId) continue
    const track = memory.track(profile.id)
    memory.setTrack(profile.id, {
      ...tryAgain(track, now, 'connect'),
      tierTwoStop: null,
      changes: track.changes + 1,
    })
  }
}
