import { describe, expect, test } from 'vitest'
import { afterDelivery, notYetDelivered } from '#engine/delivery-schedule/delivery-schedule.ts'
import { START, settle } from '../engine/support/fake-clock.ts'
import { aCommand, aFile, allWell, DeliveryWorld, fingerprintOf } from './support/delivery-world.ts'

const HOUR = 3_600_000
const refused = { kind: 'failed', sentence: 'No.', ran: null } as const
const ready = { target: aFile('f'), state: notYetDelivered }
const deliveredOnce = (token: string) =>
  afterDelivery({ at: START, fingerprint: fingerprintOf(token), refreshFingerprint: null })

const storedAtOnce = async () => {}

/** A promise, and what resolves it. */
function held(): readonly [Promise<void>, () => void] {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return [promise, () => resolve()]
}

describe('a token that Webex rejects', () => {
  const sentence =
    'Webex rejected the new token (401), so it was not delivered. What was delivered before stays in place and works until it expires. It is tested again automatically; press Refresh for another token.'

  test('takes the place of none, is tested again as failures are, and is brought once it is accepted', async () => {
    const world = new DeliveryWorld()
    const before = { target: aFile('f'), state: deliveredOnce('one') }
    const deliveries = world.deliveries([before, { target: aFile('g'), state: notYetDelivered }])
    world.set('p1', 'two')
    world.rejected.add('two')
    deliveries.tokenChanged('p1')
    await settle()
    expect(world.underWay).toEqual([])
    expect(world.noted).toMatchObject([
      ['f', { delivered: before.state.delivered, failure: { sentence, failures: 1 } }],
      ['g', { delivered: null, failure: { sentence: expect.not.stringContaining('before') } }],
    ])
    expect(world.runs).toMatchObject([
      ['f', { outcome: 'failed', trigger: 'new-token', sentence }],
      ['g', { outcome: 'failed', trigger: 'set-up' }],
    ])
    world.rejected.clear()
    await world.clock.advance(10_000)
    expect(world.underWay).toEqual(['/f/.env two', '/g/.env two'])
  })

  test('is not brought when a person asks either, and a newer one is', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([{ target: aFile('f'), state: deliveredOnce('one') }])
    world.set('p1', 'two')
    world.rejected.add('two')
    expect(await deliveries.deliver([...deliveries.targets.all()], true)).toEqual([false])
    world.set('p1', 'three')
    deliveries.tokenChanged('p1')
    await settle()
    expect(world.underWay).toEqual(['/f/.env three'])
  })

  test('does not keep the app from ending while nobody knows yet', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.isRejected = () => new Promise(() => {})
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    const stopped = deliveries.stop()
    await world.clock.advance(5_000)
    await stopped
    expect(world.noted).toEqual([])
  })
})

describe('a renewed token', () => {
  test("is brought to each of its profile's targets, and to no other's", async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([
      ready,
      { target: aCommand('c'), state: notYetDelivered },
      { target: aFile('other', 'p2'), state: notYetDelivered },
    ])
    world.set('p1', 'one')
    world.set('p2', 'two')
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual(['/f/.env one', 'c one'])
    await world.end()
    expect(world.noted).toEqual([['f', deliveredOnce('one')]])
  })

  test('is not brought twice', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    deliveries.tokenChanged('p1')
    await world.end()
    deliveries.tokenChanged('p1')
    expect([world.underWay, world.noted.length]).toEqual([[], 1])
  })

  test('that comes while the one before it is being brought follows it, and only the newest of several', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    for (const token of ['one', 'two', 'three']) {
      world.set('p1', token)
      deliveries.tokenChanged('p1')
    }
    expect(world.underWay).toEqual(['/f/.env one'])
    await world.end()
    expect(world.underWay).toEqual(['/f/.env three'])
    await world.end()
    expect([world.underWay, world.noted.at(-1)]).toEqual([[], ['f', deliveredOnce('three')]])
  })

  test('that comes after a failure is tried at once', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end(refused)
    world.set('p1', 'two')
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual(['/f/.env two'])
  })

  test('that has expired already stays where it is; its successor is brought', () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'old', START)
    deliveries.start()
    expect(world.underWay).toEqual([])
    world.set('p1', 'new', START + HOUR)
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual(['/f/.env new'])
  })
})

describe('a failed delivery', () => {
  test('is said, and tried again after each wait', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.always = () => refused
    deliveries.tokenChanged('p1')
    await settle()
    const tries = async (duration: number) => {
      const before = world.noted.length
      await world.clock.advance(duration)
      return world.noted.length - before
    }
    expect([await tries(9_999), await tries(1)]).toEqual([0, 1])
    expect([await tries(59_999), await tries(1)]).toEqual([0, 1])
    await tries(35 * 60_000)
    expect(await tries(10 * HOUR)).toBe(10)
    expect(deliveries.targets.failing(50).map(({ state }) => state.failure?.sentence)).toEqual(['No.'])
    world.always = () => allWell
    await tries(HOUR)
    expect([deliveries.targets.failing(50), world.noted.at(-1)?.[1].failure]).toEqual([[], null])
    expect(world.clock.armed).toEqual([])
  })

  test('costs no wake while all is well', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.always = () => allWell
    deliveries.start()
    await world.clock.advance(10 * HOUR)
    expect(world.clock.wakes).toBe(0)
  })

  test('of another kind than foreseen is a failure too, and the next is tried', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.always = () => {
      throw new Error('unforeseen')
    }
    deliveries.tokenChanged('p1')
    await settle()
    expect(world.errors).toEqual([new Error('unforeseen')])
    expect(world.noted.at(-1)?.[1].failure?.failures).toBe(1)
  })

  test('that the vault cannot note is known all the same', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.noteFails = true
    deliveries.tokenChanged('p1')
    await world.end()
    const [entry] = deliveries.targets.ofProfile('p1')
    expect(entry && deliveries.standing(entry)).toBe('delivered')
    expect(world.errors).toHaveLength(1)
  })

  test('is asleep with the machine, and looked at within a minute of its waking', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.always = () => refused
    deliveries.tokenChanged('p1')
    await world.clock.advance(HOUR)
    const before = world.noted.length
    world.clock.sleep(5 * HOUR)
    await world.clock.advance(60_000)
    expect(world.noted.length - before).toBe(1)
  })

  test('waits no longer when the clock is set back', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    world.always = () => refused
    deliveries.tokenChanged('p1')
    await settle()
    world.clock.setWall(world.clock.now() - 24 * HOUR)
    await world.clock.advance(HOUR)
    expect(world.noted.length).toBeGreaterThan(4)
  })
})

describe('at the start', () => {
  test('what was renewed and not delivered before the app was killed is delivered', () => {
    const world = new DeliveryWorld()
    world.set('p1', 'new')
    world.deliveries([{ target: aFile('f'), state: deliveredOnce('old') }]).start()
    expect(world.underWay).toEqual(['/f/.env new'])
  })

  test('what is delivered is left alone', () => {
    const world = new DeliveryWorld()
    world.set('p1', 'one')
    world.deliveries([{ target: aFile('f'), state: deliveredOnce('one') }]).start()
    expect(world.underWay).toEqual([])
  })

  test('what had failed is tried at once', () => {
    const world = new DeliveryWorld()
    world.set('p1', 'one')
    const failure = {
      at: START,
      fingerprint: fingerprintOf('one'),
      sentence: 'No.',
      failures: 9,
      retryAt: START + HOUR,
    }
    world.deliveries([{ target: aFile('f'), state: { ...notYetDelivered, failure } }]).start()
    expect(world.underWay).toEqual(['/f/.env one'])
  })

  test('a command that came with a backup waits for a person, who is told; then it runs by itself', async () => {
    const world = new DeliveryWorld()
    const target = aCommand('c')
    const deliveries = world.deliveries([{ target, state: { ...notYetDelivered, held: true } }])
    world.set('p1', 'one')
    deliveries.start()
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual([])
    expect(deliveries.targets.failing(50)).toHaveLength(1)
    void deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    await world.end()
    world.set('p1', 'two')
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual(['c two'])
    expect(deliveries.targets.failing(50)).toEqual([])
  })
})

describe('a person', () => {
  test('who asks gets it delivered again, and learns of how many', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([
      { target: aFile('f'), state: deliveredOnce('one') },
      { target: aFile('g'), state: deliveredOnce('one') },
    ])
    world.set('p1', 'one')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    await world.end()
    await world.end(refused)
    expect(await asked).toEqual([true, false])
  })

  test('is not kept waiting by a failure that waits', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end(refused)
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), false)
    await world.end()
    expect([await asked, world.underWay]).toEqual([[true], []])
  })

  test('who asks for what is on its way gets that, and nothing runs twice', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([{ target: aCommand('c'), state: notYetDelivered }])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    await world.end()
    expect([await asked, world.underWay]).toEqual([[true], []])
  })

  test('who asks while an older token is on its way gets an answer about the newer', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    world.set('p1', 'two')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), false)
    await world.end()
    await world.end(refused)
    expect(await asked).toEqual([false])
  })

  test('who asks without a token gets a no', async () => {
    const deliveries = new DeliveryWorld().deliveries([ready])
    expect(await deliveries.deliver(deliveries.targets.ofProfile('p1'), true)).toEqual([false])
  })

  test('comes before what runs by itself', async () => {
    const world = new DeliveryWorld()
    const many = Array.from({ length: 20 }, (_, n) => ({
      target: aFile(`f${n}`, `p${n}`),
      state: notYetDelivered,
    }))
    const deliveries = world.deliveries(many)
    for (let n = 0; n < 20; n++) world.set(`p${n}`, 'one')
    deliveries.start()
    expect(world.underWay).toHaveLength(4)
    void deliveries.deliver(deliveries.targets.ofProfile('p19'), false)
    await world.end()
    expect(world.underWay).toContain('/f19/.env one')
  })

  test('who changes a target meanwhile gets the new place, and the old result counts for nothing', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await deliveries.save({ ...aFile('elsewhere'), id: 'f' }, storedAtOnce)
    await world.end()
    expect([world.underWay, world.noted]).toEqual([['/elsewhere/.env one'], []])
  })

  test.each(['before', 'after'])(
    'whose change of a target is being stored %s its delivery ends has nothing noted of the new place',
    async (when) => {
      const world = new DeliveryWorld()
      const deliveries = world.deliveries([ready])
      const [storing, stored] = held()
      world.set('p1', 'one')
      deliveries.tokenChanged('p1')
      // The row in the vault is the new place's from here on.
      const saved = deliveries.save({ ...aFile('elsewhere'), id: 'f' }, () => storing)
      if (when === 'after') stored()
      await world.end()
      expect(world.noted).toEqual([])
      stored()
      await saved
      await settle()
      expect(world.underWay).toEqual(['/elsewhere/.env one'])
      await world.end()
      expect(world.noted).toEqual([['f', deliveredOnce('one')]])
    },
  )

  test('whose change of a target is stored after its delivery was noted gets the new place', async () => {
    const world = new DeliveryWorld()
    const [noting, noted] = held()
    world.stored = noting
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end()
    await deliveries.save({ ...aFile('elsewhere'), id: 'f' }, storedAtOnce)
    noted()
    await settle()
    expect(world.underWay).toEqual(['/elsewhere/.env one'])
  })

  test('whose change of a target cannot be stored has the old place delivered to, once', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    const [storing, failing] = held()
    world.set('p1', 'one')
    const saved = deliveries.save({ ...aFile('elsewhere'), id: 'f' }, async () => {
      await storing
      throw new Error('the disk is full')
    })
    deliveries.tokenChanged('p1')
    failing()
    await expect(saved).rejects.toThrow('full')
    expect(world.underWay).toEqual(['/f/.env one'])
    await world.end()
    expect([world.underWay, world.noted]).toEqual([[], [['f', deliveredOnce('one')]]])
  })

  test('who asked for a target that was changed is answered when everything stops meanwhile', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    await deliveries.save({ ...aFile('elsewhere'), id: 'f' }, storedAtOnce)
    const stopped = deliveries.stop()
    await world.end()
    await stopped
    expect(await asked).toEqual([false])
  })

  test('sees a delivery as done only once that is stored', async () => {
    const world = new DeliveryWorld()
    const [noting, noted] = held()
    world.stored = noting
    const deliveries = world.deliveries([ready])
    const shown: unknown[] = []
    world.changed = () =>
      shown.push(deliveries.targets.ofProfile('p1').map((entry) => deliveries.standing(entry)))
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end()
    expect([shown, deliveries.targets.get('f')?.state.delivered]).toEqual([[], null])
    noted()
    await settle()
    expect(shown).toEqual([['delivered']])
  })

  test('has what a delivery learned of its place stored with it, and the next one goes by that', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    const { spec } = aFile('elsewhere')
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end({ kind: 'delivered', ran: null, spec })
    expect([world.specs, deliveries.targets.get('f')?.state]).toEqual([[spec], deliveredOnce('one')])
    world.set('p1', 'two')
    deliveries.tokenChanged('p1')
    expect(world.underWay).toEqual(['/elsewhere/.env two'])
  })

  test('who removes a target meanwhile hears no more of it', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    deliveries.removeProfile('p1')
    await world.end(refused)
    await world.clock.advance(HOUR)
    expect([await asked, world.noted, world.underWay]).toEqual([[false], [], []])
    expect([deliveries.targets.size, deliveries.targets.failing(50)]).toEqual([0, []])
  })
})

describe('how much at once', () => {
  test('commands that take long keep no file waiting', async () => {
    const world = new DeliveryWorld()
    const commands = Array.from({ length: 10 }, (_, n) => ({
      target: aCommand(`c${n}`),
      state: notYetDelivered,
    }))
    const deliveries = world.deliveries([...commands, ready])
    world.set('p1', 'one')
    deliveries.start()
    expect(world.underWay).toEqual(['c0 one', 'c1 one', 'c2 one', 'c3 one', '/f/.env one'])
  })

  test('an event costs what its profile has, not what ten thousand others have', () => {
    const world = new DeliveryWorld()
    const many = Array.from({ length: 10_000 }, (_, n) => ({
      target: aFile(`f${n}`, `p${n}`),
      state: deliveredOnce('one'),
    }))
    const deliveries = world.deliveries(many)
    for (let n = 0; n < 10_000; n++) world.set(`p${n}`, 'one')
    deliveries.start()
    world.tokensAsked = 0
    world.set('p77', 'two')
    deliveries.tokenChanged('p77')
    expect(world.underWay).toEqual(['/f77/.env two'])
    expect(world.tokensAsked).toBeLessThan(5)
  })

  test('ten thousand outdated ones are all brought', async () => {
    const world = new DeliveryWorld()
    const many = Array.from({ length: 10_000 }, (_, n) => ({
      target: aFile(`f${n}`, `p${n}`),
      state: notYetDelivered,
    }))
    for (let n = 0; n < 10_000; n++) world.set(`p${n}`, 'one')
    world.always = () => allWell
    world.deliveries(many).start()
    await world.clock.until(() => world.noted.length === 10_000, 1000)
  })
})

test('a target that is removed while its delivery is being stored is not delivered again', async () => {
  const world = new DeliveryWorld()
  let store = () => {}
  world.stored = new Promise<void>((resolve) => {
    store = resolve
  })
  const deliveries = world.deliveries([ready])
  world.set('p1', 'one')
  deliveries.tokenChanged('p1')
  await world.end()
  const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
  deliveries.remove('f')
  store()
  expect([await asked, world.underWay]).toEqual([[false], []])
})

describe('at the end', () => {
  test('nothing new begins, and what is under way may end', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([ready, { target: aFile('g', 'p2'), state: notYetDelivered }])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    const stopped = deliveries.stop()
    world.set('p2', 'two')
    deliveries.tokenChanged('p2')
    expect(world.underWay).toEqual(['/f/.env one'])
    await world.end()
    await stopped
    expect(world.noted).toEqual([['f', deliveredOnce('one')]])
    expect(world.clock.armed).toEqual([])
  })

  test('what was delivered is stored before it has ended', async () => {
    const world = new DeliveryWorld()
    let store = () => {}
    world.stored = new Promise<void>((resolve) => {
      store = resolve
    })
    const deliveries = world.deliveries([ready])
    world.set('p1', 'one')
    deliveries.tokenChanged('p1')
    await world.end()
    let hasEnded = false
    const stopped = deliveries.stop().then(() => {
      hasEnded = true
    })
    await world.clock.advance(1_000)
    expect(hasEnded).toBe(false)
    store()
    await stopped
    expect(world.noted).toEqual([['f', deliveredOnce('one')]])
  })

  test('what takes too long is broken off and counts as neither delivered nor failed', async () => {
    const world = new DeliveryWorld()
    const deliveries = world.deliveries([{ target: aCommand('c'), state: notYetDelivered }])
    world.set('p1', 'one')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    const stopped = deliveries.stop()
    await world.clock.advance(5_000)
    await stopped
    expect([await asked, world.noted]).toEqual([[false], []])
  })

  test('who still waits for a turn is answered', async () => {
    const world = new DeliveryWorld()
    const commands = Array.from({ length: 6 }, (_, n) => ({
      target: aCommand(`c${n}`),
      state: notYetDelivered,
    }))
    const deliveries = world.deliveries(commands)
    world.set('p1', 'one')
    const asked = deliveries.deliver(deliveries.targets.ofProfile('p1'), true)
    const stopped = deliveries.stop()
    await world.clock.advance(5_000)
    await stopped
    expect(await asked).toEqual([false, false, false, false, false, false])
  })
})
