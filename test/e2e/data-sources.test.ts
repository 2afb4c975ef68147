// Data sources on the running app: chosen on the page of a service app, renewed against the simulated Webex, kept over a
// restart.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const PATIENTLY = { timeout: 30_000, interval: 200 }
const home = mkdtempSync(path.join(tmpdir(), 'satm-sources-'))
let simulator: Simulator
let app: RunningApp
let profileId: string
/** ms. By how much the simulated Webex lives in the past. */
let behind = 0

const launch = async () => {
  app = await launchApp({ dataFolder: home, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
}
const goToPage = () =>
  app.page.evaluate((id) => {
    window.location.hash = `#/service-apps/${id}`
  }, profileId)
const renewals = () =>
  simulator.ledger.at('dataSource').filter(({ method, status }) => method === 'PUT' && status === 200)
const sources = async () => (await ask(app.page, 'data-sources.list', { profileId, refresh: false })).sources

beforeAll(async () => {
  simulator = await startSimulator({
    serviceApps: [{ name: 'Media relay', orgs: 1, dataSources: 0 }],
    clock: { now: () => Date.now() - behind },
  })
  const [media] = simulator.serviceApps
  const orgId = media?.orgs[0]?.orgId ?? ''
  // A life of ten minutes, six of which are over.
  behind = 6 * 60_000
  simulator.control.registerDataSource('Media relay', orgId, 10)
  simulator.control.registerDataSource('Media relay', orgId)
  behind = 0
  await launch()
  const [first = ''] = await addFleet(app.page, simulator)
  profileId = first
})
afterAll(async () => {
  await app?.close()
  await simulator?.close()
  rmSync(home, { recursive: true, force: true })
})

test('nothing is requested of data sources before a person lists them, and nothing renewed before one chooses', async () => {
  await goToPage()
  const list = app.page.getByRole('button', { name: 'List data sources' })
  await list.waitFor()
  expect(simulator.ledger.at('dataSources')).toEqual([])
  await list.click()
  await app.page.getByText('2 data sources, none kept alive.', { exact: false }).waitFor()
  expect(renewals()).toEqual([])
})

test('what is chosen is renewed as soon as it is due, and the other one is not', async () => {
  await app.page.getByRole('button', { name: 'Keep all' }).click()
  await expect.poll(() => renewals().length, PATIENTLY).toBe(1)
  await app.page.getByText('2 of 2 kept alive.', { exact: false }).waitFor()
  await expect
    .poll(async () => (await sources()).map(({ state }) => state), PATIENTLY)
    .toEqual(['kept', 'kept'])
  const { attempts } = await ask(app.page, 'history.page', {
    managerId: null,
    outcome: null,
    tier: null,
    cursor: null,
    profileId,
    cause: 'reason:data-source',
    limit: 10,
  })
  expect(attempts).toMatchObject([
    { outcome: 'renewed', tier: null, before: null, after: null, reason: { code: 'data-source' } },
  ])
})

test('the choice survives a restart', async () => {
  await app.close()
  await launch()
  await goToPage()
  await app.page.getByText('2 of 2 kept alive.', { exact: false }).waitFor()
  const before = renewals().length
  await app.page.getByRole('button', { name: 'Renew all' }).click()
  await app.page.getByText('2 of 2 data sources renewed.').waitFor()
  expect(renewals().length).toBe(before + 2)
})

test('without its scope the problem says which one, and who adds it', async () => {
  simulator.control.setScopes('Media relay', ['spark-admin:datasource_read'])
  await app.page.getByRole('button', { name: 'Renew all' }).click()
  await expect
    .poll(
      async () => (await ask(app.page, 'view.get', {})).fleet.incidents.map(({ title }) => title),
      PATIENTLY,
    )
    .toContainEqual(expect.stringMatching(/^2 data sources of|is not permitted to renew its data sources in/))
  const { incidents } = (await ask(app.page, 'view.get', {})).fleet
  const incident = incidents.find(({ code }) => code === 'data-source-not-permitted')
  expect(incident).toMatchObject({
    level: 'warning',
    owner: 'app-owner',
    sentence: expect.stringContaining('spark-admin:datasource_write'),
    fix: { kind: 'show-data-sources' },
  })
  simulator.control.setScopes('Media relay', ['spark-admin:datasource_read', 'spark-admin:datasource_write'])
  await app.page.getByRole('button', { name: 'Renew all' }).click()
  await expect
    .poll(
      async () => (await ask(app.page, 'view.get', {})).fleet.incidents.map(({ code }) => code),
      PATIENTLY,
    )
    .not.toContain('data-source-not-permitted')
})
