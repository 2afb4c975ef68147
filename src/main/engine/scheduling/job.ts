// What a job does once it is its turn: ask for an unknown lifetime first, then run the ladder or tier 3.

import { managerAccess } from '../attempts/manager-access.ts'
import { attemptManager } from '../attempts/manager-renewal.ts'
import { attemptProfile } from '../attempts/profile-renewal.ts'
import { clientLimit } from '../attempts/tier-ladder.ts'
import { askExpiry, unknownToken } from '../attempts/token-expiry-lookup.ts'
import type { Attempt, ManagerId, Profile, ProfileId } from '../domain/model.ts'
import { type Core, isAskedByPerson, type Job } from '../runtime/engine-context.ts'

export interface WorkParts {
  readonly core: Core
  /** Whether the token itself is due; otherwise only a stop is looked at again. */
  readonly regularDue: () => boolean
  /** Runs or joins tier 3. */
  readonly renewManager: (managerId: ManagerId, neededBy: Profile) => Promise<Attempt>
}

/** null: a lifetime became known instead, so the job is planned anew. */
export function perform(parts: WorkParts, job: Job): Promise<Attempt | null> {
  const { subject } = job
  return subject.kind === 'manager'
    ? performManager(parts.core, job, subject.managerId)
    : performProfile(parts, job, subject.profileId)
}

async function performManager(core: Core, job: Job, managerId: ManagerId): Promise<Attempt | null> {
  const { memory, wall } = core
  const manager = memory.managers.get(managerId)
  const unknown = unknownToken(manager?.pair ?? null, memory.managerTrack(managerId).expiryAsked, wall.now())
  if (manager !== undefined && unknown !== null && !job.byHand) {
    await askExpiry(core, job.subject, unknown, `bearer:${managerId}`)
    // Somebody may have asked for the attempt itself meanwhile.
    if (!job.byHand) return null
  }
  return attemptManager(core, job, managerId)
}

async function performProfile(parts: WorkParts, job: Job, profileId: ProfileId): Promise<Attempt | null> {
  const { core } = parts
  const { memory, wall } = core
  const profile = memory.profiles.get(profileId)
  const app = profile === undefined ? undefined : memory.serviceApps.get(profile.serviceAppId)
  const unknown = unknownToken(profile?.pair ?? null, memory.track(profileId).expiryAsked, wall.now())
  if (app !== undefined && unknown !== null && !job.byHand) {
    await askExpiry(core, job.subject, unknown, clientLimit(app.clientId))
    if (!job.byHand) return null
  }
  return attemptProfile(core, job, profileId, {
    regularDue: parts.regularDue(),
    access: (used) =>
      managerAccess(
        core,
        used,
        () => isAskedByPerson(job),
        (managerId) => parts.renewManager(managerId, used),
      ),
  })
}
