import { describe, expect, test } from 'vitest'
import { LONGEST_WAIT, READ_GRACE, setDeadline, WakeTimer } from '#base/common/timer.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'

describe('a wake timer', () => {
  const timer = () => {
    const clock = new FakeClock()
    const rings: number[] = []
    return { clock, rings, timer: new WakeTimer(clock, () => rings.push(clock.monotonic())) }
  }

  test('rings once, for the earliest of what was asked for', async () => {
    const { clock, rings, timer: wake } = timer()
    wake.within(500)
    wake.within(200)
    wake.within(300)
    await clock.advance(1000)
    expect(rings).toEqual([200])
    expect(clock.armed).toEqual([])
  })

  test('can be set again when it has rung', async () => {
    const { clock, rings, timer: wake } = timer()
    wake.within(200)
    await clock.advance(200)
    wake.within(200)
    await clock.advance(200)
    expect(rings).toEqual([200, 400])
  })

  test.each([
    [0, 1],
    [-5, 1],
    [0.2, 1],
    [2 ** 31, LONGEST_WAIT],
  ])('that is asked for %s ms waits %s ms', async (delay, waited) => {
    const { clock, rings, timer: wake } = timer()
    wake.within(delay)
    await clock.advance(LONGEST_WAIT)
    expect(rings).toEqual([waited])
  })

  test('does not ring after a stop until it is started and set again', async () => {
    const { clock, rings, timer: wake } = timer()
    wake.within(100)
    wake.stop()
    wake.within(100)
    await clock.advance(1000)
    wake.start()
    await clock.advance(1000)
    expect(rings).toEqual([])
    wake.within(100)
    await clock.advance(1000)
    expect(rings).toEqual([2100])
  })
})

describe('a deadline', () => {
  test('expires when the time to read an answer has passed as well', async () => {
    const clock = new FakeClock()
    const expired: number[] = []
    setDeadline(clock, 1000, () => expired.push(clock.monotonic()))
    await clock.advance(5000)
    expect(expired).toEqual([1000 + READ_GRACE])
  })

  test.each([500, 1100])('does not expire when it was cancelled after %s ms', async (cancelled) => {
    const clock = new FakeClock()
    const expired: number[] = []
    const cancel = setDeadline(clock, 1000, () => expired.push(clock.monotonic()))
    await clock.advance(cancelled)
    cancel()
    await clock.advance(5000)
    expect(expired).toEqual([])
    expect(clock.armed).toEqual([])
  })
})
