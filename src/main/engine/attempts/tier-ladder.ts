// Tier ladder: tries the tiers of one profile, over ports, until one gives a token or no further one makes sense.

import type { Call } from '../domain/model.ts'
import type { Claim, TokenGrant } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf, needsPerson } from '../failure/failure-catalogue.ts'
import { performClaimed, type Unclaimed } from '../runtime/guarded-call.ts'
import type { IssuedToken } from './attempt-commit.ts'
import { clientLimit, type NotItsTurn, renamed, type Step } from './tier-step.ts'
import {
  type TierTwoCaller,
  type TierTwoInput,
  type TierTwoNotes,
  type TierTwoPorts,
  tierTwo,
} from './tier-two.ts'

export interface ClimbInput extends TierTwoInput {
  readonly tiers: readonly (1 | 2)[]
  /** Every tier that might work is tried. */
  readonly lastTenth: boolean
  /** The same token again is no help: it is about to end, or was refused where it was used. */
  readonly wantsNew: boolean
  /** Refresh requests in a row, before this attempt, whose answer was lost. */
  readonly lostAnswers: number
  /** The last answer to this refresh token was unclear. */
  readonly unclearBefore: boolean
}

export interface ClimbResult {
  readonly calls: readonly Call[]
  readonly failures: readonly Failure[]
  readonly issued: IssuedToken | null
  /** The refresh token that Webex called dead. */
  readonly dead: Secret | null
  /** Why tier 1 was not sent, or tier 3 before tier 2: it is not this process's turn. */
  readonly unclaimed: Unclaimed | null
  /** What kept one of two token managers from serving, where the other one decided. */
  readonly passedOver: readonly Failure[]
  /** Whose access token tier 2 was called with last. */
  readonly tierTwoBy: TierTwoCaller | null
}

export interface ClimbPorts extends TierTwoPorts {
  readonly claim: () => Promise<Claim>
  /** Whether Webex gave the token it had given before. */
  readonly isUnchanged: (grant: TokenGrant) => boolean
  /** Whether another copy used the refresh token that is dead now. */
  readonly isOtherCopy: () => Promise<boolean>
  /** Stores an answer before another call is made: its refresh token may be a new one. */
  readonly store: (issued: IssuedToken) => Promise<void>
}

export async function climb(ports: ClimbPorts, input: ClimbInput): Promise<ClimbResult> {
  const calls: Call[] = []
  const failures: Failure[] = []
  let dead: Secret | null = null
  let same: IssuedToken | null = null
  let unclaimed: Unclaimed | null = null
  const two: TierTwoNotes = { calls, passedOver: [], by: null }
  const result = (issued: IssuedToken | null): ClimbResult => {
    return { calls, failures, issued, dead, unclaimed, passedOver: two.passedOver, tierTwoBy: two.by }
  }
  for (const tier of input.tiers) {
    const steps = tier === 1 ? [await tierOne(ports, input)] : await tierTwo(ports, input, two)
    for (const step of steps) {
      if (step.kind === 'unclaimed') {
        unclaimed = step.claim
        continue
      }
      if (step.call !== null) calls.push(step.call)
      if (step.kind === 'ok') {
        const issued: IssuedToken = { tier, grant: step.value, at: step.at }
        if (!isLeftToTry(ports, input, issued)) return result(issued)
        await ports.store(issued)
        same = issued
        continue
      }
      failures.push(step.failure)
      if (tier === 1 && consequenceOf(step.failure).grantDead)
        dead = input.profile.pair?.refresh?.token ?? null
    }
    if (tier === 1 && unclaimed !== null && unclaimed.kind !== 'unknown') break
    const last = failures.at(-1)
    if (last !== undefined && !goesOn(last, input)) break
  }
  return result(same)
}

/** The same token came again where another one is wanted, and there is another tier to try. */
function isLeftToTry(
  ports: ClimbPorts,
  { wantsNew, tiers }: ClimbInput,
  { tier, grant }: IssuedToken,
): boolean {
  return wantsNew && tier !== tiers.at(-1) && ports.isUnchanged(grant)
}

/** Whether the next tier of the plan is tried after this failure. */
function goesOn(failure: Failure, input: ClimbInput): boolean {
  // A drill ends no token: tier 1 is left, and must not be sent only where no tier may.
  if (input.drill !== null) return failure.kind !== 'token-limit' && failure.kind !== 'interference'
  switch (consequenceOf(failure).next) {
    case 'next-tier':
    case 'other-tiers':
      return true
    case 'last-tenth':
    case 'tier-3-then-2':
      return input.lastTenth
    case 'second-time':
      return input.lastTenth || input.lostAnswers > 0
    case 'stop':
      return false
  }
}

/** The failure a person reads: what needs them before what may pass, later before earlier. */
export function decidingFailure(failures: readonly Failure[]): Failure | null {
  return failures.findLast(needsPerson) ?? failures.at(-1) ?? null
}

async function tierOne(
  { callGuards, webex, isOtherCopy, claim }: ClimbPorts,
  { profile, serviceApp, unclearBefore, caller, order }: ClimbInput,
): Promise<Step | NotItsTurn> {
  const refresh = profile.pair?.refresh
  if (refresh == null) throw new Error('tier 1 is planned only for a pair with a refresh token')
  const request = {
    context: { tier: 1, unclearBefore },
    caller,
    limits: [clientLimit(serviceApp.clientId)],
    order,
    pair: profile.pair,
    provesStore: 'always',
    perform: () => webex.refreshGrant(serviceApp, refresh.token),
  } as const
  const step = await performClaimed(callGuards, request, claim)
  const isDead = step.kind === 'failed' && step.failure.kind === 'grant-dead'
  return isDead && (await isOtherCopy()) ? renamed(step, 'other-copy') : step
}
