import { expect, test } from 'vitest'
import { createIdleTime } from '#desktop/system/idle-time.ts'
import { BusError } from '#desktop/system/message-bus.ts'

/** Seconds, as each source has them; `mutter`: null where it is not on the bus. */
function stage(sources: { system?: () => number; mutter?: (() => number) | null } = {}) {
  let now = 0
  let used = -10_000_000
  let changes = 0
  let asked = 0
  const { system = () => 0, mutter = null } = sources
  const idle = createIdleTime({
    clock: { monotonic: () => now },
    delay: async (ms) => {
      now += ms
    },
    system,
    bus: {
      async call() {
        asked += 1
        if (mutter === null) throw new BusError('org.freedesktop.DBus.Error.ServiceUnknown')
        return [mutter() * 1000]
      },
    },
    lastUse: () => used,
    changed: () => {
      changes += 1
    },
  })
  return {
    idle,
    pass(seconds: number) {
      now += seconds * 1000
    },
    use() {
      used = now
    },
    changes: () => changes,
    asked: () => asked,
  }
}

test('idle time is the system’s where that counts', async () => {
  let seconds = 7
  const { idle, asked } = stage({ system: () => seconds })
  expect(await idle.seconds()).toBe(7)
  seconds = 0
  expect(await idle.seconds()).toBe(0)
  expect([idle.countsFrom(), asked()]).toEqual(['computer', 0])
})

test('idle time of a person who has just typed is not taken for a system that does not count', async () => {
  const readings = [0, 0, 0, 1, 0]
  const { idle } = stage({ system: () => readings.shift() ?? 0 })
  expect(await idle.seconds()).toBe(1)
  expect(await idle.seconds()).toBe(0)
  expect(idle.countsFrom()).toBe('computer')
})

test('idle time is Mutter’s where Electron has none', async () => {
  const { idle } = stage({ mutter: () => 301 })
  expect([await idle.seconds(), idle.countsFrom()]).toEqual([301, 'computer'])
})

test('idle time is counted from the use of the window where nobody tells, which the window learns once', async () => {
  const { idle, pass, changes } = stage()
  await idle.seconds()
  expect(idle.countsFrom()).toBe('window')
  pass(300)
  expect(await idle.seconds()).toBeGreaterThanOrEqual(300)
  expect(changes()).toBe(1)
})

test('idle time is counted from the use of the window where Mutter stays at 0 as well', async () => {
  const { idle, pass } = stage({ mutter: () => 0 })
  await idle.seconds()
  pass(300)
  expect(await idle.seconds()).toBeGreaterThanOrEqual(300)
})

test('idle time is Mutter’s also where that appears later', async () => {
  let there = false
  const { idle, pass } = stage({ mutter: () => (there ? 3 : 0) })
  await idle.seconds()
  pass(300)
  there = true
  expect([await idle.seconds(), idle.countsFrom()]).toEqual([3, 'computer'])
})

test('idle time is the computer’s again as soon as that turns out to count', async () => {
  let seconds = 0
  const { idle, pass, changes } = stage({ system: () => seconds })
  await idle.seconds()
  pass(300)
  seconds = 2
  expect([await idle.seconds(), idle.countsFrom(), changes()]).toEqual([2, 'computer', 2])
})

test('idle time is never longer than since the last use of the window, whatever the computer counts', async () => {
  for (const sources of [{ system: () => 86_400 }, { mutter: () => 86_400 }]) {
    const { idle, pass, use } = stage(sources)
    expect(await idle.seconds()).toBe(10_000)
    use()
    expect([await idle.seconds(), idle.countsFrom()]).toEqual([0, 'computer'])
    pass(40)
    expect(await idle.seconds()).toBe(40)
  }
})

test('idle time of a person who works in another window is the computer’s', async () => {
  const { idle, pass, use } = stage({ system: () => 3 })
  use()
  pass(3_600)
  expect(await idle.seconds()).toBe(3)
})
