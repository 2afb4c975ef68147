// The place in line of a job: whose slots it shares, and how it compares with others.

import { clientLimit } from '../attempts/tier-ladder.ts'
import { routineFor } from '../renewal/renewal-policy.ts'
import type { EngineContext, Job } from '../runtime/engine-context.ts'
import type { WorkItem } from './work-queue.ts'

export function workItemOf(context: EngineContext, { key, subject, manual }: Job): WorkItem {
  const { fleetState } = context
  if (subject.kind === 'manager') {
    const expiresAt = fleetState.managers.get(subject.managerId)?.pair?.expiresAt ?? 0
    return { key, client: key, front: manual, expiresAt, routineUntil: null }
  }
  const profile = fleetState.profiles.get(subject.profileId)
  const patience = manual ? null : routineFor(context, subject.profileId)
  const app = profile === undefined ? undefined : fleetState.serviceApps.get(profile.serviceAppId)
  return {
    key,
    client: app === undefined ? key : clientLimit(app.clientId),
    front: manual,
    expiresAt: profile?.pair?.expiresAt ?? 0,
    routineUntil: patience === null ? null : context.parts.clock.monotonic() + patience,
  }
}
