// Attempt commit: stores what an attempt of a profile or token manager gave together with its history row, in one
// transaction, and only then remembers and announces it.

import type { Attempt, Call, FleetChange, Instant, Subject, Tier, TokenPair } from '../domain/model.ts'
import type { Claim, TokenGrant } from '../domain/ports.ts'
import type { FallbackUse, RefusedManager, RenewalReason } from '../domain/renewal-reason.ts'
import type { Secret } from '../domain/secret.ts'
import type { Failure, FailureSubject } from '../failure/failure.ts'
import { isRefusal, sentenceOf } from '../failure/failure-catalogue.ts'
import type { TierTwoStop } from '../renewal/tier-plan.ts'
import { markDead, receive } from '../renewal/token-grant.ts'
import { type EngineContext, type Job, subjectKey } from '../runtime/engine-context.ts'

const LATE_SENTENCE =
  'The credentials were changed while the answer was on its way, so what it brought was not taken over. It is tried again with the new ones.'

const HELD_SENTENCE =
  'Another renewal of this token has begun and its outcome is not known yet, so nothing was sent. It is checked again when it is known, after 10 minutes at the latest.'

/** It was not this process's turn, and nothing was sent. */
export function isHeld({ calls, sentence }: Attempt): boolean {
  return calls.length === 0 && sentence === HELD_SENTENCE
}

/** A token answer of a tier. */
export interface IssuedToken {
  readonly tier: Tier
  readonly grant: TokenGrant
  readonly at: Instant
}

/** Everything an attempt met, before anything of it is stored. */
export interface EndedAttempt {
  readonly id: string
  readonly job: Job
  /** As the history names it. */
  readonly about: FailureSubject
  readonly orgId: string | null
  readonly startedAt: Instant
  /** The pair it was made with. */
  readonly pair: TokenPair | null
  readonly calls: readonly Call[]
  readonly issued: IssuedToken | null
  /** The refresh token that Webex called dead. */
  readonly dead: Secret | null
  /** What a person reads; null when a token was issued, or where there is nothing to say. */
  readonly failure: Failure | null
  /** Whose access token tier 2 was called with last, where that was a fallback's. */
  readonly fallback: FallbackUse | null
  /** Of its profile, as they stand after it. */
  readonly refusedManagers: readonly RefusedManager[]
  /** With the pair that is held after it, where it failed: when it is tried again. null: the plan decides. */
  readonly retryAt: (attempt: Attempt, pair: TokenPair | null) => Instant | null
  /** What keeps tier 2 from being asked after it. */
  readonly tierTwoStop: (attempt: Attempt) => TierTwoStop | null
  /** Since when another copy is known to be at work after it; null: none is. */
  readonly otherCopySince: (attempt: Attempt, pair: TokenPair | null) => Instant | null
  /** A good answer, but not to the credentials that are there now. */
  readonly isLate: (issued: IssuedToken) => boolean
}

/** What follows from it for the record as it is now. */
interface PairOutcome {
  readonly changes: readonly FleetChange[]
  readonly outcome: Attempt['outcome']
  readonly pair: TokenPair | null
  /** What was issued is not taken over. */
  readonly late: boolean
}

/** `remember` runs right after the write, and only if the record is still there. */
export async function commitAttempt(
  context: EngineContext,
  ended: EndedAttempt,
  remember: (attempt: Attempt, late: boolean) => void,
): Promise<Attempt> {
  const { fleetState } = context
  const { subject } = ended.job
  if ((context.stopping() || !context.renewsHere()) && ended.calls.length === 0)
    return toAttempt(context, ended, null)
  const { batch } = await context.writeQueue.record(
    () => {
      const result = pairOutcome(context, ended)
      const attempt = toAttempt(context, ended, result)
      return { changes: result.changes, attempts: [attempt], attempt, late: result.late }
    },
    ({ changes, attempt, late }) => {
      for (const change of changes) fleetState.take(change)
      if (fleetState.record(subject) !== undefined) remember(attempt, late)
      context.emit({ kind: 'attempt', attempt })
      const key = subjectKey(subject)
      context.replan(key)
      context.changed(key)
    },
  )
  return batch.attempt
}

/** Nothing was sent, since another process has renewed the token or is about to; that one writes the history. */
export async function yieldAttempt(
  context: EngineContext,
  ended: EndedAttempt,
  claim: Extract<Claim, { kind: 'adopt' | 'held' }>,
): Promise<Attempt> {
  const { fleetState, serverClock } = context
  const { subject } = ended.job
  const key = subjectKey(subject)
  if (claim.kind === 'held') {
    fleetState.noteHeld(subject, serverClock.now() + claim.wait)
    context.replan(key)
    return { ...toAttempt(context, ended, null), sentence: HELD_SENTENCE }
  }
  const { pair } = claim
  const attempt = toAttempt(context, ended, { changes: [], outcome: 'unchanged', pair, late: false })
  await context.writeQueue.record(
    () => ({ changes: [], attempts: [] }),
    () => {
      // A person may have pasted another one meanwhile.
      if (fleetState.record(subject)?.pair !== ended.pair) return
      fleetState.adopt(subject, pair)
      context.emit({ kind: 'attempt', attempt })
      context.replan(key)
      context.changed(key)
    },
  )
  return attempt
}

/** Stores an issued token in the middle of an attempt: its refresh token may be a new one. */
export async function storeIssued(context: EngineContext, ended: EndedAttempt): Promise<void> {
  await context.writeQueue.record(
    () => ({ changes: pairOutcome(context, ended).changes, attempts: [] }),
    ({ changes }) => {
      for (const change of changes) context.fleetState.take(change)
    },
  )
}

/** Against the pair as it is now: while the attempt ran, a person may have pasted another one or removed the record. */
function pairOutcome({ fleetState }: EngineContext, ended: EndedAttempt): PairOutcome {
  const { issued, dead } = ended
  const { subject } = ended.job
  const current = fleetState.record(subject)
  const outcome = issued === null ? 'failed' : 'renewed'
  if (current === undefined) return { changes: [], outcome, pair: null, late: false }
  const changes: FleetChange[] = []
  let { pair } = current
  if (dead !== null && pair?.refresh != null && dead.equals(pair.refresh.token)) {
    const marked = markDead(pair)
    changes.push(pairChange(subject, marked, { follows: pair }))
    pair = marked
  }
  if (issued === null) return { changes, outcome, pair, late: false }
  if (ended.isLate(issued)) return { changes, outcome: 'failed', pair: ended.pair, late: true }
  const origin = issued.tier === 2 ? 'applications-api' : 'refresh-grant'
  const received = receive(issued.grant, pair, origin, issued.at)
  changes.push(pairChange(subject, received.pair, { attemptId: ended.id, follows: pair }))
  if (subject.kind === 'profile' && ended.job.reason?.code === 'drill')
    changes.push({ kind: 'drill', profileId: subject.profileId, request: null })
  return { ...received, changes, late: false }
}

export function pairChange(
  subject: Subject,
  pair: TokenPair,
  origin: { readonly follows: TokenPair | null; readonly attemptId?: string },
): FleetChange {
  return subject.kind === 'profile'
    ? { kind: 'profile-pair', profileId: subject.profileId, pair, ...origin }
    : { kind: 'manager-pair', managerId: subject.managerId, pair, ...origin }
}

/** `result`: null where nothing is committed. */
export function toAttempt(context: EngineContext, ended: EndedAttempt, result: PairOutcome | null): Attempt {
  const { job, calls, issued, failure } = ended
  const before = ended.pair?.fingerprint ?? null
  const outcome = result?.outcome ?? 'failed'
  const sentence = failure === null ? null : sentenceOf(failure, ended.about)
  const attempt: Attempt = {
    id: ended.id,
    subject: job.subject,
    name: ended.about.name,
    orgId: ended.orgId,
    trigger: job.trigger,
    reason: withTierTwo(context, ended),
    startedAt: ended.startedAt,
    endedAt: context.serverClock.now(),
    calls: calls.map((call) =>
      outcome === 'unchanged' && call.tier === issued?.tier && call.result === 'ok'
        ? { ...call, result: 'unchanged' }
        : call,
    ),
    outcome,
    tier: outcome === 'failed' ? null : (issued?.tier ?? null),
    before,
    after: result?.pair?.fingerprint ?? before,
    sentence: result?.late === true ? LATE_SENTENCE : sentence,
    trackingId: (failure === null ? calls.at(-1)?.trackingId : failure.trackingId) ?? null,
  }
  return result === null ? attempt : { ...attempt, reason: withMet(context, ended, attempt, result) }
}

/** What whoever only reads of the attempt would not know. */
function withMet(
  { fleetState }: EngineContext,
  { failure, job, refusedManagers, startedAt, ...ended }: EndedAttempt,
  attempt: Attempt,
  { pair, late }: PairOutcome,
): RenewalReason | null {
  const { reason, outcome } = attempt
  if (reason === null) return null
  const otherCopySince = ended.otherCopySince(attempt, pair)
  const stop = late ? null : ended.tierTwoStop(attempt)
  const { since, failedInARow } = fleetState.stateOf(job.subject)
  const met =
    outcome !== 'failed' || late || failure === null
      ? null
      : {
          failure: { ...failure },
          since: since ?? startedAt,
          inARow: failedInARow + 1,
          retryAt: ended.retryAt(attempt, pair),
        }
  return {
    ...reason,
    ...(refusedManagers.length === 0 ? {} : { refusedManagers }),
    ...(otherCopySince === null && reason.code !== 'other-copy' ? {} : { otherCopySince }),
    ...(stop === null ? {} : { tierTwoStop: { ...stop, failure: { ...stop.failure } } }),
    ...(met === null ? {} : { met }),
  }
}

/** What tier 2 was refused for goes on in the newest attempt, until it is used again or gets other credentials. */
function withTierTwo(
  { fleetState }: EngineContext,
  { job: { subject, reason }, calls, fallback }: EndedAttempt,
): RenewalReason | null {
  if (reason === null || subject.kind !== 'profile') return reason
  if (fallback !== null) return { ...reason, fallback }
  if (calls.some(({ tier }) => tier === 2)) return reason
  const use = fleetState.subjectState(subject.profileId).uses[2]
  if (use?.end !== 'failed' || !isRefusal(use.result)) return reason
  const { at, since, result, seen } = use
  const by = use.fallback === undefined ? {} : { fallback: use.fallback }
  return { ...reason, tierTwo: { at, since, result, ...seen, ...by } }
}
