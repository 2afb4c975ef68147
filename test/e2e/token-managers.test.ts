// Token managers as a person has them: several, one of them the default, one that ends and is authorised again in time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { type MockService, startNotificationServer } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { answerConsent, arrive } from './support/consent.ts'
import { addFleet } from './support/setup.ts'

const PATIENTLY = { timeout: 30_000, interval: 100 }

let home: string
let simulator: Simulator
let app: RunningApp
let browser: ReturnType<typeof notingBrowser>

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'satm-managers-'))
  browser = notingBrowser(path.join(home, 'desktop'))
})
afterEach(async () => {
  await app?.close()
  await simulator?.close()
  rmSync(home, { recursive: true, force: true })
})

async function start(options: SimulatorOptions): Promise<void> {
  simulator = await startSimulator({ apps: 1, orgs: 1, ...options })
  app = await launchApp({
    dataFolder: path.join(home, 'data'),
    env: { ...browser.env, SATM_WEBEX_BASE_URL: simulator.baseUrl },
  })
}

const fleet = async () => (await ask(app.page, 'view.get', {})).fleet
const managers = async () =>
  (await fleet()).managers.map(({ kind, isDefault, state }) => ({ kind, isDefault, state }))

/** Through the system browser, as the person whom the consent page asks. */
async function connect(managerId: string | null): Promise<void> {
  const { clientId, clientSecret } = simulator.integration
  const known = browser.opened().length
  await ask(app.page, 'connect.begin', {
    managerId,
    credentials: managerId === null ? { clientId, clientSecret } : null,
  })
  await arrive(await answerConsent(await browser.next(known), 'accept'))
  await expect
    .poll(async () => (await ask(app.page, 'view.get', {})).connect.kind, PATIENTLY)
    .toBe('connected')
}

test('who waited for the integration is served right after it was connected', async () => {
  await start({})
  const [serviceApp] = simulator.serviceApps
  const org = serviceApp?.orgs[0]
  if (serviceApp === undefined || org === undefined) throw new Error('The simulator has no service app.')
  const { name, appId, clientId, clientSecret } = serviceApp
  await ask(app.page, 'service-app.add', {
    ...{ name, appId, clientId, clientSecret, targetOrgId: org.orgId, orgName: null },
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: null,
    tokenManager: null,
    issueToken: false,
  })
  expect((await fleet()).profiles[0]?.state).not.toBe('healthy')
  await connect(null)
  await expect
    .poll(async () => (await fleet()).profiles[0], PATIENTLY)
    .toMatchObject({ state: 'healthy', last: { outcome: 'renewed', tier: 2 } })
})

describe('two token managers', () => {
  test('one is the default; each can be that, be named by a service app, and go', async () => {
    await start({})
    await connect(null)
    const [profileId = ''] = await addFleet(app.page, simulator)
    await ask(app.page, 'connect.personal-token', { token: simulator.control.issuePersonalAccessToken() })
    await expect.poll(managers, PATIENTLY).toEqual([
      { kind: 'integration', isDefault: true, state: 'ready' },
      { kind: 'personal-access-token', isDefault: false, state: 'ready' },
    ])
    const [integration, personal] = (await fleet()).managers

    await ask(app.page, 'manager.make-default', { managerId: personal?.id ?? '' })
    expect((await fleet()).managers.map(({ isDefault }) => isDefault)).toEqual([false, true])

    const [profile] = (await fleet()).profiles
    if (profile === undefined) throw new Error('The service app is gone.')
    const { name, appId, clientId, targetOrgId, orgName, probe } = profile
    const edited = { profileId, name, appId, clientId, targetOrgId, orgName, probe }
    const secrets = { clientSecret: null, refreshToken: null }
    await ask(app.page, 'service-app.edit', { ...edited, ...secrets, managerId: integration?.id ?? '' })
    expect((await fleet()).profiles[0]?.managerId).toBe(integration?.id)
    simulator.control.killRefreshToken(appId, targetOrgId)
    simulator.control.expireIntegrationAccess()
    const attempt = await ask(app.page, 'profile.refresh', { profileId })
    expect(attempt.calls.map(({ tier }) => tier)).toEqual([1, 2, 3, 2])

    await ask(app.page, 'manager.set-fallback', {
      managerId: integration?.id ?? '',
      fallbackId: personal?.id ?? '',
    })
    simulator.control.killIntegration()
    simulator.control.killRefreshToken(appId, targetOrgId)
    expect(await ask(app.page, 'profile.refresh', { profileId })).toMatchObject({
      outcome: 'renewed',
      tier: 2,
      reason: { fallback: { name: personal?.name, insteadOf: { id: integration?.id } } },
    })
    expect((await fleet()).managers.map(({ isReplaced }) => isReplaced)).toEqual([true, false])

    await ask(app.page, 'manager.remove', { managerId: integration?.id ?? '' })
    expect((await fleet()).profiles[0]?.managerId).toBeNull()
    await ask(app.page, 'service-app.edit', { ...edited, ...secrets, name: 'Renamed' })
    simulator.control.killRefreshToken(appId, targetOrgId)
    expect(await ask(app.page, 'profile.refresh', { profileId })).toMatchObject({
      outcome: 'renewed',
      tier: 2,
    })
    expect(await managers()).toEqual([{ kind: 'personal-access-token', isDefault: true, state: 'ready' }])
  })

  test('a personal access token that is pasted again takes the place of the last one', async () => {
    await start({})
    for (let day = 0; day < 2; day += 1) {
      await ask(app.page, 'connect.personal-token', { token: simulator.control.issuePersonalAccessToken() })
    }
    expect(await managers()).toHaveLength(1)
  })

  test('the same integration connected again is the same one', async () => {
    await start({})
    await connect(null)
    const [before] = (await fleet()).managers
    await connect(null)
    const after = (await fleet()).managers
    expect(after.map(({ id }) => id)).toEqual([before?.id])
    expect(after[0]?.accessToken?.fingerprint).not.toBe(before?.accessToken?.fingerprint)
  })
})

/** As they are said, one after the other. */
const WARNINGS = ['in time', 'soon', 'very soon', 'now'].map((when) => `Reconnect the integration ${when}`)
/** Seconds; the 30, 14, 7 and 1 days before the end of 90 are parts of this life. */
const REFRESH_TTL = 15

describe('a refresh token that ends', () => {
  let notifications: MockService
  beforeEach(async () => {
    notifications = await startNotificationServer()
  })
  afterEach(() => notifications.stop())

  test('is told of in time, more and more clearly, until the integration is authorised again', async () => {
    await start({
      managerAccessTtl: REFRESH_TTL,
      managerRefreshTtl: REFRESH_TTL,
      rotate: false,
      slide: false,
    })
    await connect(null)
    // Unseen, so that the desktop is told instead of the window.
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
    const said = async () => (await notifications.calls('Notify')).map(([, , , title]) => title)
    const heard = async () => {
      const titles = await said()
      return WARNINGS.filter((warning) => titles.includes(warning))
    }
    // The first comes long before the next, the others close together: a busy machine may get past one of them.
    await expect.poll(heard, PATIENTLY).toContain(WARNINGS[0])
    await expect.poll(async () => (await said()).length, PATIENTLY).toBeGreaterThanOrEqual(3)
    const warnings = (await said()).filter((title) => WARNINGS.includes(String(title)))
    expect(warnings).toEqual(await heard())
    expect(warnings.length).toBeGreaterThanOrEqual(2)
    const [manager] = (await fleet()).managers
    const cause = (await fleet()).incidents.find(({ key }) => key.endsWith(`:${manager?.id}`))
    expect(cause?.fix).toEqual({ kind: 'connect-integration', managerId: manager?.id })

    await connect(manager?.id ?? '')
    await expect.poll(async () => (await fleet()).incidents, PATIENTLY).toEqual([])
    expect(await managers()).toEqual([{ kind: 'integration', isDefault: true, state: 'ready' }])
  })
})
