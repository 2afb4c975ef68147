// The window closes and the app ends: the next window is where the person left this one, and shows the list as it was.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { startTrayHost } from '../bench/app/tray-host.ts'
import { launchApp } from './support/app.ts'
import { addFleet } from './support/setup.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-coming-back-'))
let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ apps: 1, orgs: 12 })
})
afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true, force: true })
})

const launch = () => launchApp({ dataFolder: folder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search' })
const stored = () => readFileSync(path.join(folder, 'preferences.json'), 'utf8')
/** A token as somebody might paste it into the search. */
const secret = 'ZGIzZmMtODk1YS00YTI4LWI0MTItZTAyODE5NzQ_P0A1_1eb65fdf-9643-417f-9974-ad72cae0e10f'

test('a restart begins on the screen that was left, and the list as it was', async () => {
  const first = await launch()
  await addFleet(first.page, simulator)
  await first.page.getByRole('row', { name: /12 customers/ }).waitFor()
  await search(first.page).fill(secret)
  const name = simulator.serviceApps[0]?.name ?? ''
  await search(first.page).fill(name)
  await first.page.getByLabel('Sort by').selectOption('Customer')
  await first.page.getByRole('checkbox', { name: 'Select all', exact: true }).click()
  await first.page.getByText('12 selected').waitFor()
  await first.page.getByRole('link', { name: 'History' }).click()
  await first.page.getByRole('heading', { level: 1, name: 'History' }).waitFor()
  await expect.poll(stored).toContain('#/history')
  await first.close()

  const second = await launch()
  await second.page.getByRole('heading', { level: 1, name: 'History' }).waitFor()
  await second.page.getByRole('link', { name: 'Service apps' }).click()
  await second.page.getByText('12 selected').waitFor()
  expect(await search(second.page).inputValue()).toBe(name)
  expect(await second.page.getByLabel('Sort by').inputValue()).toBe('customer')

  // What was pasted is shown, and not stored.
  await search(second.page).fill(secret)
  await second.page.getByRole('link', { name: 'Settings' }).click()
  await expect.poll(stored).toContain('#/settings')
  expect(stored()).not.toContain(secret)
  await second.close()
})

test('what was changed just before the window was closed, or the app was quit, is kept', async () => {
  const stopTrayHost = await startTrayHost()
  const app = await launch()
  try {
    await app.page.getByRole('link', { name: 'Service apps' }).click()
    await search(app.page).fill('Acme')
    const closed = app.page.waitForEvent('close')
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await closed
    await expect.poll(stored).toContain('Acme')
    const opened = app.electron.waitForEvent('window')
    await app.electron.evaluate(({ app: running }) => running.emit('activate'))
    const again = await opened
    await expect.poll(() => search(again).inputValue()).toBe('Acme')
    await search(again).fill('Globex')
  } finally {
    await app.close()
    await stopTrayHost()
  }
  expect(stored()).toContain('Globex')
})
