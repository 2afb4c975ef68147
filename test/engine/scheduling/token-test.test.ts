// "Test token": what a probe proves, and what it does not.
import { describe, expect, test } from 'vitest'
import type { Probe } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { rejectedAt } from '#engine/domain/view-model.ts'
import { good, odd, refused, unreachable } from '../support/answers.ts'
import { DAY, failWith, makePair, makeWorld, SECOND } from '../support/world.ts'

async function testToken(world: ReturnType<typeof makeWorld>) {
  const verdict = world.engine.test('one')
  await world.clock.advance(SECOND)
  return verdict
}

describe('the verdict', () => {
  test('200: valid', async () => {
    expect(await testToken(makeWorld())).toMatchObject({ result: 'valid', status: 200 })
  })

  test('is shown with the profile, and a later one takes its place', async () => {
    const world = makeWorld()
    expect(world.view().lastTest).toBeUndefined()
    const before = world.clock.now()
    await testToken(world)
    expect(world.view().lastTest).toMatchObject({ result: 'valid' })
    expect(world.view().lastTest?.at).toBeGreaterThanOrEqual(before)
    world.cloud.probeAnswer = () => refused(403, { message: 'no' })
    await testToken(world)
    expect(world.view().lastTest).toMatchObject({ result: 'valid-without-right' })
  })

  test('401: invalid, and a refresh begins', async () => {
    const world = makeWorld()
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    expect(await testToken(world)).toMatchObject({ result: 'invalid', status: 401, trackingId: 'TRACK_1' })
    expect(world.view().last).toMatchObject({ outcome: 'renewed', trigger: 'unauthorized-seen' })
  })

  test('401: the token counts as rejected until it is replaced, whatever its expiry says', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', refused(500))
    failWith(world, 'application', refused(500))
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    const { sentence } = await testToken(world)
    expect(rejectedAt(world.view())).toBe(world.view().lastTest?.at)
    expect(sentence).not.toMatch(/renewed now/)
    world.cloud.probeAnswer = () => refused(403, { message: 'no' })
    await testToken(world)
    expect(rejectedAt(world.view())).toBeNull()
  })

  test('401: the problem’s deadline is not that of a token which still works', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', refused(400, { code: 'invalid_grant' }))
    failWith(world, 'application', refused(403, { message: 'not authorized' }))
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    await testToken(world)
    const { state, lastTest } = world.view()
    expect(state).toBe('needs-attention')
    expect(world.engine.view().incidents[0]?.deadline).toBe(lastTest?.at)
  })

  test('401: a token that came since is not rejected', async () => {
    const world = makeWorld()
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    await testToken(world)
    expect(world.view()).toMatchObject({ last: { outcome: 'renewed' }, lastTest: { result: 'invalid' } })
    expect(rejectedAt(world.view())).toBeNull()
  })

  test('401: a rejected token that Webex gives again is tested again, and rejected no more if it works', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 30 * DAY } })
    failWith(world, 'application', refused(403, { message: 'not authorized' }))
    const first = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    await first
    const fingerprint = world.view().accessToken?.fingerprint
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    await testToken(world)
    await world.clock.advance(SECOND)
    expect(world.view()).toMatchObject({ last: { outcome: 'unchanged' }, lastTest: { fingerprint } })
    expect(rejectedAt(world.view())).not.toBeNull()
    world.cloud.probeAnswer = () => good(200)
    const probes = world.cloud.count('probe')
    const again = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    expect(await again).toMatchObject({ outcome: 'unchanged' })
    await world.clock.advance(SECOND)
    expect(world.view().accessToken?.fingerprint).toBe(fingerprint)
    expect(world.view().lastTest).toMatchObject({ result: 'valid' })
    expect(rejectedAt(world.view())).toBeNull()
    expect(world.cloud.count('probe')).toBe(probes + 1)
    // Nothing is tested that nobody doubted.
    const third = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    await third
    expect(world.cloud.count('probe')).toBe(probes + 1)
  })

  test('… by a tier that gives another token than the refused one', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 30 * DAY } })
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    await testToken(world)
    await world.clock.advance(SECOND)
    expect(world.view().last).toMatchObject({ outcome: 'renewed', tier: 2, trigger: 'unauthorized-seen' })
  })

  test('a full disk does not stand in the way of a test', async () => {
    const world = makeWorld()
    world.vault.unprovable = new StoreFailure('disk-full', 'full')
    expect(await testToken(world)).toMatchObject({ result: 'valid' })
  })

  test('403 while the token lives: valid, without that right; nothing is refreshed', async () => {
    const world = makeWorld()
    world.cloud.probeAnswer = () => refused(403, { message: 'no' })
    expect(await testToken(world)).toMatchObject({ result: 'valid-without-right', status: 403 })
    expect(world.view().last).toBeNull()
  })

  test('403 after its end: expired, as the clock says', async () => {
    const world = makeWorld({ age: 15 * DAY, start: false })
    world.cloud.probeAnswer = () => refused(403, { message: 'no' })
    expect(await testToken(world)).toMatchObject({ result: 'expired', status: 403 })
  })

  test('401 after its end: expired', async () => {
    const world = makeWorld({ age: 15 * DAY, start: false })
    world.cloud.probeAnswer = () => refused(401)
    expect(await testToken(world)).toMatchObject({ result: 'expired' })
  })

  test.each([
    ['404', refused(404)],
    ['429', refused(429)],
    ['500', refused(500)],
    ['a proxy’s page', odd('html')],
    ['no answer', unreachable()],
  ])('%s: unknown', async (_name, answer) => {
    const world = makeWorld()
    failWith(world, 'probe', answer)
    expect(await testToken(world)).toMatchObject({ result: 'unknown' })
    expect(world.view().last).toBeNull()
  })

  test('without a token there is nothing to test', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], manager: 'none' })
    expect(await testToken(world)).toMatchObject({ result: 'unknown', status: null })
    expect(world.cloud.count('probe')).toBe(0)
  })

  test('while a stranger answers for Webex, the token is not sent', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', odd('html'))
    world.cloud.webexIsThere = false
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    expect(await testToken(world)).toMatchObject({ result: 'unknown', status: null })
    expect(world.cloud.count('probe')).toBe(0)
  })
})

describe('the endpoint is the one the profile really uses', () => {
  const probes: readonly (readonly [Probe, string])[] = [
    [{ kind: 'data-sources' }, '/dataSources/schemas'],
    [{ kind: 'meetings' }, '/meetings?max=1'],
    [{ kind: 'messaging' }, '/rooms?max=1'],
    [{ kind: 'contact-center' }, '/contactCenter/tasks?pageSize=1'],
    [{ kind: 'custom', path: '/xapi/status?deviceId=1' }, '/xapi/status?deviceId=1'],
  ]
  test.each(probes)('%o', async (probe, asked) => {
    const world = makeWorld({ profiles: [{ id: 'one', probe, pair: makePair() }] })
    world.cloud.probeAnswer = () => good(200)
    await testToken(world)
    expect(world.cloud.seen.filter(({ endpoint }) => endpoint === 'probe').map(({ who }) => who)).toEqual([
      asked,
    ])
  })
})

describe('a token that is asked about before it is given out', () => {
  const asked = async (world: ReturnType<typeof makeWorld>) => {
    const rejected = world.engine.isRejected('one')
    await world.clock.advance(SECOND)
    return rejected
  }

  test('401: rejected, which the profile shows; nothing is renewed, or each new token would bring the next', async () => {
    const world = makeWorld()
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    expect(await asked(world)).toBe(true)
    expect(world.view()).toMatchObject({ last: null, lastTest: { result: 'invalid' } })
    world.cloud.probeAnswer = () => good(200)
    expect(await asked(world)).toBe(false)
    expect(world.view()).toMatchObject({ last: null, lastTest: { result: 'valid' } })
  })

  test.each([
    ['200', () => good(200)],
    ['403: it may lack this right alone', () => refused(403, { message: 'no' })],
    ['404: the probe may be wrong', () => refused(404, { message: 'no' })],
    ['429', () => refused(429, { message: 'slow down' })],
    ['503', () => refused(503, { message: 'later' })],
    ['a 401 of something else in place of Webex', () => odd('html', 401)],
    ['no answer', () => unreachable()],
  ] as const)('%s: nothing against it, and nothing new is shown', async (_, answer) => {
    const world = makeWorld()
    world.cloud.probeAnswer = answer
    expect(await asked(world)).toBe(false)
    expect(world.view().lastTest).toBeUndefined()
  })
})
