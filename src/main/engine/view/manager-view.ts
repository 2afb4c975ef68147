// Manager view: one token manager as it is shown.

import type { Instant, TokenManager } from '../domain/model.ts'
import { reasonMessage } from '../domain/renewal-reason-messages.ts'
import type { ManagerView } from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import { fixOf, sentenceOf } from '../failure/failure-catalogue.ts'
import { isUsable, managerNeedsYou } from '../renewal/manager-status.ts'
import type { Planned } from '../renewal/renewal-policy.ts'
import type { StandIn } from '../renewal/serving-managers.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'
import { type BearerState, bearerStateOf } from '../renewal/tier-states.ts'
import { accessTokenView, lastView, refreshTokenView } from './profile-view.ts'

export interface ManagerViewInput {
  readonly manager: TokenManager
  readonly standIn: StandIn | null
  readonly subjectState: ManagerSubjectState
  readonly planned: Planned | null
  readonly busy: boolean
  readonly unsaved: boolean
  readonly now: Instant
}

export interface ManagerSnapshot {
  readonly view: ManagerView
  readonly failure: Failure | null
}

export function makeManagerView(input: ManagerViewInput): ManagerSnapshot {
  const { manager, subjectState, planned, busy, now } = input
  const failure = managerTrouble(input)
  const limited = failure?.kind === 'manager-token-limit'
  const needsYou = failure !== null && managerNeedsYou(manager, subjectState, now) !== null
  const bearer = bearerStateOf(manager, subjectState, now)
  const about = { kind: 'manager', name: manager.name } as const
  const view: ManagerView = {
    id: manager.id,
    kind: manager.kind,
    name: manager.name,
    isDefault: manager.isDefault,
    fallbackId: manager.fallbackId,
    isReplaced: input.standIn?.isInUse === true,
    clientId: manager.kind === 'integration' ? manager.clientId : null,
    state: busy ? 'refreshing' : stateOf(bearer, failure, needsYou),
    isRefused: bearer === 'refused',
    sentence: failure === null ? null : sentenceOf(failure, about),
    fix: failure === null ? null : fixOf(failure, about),
    accessToken: accessTokenView(manager.pair),
    refreshToken: refreshTokenView(manager.pair?.refresh ?? null),
    nextRefresh:
      planned === null || (needsYou && !limited)
        ? null
        : {
            at: planned.at === Number.NEGATIVE_INFINITY ? now : planned.at,
            why: reasonMessage(planned.reason),
          },
    last: lastView(subjectState),
    unsaved: input.unsaved,
  }
  return { view, failure }
}

/** A personal access token is in order while it lives, although nothing can renew it. */
function managerTrouble({ manager, subjectState, now }: ManagerViewInput): Failure | null {
  const needed = managerNeedsYou(manager, subjectState, now)
  const usable = isUsable(manager, subjectState, now, null) && subjectState.needsYou === null
  if (manager.kind === 'personal-access-token' && usable) return null
  if (manager.pair !== null && manager.pair.refresh === null && usable) return null
  return needed ?? subjectState.failure
}

function stateOf(bearer: BearerState, failure: Failure | null, needsYou: boolean): ManagerView['state'] {
  if (bearer === 'expired' && (needsYou || failure === null)) return 'expired'
  if (needsYou) return 'needs-attention'
  // Tier 3 is due at once.
  if (failure !== null || bearer === 'refused') return 'retrying'
  return bearer === 'none' ? 'needs-attention' : 'ready'
}
