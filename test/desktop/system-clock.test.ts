import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock, systemDelay } from '#desktop/system/system-clock.ts'

const DAY = 86_400_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the system clock', () => {
  test('wakes once, when the time has come', () => {
    const wake = vi.fn()
    systemClock().after(1_000, wake)
    vi.advanceTimersByTime(999)
    expect(wake).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(wake).toHaveBeenCalledTimes(1)
  })

  test('does not fire at once for a delay longer than a timer can hold', () => {
    const wake = vi.fn()
    systemClock().after(90 * DAY, wake)
    systemClock().after(Number.POSITIVE_INFINITY, wake)
    vi.advanceTimersByTime(20 * DAY)
    expect(wake).not.toHaveBeenCalled()
    vi.advanceTimersByTime(5 * DAY)
    expect(wake).toHaveBeenCalledTimes(2)
  })

  test('takes a time that is over as now', () => {
    const wake = vi.fn()
    systemClock().after(-5, wake)
    vi.advanceTimersByTime(0)
    expect(wake).toHaveBeenCalledTimes(1)
  })

  test('does not wake when it was cancelled', () => {
    const wake = vi.fn()
    systemClock().after(10, wake)()
    vi.advanceTimersByTime(1_000)
    expect(wake).not.toHaveBeenCalled()
  })

  test('has a monotonic side that the wall clock does not move', () => {
    const clock = systemClock()
    const before = clock.monotonic()
    vi.setSystemTime(clock.now() + 90 * DAY)
    expect(clock.monotonic() - before).toBeLessThan(DAY)
  })
})

describe('a delay', () => {
  test('ends after its time', async () => {
    const done = vi.fn()
    const delay = systemDelay(50).then(done)
    await vi.advanceTimersByTimeAsync(49)
    expect(done).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await delay
    expect(done).toHaveBeenCalled()
  })

  test('is left at once when it is aborted, and leaves no timer behind', async () => {
    const controller = new AbortController()
    const delay = systemDelay(50_000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(delay).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not begin under a signal that has fired', async () => {
    await expect(systemDelay(1, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect(vi.getTimerCount()).toBe(0)
  })
})
