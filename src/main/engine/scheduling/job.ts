// Jobs: at most one for each profile and token manager, queued or running (single flight), and what a job does when it runs.

import { managerAccesses } from '../attempts/manager-access.ts'
import { renewManagerToken } from '../attempts/manager-renewal.ts'
import { renewProfile } from '../attempts/profile-renewal.ts'
import { clientLimit } from '../attempts/tier-step.ts'
import { askExpiry, unknownToken } from '../attempts/token-expiry-lookup.ts'
import type { Attempt, ManagerId, Profile, Subject, Trigger } from '../domain/model.ts'
import { type EngineContext, isAskedByPerson, type Job, subjectKey } from '../runtime/engine-context.ts'

export interface PendingJob extends Job {
  trigger: Trigger
  reason: Attempt['reason']
  running: boolean
  askedIn: number | null
  /** Requested by this process itself. */
  isAskedHere: boolean
  /** The tier 3 it waits for. */
  tierThree: PendingJob | null
  /** null: it ended without an attempt. */
  readonly outcome: Promise<Attempt | null>
  readonly end: (attempt: Attempt | null) => void
  readonly fail: (error: unknown) => void
}

export type Asked = Pick<PendingJob, 'manual' | 'askedIn' | 'reason' | 'isAskedHere'>

export function pendingJob(subject: Subject, trigger: Trigger, asked: Asked): PendingJob {
  let end: PendingJob['end'] = () => {}
  let fail: PendingJob['fail'] = () => {}
  const outcome = new Promise<Attempt | null>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  // Most outcomes are awaited by no one.
  outcome.catch(() => undefined)
  const waiting = { ...asked, running: false, asksEnd: false, tierThree: null }
  return { key: subjectKey(subject), subject, trigger, ...waiting, outcome, end, fail }
}

export interface JobDependencies {
  readonly context: EngineContext
  /** Whether the token itself is due; otherwise only a stop is checked again. */
  readonly regularDue: () => boolean
  /** Runs or joins tier 3. */
  readonly renewManager: (managerId: ManagerId, neededBy: Profile) => Promise<Attempt>
}

/** null: a lifetime became known instead, so the job is planned again. */
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
      managerAccesses(
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
