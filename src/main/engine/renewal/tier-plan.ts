// Tier plan: which tiers could give a profile a token, and from when on. The basis of renewal policy, attempts and view.

import type { Instant, ManagerId, Profile, TokenManager, TokenPair } from '../domain/model.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import type { Failure } from '../failure/failure.ts'
import { lastTenthAt, shortRefreshAt } from './token-lifetime.ts'

/** A tier that needs a person, and when it is tried again nevertheless. */
export interface Stop {
  readonly failure: Failure
  readonly since: Instant
  readonly until: Instant
}

/** Of tier 2 with the access token of one token manager: what another one gets is not known. */
export interface TierTwoStop extends Stop {
  readonly managerId: ManagerId
}

/** How far a token manager can serve tier 2. */
export type ManagerStatus =
  | { readonly kind: 'ready'; readonly manager: TokenManager; readonly pair: TokenPair }
  /** Its access token is over or refused; tier 3 can renew it, from `from` on. */
  | { readonly kind: 'renewable'; readonly manager: TokenManager; readonly from: Instant }
  /** Only a person can help. */
  | {
      readonly kind: 'spent'
      readonly manager: TokenManager
      readonly failure: Failure
      /** When it is tried again nevertheless; Infinity: not without a person. */
      readonly from: Instant
      /** A person may ask for it once more: for its refresh token, or a personal access token that is not over. */
      readonly canTry: boolean
    }
  | { readonly kind: 'absent'; readonly failure: Failure<'no-manager'> }

export interface TierInputs {
  readonly now: Instant
  /** The secret shared by tiers 1 and 2 was refused. */
  readonly appStop: Stop | null
  /** With the token manager that serves now. */
  readonly tierTwoStop: Stop | null
  /** Its account has reached the limit of live access tokens, which stops all tiers. */
  readonly tokenLimit: Stop | null
  /** The one that serves now. */
  readonly manager: ManagerStatus
  /** Another one than its own serves; null: its own does, or neither can. */
  readonly fallback: FallbackUse | null
  /** The other one of the two; null: its own has no fallback. */
  readonly standby: ManagerStatus | null
  /** Tier 1 gave the same token again last time. */
  readonly stale: boolean
}

export type TierOne = 'ready' | 'dead' | 'expired' | 'missing'

export interface TierPlan {
  readonly tierOne: TierOne
  /** When tier 2 can be tried: -Infinity at once, Infinity never without a person. */
  readonly tierTwoFrom: Instant
  /** Whether a try of tier 2 makes sense when a person asks for it. */
  readonly tierTwoOnRequest: boolean
  /** What keeps tier 2 from working, in the person's terms. */
  readonly blocker: Failure | null
  /** Tier 2 first: the refresh token runs out and tier 1 does not extend it, or tier 1 changes nothing. */
  readonly preferTwo: boolean
}

export function tierPlanOf(profile: Profile, tierInputs: TierInputs): TierPlan {
  const { pair } = profile
  const { now, tierTwoStop, manager } = tierInputs
  const tierOne = tierOneOf(pair, now)
  const blocked = tierTwoStop === null ? Number.NEGATIVE_INFINITY : tierTwoStop.until
  const managerFrom = managerReadyFrom(manager)
  // What is wrong with the profile itself lasts when the token manager works again.
  const blocker =
    manager.kind === 'absent'
      ? withoutManager(manager.failure, tierOne)
      : (tierTwoStop?.failure ?? (manager.kind === 'spent' ? manager.failure : null))
  const shortFrom = pair?.refresh == null ? null : shortRefreshAt(pair.refresh)
  const lastTenth = lastTenthAt(pair)
  const tooShort = shortFrom !== null && now >= shortFrom
  return {
    tierOne,
    tierTwoFrom: Math.max(blocked, managerFrom),
    tierTwoOnRequest: manager.kind !== 'absent' && (manager.kind !== 'spent' || manager.canTry),
    blocker,
    preferTwo: tooShort || (tierInputs.stale && lastTenth !== null && now >= lastTenth),
  }
}

/** What a person reads where neither tier 1 nor a token manager can give a token. */
export function withoutManager(failure: Failure<'no-manager'>, tierOne: TierOne): Failure<'no-manager'> {
  return tierOne === 'dead' || tierOne === 'expired' ? { ...failure, refreshToken: tierOne } : failure
}

function tierOneOf(pair: TokenPair | null, now: Instant): TierOne {
  if (pair?.refresh == null) return 'missing'
  if (pair.refresh.dead) return 'dead'
  return pair.refresh.expiresAt !== null && pair.refresh.expiresAt <= now ? 'expired' : 'ready'
}

/** When tier 2 can be tried with it: -Infinity at once, Infinity never without a person. */
export function managerReadyFrom(manager: ManagerStatus): Instant {
  switch (manager.kind) {
    case 'ready':
      return Number.NEGATIVE_INFINITY
    case 'renewable':
    case 'spent':
      return manager.from
    case 'absent':
      return Number.POSITIVE_INFINITY
  }
}

/**
 * The tiers of one attempt, first to last; tier 2 brings tier 3 with it. Empty when only a person can help.
 * `manual`: it was requested, so neither a stop nor a waiting manager counts. `drill`: tier 1 is the last resort.
 */
export function planTiers(
  tierPlan: TierPlan,
  now: Instant,
  options: { readonly manual: boolean; readonly regularDue: boolean; readonly drill?: boolean },
): readonly (1 | 2)[] {
  const { manual } = options
  const two = manual ? tierPlan.tierTwoOnRequest : tierPlan.tierTwoFrom <= now
  const one = tierPlan.tierOne === 'ready' || (tierPlan.tierOne === 'expired' && !two)
  // A second look at what needed a person, while the token itself is not due: tier 1 has nothing to do.
  if (two && tierPlan.preferTwo && !options.regularDue && !manual) return [2]
  if (one && two) return tierPlan.preferTwo || options.drill === true ? [2, 1] : [1, 2]
  if (one) return [1]
  if (two) return [2]
  // Nothing is lost by a last try of a grant called dead when a person asks for it.
  return manual && tierPlan.tierOne === 'dead' ? [1] : []
}
