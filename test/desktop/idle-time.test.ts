import { expect, test } from 'vitest'
import { createIdleTime } from '#desktop/system/idle-time.ts'
import { BusError } from '#desktop/system/message-bus.ts'

/** Seconds, as each source has them; `mutter`: null where it is not on the bus. */
function stage(sources: { system?: () => number; mutter?: (() => number) | null } = {}) {
  let now = 0
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
    lastUse: () => 0,
    changed: () => {
      changes += 1
    },
  })
  return {
    idle,
    pass(seconds: number) {
      now += seconds * 1000
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
