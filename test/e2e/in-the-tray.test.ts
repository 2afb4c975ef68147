// The app without its window: what the tray and the desktop's notifications say, on a real session bus.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { type MockService, startNotificationServer, startTrayHost } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const WAIT = { timeout: 30_000, interval: 200 }

describe.runIf(process.platform === 'linux')('with the window closed to the tray', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-tray-'))
  let simulator: Simulator
  let notifications: MockService
  let trayHost: MockService
  let app: RunningApp
  let profileIds: readonly string[]

  const titles = async () => (await notifications.calls('Notify')).map(([, , , title]) => String(title))
  const windows = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
  const close = async () => {
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await expect.poll(windows, WAIT).toBe(0)
  }
  const show = async () => {
    const shown = app.electron.waitForEvent('window')
    await app.electron.evaluate(({ app: electron }) => void electron.emit('activate'))
    const page = await shown
    await page.getByRole('heading', { name: 'Service apps' }).waitFor()
    return page
  }
  const firstApp = () => simulator.serviceApps[0]
  const firstOrg = () => firstApp()?.orgs[0]?.orgId ?? ''

  beforeAll(async () => {
    simulator = await startSimulator({ accessTtl: 20, refreshTtl: 400, apps: 4, orgs: 1 })
    notifications = await startNotificationServer()
    trayHost = await startTrayHost()
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
    profileIds = await addFleet(app.page, simulator)
  })

  afterAll(async () => {
    await app?.close()
    await trayHost?.stop()
    await notifications?.stop()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('says once that it goes on working there', async () => {
    await close()
    await expect.poll(titles, WAIT).toEqual([expect.stringMatching(/keeps running/)])
  })

  test('goes on renewing and says nothing of it', async () => {
    const before = simulator.ledger.at('tier1').length
    await expect.poll(() => simulator.ledger.at('tier1').length, WAIT).toBeGreaterThan(before + 3)
    expect(await titles()).toHaveLength(1)
  })

  test('says once what needs a person, and that it is over', async () => {
    simulator.control.deauthoriseOrg(firstOrg(), firstApp()?.name)
    await expect.poll(titles, WAIT).toHaveLength(2)
    expect((await titles())[1]).toContain(firstApp()?.name)
    simulator.control.authoriseOrg(firstOrg(), firstApp()?.name)
    const page = await show()
    // One that was on its way when the org was authorised again still fails.
    await expect
      .poll(
        async () => (await ask(page, 'profile.refresh', { profileId: profileIds[0] ?? '' })).outcome,
        WAIT,
      )
      .toBe('renewed')
    await expect
      .poll(
        async () =>
          (await ask(page, 'view.get', {})).fleet.profiles.every(({ state }) => state === 'healthy'),
        WAIT,
      )
      .toBe(true)
    await close()
  })

  test('names one cause for all service apps that a dead integration stops, and a click opens Problems', async () => {
    const before = (await titles()).length
    const killed = Date.now()
    simulator.control.killIntegration()
    for (const { name, orgs } of simulator.serviceApps) {
      for (const { orgId } of orgs) simulator.control.killRefreshToken(name, orgId)
    }
    // Said again when it grows worse, in place of what was said before: never two at once, never one for each app.
    const standing = async () => {
      const closed = (await notifications.calls('CloseNotification')).map(([id]) => id)
      return (await titles()).filter((_title, index) => index >= before && !closed.includes(index + 1))
    }
    await expect.poll(standing, WAIT).toEqual(['Reconnect the integration: 4 customers depend on it'])
    const dead = () => simulator.ledger.at('tier1').filter(({ at, status }) => at > killed && status === 400)
    await expect.poll(() => dead().length, WAIT).toBe(simulator.serviceApps.length)
    await expect.poll(standing, WAIT).toEqual(['Reconnect the integration: 4 customers depend on it'])
    expect(new Set((await titles()).slice(before)).size).toBe(1)
    const shown = app.electron.waitForEvent('window')
    await notifications.emit('ActionInvoked', 'us', [(await titles()).length, 'default'])
    await (await shown).getByRole('heading', { level: 1, name: 'Problems' }).waitFor()
    expect(await windows()).toBe(1)
  })
})
