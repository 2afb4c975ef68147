// Tier states: what each tier of a profile can do now. Whatever is shown of a profile or a token manager follows from this.

import {
  type Instant,
  isAlive,
  type ManagerId,
  type Profile,
  type Tier,
  type TokenManager,
} from '../domain/model.ts'
import { isRefusal } from '../failure/failure-catalogue.ts'
import { isBearerRefused } from './manager-status.ts'
import type { ManagerSubjectState, ProfileSubjectState, TierUse } from './subject-state.ts'
import type { ManagerStatus, TierInputs, TierPlan } from './tier-plan.ts'

export type TierState =
  /** It worked when it was used last. */
  | { readonly kind: 'ready' }
  /** Nothing is known against it, and nothing proves it with the credentials that are held. */
  | { readonly kind: 'standby' }
  /** Its last use failed for something that passes, or (`bearer`) tier 3 has to work first. */
  | { readonly kind: 'retrying'; readonly waitsFor: 'pause' | 'bearer' }
  /** Webex refuses it, or (`manager`) the token manager that it needs. */
  | { readonly kind: 'refused'; readonly what: 'secret' | 'token-limit' | 'manager' | 'request' }
  /** What it needs is missing or over. */
  | { readonly kind: 'spent'; readonly reason: SpentReason }

export type SpentReason =
  | 'no-refresh-token'
  | 'dead'
  | 'expired'
  | 'no-manager'
  | 'not-connected'
  | 'personal-token'

export type TierStates = { readonly [T in Tier]: TierState }

export interface TierStateInput {
  readonly profile: Profile
  readonly subjectState: ProfileSubjectState
  readonly tierInputs: TierInputs
  readonly tierPlan: TierPlan
  /** null: there is no token manager. */
  readonly managerSubjectState: ManagerSubjectState | null
}

export function tierStatesOf(input: TierStateInput): TierStates {
  const { tierInputs, managerSubjectState } = input
  const { manager, now } = tierInputs
  const three = spent('no-manager')
  const states = {
    1: tierOneState(input),
    3:
      manager.kind === 'absent' ? absent(manager) : tierThreeState(manager.manager, managerSubjectState, now),
  }
  return { ...states, 2: tierTwoState(input, manager.kind === 'absent' ? three : states[3]) }
}

/** Whether it may give a token without a person. */
export function canRenew({ kind }: TierState): boolean {
  return kind === 'ready' || kind === 'standby' || kind === 'retrying'
}

/** How long tier 2 can be expected to have a token manager's access token, if nobody helps; null: not known. */
export function bearerUntil(manager: ManagerStatus, three: TierState): Instant | null {
  if (manager.kind !== 'ready' && manager.kind !== 'renewable') return null
  const { pair } = manager.manager
  const access = pair?.expiresAt ?? null
  if (!canRenew(three) || pair?.refresh?.expiresAt == null) return canRenew(three) ? null : access
  return Math.max(pair.refresh.expiresAt, access ?? 0)
}

/** `bearerUntil` of the token manager that may take the place of the one that serves; -Infinity: it cannot. */
export function standbyUntil(
  { standby, now }: TierInputs,
  { tierTwoStop }: ProfileSubjectState,
  stateOf: (id: ManagerId) => ManagerSubjectState,
): Instant | null {
  const never = Number.NEGATIVE_INFINITY
  if (standby?.kind !== 'ready' && standby?.kind !== 'renewable') return never
  const { id } = standby.manager
  const three = tierThreeState(standby.manager, stateOf(id), now)
  if (tierTwoStop?.managerId === id || (standby.kind === 'renewable' && !canRenew(three))) return never
  return bearerUntil(standby, three)
}

function isByAnother(use: TierUse | undefined, { fallback }: TierInputs): boolean {
  return use?.fallback?.name !== fallback?.name
}

function tierOneState({ subjectState, tierInputs, tierPlan }: TierStateInput): TierState {
  if (tierPlan.tierOne === 'missing') return spent('no-refresh-token')
  if (tierPlan.tierOne !== 'ready') return spent(tierPlan.tierOne)
  return sharedRefusal(tierInputs) ?? byUse(subjectState.uses[1])
}

function tierTwoState(
  { profile, subjectState, tierInputs, managerSubjectState }: TierStateInput,
  three: TierState,
): TierState {
  const { manager, tierTwoStop } = tierInputs
  if (manager.kind === 'absent') return absent(manager)
  const refusal = sharedRefusal(tierInputs)
  if (refusal !== null) return refusal
  if (manager.kind === 'spent') return refused('manager')
  if (tierTwoStop !== null) return refused('request')
  if (manager.kind === 'renewable') {
    if (!canRenew(three)) return refused('manager')
    if (three.kind === 'retrying') return { kind: 'retrying', waitsFor: 'bearer' }
    if (isBearerRefused(manager.manager, managerSubjectState, profile.serviceAppId))
      return { kind: 'retrying', waitsFor: 'bearer' }
  }
  // Of what another token manager's access token came to, nothing follows for this one's.
  return byUse(isByAnother(subjectState.uses[2], tierInputs) ? undefined : subjectState.uses[2])
}

export function tierThreeState(
  manager: TokenManager,
  subjectState: ManagerSubjectState | null,
  now: Instant,
): TierState {
  if (manager.kind === 'personal-access-token') return spent('personal-token')
  if (manager.pair === null) return spent('not-connected')
  const { refresh } = manager.pair
  if (refresh === null) return spent('no-refresh-token')
  if (refresh.dead) return spent('dead')
  if (refresh.expiresAt !== null && refresh.expiresAt <= now) return spent('expired')
  const needed = subjectState?.needsYou ?? null
  if (needed !== null) return refused(needed.kind === 'manager-token-limit' ? 'token-limit' : 'request')
  return byUse(subjectState?.uses[3])
}

/** What a person is told of a token manager's access token. */
export type BearerState = 'accepted' | 'refused' | 'expired' | 'none'

export function bearerStateOf(
  manager: TokenManager,
  subjectState: ManagerSubjectState | null,
  now: Instant,
): BearerState {
  if (manager.pair?.accessToken == null) return 'none'
  if (!isAlive(manager.pair, now)) return 'expired'
  return isBearerRefused(manager, subjectState, null) ? 'refused' : 'accepted'
}

/** Of the client secret that tiers 1 and 2 share, or of the account. */
function sharedRefusal({ appStop, tokenLimit }: TierInputs): TierState | null {
  if (appStop !== null) return refused('secret')
  return tokenLimit === null ? null : refused('token-limit')
}

/** Refusals that are not this tier's own: whether they last is known of the token manager and of the account. */
const OF_OTHERS: readonly string[] = [
  'bearer-refused',
  'token-limit',
  'manager-token-limit',
  'manager-refused',
  'no-manager',
]

function byUse(use: TierUse | undefined): TierState {
  if (use === undefined || use.end === 'replaced') return { kind: 'standby' }
  if (use.end === 'worked') return { kind: 'ready' }
  if (OF_OTHERS.includes(use.result)) return { kind: 'standby' }
  return isRefusal(use.result) ? refused('request') : { kind: 'retrying', waitsFor: 'pause' }
}

function absent({ failure }: Extract<ManagerStatus, { kind: 'absent' }>): TierState {
  return spent(failure.managerId === null ? 'no-manager' : 'not-connected')
}

function spent(reason: SpentReason): TierState {
  return { kind: 'spent', reason }
}

function refused(what: Extract<TierState, { kind: 'refused' }>['what']): TierState {
  return { kind: 'refused', what }
}
