// The Overview in the real app: the forecast comes from its thread in the built app, and a rehearsal says what would end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-overview-'))
let simulator: Simulator
let app: RunningApp

beforeAll(async () => {
  simulator = await startSimulator({ apps: 2, orgs: 3 })
  app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  await addFleet(app.page, simulator)
})
afterAll(async () => {
  await app?.close()
  await simulator?.close()
  rmSync(dataFolder, { recursive: true, force: true })
})

test('the next 14 days and a rehearsal come from the thread, and nothing of it reaches Webex', async () => {
  const { page } = app
  await page.getByRole('link', { name: 'Overview', exact: true }).click()
  const picture = page.getByRole('img', { name: /^The next 14 days: \d+ refreshes planned/ })
  await picture.waitFor({ timeout: 60_000 })
  // Six tokens of 14 days, and the integration's own: each is renewed once or twice.
  const planned = Number(/(\d+) refreshes/.exec((await picture.getAttribute('aria-label')) ?? '')?.[1])
  expect(planned).toBeGreaterThanOrEqual(6)
  expect(planned).toBeLessThanOrEqual(21)
  const requests = simulator.ledger.entries.length

  await page.getByRole('button', { name: 'Rehearse…' }).click()
  await page.getByRole('textbox', { name: 'Off for' }).fill('20')
  await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
  const answer = page.getByRole('status').filter({ hasText: 'The first token ends' })
  await answer.waitFor({ timeout: 60_000 })
  // Three orgs for each of two apps; the simulator's orgs are not the same.
  expect(await answer.innerText()).toContain('6 tokens of 6 customers end')
  expect(simulator.ledger.entries).toHaveLength(requests)
  await page.keyboard.press('Escape')

  const midnights = Array.from({ length: 3 }, (_, day) => Date.now() + day * 86_400_000)
  const { tokens } = await ask(page, 'forecast.rehearse', {
    midnights,
    whatIf: { kind: 'authorization-withdrawn', targetOrgId: simulator.serviceApps[0]?.orgs[0]?.orgId ?? '' },
  })
  expect(tokens).toBe(1)
})
