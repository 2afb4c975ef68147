// Two instances of the real app and one data folder whose vault cannot be used at first: one of them renews, never both.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { refusedStart } from './support/refused-start.ts'
import { addFleet } from './support/setup.ts'

const SOON = { timeout: 20_000, interval: 100 }

describe('an instance that started while the vault folder could not be used', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-one-owner-'))
  const vaultFolder = path.join(dataFolder, 'vault')
  let simulator: Simulator
  let first: RunningApp
  let second: RunningApp

  const start = () => launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  const heading = (app: RunningApp, name: string) =>
    app.page.getByRole('heading', { name, exact: true }).waitFor()
  const press = (app: RunningApp, name: string) => app.page.getByRole('button', { name, exact: true }).click()

  beforeAll(async () => {
    simulator = await startSimulator({ accessTtl: 12, refreshTtl: 400, apps: 2, orgs: 1, rotate: true })
    // Whatever account runs this test: a file in the folder's place is no folder.
    writeFileSync(vaultFolder, '')
    first = await start()
  })
  afterAll(async () => {
    await first?.close().catch(() => undefined)
    await second?.close().catch(() => undefined)
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('says so, and opens nothing beside a second instance that could use the folder first', async () => {
    await first.page.getByRole('button', { name: 'Try again' }).waitFor()
    rmSync(vaultFolder)
    expect(existsSync(path.join(dataFolder, 'satm.json'))).toBe(false)
    second = await start()
    await heading(second, 'Service apps')
    await addFleet(second.page, simulator)
    await press(first, 'Try again')
    await heading(first, 'Already running')
    await first.page.getByText(/already running with that data folder/).waitFor()
    await expect(ask(first.page, 'app.delete-data', { word: 'delete' })).rejects.toThrow(
      /Nothing was deleted/,
    )
    expect((await ask(first.page, 'view.get', {})).fleet.profiles).toEqual([])
  })

  test('spends no refresh token twice while both run', async () => {
    const before = simulator.ledger.at('tier1').length
    await expect.poll(() => simulator.ledger.at('tier1').length, SOON).toBeGreaterThan(before + 2)
    expect(simulator.ledger.at('tier1').filter(({ status }) => status !== 200)).toEqual([])
    expect(simulator.ledger.duplicates()).toEqual([])
  })

  test('has the folder once the second one has ended, and a third launch is told so', async () => {
    expect(existsSync(path.join(dataFolder, 'satm.json'))).toBe(true)
    await second.close()
    await press(first, 'Try again')
    await heading(first, 'Service apps')
    expect((await ask(first.page, 'view.get', {})).fleet.profiles).toHaveLength(2)
    expect(existsSync(path.join(vaultFolder, 'instance.lock'))).toBe(true)
    await expect.poll(() => existsSync(path.join(dataFolder, 'satm.json')), SOON).toBe(true)
    expect(await refusedStart(dataFolder)).toEqual({
      code: 1,
      said: expect.stringContaining('already running with that data folder'),
    })
  })
})
