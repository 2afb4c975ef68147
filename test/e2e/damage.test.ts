// A vault file that is damaged between two starts of the real app: window, tray and satm show what cannot be read, the rest
// works, and each record is repaired.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { withDatabase } from '../vault/support/tamper.ts'
import { type MockService, startTrayHost } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'
import { trayPanel } from './support/tray-panel.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const SOON = { timeout: 20_000, interval: 100 }
const SECRET_LOST = /Client secret of “Presence bridge.*” cannot be read: 3 customers depend on it/

describe.runIf(process.platform === 'linux')('a damaged vault file', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-damage-'))
  const vaultFolder = path.join(dataFolder, 'vault')
  let simulator: Simulator
  let trayHost: MockService
  let app: RunningApp

  const start = async () => {
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  }
  const restartAfter = async (...damage: readonly string[]) => {
    await app.close()
    withDatabase(vaultFolder, (db) => {
      for (const step of damage) db.exec(step)
    })
    await start()
  }
  const fleet = async () => (await ask(app.page, 'view.get', {})).fleet
  const states = async () => (await fleet()).profiles.map(({ state }) => state).sort()
  const row = (name: string) => app.page.getByRole('row', { name, exact: true })
  const nameOf = (index: number, org: number) => {
    const { name, orgs } = simulator.serviceApps[index] ?? { name: '', orgs: [] }
    return `${name} in ${orgs[org]?.name}`
  }
  const satm = (...args: string[]) =>
    new Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>((resolve) => {
      const env = { ...process.env, SATM_DATA_FOLDER: dataFolder, SATM_WEBEX_BASE_URL: simulator.baseUrl }
      execFile(process.execPath, [SCRIPT, ...args], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : error.code, out, err }),
      )
    })

  beforeAll(async () => {
    simulator = await startSimulator({
      accessTtl: 1_209_599,
      refreshTtl: 7_775_999,
      serviceApps: [
        { name: 'Presence bridge', orgs: 3 },
        { name: 'Queue dashboard', orgs: 1 },
      ],
    })
    trayHost = await startTrayHost()
    await start()
    await addFleet(app.page, simulator)
    expect(await states()).toEqual(Array(4).fill('healthy'))
  })
  afterAll(async () => {
    await app?.close()
    await trayHost?.stop()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('a client secret: all its customers stay in window, tray and satm, and the other one is renewed', async () => {
    await restartAfter(
      `UPDATE credentials SET client_secret = CAST(
        iif(substr(client_secret, 1, 1) = x'00', x'01', x'00') || substr(client_secret, 2) AS BLOB)
        WHERE id = (SELECT service_app_id FROM profiles GROUP BY service_app_id HAVING count(*) = 3)`,
    )
    const { page } = app
    await page.getByText(SECRET_LOST).first().waitFor()
    expect(await page.getByRole('heading', { name: /Connect the token manager/ }).count()).toBe(0)
    for (const org of [0, 1, 2]) {
      await row(nameOf(0, org)).getByText('Needs attention').waitFor()
      await expect
        .poll(() =>
          row(nameOf(0, org))
            .getByRole('button', { name: /^Refresh/ })
            .isDisabled(),
        )
        .toBe(true)
    }
    expect(await states()).toEqual(['healthy', 'needs-attention', 'needs-attention', 'needs-attention'])
    const panel = trayPanel(trayHost)
    await expect.poll(() => panel.tooltip(), SOON).toMatch(SECRET_LOST)
    expect((await panel.labels()).filter((label) => label.includes('needs attention'))).toHaveLength(3)

    const [list, status, lost, other] = await Promise.all([
      satm('list'),
      satm('status'),
      satm('token', nameOf(0, 1)),
      satm('token', nameOf(1, 0)),
    ])
    expect(list.out.trim().split('\n')).toHaveLength(4)
    expect(status.out).toMatch(SECRET_LOST)
    expect(lost).toMatchObject({ code: 5, out: '', err: expect.stringContaining('client secret') })
    expect(other.code).toBe(0)
    const [healthy] = (await fleet()).profiles.filter(({ state }) => state === 'healthy')
    const attempt = await ask(page, 'profile.refresh', { profileId: healthy?.id ?? '' })
    expect(attempt.outcome).not.toBe('failed')
  })

  test('entered again once, in the form that the button opens, it mends all three', async () => {
    const { page } = app
    await page.getByRole('link', { name: 'Problems' }).click()
    await page.getByRole('main').getByRole('button', { name: 'Edit credentials' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/client secret of this service app cannot be read/).waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('The client secret is missing.').waitFor()
    await dialog
      .getByRole('textbox', { name: 'Client secret' })
      .fill(simulator.serviceApps[0]?.clientSecret ?? '')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect.poll(states, SOON).toEqual(Array(4).fill('healthy'))
    await expect.poll(async () => (await fleet()).incidents, SOON).toEqual([])
    expect((await satm('token', nameOf(0, 1))).code).toBe(0)
  })

  test('a profile, a delivery target and the webhook: three problems, each with its way', async () => {
    const [first] = (await fleet()).profiles
    await ask(app.page, 'delivery.save', {
      profileId: first?.id ?? '',
      targetId: null,
      target: { kind: 'hook', command: 'true', pass: 'environment', timeLimitSeconds: 30 },
    })
    await ask(app.page, 'webhook.save', { url: 'http://127.0.0.1:9/alerts' })
    await restartAfter(
      `UPDATE profiles SET probe = '{"kind":"x"}' WHERE name = '${nameOf(1, 0)}'`,
      `UPDATE delivery_targets SET spec = x'00'`,
      `UPDATE webhook SET secret = x'00'`,
    )
    const { page } = app
    await expect
      .poll(async () => (await fleet()).incidents.map(({ title }) => title), SOON)
      .toEqual([
        `“${nameOf(1, 0)}” cannot be read`,
        'A delivery target cannot be read',
        'A webhook cannot be read',
      ])
    expect(await states()).toEqual(['healthy', 'healthy', 'healthy', 'needs-attention'])
    // A profile that cannot be read has a page that says so.
    await row(nameOf(1, 0)).getByRole('link').click()
    await page
      .getByText(/cannot be read. Check its details and save them/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Edit credentials' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect.poll(states, SOON).toEqual(Array(4).fill('healthy'))
    await page.getByRole('link', { name: 'Problems' }).click()
    for (const left of [1, 0]) {
      await page.getByRole('button', { name: 'Repair', exact: true }).first().click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
      await expect.poll(async () => (await fleet()).incidents.length, SOON).toBe(left)
    }
  })

  test('the token manager: it is in its place, to be authorized again', async () => {
    await restartAfter(`UPDATE token_managers SET client_secret = x'00'`)
    const { page } = app
    await page
      .getByText(/Token manager “.*” cannot be read: 4 customers depend on it/)
      .first()
      .waitFor()
    await page
      .getByRole('region', { name: 'Token manager integration' })
      .getByRole('button', { name: 'Reconnect' })
      .click()
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.getByLabel('Client ID').inputValue()).toBe(simulator.integration.clientId)
    await dialog.getByRole('button', { name: 'Authorize in browser' }).click()
    await dialog.getByText('The client secret is missing.').waitFor()
  })
})
