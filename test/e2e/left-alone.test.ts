// Two minutes of nobody doing anything: tokens of 20 s never expire before the eyes of whoever watches the window.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { addFleet } from './support/setup.ts'

/** Seconds. */
const ACCESS_TTL = 20
const WATCHED = 120

const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-left-alone-'))
let simulator: Simulator
let app: RunningApp

beforeAll(async () => {
  simulator = await startSimulator({ accessTtl: ACCESS_TTL, refreshTtl: ACCESS_TTL * 6, apps: 3, orgs: 2 })
  app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
})

afterAll(async () => {
  await app?.close()
  await simulator?.close()
  rmSync(dataFolder, { recursive: true, force: true })
})

test('never shows an expired token and never sends a refresh token twice', async () => {
  const profiles = await addFleet(app.page, simulator)
  expect(profiles).toHaveLength(6)
  const started = Date.now()

  // The page itself watches: every view it is given, and every word it shows.
  await app.page.evaluate(
    `window.seen = []
     window.satm.onView((push) => {
       const { fleet, rest, changed } = JSON.parse(push)
       for (const profile of fleet?.profiles ?? changed.map(([, one]) => one)) {
         const { expiresAt } = profile.accessToken ?? { expiresAt: 0 }
         const { now } = fleet ?? rest.fleet
         if (profile.state === 'expired' || expiresAt <= now) window.seen.push(profile.name)
       }
     })
     new MutationObserver(() => {
       for (const row of document.querySelectorAll('[role=row]')) {
         if (/expired/i.test(row.textContent)) window.seen.push(row.textContent)
       }
     }).observe(document.body, { subtree: true, childList: true, characterData: true })`,
  )
  await expect
    .poll(() => Date.now() - started, { timeout: (WATCHED + 30) * 1000, interval: 1000 })
    .toBeGreaterThan(WATCHED * 1000)
  expect(await app.page.evaluate('window.seen')).toEqual([])
  // Due at 8–12 s of their 20: two minutes are ten lives or more for each.
  const renewals = simulator.ledger.at('tier1').filter(({ at, status }) => at >= started && status === 200)
  expect(renewals.length).toBeGreaterThanOrEqual(profiles.length * 9)
  expect(simulator.ledger.duplicates()).toEqual([])
})
