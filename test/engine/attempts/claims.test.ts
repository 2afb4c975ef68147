// A vault that several processes share says whose turn it is, right before a refresh token is sent.
import { describe, expect, test } from 'vitest'
import { type Claim, StoreFailure, UNSHARED } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { fingerprintOf } from '../support/answers.ts'
import { DAY, MINUTE, makePair, makeWorld, path, press, SECOND } from '../support/world.ts'

const due = { age: 6.9 * DAY, managerAge: 2 * DAY }
const young = { age: 2 * DAY, managerAge: 2 * DAY }
const held = (wait: number): Claim => ({ kind: 'held', wait })
const newer = makePair({ accessToken: new Secret('elsewhere'), fingerprint: fingerprintOf('elsewhere') })

describe('its turn', () => {
  test('the attempt that claims is the one in the history, and its pair names it and the pair it follows', async () => {
    const world = makeWorld(young)
    const before = world.profile().pair
    const attempt = await press(world)
    expect(world.vault.uses).toMatchObject([
      { attemptId: attempt.id, subject: attempt.subject, pair: before, again: false },
    ])
    expect(world.vault.commits.at(-1)?.changes).toMatchObject([
      { kind: 'profile-pair', follows: before, attemptId: attempt.id },
    ])
  })

  test.each([
    ['once', 1],
    ['three times', 3],
  ])('too late to be sent, %s: given back, claimed again, sent once', async (_name, times) => {
    const world = makeWorld(young)
    let released = 0
    for (let n = 0; n < times; n++) {
      const release = async () => {
        released += 1
      }
      world.vault.claims.push({ kind: 'go', isValid: () => false, release })
    }
    expect(path(await press(world))).toBe('1:ok')
    expect(released).toBe(times)
    expect(world.cloud.count('refresh')).toBe(1)
  })

  test('what spends no grant claims nothing', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one', pair: null }] })
    expect(path(await press(world))).toBe('2:ok')
    expect(world.vault.uses).toEqual([])
  })
})

describe('a newer pair is there', () => {
  test('it is taken over, nothing is called or stored, and whoever delivers hears of it', async () => {
    const world = makeWorld(young)
    world.vault.claims.push({ kind: 'adopt', pair: newer })
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'unchanged', calls: [], after: newer.fingerprint })
    expect(world.profile().pair).toBe(newer)
    expect(world.cloud.count('refresh')).toBe(0)
    expect(world.vault.commits).toEqual([])
    expect(world.attempts).toEqual([attempt])
    expect(world.view().state).toBe('healthy')
  })

  test('of the token manager: tier 2 goes on with it', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, profiles: [{ id: 'one', pair: null }] })
    const grant = world.cloud.issue('manager', 'client-integration')
    const pair = makePair({ accessToken: new Secret(grant.access), fingerprint: fingerprintOf(grant.access) })
    world.vault.claims.push({ kind: 'adopt', pair })
    expect(path(await press(world))).toBe('2:ok')
    expect(world.manager().pair).toBe(pair)
  })
})

describe('held by another worker', () => {
  test('is no failure: nothing is called, nothing stored, no backoff, and it is due again when the wait is over', async () => {
    const world = makeWorld(due)
    for (let n = 0; n < 5; n++) world.vault.claims.push(held(4 * MINUTE))
    await world.clock.until(() => world.vault.uses.length > 0, DAY)
    await world.clock.advance(3 * MINUTE)
    expect(world.vault.uses).toHaveLength(1)
    await world.clock.advance(DAY)
    expect(world.vault.uses).toHaveLength(6)
    expect(world.attempts.map(path)).toEqual(['1:ok'])
    expect(world.view()).toMatchObject({ state: 'healthy' })
  })

  test('who presses Refresh reads why', async () => {
    const world = makeWorld(young)
    world.vault.claims.push(held(MINUTE))
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'failed', calls: [] })
    expect(attempt.sentence).toMatch(/^Another renewal of this token has begun/)
    expect(world.attempts).toEqual([])
    expect(path(await press(world))).toBe('1:ok')
  })

  test('in the last tenth it waits as well: the other one is about to be heard', async () => {
    const world = makeWorld({ ...young, age: 13.5 * DAY })
    world.vault.claims.push(held(MINUTE))
    await world.clock.advance(30 * SECOND)
    expect(world.cloud.count('application')).toBe(0)
    await world.clock.advance(5 * MINUTE)
    expect(world.attempts.map(path)).toEqual(['1:ok'])
  })
})

describe("the token manager's refresh token is held by another worker", () => {
  const over = { ...young, managerAge: 15 * DAY }

  test('a profile that needs it waits as well: nothing stored, no backoff, no trouble', async () => {
    const world = makeWorld({ ...over, profiles: [{ id: 'one', pair: null }] })
    for (let n = 0; n < 3; n++) world.vault.claims.push(held(4 * MINUTE))
    await world.clock.until(() => world.vault.uses.length > 0, DAY)
    await world.clock.advance(MINUTE)
    expect(world.vault.uses).toHaveLength(1)
    expect([world.attempts, world.vault.commits]).toEqual([[], []])
    expect(world.view()).toMatchObject({
      state: 'not-yet-issued',
      nextRefresh: { at: world.clock.now() + 3 * MINUTE },
    })
    await world.clock.advance(20 * MINUTE)
    expect(world.vault.uses.every(({ subject }) => subject.kind === 'manager')).toBe(true)
    expect(world.attempts.map(path)).toEqual(['3:ok', '3:ok 2:ok'])
  })

  test('after an unknown outcome of its own: it waits, and its refresh token is not sent', async () => {
    const world = makeWorld(over)
    world.vault.claims.push({ kind: 'unknown' }, held(MINUTE))
    const attempt = await press(world)
    expect(attempt.sentence).toMatch(/^Another renewal of this token has begun/)
    expect([world.attempts, world.cloud.count('refresh')]).toEqual([[], 0])
  })

  test('what tier 2 was refused with is in the history, and nothing of the wait', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one', pair: null }] })
    world.cloud.revoke('manager')
    world.vault.claims.push(held(MINUTE))
    const attempt = await press(world)
    expect(attempt.calls.map(({ tier, result }) => `${tier}:${result}`)).toEqual(['2:bearer-refused'])
    expect(attempt.sentence).not.toMatch(/cancelled/)
  })
})

describe('the outcome of its last use is unknown', () => {
  test('tier 2 is used, and the refresh token is not sent', async () => {
    const world = makeWorld(young)
    world.vault.claims.push({ kind: 'unknown' })
    expect(path(await press(world))).toBe('2:ok')
    expect(world.cloud.count('refresh')).toBe(0)
  })

  test('without a token manager it is sent once more, as the vault allows', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    expect(path(await press(world))).toBe('1:ok')
    expect(world.vault.uses.map(({ again }) => again)).toEqual([true])
  })

  test('of the token manager: only its refresh token renews it, so it is always sent again', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY })
    await world.clock.advance(MINUTE)
    expect(
      world.vault.uses.filter(({ subject }) => subject.kind === 'manager').map(({ again }) => again),
    ).toEqual([true])
  })
})

test.each([
  ['a store failure', new StoreFailure('other', 'away')],
  ['anything else', new Error('away')],
])('a vault that cannot claim lets nothing out (%s)', async (_name, error) => {
  const world = makeWorld(young)
  world.vault.begin = async () => {
    throw error
  }
  expect(path(await press(world))).toBe('')
  expect(world.view().state).toBe('retrying')
  world.vault.begin = async () => UNSHARED
  expect(path(await press(world))).toBe('1:ok')
  expect(world.cloud.count('refresh')).toBe(1)
})
