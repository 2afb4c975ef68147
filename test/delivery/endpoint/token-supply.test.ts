import { beforeEach, describe, expect, test } from 'vitest'
import { createTokenSupply } from '#delivery/endpoint/token-supply.ts'
import type { Attempt, Profile, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Supplied } from '#engine/domain/token-supply.ts'
import { FakeClock, settle } from '../../engine/support/fake-clock.ts'
import { HOUR, MINUTE, makePair, makeProfile, SECOND } from '../../engine/support/world.ts'

const PATIENCE = 10 * SECOND

let clock: FakeClock
let profile: Profile
let refreshed: number
let paused: boolean
let renew: () => Promise<Partial<Attempt>>
let looked: number
let isRefused: () => Promise<boolean>
let supply: (minTtl?: number, refused?: boolean) => Promise<Supplied>

beforeEach(() => {
  clock = new FakeClock()
  refreshed = 0
  paused = false
  looked = 0
  isRefused = async () => true
  renew = async () => {
    has('new', 12 * HOUR)
    return { outcome: 'renewed' }
  }
  has('current', 12 * HOUR)
  const { supply: asked } = createTokenSupply(clock, PATIENCE)
  const source = {
    now: () => clock.now(),
    profile: () => profile,
    isPaused: () => paused,
    async refresh() {
      refreshed += 1
      return { sentence: null, trackingId: null, ...(await renew()) } as Attempt
    },
  }
  const look = () => {
    looked += 1
    return isRefused()
  }
  supply = (minTtl = 0, refused = false) => asked(source, 'one', minTtl, refused ? look : null)
})

/** `lived` ms ago it was issued for so many ms. */
function has(token: string, lifetime: number | null, lived = 0, change: Partial<TokenPair> = {}): void {
  const issuedAt = clock.now() - lived
  const expiresAt = lifetime === null ? null : issuedAt + lifetime
  profile = makeProfile({
    id: 'one',
    pair: makePair({ accessToken: new Secret(token), issuedAt, expiresAt, ...change }),
  })
}

const tokenOf = (supplied: Supplied) => (supplied.kind === 'token' ? supplied.token.reveal() : supplied.kind)

describe('the current token is given', () => {
  test('as long as it lives', async () => {
    has('current', 12 * HOUR, 12 * HOUR - 2 * SECOND)
    expect(tokenOf(await supply())).toBe('current')
    expect(refreshed).toBe(0)
  })

  test('where its lifetime is unknown, unless some of it is asked for', async () => {
    has('pasted', null, 0, { origin: 'pasted' })
    expect(tokenOf(await supply())).toBe('pasted')
    expect(tokenOf(await supply(MINUTE))).toBe('new')
  })

  test.each(['refresh-grant', 'applications-api', 'authorization-code'] as const)(
    'where Webex did not say when a token of %s ends: another would be no better',
    async (origin) => {
      has('issued', null, 0, { origin })
      for (let at = 0; at < 100; at += 1) expect(tokenOf(await supply(MINUTE))).toBe('issued')
      expect(refreshed).toBe(0)
    },
  )
})

describe('it is renewed first', () => {
  test('when it has expired', async () => {
    has('current', 12 * HOUR, 12 * HOUR)
    expect(tokenOf(await supply())).toBe('new')
    expect(refreshed).toBe(1)
  })

  test('when it would be dead on arrival', async () => {
    has('current', 12 * HOUR, 12 * HOUR - 500)
    expect(tokenOf(await supply())).toBe('new')
  })

  test('when less is left than asked for', async () => {
    has('current', 12 * HOUR, 11 * HOUR)
    expect(tokenOf(await supply(HOUR))).toBe('current')
    expect(tokenOf(await supply(HOUR + 1))).toBe('new')
  })

  test('when there is none yet', async () => {
    profile = makeProfile({ id: 'one', pair: null })
    expect(tokenOf(await supply())).toBe('new')
  })
})

describe('no token is given', () => {
  beforeEach(() => has('current', 12 * HOUR, 12 * HOUR))

  test('when the renewal failed: what Webex said is told', async () => {
    renew = async () => ({ outcome: 'failed', sentence: 'Webex cannot be reached.', trackingId: 'T1' })
    expect(await supply()).toEqual({
      kind: 'not-now',
      sentence: 'Webex cannot be reached.',
      trackingId: 'T1',
      retryAfter: 30 * SECOND,
    })
  })

  test('and Webex is not asked for each of a thousand requests', async () => {
    renew = async () => ({ outcome: 'failed', sentence: 'Webex cannot be reached.' })
    for (let at = 0; at < 1000; at += 1) expect(tokenOf(await supply())).toBe('not-now')
    expect(refreshed).toBe(1)
    await clock.advance(30 * SECOND)
    await supply()
    expect(refreshed).toBe(2)
  })

  test('though one that came meanwhile is given at once', async () => {
    renew = async () => ({ outcome: 'failed', sentence: 'Webex cannot be reached.' })
    await supply()
    has('by-schedule', 12 * HOUR)
    expect(tokenOf(await supply())).toBe('by-schedule')
  })

  test('when Webex does not answer in time', async () => {
    renew = () => new Promise(() => {})
    const supplied = supply()
    await settle()
    await clock.advance(PATIENCE)
    expect(await supplied).toMatchObject({
      kind: 'not-now',
      sentence: expect.stringContaining('not answered'),
    })
    expect(clock.armed).toEqual([])
  })

  test('when renewing is paused: a program does not undo what a person chose', async () => {
    paused = true
    expect(await supply()).toMatchObject({ kind: 'not-now', sentence: expect.stringContaining('paused') })
    expect(refreshed).toBe(0)
  })

  test('when the profile goes while it waits', async () => {
    renew = () => Promise.reject(new Error('this profile is not in the fleet'))
    expect(tokenOf(await supply())).toBe('not-now')
  })
})

describe('a program that asks for much', () => {
  test('is told the most it can ask for, without a renewal', async () => {
    expect(await supply(6 * HOUR)).toMatchObject({ kind: 'token' })
    has('current', 12 * HOUR, 11 * HOUR)
    expect(await supply(6 * HOUR + 1)).toEqual({ kind: 'too-long', longest: 6 * HOUR })
    expect(refreshed).toBe(0)
  })

  test('does not make Webex give the same token again and again', async () => {
    has('current', 12 * HOUR, 11 * HOUR)
    renew = async () => ({ outcome: 'unchanged' })
    for (let minute = 0; minute < 20; minute += 1) {
      expect(tokenOf(await supply(2 * HOUR))).toBe('not-now')
      await clock.advance(MINUTE)
    }
    expect(refreshed).toBe(2)
    // Who asks for less gets it.
    expect(tokenOf(await supply(MINUTE))).toBe('current')
  })
})

describe('who says that Webex refused the token', () => {
  const refused = () => supply(0, true)

  test('gets a new one', async () => {
    expect(tokenOf(await refused())).toBe('new')
    expect([looked, refreshed]).toEqual([1, 1])
  })

  test('gets the current one when Webex accepts that: it was renewed meanwhile', async () => {
    isRefused = async () => false
    expect(tokenOf(await refused())).toBe('current')
    expect(refreshed).toBe(0)
  })

  test('is told when there is no better one', async () => {
    renew = async () => ({ outcome: 'failed', sentence: 'Webex refused.' })
    expect(await refused()).toMatchObject({ kind: 'not-now', sentence: 'Webex refused.' })
  })

  test('makes Webex be asked twice a minute at most, however often it says so', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, refused))
    expect(new Set(all.map(tokenOf))).toEqual(new Set(['new']))
    expect(looked).toBe(1)
    await clock.advance(30 * SECOND)
    await refused()
    expect(looked).toBe(2)
  })

  test('gets the current one when Webex does not say in time, or renewing is paused', async () => {
    isRefused = () => new Promise(() => {})
    const supplied = refused()
    await settle()
    await clock.advance(PATIENCE)
    expect(tokenOf(await supplied)).toBe('current')
    paused = true
    await clock.advance(MINUTE)
    expect(tokenOf(await refused())).toBe('current')
    expect(looked).toBe(1)
  })
})
