// Forecast requests, with the real thread: progress, cancel, and one forecast for whoever asks within the minute.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { createForecasts } from '#application/forecast.ts'
import { runInThread } from '#base/node/thread.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { DAY, MINUTE, makeWorld } from '../engine/support/world.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'

let thread: Bundle
beforeAll(async () => {
  thread = await bundle('src/main/bootstrap/forecast-thread.ts')
})
afterAll(() => thread.remove())

const profilesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `p${n}`, targetOrgId: `org-${n}` }))

function stage(profiles: number) {
  const world = makeWorld({ profiles: profilesOf(profiles) })
  const session = { engine: world.engine, snapshot: world.snapshot } as unknown as EngineSession
  const monotonic = new FakeClock()
  const started: AbortSignal[] = []
  const forecasts = createForecasts({
    supervisor: { running: () => session, settled: async () => undefined },
    settings: { engine: () => defaultSettings },
    clock: { monotonic: () => monotonic.monotonic(), after: systemClock().after },
    run(request, signal) {
      started.push(signal)
      return runInThread(thread.path, request, signal)
    },
  })
  const midnights = Array.from({ length: 31 }, (_, day) => world.clock.now() + day * DAY)
  return { world, forecasts, midnights, started, monotonic }
}

test('a forecast comes from the thread, and another request within the minute gets the same one', async () => {
  const { forecasts, midnights, started, monotonic } = stage(3)
  const [one, other] = await Promise.all([
    forecasts.get({ midnights, fresh: false }),
    forecasts.get({ midnights, fresh: false }),
  ])
  expect(one.days).toHaveLength(30)
  expect(other).toBe(one)
  expect(await forecasts.get({ midnights, fresh: false })).toBe(one)
  expect(started).toHaveLength(1)
  await monotonic.advance(2 * MINUTE)
  expect(await forecasts.get({ midnights, fresh: false })).not.toBe(one)
  expect(await forecasts.get({ midnights, fresh: true })).toMatchObject({ tokens: one.tokens })
  expect(started).toHaveLength(3)
  expect(forecasts.progress('forecast')).toBeNull()
}, 60_000)

test('it tells how far it is, and a cancel ends the thread and the request', async () => {
  const { forecasts, midnights, started } = stage(2000)
  const result = forecasts.rehearse({ midnights, whatIf: { kind: 'webex-down', hours: 3 } })
  await expect.poll(() => forecasts.progress('rehearsal')?.done ?? 0, { timeout: 30_000 }).toBeGreaterThan(1)
  expect(forecasts.progress('rehearsal')?.total).toBe(60)
  expect(forecasts.progress('forecast')).toBeNull()
  forecasts.cancel('rehearsal')
  await expect(result).rejects.toThrow('Canceled.')
  expect(started[0]?.aborted).toBe(true)
  expect(forecasts.progress('rehearsal')).toBeNull()
}, 60_000)

test('a canceled forecast is made anew when it is asked for again', async () => {
  const { forecasts, midnights } = stage(3)
  const first = expect(forecasts.get({ midnights, fresh: false }))
  await expect.poll(() => forecasts.progress('forecast'), { interval: 1 }).not.toBeNull()
  forecasts.cancel('forecast')
  await first.rejects.toThrow('Canceled.')
  expect((await forecasts.get({ midnights, fresh: false })).days).toHaveLength(30)
}, 60_000)

test('a fleet that changed gets a forecast of its own at once', async () => {
  const { world, forecasts, midnights, started } = stage(3)
  await forecasts.get({ midnights, fresh: false })
  await world.engine.apply([{ kind: 'profile-removed', profileId: 'p2' }])
  await forecasts.get({ midnights, fresh: false })
  expect(started).toHaveLength(2)
}, 60_000)
