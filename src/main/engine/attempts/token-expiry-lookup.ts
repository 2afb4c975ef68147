// A token whose end is unknown, pasted or issued without one: Webex is asked for it, and the pair keeps the answer.

import type { FleetChange, Instant, ProfileId, TokenManager, TokenPair } from '../domain/model.ts'
import type { Secret } from '../domain/secret.ts'
import type { ExpiryAsked } from '../renewal/subject-state.ts'
import { dueAt } from '../renewal/token-lifetime.ts'
import type { Core } from '../runtime/engine-context.ts'
import { send } from '../runtime/guarded-call.ts'

/**
 * The token whose end has to be asked for; null when it is known, missing, or was asked for in vain. It is asked for
 * once more when the token comes due, before a new one is minted.
 */
export function unknownToken(pair: TokenPair | null, asked: ExpiryAsked | null, now: Instant): Secret | null {
  if (pair === null || pair.accessToken === null || pair.expiresAt !== null) return null
  if (asked === null || asked.fingerprint !== pair.fingerprint) return pair.accessToken
  const due = dueAt('', pair, 0)
  return asked.at < due && due <= now ? pair.accessToken : null
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
      if (end === null || pair == null || !token.equals(pair.accessToken) || !isPossible(end, pair))
        return { changes: [], attempts: [] }
      return {
        changes: [{ kind: 'profile-pair', profileId: id, pair: { ...pair, expiresAt: end } }],
        attempts: [],
      }
    },
    ({ changes }) => {
      takeAll(core, changes)
      const fingerprint = core.memory.profiles.get(id)?.pair?.fingerprint ?? null
      core.memory.setTrack(id, {
        ...core.memory.track(id),
        expiryAsked: { fingerprint, at: core.wall.now() },
      })
    },
  )
}

export async function askManagerExpiry(core: Core, manager: TokenManager, token: Secret): Promise<void> {
  const { id } = manager
  const end = await expiryOf(core, token, `bearer:${id}`)
  await core.store.record(
    () => {
      const pair = core.memory.managers.get(id)?.pair
      if (end === null || pair == null || !token.equals(pair.accessToken) || !isPossible(end, pair))
        return { changes: [], attempts: [] }
      return {
        changes: [{ kind: 'manager-pair', managerId: id, pair: { ...pair, expiresAt: end } }],
        attempts: [],
      }
    },
    ({ changes }) => {
      takeAll(core, changes)
      const fingerprint = core.memory.managers.get(id)?.pair?.fingerprint ?? null
      core.memory.setManagerTrack(id, {
        ...core.memory.managerTrack(id),
        expiryAsked: { fingerprint, at: core.wall.now() },
      })
    },
  )
}

/** A token just issued has not ended already; a pasted one may have. */
function isPossible(end: Instant, { origin, issuedAt }: TokenPair): boolean {
  return origin === 'pasted' || end > issuedAt
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
