// "Test token": the profile's own probe, and what its answer proves.

import { clientLimit } from '../attempts/tier-step.ts'
import type { Verdict } from '../domain/engine-api.ts'
import { isAlive, type Probe, type ProfileId } from '../domain/model.ts'
import type { Answer } from '../domain/ports.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import { type CallResult, performCall } from '../runtime/guarded-call.ts'
import type { Scheduler } from './scheduler.ts'

/** Only GETs that mint nothing. `/dataSources/schemas` needs a valid token and no particular scope (Webex Admin API). */
export function probePath(probe: Probe): string {
  switch (probe.kind) {
    case 'data-sources':
      return '/dataSources/schemas'
    case 'meetings':
      return '/meetings?max=1'
    case 'messaging':
      return '/rooms?max=1'
    case 'contact-center':
      return '/contactCenter/tasks?pageSize=1'
    case 'custom':
      return probe.path
  }
}

/** A 401 starts a refresh; the verdict does not wait for it. Rejects only for an unknown profile. */
export async function testToken(
  context: EngineContext,
  scheduler: Scheduler,
  id: ProfileId,
): Promise<Verdict> {
  const fingerprint = fingerprintOf(context, id)
  const verdict = await probe(context, id, Number.NEGATIVE_INFINITY)
  noteResult(context, id, verdict, fingerprint)
  if (verdict.status === 401) {
    scheduler
      .runNow({ kind: 'profile', profileId: id }, 'unauthorized-seen', 'program')
      .catch(() => undefined)
  }
  return verdict
}

/**
 * Whether Webex answers 401 to the token; no other answer counts, and neither does none. Nothing is renewed: a new token
 * that is rejected would be followed by the next one, and each is minted.
 */
export async function isRejected(context: EngineContext, id: ProfileId): Promise<boolean> {
  const { fleetState } = context
  const fingerprint = fingerprintOf(context, id)
  const verdict = await probe(context, id, fleetState.profiles.get(id)?.pair?.expiresAt ?? 0)
  const rejected = verdict.status === 401 && verdict.result !== 'unknown'
  // Not after each renewal: only where it says something new.
  if (rejected || fleetState.subjectState(id).lastTest?.result === 'invalid')
    noteResult(context, id, verdict, fingerprint)
  return rejected
}

/**
 * Webex gave the token again that a test proved rejected: it is tested once more, since nothing else would find out that it
 * works by now. Never rejects.
 */
export function testAgain(context: EngineContext, id: ProfileId): void {
  const { lastTest } = context.fleetState.subjectState(id)
  if (lastTest?.result !== 'invalid' || lastTest.fingerprint !== fingerprintOf(context, id)) return
  // It was removed meanwhile, or the engine was stopped.
  isRejected(context, id).catch(() => undefined)
}

/** Of the token that is tested now; another one may have come when the answer does. */
const fingerprintOf = ({ fleetState }: EngineContext, id: ProfileId) =>
  fleetState.profiles.get(id)?.pair?.fingerprint ?? null

function noteResult(
  { fleetState, serverClock, changed }: EngineContext,
  id: ProfileId,
  verdict: Verdict,
  fingerprint: string | null,
): void {
  if (verdict === noToken) return
  fleetState.setSubjectState(id, { lastTest: { at: serverClock.now(), result: verdict.result, fingerprint } })
  changed(profileKey(id))
}

/** `order`: in the rate limiter. Rejects only for an unknown profile. */
async function probe(context: EngineContext, id: ProfileId, order: number): Promise<Verdict> {
  const { fleetState, serverClock, parts } = context
  const profile = fleetState.profiles.get(id)
  if (profile === undefined) throw new Error('this profile is not in the fleet')
  const token = profile.pair?.accessToken ?? null
  if (token === null) return noToken
  const app = fleetState.serviceApps.get(profile.serviceAppId)
  let answer: Answer<number> | null = null
  const sent = await performCall(context.callGuards, {
    context: { tier: 2 },
    caller: null,
    limits: [app === undefined ? profileKey(id) : clientLimit(app.clientId)],
    order,
    pair: profile.pair,
    provesStore: 'never',
    perform: async () => {
      answer = await parts.webex.probe(token, probePath(profile.probe))
      return answer
    },
  })
  return verdictOf(sent, answer, isAlive(profile.pair, serverClock.now()))
}

const unproven = { result: 'unknown', status: null, trackingId: null } as const
const noToken: Verdict = {
  ...unproven,
  sentence: 'There is no access token to test yet. Press Refresh.',
}

/**
 * What a probe proved. Some APIs answer 403, not 401, to an expired token (Contact Center), so expiry is known from
 * the clock and not from the status.
 */
export function verdictOf(sent: CallResult<number>, answer: Answer<number> | null, alive: boolean): Verdict {
  const trackingId = answer?.trackingId ?? null
  if (sent.kind === 'ok') {
    const sentence = 'Webex accepted the token.'
    return { result: 'valid', status: sent.value, trackingId, sentence }
  }
  if (answer === null)
    return { ...unproven, sentence: 'The token was not tested: nothing could be sent at the moment.' }
  switch (answer.kind) {
    case 'refused':
      return { ...ofRefusal(answer.status, alive), status: answer.status, trackingId }
    case 'anomalous': {
      const sentence =
        'A proxy or sign-in page is answering instead of Webex, so the token could not be tested. Check the network or proxy.'
      return { result: 'unknown', status: answer.status, trackingId, sentence }
    }
    default:
      return {
        ...unproven,
        trackingId,
        sentence: 'Webex could not be reached, so nothing is known of the token. Check the network.',
      }
  }
}

function ofRefusal(status: number, alive: boolean): Pick<Verdict, 'result' | 'sentence'> {
  if ((status === 401 || status === 403) && !alive) {
    return { result: 'expired', sentence: 'The token has expired. A new one is needed.' }
  }
  if (status === 401) {
    const sentence =
      'Webex rejects this token although it has not expired. A refresh was requested; the state shows whether it worked.'
    return { result: 'invalid', sentence }
  }
  if (status === 403) {
    const sentence =
      'Webex knows the token, but it has no right to this endpoint. Choose a probe the service app may use.'
    return { result: 'valid-without-right', sentence }
  }
  if (status === 404) {
    return { result: 'unknown', sentence: 'Webex does not know the address of this probe. Check its path.' }
  }
  return {
    result: 'unknown',
    sentence: `Webex answered with status ${status}, which says nothing of the token.`,
  }
}
