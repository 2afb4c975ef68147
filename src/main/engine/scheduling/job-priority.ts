// The place in line of a job: whose slots it shares, and how it compares with others.

import { clientLimit } from '../attempts/tier-ladder.ts'
import { routineFor } from '../renewal/renewal-policy.ts'
import type { Core, Job } from '../runtime/engine-context.ts'
import type { Item } from './work-queue.ts'

export function itemOf(core: Core, { key, subject, byHand }: Job): Item {
  const { memory } = core
  if (subject.kind === 'manager') {
    const expiresAt = memory.managers.get(subject.managerId)?.pair?.expiresAt ?? 0
    return { key, client: key, front: byHand, expiresAt, routineUntil: null }
  }
  const profile = memory.profiles.get(subject.profileId)
  const patience = byHand ? null : routineFor(core, subject.profileId)
  const app = profile === undefined ? undefined : memory.serviceApps.get(profile.serviceAppId)
  return {
    key,
    client: app === undefined ? key : clientLimit(app.clientId),
    front: byHand,
    expiresAt: profile?.pair?.expiresAt ?? 0,
    routineUntil: patience === null ? null : core.parts.clock.monotonic() + patience,
  }
}
