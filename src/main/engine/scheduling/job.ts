// What a job does once it is its turn: ask for an unknown lifetime first, then run the ladder or tier 3.

import { managerAccess } from '../attempts/manager-access.ts'
import { renewManagerToken } from '../attempts/manager-renewal.ts'
import { renewProfile } from '../attempts/profile-renewal.ts'
import { clientLimit } from '../attempts/tier-ladder.ts'
import { askExpiry, unknownToken } from '../attempts/token-expiry-lookup.ts'
import type { Attempt, ManagerId, Profile, Subject } from '../domain/model.ts'
import { type EngineContext, isAskedByPerson, type Job } from '../runtime/engine-context.ts'

export interface JobDependencies {
  readonly context: EngineContext
  /** Whether the token itself is due; otherwise only a stop is looked at again. */
  readonly regularDue: () => boolean
  /** Runs or joins tier 3. */
  readonly renewManager: (managerId: ManagerId, neededBy: Profile) => Promise<Attempt>
}

/** null: a lifetime became known instead, so the job is planned anew. */
export async function perform(parts: JobDependencies, job: Job): Promise<Attempt | null> {
  const { context } = parts
  const { fleetState, serverClock } = context
  const { subject } = job
  const unknown = unknownToken(
    fleetState.record(subject)?.pair ?? null,
    fleetState.stateOf(subject).expiryAsked,
    serverClock.now(),
  )
  const limit = unknown === null || job.manual ? null : expiryLimit(context, subject)
  if (unknown !== null && limit !== null) {
    job.asksEnd = true
    await askExpiry(context, subject, unknown, limit)
    job.asksEnd = false
    // Somebody may have asked for the attempt itself meanwhile.
    if (!job.manual) return null
  }
  if (subject.kind === 'manager') return renewManagerToken(context, job, subject.managerId)
  return renewProfile(context, job, subject.profileId, {
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

/** What the question for the end of its token counts against; null: its record is missing. */
function expiryLimit({ fleetState }: EngineContext, subject: Subject): string | null {
  if (subject.kind === 'manager') return `bearer:${subject.managerId}`
  const profile = fleetState.profiles.get(subject.profileId)
  const app = profile === undefined ? undefined : fleetState.serviceApps.get(profile.serviceAppId)
  return app === undefined ? null : clientLimit(app.clientId)
}
