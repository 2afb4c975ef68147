// Which check of the policy decides, and at which time.
import { describe, expect, test } from 'vitest'
import type { Failure } from '#engine/failure/failure.ts'
import { type Planned, plannedFor, plannedForManager } from '#engine/renewal/renewal-policy.ts'
import {
  type ManagerTrack,
  newManagerTrack,
  newProfileTrack,
  type ProfileTrack,
} from '#engine/renewal/subject-state.ts'
import { type Ground, routesOf } from '#engine/renewal/tier-plan.ts'
import { dueAt } from '#engine/renewal/token-lifetime.ts'
import { START } from './support/fake-clock.ts'
import { DAY, HOUR, makeIntegration, makePair, makePersonalToken, makeProfile } from './support/world.ts'

const AT_ONCE = Number.NEGATIVE_INFINITY
const seen = { status: null, detail: null, trackingId: null }
const transient: Failure = { ...seen, kind: 'transient', reason: 'server', tier: 1 }
const notAuthorised: Failure = { ...seen, kind: 'not-authorised', tier: 2 }

const DUE = dueAt('one', makePair(), 0.5)

interface Given {
  readonly track?: Partial<ProfileTrack>
  readonly ground?: Partial<Ground>
  readonly profile?: Parameters<typeof makeProfile>[0]
}

function planOf({ track, ground, profile }: Given): Planned | null {
  const made = makeProfile(profile)
  const standing: Ground = {
    now: START,
    appStop: null,
    tierTwoStop: null,
    tokenLimit: null,
    manager: { kind: 'ready', manager: makeIntegration({ pair: makePair() }), pair: makePair() },
    stale: false,
    ...ground,
  }
  return plannedFor(made, { ...newProfileTrack, ...track }, routesOf(made, standing), standing, 0.5)
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
      { profile: { pair: noEnd }, ground: { tokenLimit: stop(START + DAY) } },
      AT_ONCE,
      { code: 'end-not-asked' },
    ],
    ['endUnknown, pasted', { profile: { pair: noEnd }, track: asked }, AT_ONCE, { code: 'end-unknown' }],
    [
      'endUnknown, issued',
      {
        profile: { pair: { ...noEnd, origin: 'refresh-grant', renewAfter: 2 * HOUR } },
        track: asked,
      },
      START + 2 * HOUR,
      { code: 'end-unknown' },
    ],
    [
      'retryAfterFailure, before everything but an unknown end',
      { track: { retryAt: START + 5, failure: transient, notBefore: DUE + DAY } },
      START + 5,
      { code: 'retry-after-failure', failure: 'transient' },
    ],
    [
      'retryAfterFailure, of an earlier run',
      { track: { retryAt: START } },
      START,
      { code: 'retry-after-failure', failure: null },
    ],
    [
      'sameTokenLastTime, 1 ms after the due time',
      { track: { notBefore: DUE + 1 } },
      DUE + 1,
      { code: 'same-token-last-time' },
    ],
    ['lifetimeShare, where that is the due time itself', { track: { notBefore: DUE } }, DUE, share],
    [
      'lifetimeShare, later where a limit holds it',
      { ground: { tokenLimit: stop(DUE + 1) } },
      DUE + 1,
      share,
    ],
    [
      'lifetimeShare, not later where the limit ends first',
      { ground: { tokenLimit: stop(DUE) } },
      DUE,
      share,
    ],
    [
      'needsAttentionRecheck, 1 ms before the due time',
      { profile: SHORT, ground: { tierTwoStop: stop(DUE - 1) } },
      DUE - 1,
      { code: 'needs-attention-recheck' },
    ],
    [
      'lifetimeShare, where the recheck is no sooner',
      { profile: SHORT, ground: { tierTwoStop: stop(DUE) } },
      DUE,
      share,
    ],
    ['lifetimeShare, where tier 2 is not preferred', { ground: { tierTwoStop: stop(DUE - 1) } }, DUE, share],
  ])('%s', (_, given, at, reason) => {
    expect(planOf({ ...given, ground: { now: START + 60, ...given.ground } })).toEqual({
      at,
      reason,
      regular: JSON.stringify(reason) !== JSON.stringify({ code: 'needs-attention-recheck' }),
    })
  })

  test('none for a paused one, or where only a person can help', () => {
    expect(planOf({ profile: { paused: true } })).toBeNull()
    const ground: Partial<Ground> = {
      manager: { kind: 'absent', failure: { ...seen, kind: 'no-manager', managerId: null, tier: 2 } },
    }
    expect(planOf({ profile: { pair: null }, ground })).toBeNull()
  })
})

describe('the first check that applies decides for a token manager:', () => {
  const pair = makePair({ origin: 'authorization-code' })
  const integration = makeIntegration({ id: 'one', pair })
  const plan = (
    track: Partial<ManagerTrack>,
    manager: Parameters<typeof plannedForManager>[0] = integration,
  ) => plannedForManager(manager, { ...newManagerTrack, ...track }, 0.5)

  test.each<[string, Partial<ManagerTrack>, number, string]>([
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
  ])('%s', (_, track, at, code) => {
    expect(plan(track)).toMatchObject({ at, reason: { code }, regular: true })
  })

  test('none for what cannot be refreshed, but its unknown end', () => {
    const noEnd = makePair({ origin: 'pasted', expiresAt: null, refresh: null })
    expect(plan({}, makePersonalToken({ pair: makePair({ refresh: null }) }))).toBeNull()
    expect(plan({}, makeIntegration({ pair: null }))).toBeNull()
    expect(plan({}, makePersonalToken({ pair: noEnd }))?.reason.code).toBe('end-not-asked')
  })
})
