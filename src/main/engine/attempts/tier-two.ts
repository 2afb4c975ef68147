// Tier 2: a token from the Applications API with the access token of a token manager, tier 3 behind it, and another token manager
// where the first one cannot serve.
import type { Call, ManagerId, Profile, ServiceApp } from '../domain/model.ts'
import type { Claim, Webex } from '../domain/ports.ts'
import type { DrillRequester, FallbackUse } from '../domain/renewal-reason.ts'
import type { Secret } from '../domain/secret.ts'
import type { Failure } from '../failure/failure.ts'
import type { Caller } from '../runtime/circuit-breaker.ts'
import { type CallGuards, performCall } from '../runtime/guarded-call.ts'
import { clientLimit, type NotItsTurn, renamed, type Step, unsent } from './tier-step.ts'

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

export interface TierTwoCaller {
  readonly managerId: ManagerId
  readonly fallback: FallbackUse | null
}

export interface TierTwoInput {
  readonly profile: Profile
  readonly serviceApp: ServiceApp
  /** Tier 3 is called before tier 2 in any case; null: only where it is needed. */
  readonly drill: DrillRequester | null
  readonly caller: Caller
  readonly order: number
}

export interface TierTwoPorts {
  readonly callGuards: CallGuards
  readonly webex: Webex
  /** The one that serves, and the one that may take its place. */
  readonly managers: readonly ManagerAccess[]
}

/** What tier 2 leaves beside its steps. */
export interface TierTwoNotes {
  readonly calls: Call[]
  passedOver: readonly Failure[]
  by: TierTwoCaller | null
}

/** Tier 2 with the first token manager that can serve; where none can, what the first of them lacks is what a person reads. */
export async function tierTwo(
  ports: TierTwoPorts,
  input: TierTwoInput,
  notes: TierTwoNotes,
): Promise<readonly (Step | NotItsTurn)[]> {
  let first: readonly Step[] | null = null
  /** The first of them, whose account gets no token of the service app. */
  let refused: TierTwoCaller | null = null
  for (const manager of ports.managers) {
    if (first !== null && !manager.canServe()) continue
    const steps = await tierTwoWith(manager, ports, input, notes, refused === null)
    // What the first of them lacks is what the attempt says.
    if (first !== null && steps.at(-1)?.kind === 'unclaimed') continue
    const getsNothing = isAboutAccess(steps.at(-1))
    if (!getsNothing && !isOfManager(steps.at(-1))) {
      notes.passedOver = failuresIn(first ?? [])
      return steps
    }
    if (first === null && getsNothing) refused = notes.by
    if (first === null && ports.managers.length === 1) return steps
    // In the order in which they were made.
    notes.calls.push(...steps.flatMap((step) => (step.kind === 'unclaimed' ? [] : (step.call ?? []))))
    if (first === null) first = failuresIn(steps).map(unsent)
    else notes.passedOver = failuresIn(steps)
  }
  if (refused !== null) notes.by = refused
  return first ?? []
}

function failuresIn(steps: readonly (Step | NotItsTurn)[]): readonly Failure[] {
  return steps.flatMap((step) => (step.kind === 'failed' ? step.failure : []))
}

/** A 403 or 404, of a service app that is authorized in the org or is not: another account may have access to it. */
function isAboutAccess(step: Step | NotItsTurn | undefined): boolean {
  if (step?.kind !== 'failed') return false
  const { kind, status } = step.failure
  return kind === 'not-authorised' || (kind === 'wrong-field' && status === 404)
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
  ports: TierTwoPorts,
  input: TierTwoInput,
  notes: TierTwoNotes,
  /** Where it is one and gets a 403 or 404: nothing says that the other one gets it as well. */
  isFallbackAtFault: boolean,
): Promise<readonly (Step | NotItsTurn)[]> {
  const { calls } = notes
  const begun = calls.length
  const request = async (bearer: Bearer) => {
    notes.by = { managerId: bearer.managerId, fallback: manager.fallback }
    const step = await applicationToken(ports, input, bearer)
    return manager.fallback === null || !isFallbackAtFault ? step : asFallback(step, manager.fallback)
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

/** Its account may lack what the one has that it stands in for. */
function asFallback(step: Step, fallback: FallbackUse): Step {
  if (step.kind === 'ok') return step
  if (!isAboutAccess(step)) return step
  const { call, failure } = step
  const { tier, status, detail, trackingId } = failure
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
  { callGuards, webex }: TierTwoPorts,
  { profile, serviceApp, caller, order }: TierTwoInput,
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

/** Of an integration: a personal access token has no tier 3 that could have answered for it. */
function managerRefused(managerId: ManagerId, bearer: string | null): Failure {
  const seen = { tier: 3, status: null, detail: null, trackingId: null } as const
  return { ...seen, kind: 'manager-refused', managerId, isPersonal: false, bearer }
}
