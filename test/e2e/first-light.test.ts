// The main job, end to end: real Electron, a real keyring, a real browser at the consent page, real HTTP, real files.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Attempt } from '#contract/contract.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { launchApp, launchBrowser, type RunningApp } from './support/app.ts'
import { ask, attemptsOf } from './support/ask.ts'

/** Seconds. Due at half of it: each renewal by itself comes within half a minute. */
const ACCESS_TTL = 30
const RENEWAL = { timeout: 60_000, interval: 250 }

describe('from an empty folder to tokens that renew themselves', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-first-light-'))
  const dataFolder = path.join(home, 'data folder')
  const systemBrowser = notingBrowser(path.join(home, 'desktop'))
  let simulator: Simulator
  let browser: Browser
  let app: RunningApp

  const start = () =>
    launchApp({ dataFolder, env: { ...systemBrowser.env, SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  const orders = () => {
    const [serviceApp] = simulator.serviceApps
    const org = serviceApp?.orgs[0]
    if (serviceApp === undefined || org === undefined) throw new Error('The simulator has no service app.')
    return { ...serviceApp, orgId: org.orgId }
  }
  const tiersOf = (attempt: Attempt | undefined) => attempt?.calls.map((call) => call.tier).join(' → ')
  const latest = async (trigger: Attempt['trigger']) =>
    (await attemptsOf(app.page, 'Orders')).find((attempt) => attempt.trigger === trigger)
  /** Those besides `known`, newest first: one that came by itself may be what a pressed button gets. */
  const besides = async (known: readonly Attempt[]) =>
    (await attemptsOf(app.page, 'Orders')).filter(({ id }) => known.every((one) => one.id !== id))

  beforeAll(async () => {
    simulator = await startSimulator({
      accessTtl: ACCESS_TTL,
      refreshTtl: ACCESS_TTL * 20,
      managerAccessTtl: 1209599,
      managerRefreshTtl: 7775999,
    })
    browser = await launchBrowser()
    app = await start()
  })

  afterAll(async () => {
    await app?.close()
    await browser?.close()
    await simulator?.close()
    rmSync(home, { recursive: true, force: true })
  })

  test('a cloud that is not Webex is named in the window', async () => {
    await expect.poll(() => app.page.getByText(new URL(simulator.baseUrl).host).count()).toBeGreaterThan(0)
  })

  test('connects the integration through the system browser', async () => {
    const { page } = app
    await page.getByRole('button', { name: 'Connect integration' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Client ID' }).fill(simulator.integration.clientId)
    await dialog.getByRole('textbox', { name: 'Client secret' }).fill(simulator.integration.clientSecret)
    await dialog.getByRole('button', { name: 'Authorize in browser' }).click()

    const consent = await browser.newPage()
    await consent.goto(await systemBrowser.next(0))
    await consent.getByRole('button', { name: 'Accept' }).click()
    await consent.waitForURL(/^http:\/\/localhost:3000\//)
    expect(new URL(consent.url()).search).toBe('')
    await expect.poll(() => consent.getByText(/may (now )?be closed|close this/i).count()).toBeGreaterThan(0)
    await consent.close()

    await expect
      .poll(async () => (await ask(page, 'view.get', {})).fleet.managers[0]?.state, RENEWAL)
      .toBe('ready')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('button', { name: 'Reconnect' }).count()).toBeGreaterThan(0)
  })

  test('adds a service app by its four values and issues its first token by tier 2', async () => {
    const { page } = app
    const { appId, clientId, clientSecret, orgId } = orders()
    await page.getByRole('button', { name: 'Add service app' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Orders')
    await dialog.getByRole('textbox', { name: 'App ID' }).fill(appId)
    await dialog.getByRole('textbox', { name: 'Client ID' }).fill(clientId)
    await dialog.getByRole('textbox', { name: 'Client secret' }).fill(clientSecret)
    await dialog.getByRole('textbox', { name: 'Target org ID' }).fill(orgId)
    await dialog.getByRole('button', { name: 'Save and issue token' }).click()

    const row = page.getByRole('row', { name: 'Orders' })
    await row.waitFor()
    await expect.poll(() => row.getByText('Healthy').count()).toBe(1)
    await expect.poll(() => row.getByRole('timer').first().textContent()).toMatch(/\d+ s|\d+ min/)
    const attempt = await latest('added')
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2 })
    expect(attempt?.trackingId).toBeTruthy()
  })

  test('is renewed ahead of time by tier 1 without anyone doing anything', async () => {
    await expect.poll(async () => tiersOf(await latest('scheduled')), RENEWAL).toBe('1')
  })

  test('is renewed by tier 2 when tier 1 is dead', async () => {
    simulator.control.killRefreshToken(orders().appId, orders().orgId)
    await expect.poll(async () => tiersOf(await latest('scheduled')), RENEWAL).toBe('1 → 2')
  })

  test("is renewed by tier 3 when the token manager's token is dead too", async () => {
    const known = await attemptsOf(app.page, 'Orders')
    simulator.control.killRefreshToken(orders().appId, orders().orgId)
    simulator.control.expireIntegrationAccess()
    await app.page.getByRole('button', { name: 'Refresh Orders' }).click()
    await expect.poll(async () => (await besides(known)).map(tiersOf), RENEWAL).toContain('1 → 2 → 3 → 2')
  })

  test('suspects another copy of these credentials, until a person says that there is none', async () => {
    const causes = async () => (await ask(app.page, 'view.get', {})).fleet.incidents.map(({ title }) => title)
    await expect.poll(causes, RENEWAL).toContain('Another copy uses these credentials')
    await ask(app.page, 'fleet.other-copy-stopped', {})
    await expect.poll(causes, RENEWAL).not.toContain('Another copy uses these credentials')
  })

  test('puts the current token on the clipboard, and only there', async () => {
    await app.page.getByRole('button', { name: 'Copy token Orders' }).click()
    const read = () => app.electron.evaluate(({ clipboard }) => clipboard.readText())
    await expect.poll(read, RENEWAL).not.toBe('')
    const answer = await fetch(`${simulator.baseUrl}/dataSources/schemas`, {
      headers: { authorization: `Bearer ${await read()}` },
    })
    expect(answer.status).toBe(200)
    await app.electron.evaluate(({ clipboard }) => clipboard.clear())
  })

  test('says in one sentence what a person has to do when an org says no, and that it recovered', async () => {
    const { page } = app
    const row = page.getByRole('row', { name: 'Orders' })
    const known = await attemptsOf(page, 'Orders')
    simulator.control.deauthoriseOrg(orders().orgId, orders().appId)
    await page.getByRole('button', { name: 'Refresh Orders' }).click()
    await expect.poll(() => row.getByText(/Needs attention|Expired/).count(), RENEWAL).toBeGreaterThan(0)
    const failed = (await besides(known)).find(({ outcome }) => outcome === 'failed')
    expect(failed?.sentence).toMatch(/Control Hub/)
    expect(failed?.trackingId).toBeTruthy()

    simulator.control.authoriseOrg(orders().orgId, orders().appId)
    await page.getByRole('button', { name: 'Refresh Orders' }).click()
    await expect.poll(() => row.getByText('Healthy').count(), RENEWAL).toBe(1)
  })

  test('shows each attempt in the history with tiers, outcome and tracking id', async () => {
    const { page } = app
    await page.getByRole('link', { name: 'History' }).click()
    const rows = page.getByRole('row', { name: /Orders/ })
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(5)
    const [newest] = await attemptsOf(page, 'Orders')
    await expect.poll(() => page.getByText(newest?.trackingId ?? 'none').count()).toBeGreaterThan(0)
  })

  test('finds everything again after a restart', async () => {
    const before = await attemptsOf(app.page, 'Orders')
    const { fleet } = await ask(app.page, 'view.get', {})
    await app.close()
    app = await start()
    await app.page.getByRole('row', { name: 'Orders' }).waitFor()
    const again = await ask(app.page, 'view.get', {})
    expect(again.fleet.profiles[0]?.id).toBe(fleet.profiles[0]?.id)
    expect(again.fleet.managers[0]?.refreshToken?.expiresAt).toBe(fleet.managers[0]?.refreshToken?.expiresAt)
    expect(again.storage).toMatchObject({ kind: 'open', level: 'protected' })
    const ids = (await attemptsOf(app.page, 'Orders')).map((attempt) => attempt.id)
    expect(ids).toEqual(expect.arrayContaining(before.map((attempt) => attempt.id)))
    await expect
      .poll(() => app.page.getByRole('row', { name: 'Orders' }).getByText('Healthy').count(), RENEWAL)
      .toBe(1)
  })

  test('sent no refresh token twice', () => {
    expect(simulator.ledger.duplicates()).toEqual([])
  })

  test('leaves no secret in any file, log, output or the window', async () => {
    const window = await app.page.evaluate(
      () => document.documentElement.outerHTML + JSON.stringify(performance.getEntries()),
    )
    const view = JSON.stringify(await ask(app.page, 'view.get', {}))
    const output = app.output()
    await app.close()
    const places = new Map<string, Buffer>([
      ['the window', Buffer.from(window)],
      ['the view', Buffer.from(view)],
      ['standard output', Buffer.from(output)],
      ...filesBelow(dataFolder).map((file) => [file, readFileSync(file)] as const),
    ])
    expect([...places.keys()].some((place) => place.endsWith('.log'))).toBe(true)
    const secrets = simulator.secrets()
    expect(secrets.length).toBeGreaterThan(10)
    const found = [...places].filter(([, bytes]) => secrets.some((secret) => bytes.includes(secret)))
    expect(found.map(([place]) => place)).toEqual([])
  })

  test('keeps its folder to the person alone', () => {
    expect(statSync(dataFolder).mode & 0o777).toBe(0o700)
    const open = filesBelow(dataFolder).filter((file) => (statSync(file).mode & 0o077) !== 0)
    expect(open).toEqual([])
  })
})

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}
