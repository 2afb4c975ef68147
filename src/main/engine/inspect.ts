// A pasted token tells nothing of its end: Webex is asked once, and the pair keeps the answer.
import type { Core } from './core.ts'
import type { FleetChange, ProfileId, TokenManager, TokenPair } from './model.ts'
import type { Secret } from './secret.ts'
import { send } from './wire.ts'

/** The token whose end has to be asked for; null when it is known, missing, or was asked for in vain. */
export function unknownToken(pair: TokenPair | null, asked: string | null): Secret | null {
  if (pair === null || pair.accessToken === null || pair.expiresAt !== null) return null
  return pair.fingerprint === asked ? null : pair.accessToken
}

export async function askProfileExpiry(
  core: Core,
  id: ProfileId,
  token: Secret,
  limit: string,
): Promise<void> {
  const end = await expiryOf(core, token, limit)
  await core.store.record(
    () => {
      const pair = core.memory.profiles.get(id)?.pair
      if (end === null || pair == null || !token.equals(pair.accessToken))
        return { changes: [], attempts: [] }
      return {
        changes: [{ kind: 'profile-pair', profileId: id, pair: { ...pair, expiresAt: end } }],
        attempts: [],
      }
    },
    ({ changes }) => {
      takeAll(core, changes)
      const fingerprint = core.memory.profiles.get(id)?.pair?.fingerprint ?? null
      core.memory.setTrack(id, { ...core.memory.track(id), expiryAsked: fingerprint })
    },
  )
}

export async function askManagerExpiry(core: Core, manager: TokenManager, token: Secret): Promise<void> {
  const { id } = manager
  const end = await expiryOf(core, token, `bearer:${id}`)
  await core.store.record(
    () => {
      const pair = core.memory.managers.get(id)?.pair
      if (end === null || pair == null || !token.equals(pair.accessToken))
        return { changes: [], attempts: [] }
      return {
        changes: [{ kind: 'manager-pair', managerId: id, pair: { ...pair, expiresAt: end } }],
        attempts: [],
      }
    },
    ({ changes }) => {
      takeAll(core, changes)
      const fingerprint = core.memory.managers.get(id)?.pair?.fingerprint ?? null
      core.memory.setManagerTrack(id, { ...core.memory.managerTrack(id), expiryAsked: fingerprint })
    },
  )
}

/** An instant that may lie in the past; null when Webex does not say. */
async function expiryOf(core: Core, token: Secret, limit: string): Promise<number | null> {
  const answer = await send(core.line, {
    context: { tier: 2 },
    caller: null,
    limits: [limit],
    order: 0,
    pair: null,
    mints: false,
    perform: () => core.parts.webex.tokenExpiry(token),
  })
  return answer.kind === 'ok' ? answer.value : null
}

function takeAll(core: Core, changes: readonly FleetChange[]): void {
  for (const change of changes) core.memory.take(change)
}
