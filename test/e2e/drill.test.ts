// Test of all tiers on the running app: requested on the page, kept over a restart, carried out against the simulated Webex.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ShownAttempt } from '#contract/contract.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const PATIENTLY = { timeout: 60_000, interval: 200 }
const nothing = { managerId: null, outcome: null, tier: null, cursor: null } as const

let home: string
let simulator: Simulator
let app: RunningApp

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'satm-drill-'))
})
afterEach(async () => {
  await app?.close()
  await simulator?.close()
  rmSync(home, { recursive: true, force: true })
})

async function launch(): Promise<void> {
  app = await launchApp({
    dataFolder: path.join(home, 'data'),
    env: { SATM_WEBEX_BASE_URL: simulator.baseUrl },
  })
}

/** One service app with its first token; the window is at its page. */
async function begin(options: SimulatorOptions): Promise<string> {
  simulator = await startSimulator({ apps: 1, orgs: 1, rotate: true, ...options })
  await launch()
  const [profileId] = await addFleet(app.page, simulator)
  if (profileId === undefined) throw new Error('The simulator has no service app.')
  await goTo(app.page, `#/service-apps/${profileId}`)
  return profileId
}

const goTo = (page: Page, hash: string) =>
  page.evaluate((to) => {
    window.location.hash = to
  }, hash)
const button = (name: string) => app.page.getByRole('button', { name, exact: true })
const profile = async () => (await ask(app.page, 'view.get', {})).fleet.profiles[0]
const drills = async (profileId: string): Promise<readonly ShownAttempt[]> =>
  (await ask(app.page, 'history.page', { ...nothing, profileId, cause: 'reason:drill', limit: 10 })).attempts
const tiers = ({ calls }: ShownAttempt) => calls.map(({ tier, result }) => `${tier}:${result}`)

test('what was requested comes with the next due refresh, also after a restart, and leaves the grant of tier 1 alone', async () => {
  const profileId = await begin({ accessTtl: 60, managerAccessTtl: 14 * 86_400 })
  // Late enough to be requested and to outlive a restart, however slow the machine is.
  await ask(app.page, 'settings.save', { refreshAt: 0.9 })
  await button('Test all tiers').click()
  await button('Test with the next refresh').click()
  await app.page.getByText(/Test of all tiers with the next refresh/).waitFor()
  expect((await profile())?.nextRefresh?.why).toMatch(/^Test of all tiers, at \d+ % of its lifetime$/)
  const refreshed = simulator.ledger.at('tier3').length
  await app.close()
  await launch()
  await expect.poll(profile, PATIENTLY).toMatchObject({ drill: { by: 'person' } })
  await ask(app.page, 'settings.save', { refreshAt: 0.3 })
  const planned = (await profile())?.nextRefresh
  await expect.poll(() => drills(profileId), PATIENTLY).toHaveLength(1)
  const [attempt] = await drills(profileId)
  expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2, reason: { code: 'drill', by: 'person' } })
  expect(attempt === undefined ? [] : tiers(attempt)).toEqual(['3:ok', '2:ok'])
  expect(attempt?.startedAt ?? 0).toBeGreaterThanOrEqual(planned?.at ?? Number.POSITIVE_INFINITY)
  // Nothing beyond what was due: one token of tier 2 after the first one, one refresh of the integration, none by tier 1.
  expect(simulator.ledger.at('tier1')).toEqual([])
  expect(simulator.ledger.at('tier2')).toHaveLength(2)
  expect(simulator.ledger.at('tier3')).toHaveLength(refreshed + 1)
  expect(simulator.ledger.duplicates()).toEqual([])
  expect((await profile())?.drill).toBeUndefined()
  await goTo(app.page, `#/service-apps/${profileId}`)
  await app.page.getByText(/Last test .*: tier 3 works, tier 2 works, tier 1 not needed\./).waitFor()
  await goTo(app.page, '#/history')
  const row = app.page
    .getByRole('row')
    .filter({ hasText: 'Test of all tiers' })
    .filter({ hasText: 'Tier 3 ✓ → Tier 2 ✓' })
  await row.waitFor()
})

test('at once, tier 1 renews where the customer no longer allows tier 2, and the page says which tier failed', async () => {
  const profileId = await begin({})
  simulator.control.fault({ endpoint: 'tier2', kind: 'status', status: 403, times: 1 })
  await button('Test all tiers').click()
  await button('Test now').click()
  await app.page.getByText(/: tier 2 failed, renewed by tier 1\./).waitFor()
  await app.page.getByText(/Last test .*: tier 3 works, tier 2 failed .*, tier 1 works\./).waitFor()
  const [attempt] = await drills(profileId)
  expect(attempt === undefined ? [] : tiers(attempt)).toEqual(['3:ok', '2:not-authorised', '1:ok'])
  const kept = (await profile())?.accessToken
  expect(kept?.fingerprint).toBe(simulator.ledger.at('tier1')[0]?.issuedFingerprint)
  // The token is good, and nothing would replace its refresh token: until a test works, that is a problem.
  expect((await profile())?.state).toBe('healthy')
  await goTo(app.page, '#/problems')
  const problem = app.page.getByRole('button', { name: /^Tier 2 does not work for “.*” in / })
  await problem.click()
  await app.page.getByText(/Tier 1 still renews the token; but when a refresh token ends/).waitFor()
  await ask(app.page, 'profile.drill', { profileId, when: 'now' })
  await problem.waitFor({ state: 'detached' })
})
