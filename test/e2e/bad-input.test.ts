// What people get wrong, and what the machine does to them: each has its own sentence, and nothing is lost.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Attempt, Input } from '#contract/contract.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { answerConsent } from './support/consent.ts'
import { addFleet } from './support/setup.ts'

let home: string
let simulator: Simulator
let app: RunningApp

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'satm-bad-input-'))
  simulator = await startSimulator({ apps: 2, orgs: 1 })
})

afterEach(async () => {
  await app?.close()
  await simulator.close()
  rmSync(home, { recursive: true, force: true })
})

async function start(env: Record<string, string> = {}): Promise<void> {
  app = await launchApp({
    dataFolder: path.join(home, 'data'),
    env: { SATM_WEBEX_BASE_URL: simulator.baseUrl, ...env },
  })
}

/** Adds the first service app with one value wrong, and the integration, and asks for its first token. */
async function addWith(wrong: Partial<Input<'service-app.add'>>): Promise<Attempt> {
  const [serviceApp] = simulator.serviceApps
  const org = serviceApp?.orgs[0]
  if (serviceApp === undefined || org === undefined) throw new Error('The simulator has no service app.')
  const { clientId, clientSecret, refreshToken } = simulator.integration
  const { attempt } = await ask(app.page, 'service-app.add', {
    name: 'Orders',
    appId: serviceApp.appId,
    clientId: serviceApp.clientId,
    clientSecret: serviceApp.clientSecret,
    targetOrgId: org.orgId,
    orgName: null,
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: null,
    tokenManager: { kind: 'integration', clientId, clientSecret, refreshToken },
    issueToken: true,
    ...wrong,
  })
  if (attempt === null) throw new Error('No attempt was made.')
  return attempt
}

/** The profile stays, says what to do where the person looks, and so does everything typed. */
async function expectToldInTheWindow(sentence: RegExp): Promise<void> {
  const row = app.page.getByRole('row', { name: 'Orders' })
  await row.waitFor()
  await expect.poll(() => app.page.getByText(sentence).count()).toBeGreaterThan(0)
}

describe('a wrong value in a service app', () => {
  test('client secret: names the service app, not the integration, and recovers once it is replaced', async () => {
    await start()
    const attempt = await addWith({ clientSecret: 'f'.repeat(64) })
    expect(attempt).toMatchObject({ outcome: 'failed', trackingId: expect.stringMatching(/\w{8}/) })
    expect(attempt.sentence).toMatch(/client secret/i)
    expect(attempt.sentence).toMatch(/service app/i)
    await expectToldInTheWindow(/client secret/i)

    const [profile] = (await ask(app.page, 'view.get', {})).fleet.profiles
    const [serviceApp] = simulator.serviceApps
    if (profile === undefined || serviceApp === undefined) throw new Error('The profile is gone.')
    await ask(app.page, 'service-app.edit', {
      profileId: profile.id,
      name: profile.name,
      appId: profile.appId,
      clientId: profile.clientId,
      targetOrgId: profile.targetOrgId,
      orgName: null,
      probe: profile.probe,
      clientSecret: serviceApp.clientSecret,
      refreshToken: null,
    })
    await expect
      .poll(async () => (await ask(app.page, 'view.get', {})).fleet.profiles[0]?.state, { timeout: 20_000 })
      .toBe('healthy')
  })

  test('a pasted config, a token or a client secret as an ID is stored nowhere, and no log quotes it', async () => {
    await start()
    const [serviceApp] = simulator.serviceApps
    if (serviceApp === undefined) throw new Error('The simulator has no service app.')
    const token = simulator.integration.refreshToken
    const wrong = [
      { appId: `appId: ${serviceApp.appId}\nclientSecret: ${serviceApp.clientSecret}` },
      { clientId: `CLIENT_SECRET=${serviceApp.clientSecret}` },
      { clientId: serviceApp.clientSecret },
      { targetOrgId: token },
      { name: `Orders ${token}` },
    ]
    for (const values of wrong) {
      await expect(addWith(values)).rejects.toThrow(/Paste the ID alone|paste the right value/)
    }
    expect((await ask(app.page, 'view.get', {})).fleet.profiles).toEqual([])
    await app.close()
    const files = readdirSync(path.join(home, 'data'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    expect(files.length).toBeGreaterThan(0)
    for (const secret of [serviceApp.clientSecret, token]) {
      expect(files.filter((text) => text.includes(secret))).toEqual([])
    }
  })

  test('App ID: says that Webex does not know it', async () => {
    await start()
    const attempt = await addWith({ appId: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL25vbmU' })
    expect(attempt).toMatchObject({ outcome: 'failed', trackingId: expect.stringMatching(/\w{8}/) })
    expect(attempt.sentence).toMatch(/App ID/)
    await expectToldInTheWindow(/App ID/)
  })

  test('an org that has not authorised it: sends the person to Control Hub', async () => {
    await start()
    const org = simulator.serviceApps[0]?.orgs[0]
    simulator.control.deauthoriseOrg(org?.orgId ?? '')
    const attempt = await addWith({})
    expect(attempt).toMatchObject({ outcome: 'failed', trackingId: expect.stringMatching(/\w{8}/) })
    expect(attempt.sentence).toMatch(/Control Hub/)
    await expectToldInTheWindow(/Control Hub/)
  })
})

describe('the sentences', () => {
  test('differ from each other', async () => {
    await start()
    const secret = await addWith({ name: 'A', clientSecret: 'f'.repeat(64), targetOrgId: 'org-a' })
    const id = await addWith({ name: 'B', appId: 'unknown', targetOrgId: 'org-b' })
    expect(secret.sentence).not.toBe(id.sentence)
  })
})

describe('no network', () => {
  test('is told as such and loses no token', async () => {
    await start()
    await addFleet(app.page, simulator)
    const before = (await ask(app.page, 'view.get', {})).fleet.profiles
    const port = Number(new URL(simulator.baseUrl).port)
    await simulator.close()
    const [profile] = before
    const attempt = await ask(app.page, 'profile.refresh', { profileId: profile?.id ?? '' })
    expect(attempt.outcome).toBe('failed')
    expect(attempt.sentence).toMatch(/network|reach|connect/i)
    const after = (await ask(app.page, 'view.get', {})).fleet.profiles
    expect(after.map((one) => one.accessToken?.fingerprint)).toEqual(
      before.map((one) => one.accessToken?.fingerprint),
    )
    simulator = await startSimulator({ port })
  })
})

describe('port 3000 taken by a stranger', () => {
  let stranger: Server
  let strangers: number

  beforeEach(async () => {
    strangers = 0
    stranger = createServer((socket) => {
      strangers += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => stranger.listen(3000, '127.0.0.1', resolve))
  })
  afterEach(() => new Promise<void>((resolve) => void stranger.close(() => resolve())))

  test('opens no browser, says by whom, and connects by the pasted URL', async () => {
    const desktop = notingBrowser(path.join(home, 'desktop'))
    await start(desktop.env)
    const { page } = app
    await page.getByRole('button', { name: 'Connect integration' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Client ID' }).fill(simulator.integration.clientId)
    await dialog.getByRole('textbox', { name: 'Client secret' }).fill(simulator.integration.clientSecret)
    await dialog.getByRole('button', { name: 'Authorize in browser' }).click()
    await expect.poll(() => dialog.getByText(/3000/).count()).toBeGreaterThan(0)
    await expect.poll(() => dialog.getByText(new RegExp(`${process.pid}`)).count()).toBeGreaterThan(0)
    await dialog.getByText(/Close that program or set another redirect port/).waitFor()
    await dialog.getByRole('textbox', { name: 'Redirected URL' }).waitFor()
    expect(desktop.opened()).toEqual([])

    await ask(page, 'connect.copy-url', {})
    const address = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
    const redirected = await answerConsent(address, 'accept')
    await ask(page, 'connect.paste-url', { url: redirected })
    await expect
      .poll(async () => (await ask(page, 'view.get', {})).fleet.managers[0]?.state, { timeout: 20_000 })
      .toBe('ready')
    expect(strangers).toBe(0)
  })
})
