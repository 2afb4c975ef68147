// What is noted of each delivery: once each, by what it was set off, and never in the way of one.
import { describe, expect, test } from 'vitest'
import type { Ran } from '#delivery/delivery-handler.ts'
import { afterDelivery, notYetDelivered } from '#engine/delivery-schedule/delivery-schedule.ts'
import { START, settle } from '../engine/support/fake-clock.ts'
import { aCommand, aFile, allWell, DeliveryWorld, fingerprintOf } from './support/delivery-world.ts'

const refused = { kind: 'failed', sentence: 'No.', ran: null } as const
const fresh = (target: ReturnType<typeof aFile>) => ({ target, state: notYetDelivered })
const ran: Ran = { exitCode: 0, sentence: null, output: 'reloaded' }
const triggers = (world: DeliveryWorld) => world.runs.map(([, { trigger }]) => trigger)

test('a run says when it began, how long it took, of which token it was and how it went', async () => {
  const world = new DeliveryWorld()
  const deliveries = world.deliveries([fresh(aCommand('c')), fresh(aFile('f'))])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  world.clock.setWall(START + 60_000)
  await world.clock.advance(1_500)
  await world.end({ kind: 'delivered', ran })
  await world.end({ kind: 'failed', sentence: 'The disk is full.', ran: null })
  const common = {
    startedAt: START,
    duration: 1_500,
    trigger: 'set-up',
    fingerprint: fingerprintOf('one'),
  } as const
  expect(world.runs).toEqual([
    ['c', { ...common, outcome: 'delivered', exitCode: 0, sentence: null, output: 'reloaded' }],
    ['f', { ...common, outcome: 'failed', exitCode: null, sentence: 'The disk is full.', output: null }],
  ])
})

test('a failed command has what it said in its output, and not in its sentence as well', async () => {
  const world = new DeliveryWorld()
  const deliveries = world.deliveries([fresh(aCommand('c'))])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  const sentence = 'The command failed with exit code 2.'
  await world.end({
    kind: 'failed',
    sentence: `${sentence} Its output is in the delivery history.`,
    ran: { exitCode: 2, sentence, output: 'no host' },
  })
  expect(world.runs).toMatchObject([['c', { outcome: 'failed', exitCode: 2, sentence, output: 'no host' }]])
  expect(world.noted[0]?.[1].failure?.sentence).toBe(`${sentence} Its output is in the delivery history.`)
})

describe('what set it off', () => {
  test('is the target itself, then each new token, failures and a person', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([fresh(aFile('f'))])
    const tokenIs = (token: string) => {
      world.set('p1', token)
      deliveries.tokenChanged('p1')
    }
    tokenIs('one')
    await world.end()
    tokenIs('two')
    await world.end(refused)
    await world.clock.advance(10_000)
    await world.end(refused)
    tokenIs('three')
    await world.end()
    void deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    await world.end()
    expect(triggers(world)).toEqual(['set-up', 'new-token', 'retry', 'new-token', 'asked'])
  })

  test('is the failure before it at the next start, too', async () => {
    const world = new DeliveryWorld()
    world.set('p1', 'one')
    const failure = {
      at: START,
      fingerprint: fingerprintOf('one'),
      sentence: 'No.',
      failures: 1,
      retryAt: START + 1,
    }
    world.deliveries([{ target: aFile('f'), state: { ...notYetDelivered, failure } }]).start()
    await world.end()
    expect(triggers(world)).toEqual(['retry'])
  })
})

test('nothing is noted of what was there already or had no token', async () => {
  const world = new DeliveryWorld()
  const deliveries = world.deliveries([
    {
      target: aFile('f'),
      state: afterDelivery({ at: START, fingerprint: fingerprintOf('one'), refreshFingerprint: null }),
    },
    fresh(aFile('g', 'p2')),
  ])
  world.set('p1', 'one')
  await deliveries.deliver([...deliveries.targets.all()], false)
  expect(world.runs).toEqual([])
})

test('a run that cannot be noted is a line in the log: it is delivered, noted as such, and answered', async () => {
  const world = new DeliveryWorld()
  world.noteRunFails = true
  const deliveries = world.deliveries([fresh(aFile('f'))])
  world.set('p1', 'one')
  const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
  await world.end()
  expect(await asked).toEqual([true])
  expect(world.errors).toEqual([new Error('the disk is full')])
  expect(world.noted).toMatchObject([
    ['f', { delivered: { fingerprint: fingerprintOf('one') }, failure: null }],
  ])
  await world.clock.advance(3_600_000)
  expect(world.underWay).toEqual([])
})

test('a run whose target could not note how it stands is noted all the same', async () => {
  const world = new DeliveryWorld()
  world.noteFails = true
  const deliveries = world.deliveries([fresh(aFile('f'))])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  await world.end()
  expect(world.runs).toHaveLength(1)
})

test('what is broken off at the end is noted with what it had said, and counts as nothing else', async () => {
  const world = new DeliveryWorld()
  const deliveries = world.deliveries([fresh(aCommand('c'))])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  const stopped = deliveries.stop()
  const half: Ran = { exitCode: null, sentence: 'The app stopped.', output: 'half of it' }
  await world.end({ kind: 'broken-off', ran: half })
  await stopped
  expect(world.runs).toMatchObject([['c', { outcome: 'broken-off', ...half }]])
  expect(world.noted).toEqual([])
})

test('of a target that was changed meanwhile the run is noted, of one that is gone nothing', async () => {
  const world = new DeliveryWorld()
  const deliveries = world.deliveries([fresh(aFile('f'))])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  await deliveries.save({ ...aFile('elsewhere'), id: 'f' }, async () => {})
  await world.end(refused)
  expect(world.runs).toMatchObject([['f', { outcome: 'failed' }]])
  deliveries.remove('f')
  await world.end()
  expect(world.runs).toHaveLength(1)
})

test('the window is told after the run is noted, so that it finds it', async () => {
  const world = new DeliveryWorld()
  const seen: number[] = []
  world.changed = () => seen.push(world.runs.length)
  const deliveries = world.deliveries([fresh(aFile('f'))])
  world.set('p1', 'one')
  world.always = () => allWell
  deliveries.tokenChanged('p1')
  await settle()
  expect(seen).toEqual([1])
})
