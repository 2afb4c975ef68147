// Two engines over one shared vault: what the one that renews has stored is what the other one knows.
import type { StoredState } from '#engine/domain/engine-api.ts'
import type { Attempt } from '#engine/domain/model.ts'
import { readReason } from '#engine/domain/renewal-reason.ts'
import type { World } from './world.ts'

/** As a database has it: the newest attempt of each subject. */
export function storedBy({ engine, attempts }: World): StoredState {
  const newest = new Map<string, Attempt>()
  for (const attempt of attempts) newest.set(JSON.stringify(attempt.subject), asStored(attempt))
  return {
    fleet: engine.fleet(),
    lastAttempts: [...newest.values()],
    drills: { requests: new Map(), month: null },
    keptDataSources: [],
  }
}

function asStored(attempt: Attempt): Attempt {
  return { ...attempt, reason: readReason(JSON.parse(JSON.stringify(attempt.reason))) }
}

export async function follow(follower: World, leader: World): Promise<void> {
  await follower.engine.follow(async () => storedBy(leader))
}

export function shown({ engine }: World) {
  const { incidents, profiles, managers } = engine.view()
  return {
    incidents,
    profiles: profiles.map(({ id, state, sentence, fix }) => ({ id, state, sentence, fix })),
    managers: managers.map(({ id, state, isRefused, isReplaced, sentence, fix }) => ({
      id,
      state,
      isRefused,
      isReplaced,
      sentence,
      fix,
    })),
  }
}
