// The Problems screen of the real app: one line for many customers, what fixes it for all of them, and what a restart keeps.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { violationsOf } from './support/axe.ts'
import { addFleet } from './support/setup.ts'

const SOON = { timeout: 20_000, interval: 100 }
const CUSTOMERS = 4

describe.runIf(process.platform === 'linux')('problems', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-problems-'))
  let simulator: Simulator
  let app: RunningApp

  const start = async () => {
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  }
  const profiles = async () => (await ask(app.page, 'view.get', {})).fleet.profiles
  const refresh = async (of: string) => {
    const ids = (await profiles()).filter(({ name }) => name.startsWith(of)).map(({ id }) => id)
    for (const profileId of ids) await ask(app.page, 'profile.refresh', { profileId })
  }
  const appNamed = (name: string) => {
    const found = simulator.serviceApps.find((one) => one.name === name)
    if (found === undefined) throw new Error(`The simulator has no ${name}.`)
    return found
  }
  const line = (words: string, list = 'Problems') =>
    app.page.getByRole('list', { name: list, exact: true }).getByRole('listitem').filter({ hasText: words })
  const toProblems = () => app.page.getByRole('link', { name: 'Problems', exact: true }).click()
  const clipboard = () => app.electron.evaluate(({ clipboard }) => clipboard.readText())

  beforeAll(async () => {
    simulator = await startSimulator({
      accessTtl: 1_209_599,
      refreshTtl: 7_775_999,
      serviceApps: [
        { name: 'Contact sync', orgs: CUSTOMERS },
        { name: 'Presence bridge', orgs: 2 },
      ],
    })
    await start()
    await addFleet(app.page, simulator)
    for (const { orgId } of appNamed('Contact sync').orgs) {
      simulator.control.killRefreshToken('Contact sync', orgId)
      simulator.control.deauthoriseOrg(orgId, 'Contact sync')
    }
    await refresh('Contact sync')
    await toProblems()
  })
  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('customers that withdrew the authorization are one line, and all their e-mails one button', async () => {
    const withdrawn = line(`“Contact sync`)
    await withdrawn.getByText(/is no longer authorized in 4 orgs$/).waitFor()
    expect(await line('').count()).toBe(1)
    await withdrawn.getByRole('button', { name: `Copy ${CUSTOMERS} e-mails` }).click()
    await expect.poll(async () => (await clipboard()).match(/^Subject: /gm)?.length, SOON).toBe(CUSTOMERS)
    await withdrawn.getByText(/4 e-mails copied/).waitFor()
    expect(await violationsOf(app.page)).toEqual([])
  })

  test('a snooze and who is waited for survive a restart', async () => {
    const withdrawn = line('“Contact sync')
    await withdrawn.getByRole('button', { name: 'Snooze until …' }).click()
    await app.page.getByRole('menuitem', { name: '1 week' }).click()
    const link = app.page.getByRole('link', { name: 'Problems', exact: true })
    await expect.poll(() => link.getAttribute('aria-description'), SOON).toBe(null)
    await app.close()
    await start()
    await toProblems()
    const snoozed = line('“Contact sync', 'Snoozed')
    await snoozed.getByText(/4 e-mails copied/).waitFor()
    await snoozed.getByText(/snoozed until/).waitFor()
    expect(
      await app.page.getByRole('link', { name: 'Problems', exact: true }).getAttribute('aria-description'),
    ).toBe(null)
    await snoozed.getByRole('button', { name: 'End snooze' }).click()
    await line('“Contact sync').waitFor()
  })

  test('a secret is replaced once for all its customers, and what that resolves stays over a restart', async () => {
    const secret = simulator.control.regenerateSecret('Presence bridge')
    for (const { orgId } of appNamed('Presence bridge').orgs)
      simulator.control.killRefreshToken('Presence bridge', orgId)
    await refresh('Presence bridge')
    await line('Client secret of “Presence bridge').getByRole('button', { name: 'Replace secret' }).click()
    const dialog = app.page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Client secret' }).fill(secret)
    await dialog.getByRole('button', { name: 'Replace secret' }).click()
    await dialog.waitFor({ state: 'detached' })
    const resolved = () =>
      app.page.getByText(/^Resolved: renewals of “Presence bridge.*” continued for 2 customers$/).last()
    await resolved().waitFor()
    await expect
      .poll(async () => (await profiles()).filter(({ state }) => state === 'healthy').length, SOON)
      .toBe(2)
    await app.close()
    await start()
    await toProblems()
    await resolved().waitFor()
  })

  test('a delivery that fails is a problem of its own, without a sign anywhere else', async () => {
    const [first] = (await profiles()).filter(({ name }) => name.startsWith('Presence bridge'))
    await ask(app.page, 'delivery.save', {
      profileId: first?.id ?? '',
      targetId: null,
      target: { kind: 'hook', command: 'exit 7', pass: 'environment', timeLimitSeconds: 30 },
    })
    await app.page
      .getByRole('main')
      .getByText(/^Tokens? of “Presence bridge.*not delivered/)
      .waitFor(SOON)
    expect(await app.page.getByRole('navigation').getByText('Not delivered').count()).toBe(0)
  })
})
