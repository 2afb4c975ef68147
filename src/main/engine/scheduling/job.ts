// What a job does once it is its turn: ask for an unknown lifetime first, then run the ladder or tier 3.

import { managerAccess } from '../attempts/manager-access.ts'
import { renewManagerToken } from '../attempts/manager-renewal.ts'
import { renewProfile } from '../attempts/profile-renewal.ts'
import { clientLimit } from '../attempts/tier-ladder.ts'
import { askExpiry, unknownToken } from '../attempts/token-expiry-lookup.ts'
import type { Attempt, ManagerId, Profile, ProfileId } from '../domain/model.ts'
import { type EngineContext, isAskedByPerson, type Job } from '../runtime/engine-context.ts'

export interface JobDependencies {
  readonly context: EngineContext
  /** Whether the token itself is due; otherwise only a stop is looked at again. */
  readonly regularDue: () => boolean
  /** Runs or joins tier 3. */
  readonly renewManager: (managerId: ManagerId, neededBy: Profile) => Promise<Attempt>
}

/** null: a lifetime became known instead, so the job is planned anew. */
export function perform(parts: JobDependencies, job: Job): Promise<Attempt | null> {
  const { subject } = job
  return subject.kind === 'manager'
    ? performManager(parts.context, job, subject.managerId)
    : performProfile(parts, job, subject.profileId)
}

async function performManager(
  context: EngineContext,
  job: Job,
  managerId: ManagerId,
): Promise<Attempt | null> {
  const { fleetState, serverClock } = context
  const manager = fleetState.managers.get(managerId)
  const unknown = unknownToken(
    manager?.pair ?? null,
    fleetState.managerSubjectState(managerId).expiryAsked,
    serverClock.now(),
  )
  if (manager !== undefined && unknown !== null && !job.manual) {
    job.asksEnd = true
    await askExpiry(context, job.subject, unknown, `bearer:${managerId}`)
    job.asksEnd = false
    // Somebody may have asked for the attempt itself meanwhile.
    if (!job.manual) return null
  }
  return renewManagerToken(context, job, managerId)
}

async function performProfile(
  parts: JobDependencies,
  job: Job,
  profileId: ProfileId,
): Promise<Attempt | null> {
  const { context } = parts
  const { fleetState, serverClock } = context
  const profile = fleetState.profiles.get(profileId)
  const app = profile === undefined ? undefined : fleetState.serviceApps.get(profile.serviceAppId)
  const unknown = unknownToken(
    profile?.pair ?? null,
    fleetState.subjectState(profileId).expiryAsked,
    serverClock.now(),
  )
  if (app !== undefined && unknown !== null && !job.manual) {
    job.asksEnd = true
    await askExpiry(context, job.subject, unknown, clientLimit(app.clientId))
    job.asksEnd = false
    if (!job.manual) return null
  }
  return renewProfile(context, job, profileId, {
    regularDue: parts.regularDue(),
    access: (used) =>
      managerAccess(
        context,
        used,
        () => isAskedByPerson(job),
        (managerId) => parts.renewManager(managerId, used),
      ),
  })
}
