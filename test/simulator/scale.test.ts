// Large fleets: the simulator must never be what makes a test of them slow.
import { expect, test } from 'vitest'
import { get, refresh } from './support/calls.ts'
import { present } from './support/present.ts'
import { running } from './support/running.ts'

test('ten thousand profiles are there at once, and none is taken for another', async () => {
  const simulator = await running({ apps: 20, orgs: 500 })
  const profiles = simulator.serviceApps.flatMap((app) => app.orgs.map((org) => ({ app, org })))
  expect(profiles).toHaveLength(10_000)
  expect(new Set(profiles.flatMap(({ org }) => [org.accessToken, org.refreshToken])).size).toBe(20_000)
  const last = present(profiles.at(-1), 'the last profile')
  expect((await get(simulator, '/dataSources', last.org.accessToken)).status).toBe(200)

  const sample = profiles.filter((_, index) => index % 10 === 0)
  for (let at = 0; at < sample.length; at += 50) {
    const batch = sample.slice(at, at + 50)
    const answers = await Promise.all(batch.map(({ app, org }) => refresh(simulator, app, org.refreshToken)))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  }
  expect(simulator.ledger.entries).toHaveLength(1001)
  expect(simulator.ledger.duplicates()).toEqual([])
  expect(simulator.ledger.refreshes(last.app.name).length).toBe(50)
})
