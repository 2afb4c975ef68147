// What Prometheus reads, over a real engine in virtual time.
import { expect, test } from 'vitest'
import { createMetrics } from '#daemon/metrics.ts'
import type { Profile } from '#engine/domain/model.ts'
import { refused } from '../engine/support/answers.ts'
import { DAY, failWith, makeWorld, press, type World, type WorldOptions } from '../engine/support/world.ts'

function measured(options: WorldOptions = {}) {
  const world: World = makeWorld(options)
  const state = { isOpen: true, isLeader: true, unknown: 0, isReachable: null as boolean | null }
  const metrics = createMetrics({
    view: () => (state.isOpen ? world.engine.view() : null),
    isLeader: () => state.isLeader,
    unknownInFlight: () => state.unknown,
    isSharedVaultReachable: () => state.isReachable,
  })
  world.engine.subscribe((event) => event.kind === 'attempt' && metrics.attempt(event.attempt))
  return { world, state, metrics }
}

/** The value of each series, by its name with its labels. */
async function scraped({ scrape }: { scrape(): Promise<string> }): Promise<ReadonlyMap<string, number>> {
  const lines = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const series = lines.map(
    (line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const,
  )
  expect(new Set(series.map(([name]) => name)).size).toBe(series.length)
  return new Map(series)
}

test('the end of each token and its planned renewal, as the engine shows them', async () => {
  const { world, metrics } = measured({
    profiles: [{ id: 'one', name: 'Orders', orgName: 'Acme', targetOrgId: 'org-1' }],
  })
  await world.clock.advance(DAY)
  const series = await scraped(metrics)
  const labels = '{service_app="Orders",customer="Acme",org_id="org-1"}'
  const { accessToken, nextRefresh } = world.view()
  expect(series.get(`satm_token_expiration_timestamp_seconds${labels}`)).toBe(
    (accessToken?.expiresAt ?? 0) / 1000,
  )
  expect(series.get(`satm_token_renewal_timestamp_seconds${labels}`)).toBe((nextRefresh?.at ?? 0) / 1000)
})

test('attempts by tier and outcome, problems and states, from the first scrape on', async () => {
  const { world, metrics } = measured()
  const before = await scraped(metrics)
  expect(before.get('satm_refresh_attempts_total{tier="1",outcome="renewed"}')).toBe(0)
  expect(before.get('satm_profiles{state="healthy"}')).toBe(1)
  expect(before.get('satm_incidents{severity="critical"}')).toBe(0)
  await press(world)
  failWith(world, 'refresh', refused(400, { code: 'invalid_grant' }))
  await press(world)
  failWith(world, 'application', refused(403))
  await press(world)
  const after = await scraped(metrics)
  expect(after.get('satm_refresh_attempts_total{tier="1",outcome="renewed"}')).toBe(1)
  expect(after.get('satm_refresh_attempts_total{tier="2",outcome="renewed"}')).toBe(1)
  const failed = [...after].filter(([name, count]) => name.includes('outcome="failed"') && count > 0)
  expect(failed).toHaveLength(1)
  expect(
    [...after]
      .filter(([name]) => name.startsWith('satm_incidents'))
      .reduce((sum, [, count]) => sum + count, 0),
  ).toBe(world.engine.view().incidents.length)
  expect(world.engine.view().incidents.length).toBeGreaterThan(0)
})

test('who leads, what is in flight, requests by status, and the process', async () => {
  const { state, metrics } = measured()
  for (const status of [200, 200, 401, 429]) metrics.tokenRequest(status)
  state.isLeader = false
  state.unknown = 2
  const series = await scraped(metrics)
  expect(series.get('satm_leader')).toBe(0)
  expect(series.get('satm_in_flight_unknown')).toBe(2)
  expect(series.has('satm_shared_vault_reachable')).toBe(false)
  for (const [isReachable, value] of [
    [true, 1],
    [false, 0],
  ] as const) {
    state.isReachable = isReachable
    expect((await scraped(metrics)).get('satm_shared_vault_reachable')).toBe(value)
  }
  expect(series.get('satm_token_requests_total{code="200"}')).toBe(2)
  expect(series.get('satm_token_requests_total{code="401"}')).toBe(1)
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'process_open_fds',
  ])
    expect([name, (series.get(name) ?? 0) > 0]).toEqual([name, true])
})

test('names keep their lines whatever is in them, and no secret is in any', async () => {
  const name = 'a "quoted" \\ name\nsatm_leader 7\r\u0007 é 雨'
  const { world, metrics } = measured({ profiles: [{ id: 'one', name, orgName: null, targetOrgId: 'org' }] })
  const text = await metrics.scrape()
  expect(text).toContain(
    'service_app="a \\"quoted\\" \\\\ name\\nsatm_leader 7 é 雨",customer="",org_id="org"',
  )
  expect(text.match(/^satm_leader .*$/gm)).toEqual(['satm_leader 1'])
  const label = String.raw`\w+="(?:[^"\\\n]|\\["\\n])*"`
  const line = new RegExp(String.raw`^(?:#.*|\w+(?:\{${label}(?:,${label})*\})? -?[\d.e+-]+|)$`)
  expect(text.split('\n').filter((one) => !line.test(one))).toEqual([])
  const { pair } = world.profile()
  for (const secret of [pair?.accessToken, pair?.refresh?.token, world.manager().pair?.accessToken])
    expect(text).not.toContain(secret?.reveal())
})

test('series go with their profile, and with the vault; two of the same labels are one, the one that ends first', async () => {
  const same = { name: 'Orders', orgName: 'Acme', targetOrgId: 'org-1' }
  const { world, state, metrics } = measured({
    profiles: [
      { id: 'one', ...same },
      { id: 'two', ...same },
    ],
  })
  const ends = async () =>
    [...(await scraped(metrics))].filter(([name]) => name.startsWith('satm_token_expiration'))
  await press(world, 'two')
  expect(await ends()).toEqual([[expect.any(String), (world.view('one').accessToken?.expiresAt ?? 0) / 1000]])
  await world.engine.apply([{ kind: 'profile-removed', profileId: 'one' }])
  expect(await ends()).toEqual([[expect.any(String), (world.view('two').accessToken?.expiresAt ?? 0) / 1000]])
  await world.engine.apply([{ kind: 'profile-removed', profileId: 'two' }])
  expect(await ends()).toEqual([])
  state.isOpen = false
  expect([...(await scraped(metrics)).keys()].filter((name) => name.startsWith('satm_profiles'))).toEqual([])
})

test('5 000 profiles are scraped in a few milliseconds', async () => {
  const profiles = Array.from({ length: 5000 }, (_, at): Partial<Profile> & { readonly id: string } => ({
    id: `p${at}`,
    name: `Orders ${at % 250}`,
    serviceAppId: `app-${at % 250}`,
    orgName: `Customer ${at}`,
    targetOrgId: `org-${at}`,
  }))
  const { metrics } = measured({ profiles, start: false })
  const times: number[] = []
  let text = ''
  for (let round = 0; round < 15; round += 1) {
    const began = process.cpuUsage()
    text = await metrics.scrape()
    const { user, system } = process.cpuUsage(began)
    times.push((user + system) / 1000)
  }
  const middle = times.toSorted((a, b) => a - b)[7] ?? Number.NaN
  console.log(`scrape of 5 000 profiles: ${middle.toFixed(1)} ms, first ${times[0]?.toFixed(1)} ms`)
  expect(text.match(/^satm_token_expiration/gm)).toHaveLength(5000)
  // Processor time: other test files share the machine's cores. The library alone takes over 60 ms.
  expect(middle).toBeLessThan(40)
})
