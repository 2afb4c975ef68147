// Tier ladder: tries the tiers of one profile, over ports, until one gives a token or no further one makes sense.

import type { Call, ManagerId, Profile, ServiceApp } from '../domain/model.ts'
import type { Claim, TokenGrant, Webex } from '../domain/ports.ts'
import type { DrillRequester, FallbackUse } from '../domain/renewal-reason.ts'
import type { Secret } from '../domain/secret.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf, needsPerson } from '../failure/failure-catalogue.ts'
import type { Caller } from '../runtime/circuit-breaker.ts'
import {
  type CallGuards,
  type CallResult,
  performCall,
  performClaimed,
  type Unclaimed,
} from '../runtime/guarded-call.ts'
import type { IssuedToken } from './attempt-commit.ts'

export interface Bearer {
  readonly kind: 'bearer'
  readonly managerId: ManagerId
  readonly token: Secret
  readonly fingerprint: string | null
  /** Tier 3 has just issued the same one again. */
  readonly vouched: boolean
}

/** The bearer of tier 2, and tier 3 behind it. */
export interface ManagerAccess {
  /** It stands in for another one. */
  readonly fallback: FallbackUse | null
  /** Whether trying it makes sense after the other one could not serve. */
  canServe(): boolean
  current():
    | Bearer
    | { readonly kind: 'renewable'; readonly managerId: ManagerId }
    | { readonly kind: 'none'; readonly failure: Failure }
  /** Tier 3, shared with everyone who needs it now. */
  renew(cause: RenewalCause): Promise<ManagerRenewal>
}

export interface ManagerRenewal {
  readonly calls: readonly Call[]
  readonly failure: Failure | null
  /** Another process renews the manager's token, or has just tried: nothing was sent. */
  readonly held?: Held
}

type Held = Extract<Claim, { kind: 'held' }>

/** Why tier 3 is needed; null: the bearer is over. */
export type RenewalCause =
  /** Webex would not take this bearer. Nothing is called when it has been replaced meanwhile. */
  | { readonly bearer: string | null; readonly aboutClient: boolean }
  /** To prove it, although the bearer lives. */
  | { readonly drill: DrillRequester }
  | null

export interface ClimbInput {
  readonly profile: Profile
  readonly serviceApp: ServiceApp
  readonly tiers: readonly (1 | 2)[]
  /** Every tier that might work is tried. */
  readonly lastTenth: boolean
  /** The same token again is no help: it is about to end, or was refused where it was used. */
  readonly wantsNew: boolean
  /** Refresh requests in a row, before this attempt, whose answer was lost. */
  readonly lostAnswers: number
  /** The last answer to this refresh token was unclear. */
  readonly unclearBefore: boolean
  /** Tier 3 is called before tier 2 in any case; null: only where it is needed. */
  readonly drill: DrillRequester | null
  readonly caller: Caller
  readonly order: number
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

export interface TierTwoCaller {
  readonly managerId: ManagerId
  readonly fallback: FallbackUse | null
}

export interface ClimbPorts {
  readonly callGuards: CallGuards
  readonly webex: Webex
  /** The one that serves, and the one that may take its place. */
  readonly managers: readonly ManagerAccess[]
  readonly claim: () => Promise<Claim>
  /** Whether Webex gave the token it had given before. */
  readonly isUnchanged: (grant: TokenGrant) => boolean
  /** Whether another copy used the refresh token that is dead now. */
  readonly isOtherCopy: () => Promise<boolean>
  /** Stores an answer before another call is made: its refresh token may be a new one. */
  readonly store: (issued: IssuedToken) => Promise<void>
}

type Step = CallResult<TokenGrant>
type NotItsTurn = { readonly kind: 'unclaimed'; readonly claim: Unclaimed }

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

/** What tier 2 leaves beside its steps. */
interface TierTwoNotes {
  readonly calls: Call[]
  passedOver: readonly Failure[]
  by: TierTwoCaller | null
}

/** Tier 2 with the first token manager that can serve; where none can, what the first of them lacks is what a person reads. */
async function tierTwo(
  ports: ClimbPorts,
  input: ClimbInput,
  notes: TierTwoNotes,
): Promise<readonly (Step | NotItsTurn)[]> {
  let first: readonly Step[] | null = null
  for (const manager of ports.managers) {
    if (first !== null && !manager.canServe()) continue
    const steps = await tierTwoWith(manager, ports, input, notes)
    // What the first of them lacks is what the attempt says.
    if (first !== null && steps.at(-1)?.kind === 'unclaimed') continue
    if (!isOfManager(steps.at(-1))) {
      notes.passedOver = failuresIn(first ?? [])
      return steps
    }
    if (first === null && ports.managers.length === 1) return steps
    // In the order in which they were made.
    notes.calls.push(...steps.flatMap((step) => (step.kind === 'unclaimed' ? [] : (step.call ?? []))))
    if (first === null) first = failuresIn(steps).map(unsent)
    else notes.passedOver = failuresIn(steps)
  }
  return first ?? []
}

function failuresIn(steps: readonly (Step | NotItsTurn)[]): readonly Failure[] {
  return steps.flatMap((step) => (step.kind === 'failed' ? step.failure : []))
}

/** Another token manager may do better: it is about this one, not about the way to Webex or the disk. */
function isOfManager(step: Step | NotItsTurn | undefined): boolean {
  if (step?.kind !== 'failed') return false
  const { failure } = step
  if (failure.kind === 'transient') return failure.tier === 3 && failure.reason === 'server'
  if (failure.kind === 'interference' || failure.kind === 'store') return false
  return failure.tier === 3 || failure.kind === 'no-manager'
}

/** Tier 2; with tier 3 before it when the manager's token is over or in a drill, or between two tries when it is refused. */
async function tierTwoWith(
  manager: ManagerAccess,
  ports: ClimbPorts,
  input: ClimbInput,
  notes: TierTwoNotes,
): Promise<readonly (Step | NotItsTurn)[]> {
  const { calls } = notes
  const begun = calls.length
  const request = async (bearer: Bearer) => {
    notes.by = { managerId: bearer.managerId, fallback: manager.fallback }
    const step = await applicationToken(ports, input, bearer)
    return manager.fallback === null ? step : asFallback(step, manager.fallback)
  }
  const renewed = async (cause: RenewalCause): Promise<ManagerRenewal> => {
    const renewal = await manager.renew(cause)
    calls.push(...renewal.calls)
    return renewal
  }
  let access = manager.current()
  const mustRenew = access.kind === 'renewable'
  if (mustRenew || (input.drill !== null && access.kind === 'bearer')) {
    const { failure, held } = await renewed(input.drill === null || mustRenew ? null : { drill: input.drill })
    // The bearer lives: a drill goes on with it, and leaves tier 3's failure in the calls.
    if (held !== undefined && mustRenew) return [{ kind: 'unclaimed', claim: held }]
    if (failure !== null && mustRenew) return [unsent(failure)]
    access = manager.current()
  }
  const wasRenewed = mustRenew || calls.slice(begun).some(({ tier, result }) => tier === 3 && result === 'ok')
  if (access.kind === 'none') return [unsent(access.failure)]
  if (access.kind === 'renewable') return [unsent(managerRefused(access.managerId, null))]
  const first = await request(access)
  if (first.kind === 'ok' || first.failure.kind !== 'bearer-refused') return [first]
  if (wasRenewed || access.vouched) return [afterTierThree(manager, access, first)]
  const seen = unsent(first.failure)
  const because = (failure: Failure) => unsent(withWordsOf(first.failure, failure))
  if (first.call !== null) calls.push(first.call)
  const { failure, held } = await renewed({
    bearer: access.fingerprint,
    aboutClient: first.failure.aboutClient,
  })
  if (held !== undefined) return [seen]
  if (failure !== null) return [seen, because(failure)]
  const fresh = manager.current()
  if (fresh.kind === 'none') return [seen, because(fresh.failure)]
  if (fresh.kind === 'renewable') return [seen, because(managerRefused(fresh.managerId, null))]
  return [seen, afterTierThree(manager, fresh, await request(fresh))]
}

/**
 * Refused although tier 3 has just answered for it, with a new bearer or with the same one: asking tier 3 again would
 * only go round in circles.
 */
function afterTierThree(manager: ManagerAccess, bearer: Bearer, step: Step): Step {
  if (step.kind === 'ok' || step.failure.kind !== 'bearer-refused') return step
  // It was replaced while the request was under way: the next attempt has a new one.
  const now = manager.current()
  if (now.kind !== 'bearer' || now.fingerprint !== bearer.fingerprint) return step
  const { failure } = step
  if (!failure.aboutClient) {
    return { ...step, failure: withWordsOf(failure, managerRefused(bearer.managerId, bearer.fingerprint)) }
  }
  return renamed(step, 'client-refused')
}

/** The same answer as another kind, after what was known before it. */
function renamed(
  { failure, call }: Extract<Step, { kind: 'failed' }>,
  kind: 'client-refused' | 'other-copy',
): Step {
  const { tier, status, detail, trackingId } = failure
  const meant: Failure = { kind, tier, status, detail, trackingId }
  return { kind: 'failed', call: call === null ? null : { ...call, result: kind }, failure: meant }
}

/** Its account may lack what the one has that it stands in for. */
function asFallback(step: Step, fallback: FallbackUse): Step {
  if (step.kind === 'ok') return step
  const { call, failure } = step
  const { kind, tier, status, detail, trackingId } = failure
  if (kind !== 'not-authorised' && !(kind === 'wrong-field' && status === 404)) return step
  const refused = 'fallback-refused'
  return {
    kind: 'failed',
    call: call === null ? null : { ...call, result: refused },
    failure: { kind: refused, tier, status, detail, trackingId, fallback },
  }
}

/** Why the manager was called refused: what tier 2 answered. */
function withWordsOf(answer: Failure, failure: Failure): Failure {
  if (failure.kind !== 'manager-refused' || answer.kind !== 'bearer-refused') return failure
  const { status, detail, trackingId, aboutClient } = answer
  return { ...failure, status, detail, trackingId, aboutClient }
}

function applicationToken(
  { callGuards, webex }: ClimbPorts,
  { profile, serviceApp, caller, order }: ClimbInput,
  bearer: { readonly managerId: ManagerId; readonly token: Secret },
): Promise<Step> {
  return performCall(callGuards, {
    context: { tier: 2 },
    caller,
    limits: [clientLimit(serviceApp.clientId), `bearer:${bearer.managerId}`],
    order,
    pair: profile.pair,
    provesStore: 'unless-ending',
    perform: () => webex.applicationToken(bearer.token, serviceApp.appId, serviceApp, profile.targetOrgId),
  })
}

export function unsent(failure: Failure): Step {
  return { kind: 'failed', call: null, failure }
}

/** Of an integration: a personal access token has no tier 3 that could have answered for it. */
function managerRefused(managerId: ManagerId, bearer: string | null): Failure {
  const seen = { tier: 3, status: null, detail: null, trackingId: null } as const
  return { ...seen, kind: 'manager-refused', managerId, isPersonal: false, bearer }
}

/** Webex counts requests for each client id. */
export function clientLimit(clientId: string): string {
  return `client:${clientId}`
}
