// A copied token on the real X11 clipboard, seen with another program's eyes: for how long, and what takes it away.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import {
  type Logind,
  type MockService,
  startLogind,
  startNotificationServer,
  startScreenSaver,
  startSystemBus,
  startTrayHost,
} from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { copyByAnother, readByAnother } from './support/other-program.ts'
import { addFleet } from './support/setup.ts'
import { trayPanel } from './support/tray-panel.ts'

const SOON = { timeout: 30_000, interval: 50 }
/** Seconds: the shortest there is. */
const CLEARED_AFTER = 10
const PASSPHRASE = 'correct horse battery'
const NOBODY = 65_534

describe.runIf(process.platform === 'linux')('a copied token', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-clipboard-'))
  let simulator: Simulator
  let app: RunningApp
  let systemBus: Awaited<ReturnType<typeof startSystemBus>>
  let trayHost: MockService
  let notifications: MockService
  let logind: Logind

  const serviceApp = () => {
    const [first] = simulator.serviceApps
    const [org] = first?.orgs ?? []
    if (first === undefined || org === undefined) throw new Error('The simulator has no service app.')
    return { app: first.name, orgId: org.orgId, profile: `${first.name} in ${org.name}` }
  }
  const panel = () => trayPanel(trayHost)
  const copy = async () => {
    await app.page.getByRole('button', { name: `Copy token ${serviceApp().profile}` }).click()
    await expect.poll(readByAnother, SOON).not.toBe('a shopping list')
    const token = await readByAnother()
    expect(simulator.secrets()).toContain(token)
    return token
  }
  const accepted = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${simulator.baseUrl}/dataSources/schemas`, { headers })).status
  }

  beforeAll(async () => {
    simulator = await startSimulator({ accessTtl: 1_209_599, refreshTtl: 7_775_999, apps: 1, orgs: 1 })
    systemBus = await startSystemBus()
    trayHost = await startTrayHost()
    notifications = await startNotificationServer()
    logind = await startLogind({ ...process.env, ...systemBus.env })
    await logind.addSession('c1', process.getuid?.() ?? 0)
    await logind.addSession('c2', NOBODY)
    app = await launchApp({
      dataFolder,
      env: { ...systemBus.env, SATM_WEBEX_BASE_URL: simulator.baseUrl, XDG_CURRENT_DESKTOP: 'KDE' },
    })
    await addFleet(app.page, simulator)
    await ask(app.page, 'settings.save', { clipboardClearSeconds: CLEARED_AFTER })
  })
  beforeEach(() => copyByAnother('a shopping list'))
  afterAll(async () => {
    await app?.close().catch(() => undefined)
    await logind?.stop()
    await notifications?.stop()
    await trayHost?.stop()
    await systemBus?.stop()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('is there for every program, works, and is gone after the time that was set', async () => {
    const began = Date.now()
    expect(await accepted(await copy())).toBe(200)
    await app.page
      .getByText(/copied/)
      .first()
      .waitFor()
    // There is time for what the locks below need.
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
    await expect.poll(readByAnother, SOON).toBe('')
    expect(Date.now() - began).toBeGreaterThan(CLEARED_AFTER * 1000 - 1_000)
  })

  test('that has expired is refreshed before it is copied', async () => {
    const { app: name, orgId, profile } = serviceApp()
    const [{ id = '' } = {}] = (await ask(app.page, 'view.get', {})).fleet.profiles
    simulator.control.setLifetimes({ accessTtl: 2 })
    await ask(app.page, 'profile.refresh', { profileId: id })
    simulator.control.killRefreshToken(name, orgId)
    simulator.control.deauthoriseOrg(orgId, name)
    await expect
      .poll(async () => (await ask(app.page, 'view.get', {})).fleet.profiles[0]?.state, SOON)
      .toBe('expired')
    await panel().pick(profile, 'Copy token')
    await app.page
      .getByRole('region', { name: 'Messages' })
      .getByText(/^Token of .* · .* not copied: Webex issues no token for [^.]*\.$/)
      .first()
      .waitFor()
    expect(await readByAnother()).toBe('a shopping list')

    simulator.control.setLifetimes({ accessTtl: 1_209_599 })
    simulator.control.authoriseOrg(orgId, name)
    await app.page.getByRole('link', { name: 'Service apps' }).click()
    expect(await accepted(await copy())).toBe(200)
    await app.page.getByText(/refreshed first/).waitFor()
  })

  test('is gone when the app is locked', async () => {
    await copy()
    await ask(app.page, 'lock.now', {})
    await expect.poll(readByAnother, SOON).toBe('')
    await ask(app.page, 'lock.open', { passphrase: PASSPHRASE })
  })

  test('leaves alone what another program copied meanwhile', async () => {
    await copy()
    await copyByAnother('a shopping list')
    await ask(app.page, 'lock.now', {})
    // The clearing looks and acts at once; proving a passphrase takes longer than that.
    await ask(app.page, 'lock.open', { passphrase: PASSPHRASE })
    expect(await readByAnother()).toBe('a shopping list')
  })

  describe('when the screen locks', () => {
    const isLocked = async () => (await ask(app.page, 'view.get', {})).locked
    const lockedWindow = () => app.page.getByRole('heading', { name: 'Locked' }).waitFor()
    const unlock = () => ask(app.page, 'lock.open', { passphrase: PASSPHRASE })
    // Not on the bus when the app started.
    const savers: MockService[] = []
    const active = (isActive: boolean) =>
      Promise.all(savers.map((saver) => saver.emit('ActiveChanged', 'b', [isActive])))

    afterAll(async () => {
      for (const saver of savers.splice(0)) await saver.stop()
    })

    test('is gone, and the app is locked until somebody unlocks that', async () => {
      savers.push(await startScreenSaver('org.freedesktop.ScreenSaver'))
      await copy()
      await active(true)
      await expect.poll(readByAnother, SOON).toBe('')
      await lockedWindow()
      await active(false)
      expect(await isLocked()).toBe(true)
      await unlock()
    })

    test('is left alone if another program copied meanwhile; a dialog closes, and all who report one lock make one', async () => {
      savers.push(await startScreenSaver('org.gnome.ScreenSaver'))
      await copy()
      await app.page.keyboard.press('n')
      await app.page.getByRole('dialog').waitFor()
      await copyByAnother('a shopping list')
      await Promise.all([
        active(true),
        logind.inSession('c1', 'Lock'),
        logind.inSession('c1', 'SetLockedHint', true),
      ])
      await lockedWindow()
      await app.page.getByRole('dialog').waitFor({ state: 'detached' })
      await unlock()
      await Promise.all([active(false), logind.inSession('c1', 'SetLockedHint', false)])
      await app.page.getByRole('link', { name: 'Service apps' }).click()
      expect([await readByAnother(), await isLocked()]).toEqual(['a shopping list', false])
    })

    test.each([
      ['org.gnome.ScreenSaver', () => savers[1]?.emit('ActiveChanged', 'b', [true])],
      ['Lock of logind', () => logind.inSession('c1', 'Lock')],
      ['LockedHint of logind', () => logind.inSession('c1', 'SetLockedHint', true)],
    ])(
      'is gone, and the app stays open, if it is not to lock with the screen (%s)',
      async (_who, lockScreen) => {
        await ask(app.page, 'settings.save', { lockWithScreen: false })
        await copy()
        await lockScreen()
        await expect.poll(readByAnother, SOON).toBe('')
        expect(await isLocked()).toBe(false)
      },
    )

    test('stays where another user’s screen locks', async () => {
      const token = await copy()
      await logind.inSession('c2', 'Lock')
      await logind.inSession('c2', 'SetLockedHint', true)
      // What was sent before this has arrived with it.
      await logind.inSession('c1', 'Unlock')
      expect(await readByAnother()).toBe(token)
    })
  })

  // The app is not locked with it, so that its tray can be used.
  test('is gone when the system goes to sleep', async () => {
    await copy()
    await logind.emit('PrepareForSleep', 'b', [true])
    await expect.poll(readByAnother, SOON).toBe('')
    await logind.emit('PrepareForSleep', 'b', [false])
  })

  // Sleep has ended the connections of Chromium's debugger: from here on the tray is the only way in.
  test('is gone when the app has quit', async () => {
    await panel().pick(serviceApp().profile, 'Copy token')
    await expect.poll(readByAnother, SOON).toMatch(/\w{20}/)
    const ended = once(app.electron.process(), 'exit')
    // Who has quit does not answer any more.
    await panel()
      .pick('Quit')
      .catch(() => undefined)
    await ended
    expect(await readByAnother()).toBe('')
  })
})
