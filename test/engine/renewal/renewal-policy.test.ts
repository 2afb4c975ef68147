// Which check of the policy decides, and at which time.
import { describe, expect, test } from 'vitest'
import type { Failure } from '#engine/failure/failure.ts'
import { type Planned, plannedFor, plannedForManager } from '#engine/renewal/renewal-policy.ts'
import {
  type ManagerSubjectState,
  newManagerSubjectState,
  newProfileSubjectState,
  type ProfileSubjectState,
} from '#engine/renewal/subject-state.ts'
import { type TierInputs, tierPlanOf } from '#engine/renewal/tier-plan.ts'
import { dueAt } from '#engine/renewal/token-lifetime.ts'
import { START } from '../support/fake-clock.ts'
import { DAY, HOUR, makeIntegration, makePair, makePersonalToken, makeProfile } from '../support/world.ts'

const AT_ONCE = Number.NEGATIVE_INFINITY
const seen = { status: null, detail: null, trackingId: null }
const transient: Failure = { ...seen, kind: 'transient', reason: 'server', tier: 1 }
const notAuthorised: Failure = { ...seen, kind: 'not-authorised', tier: 2 }

const DUE = dueAt('one', makePair(), 0.5)

interface Given {
  readonly subjectState?: Partial<ProfileSubjectState>
  readonly tierInputs?: Partial<TierInputs>
  readonly profile?: Parameters<typeof makeProfile>[0]
}

function planOf({ subjectState, tierInputs, profile }: Given): Planned | null {
  const made = makeProfile(profile)
  const status: TierInputs = {
    now: START,
    appStop: null,
    tierTwoStop: null,
    tokenLimit: null,
    manager: { kind: 'ready', manager: makeIntegration({ pair: makePair() }), pair: makePair() },
    stale: false,
    fallback: null,
    standby: null,
    ...tierInputs,
  }
  return plannedFor(
    made,
    { ...newProfileSubjectState, ...subjectState },
    tierPlanOf(made, status),
    status,
    0.5,
  )
}

const stop = (until: number) => ({ failure: notAuthorised, since: START, until })
/** Its refresh token is in the last third of its life, so tier 2 is preferred. */
const SHORT = {
  pair: makePair({
    refresh: {
      token: makePair().refresh?.token ?? expect.unreachable(),
      issuedAt: START - 70 * DAY,
      expiresAt: START + 20 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
  }),
}

describe('the first check that applies decides for a profile:', () => {
  const noAccess = { pair: makePair({ accessToken: null, fingerprint: null }) }
  const noEnd = makePair({ expiresAt: null, origin: 'pasted' })
  const asked = { expiryAsked: { fingerprint: noEnd.fingerprint, at: START } }
  const share = { code: 'lifetime-share', share: Math.round((100 * (DUE - START)) / (14 * DAY)) / 100 }

  test.each<[string, Given, number, object]>([
    ['lifetimeShare', {}, DUE, share],
    ['noToken, without a pair', { profile: { pair: null } }, AT_ONCE, { code: 'no-token' }],
    ['noToken, with a refresh token only', { profile: noAccess }, AT_ONCE, { code: 'no-token' }],
    ['endNotAsked', { profile: { pair: noEnd } }, AT_ONCE, { code: 'end-not-asked' }],
    [
      'endNotAsked, whatever stops the tiers',
      { profile: { pair: noEnd }, tierInputs: { tokenLimit: stop(START + DAY) } },
      AT_ONCE,
      { code: 'end-not-asked' },
    ],
    [
      'endUnknown, pasted',
      { profile: { pair: noEnd }, subjectState: asked },
      AT_ONCE,
      { code: 'end-unknown' },
    ],
    [
      'endUnknown, issued',
      {
        profile: { pair: { ...noEnd, origin: 'refresh-grant', renewAfter: 2 * HOUR } },
        subjectState: asked,
      },
      START + 2 * HOUR,
      { code: 'end-unknown' },
    ],
    [
      'retryAfterFailure, before everything but an unknown end',
      { subjectState: { retryAt: START + 5, failure: transient, notBefore: DUE + DAY } },
      START + 5,
      { code: 'retry-after-failure', failure: 'transient' },
    ],
    [
      'retryAfterFailure, of an earlier run',
      { subjectState: { retryAt: START } },
      START,
      { code: 'retry-after-failure', failure: null },
    ],
    [
      'sameTokenLastTime, 1 ms after the due time',
      { subjectState: { notBefore: DUE + 1 } },
      DUE + 1,
      { code: 'same-token-last-time' },
    ],
    ['lifetimeShare, where that is the due time itself', { subjectState: { notBefore: DUE } }, DUE, share],
    [
      'lifetimeShare, later where a limit holds it',
      { tierInputs: { tokenLimit: stop(DUE + 1) } },
      DUE + 1,
      share,
    ],
    [
      'lifetimeShare, not later where the limit ends first',
      { tierInputs: { tokenLimit: stop(DUE) } },
      DUE,
      share,
    ],
    [
      'needsAttentionRecheck, 1 ms before the due time',
      { profile: SHORT, tierInputs: { tierTwoStop: stop(DUE - 1) } },
      DUE - 1,
      { code: 'needs-attention-recheck' },
    ],
    [
      'lifetimeShare, where the recheck is no sooner',
      { profile: SHORT, tierInputs: { tierTwoStop: stop(DUE) } },
      DUE,
      share,
    ],
    [
      'lifetimeShare, where tier 2 is not preferred',
      { tierInputs: { tierTwoStop: stop(DUE - 1) } },
      DUE,
      share,
    ],
  ])('%s', (_, given, at, reason) => {
    expect(planOf({ ...given, tierInputs: { now: START + 60, ...given.tierInputs } })).toEqual({
      at,
      reason,
      regular: JSON.stringify(reason) !== JSON.stringify({ code: 'needs-attention-recheck' }),
    })
  })

  test('none for a paused one, or where only a person can help', () => {
    expect(planOf({ profile: { paused: true } })).toBeNull()
    const tierInputs: Partial<TierInputs> = {
      manager: {
        kind: 'absent',
        failure: { ...seen, kind: 'no-manager', managerId: null, refreshToken: null, tier: 2 },
      },
    }
    expect(planOf({ profile: { pair: null }, tierInputs })).toBeNull()
  })
})

describe('the first check that applies decides for a token manager:', () => {
  const pair = makePair({ origin: 'authorization-code' })
  const integration = makeIntegration({ id: 'one', pair })
  const plan = (
    subjectState: Partial<ManagerSubjectState>,
    manager: Parameters<typeof plannedForManager>[0] = integration,
  ) => plannedForManager(manager, { ...newManagerSubjectState, ...subjectState }, 0.5)

  test.each<[string, Partial<ManagerSubjectState>, number, string]>([
    ['refusedBearer', { refused: pair.fingerprint }, AT_ONCE, 'refused-bearer'],
    [
      'refusedBearer before sameTokenLastTime',
      { refused: pair.fingerprint, notBefore: DUE + 1 },
      AT_ONCE,
      'refused-bearer',
    ],
    [
      'retryAfterFailure once tier 3 has failed with it',
      { refused: pair.fingerprint, retryAt: DUE },
      DUE,
      'retry-after-failure',
    ],
    ['lifetimeShare where another token was refused', { refused: 'ffffffff' }, DUE, 'lifetime-share'],
  ])('%s', (_, subjectState, at, code) => {
    expect(plan(subjectState)).toMatchObject({ at, reason: { code }, regular: true })
  })

  test('none for what cannot be refreshed, but its unknown end', () => {
    const noEnd = makePair({ origin: 'pasted', expiresAt: null, refresh: null })
    expect(plan({}, makePersonalToken({ pair: makePair({ refresh: null }) }))).toBeNull()
    expect(plan({}, makeIntegration({ pair: null }))).toBeNull()
    expect(plan({}, makePersonalToken({ pair: noEnd }))?.reason.code).toBe('end-not-asked')
  })
})
