// The tray and the notifications of the real app on a real session bus, from healthy to expired and back, and locked.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { type MockService, startNotificationServer, startTrayHost } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { click, shownEver, standing } from './support/notices.ts'
import { type TrayPanel, trayPanel } from './support/tray-panel.ts'

const SOON = { timeout: 30_000, interval: 100 }
/** Seconds. */
const FORTNIGHT = 1_209_599
const DAY = 86_400
const PASSPHRASE = 'correct horse battery'
const FEW = 12
const MANY = { apps: 20, orgs: 20 }

describe.runIf(process.platform === 'linux')('beside the window', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-beside-'))
  let simulator: Simulator
  let notifications: MockService
  let trayHost: MockService
  let app: RunningApp
  let panel: TrayPanel
  let healthyPicture = ''

  const serviceApp = (index: number) => {
    const found = simulator.serviceApps[index]
    if (found === undefined) throw new Error(`The simulator has no service app ${index}.`)
    return found
  }
  const nameOf = (index: number, org: number) => `${serviceApp(index).name} in ${orgOf(index, org).name}`
  const orgOf = (index: number, org: number) => {
    const found = serviceApp(index).orgs[org]
    if (found === undefined) throw new Error(`Service app ${index} has no org ${org}.`)
    return found
  }
  const profiles = async () => (await ask(app.page, 'view.get', {})).fleet.profiles
  const profile = async (name: string) => {
    const found = (await profiles()).find((one) => one.name === name)
    if (found === undefined) throw new Error(`There is no ${name}.`)
    return found
  }
  const windowIs = (what: 'isVisible' | 'isFocused') =>
    app.electron.evaluate(
      ({ BrowserWindow }, asked) => BrowserWindow.getAllWindows().some((one) => one[asked]()),
      what,
    )
  const hide = async () => {
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
    await expect.poll(() => windowIs('isVisible'), SOON).toBe(false)
  }
  const withdrawOrg = (index: number, org: number) => {
    simulator.control.deauthoriseOrg(orgOf(index, org).orgId, serviceApp(index).name)
  }
  const entriesOf = (index: number) => {
    const { name, appId, clientId, clientSecret, orgs } = serviceApp(index)
    return orgs.map((org) => ({
      name: `${name} in ${org.name}`,
      orgName: org.name,
      appId,
      clientId,
      clientSecret,
      targetOrgId: org.orgId,
      accessToken: org.accessToken,
      refreshToken: org.refreshToken,
    }))
  }
  const importAll = async (entries: readonly object[]) => {
    const dryRun = await ask(app.page, 'import.paste', { text: JSON.stringify(entries) })
    expect(dryRun).toMatchObject({ comingIn: entries.length, refused: 0 })
    await ask(app.page, 'import.confirm', { id: dryRun.id, profileId: null })
  }
  const allAre = async (state: string, count: number) =>
    expect.poll(async () => (await profiles()).filter((one) => one.state === state).length, SOON).toBe(count)

  beforeAll(async () => {
    simulator = await startSimulator({
      accessTtl: FORTNIGHT,
      refreshTtl: FORTNIGHT * 6,
      serviceApps: [
        { name: 'Orders', orgs: FEW },
        ...Array.from({ length: MANY.apps }, (_, index) => ({ name: `App ${index}`, orgs: MANY.orgs })),
      ],
    })
    notifications = await startNotificationServer()
    trayHost = await startTrayHost()
    app = await launchApp({
      dataFolder,
      env: { SATM_WEBEX_BASE_URL: simulator.baseUrl, XDG_CURRENT_DESKTOP: 'KDE' },
    })
    panel = trayPanel(trayHost)
    await ask(app.page, 'settings.save', { requestsPerSecond: 50, attemptsAtOnce: 64 })
    const { clientId, clientSecret, refreshToken } = simulator.integration
    const [first, ...others] = entriesOf(0)
    if (first === undefined) throw new Error('There is nothing to add.')
    await ask(app.page, 'service-app.add', {
      ...first,
      accessToken: null,
      refreshToken: null,
      probe: { kind: 'data-sources' },
      tokenManager: { kind: 'integration', clientId, clientSecret, refreshToken },
      issueToken: true,
    })
    await importAll(others)
  })

  afterAll(async () => {
    await app?.close()
    await trayHost?.stop()
    await notifications?.stop()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('the menu shows ten of the healthy, leads to the rest, and offers what is always there', async () => {
    await allAre('healthy', FEW)
    await hide()
    await expect.poll(panel.tooltip, SOON).toContain(`${FEW} customers, all healthy`)
    healthyPicture = await panel.picture()
    const labels = await panel.labels()
    expect(labels.filter((label) => label.startsWith('Orders in '))).toHaveLength(10)
    expect(labels.slice(-5)).toEqual(['More…', 'Refresh all due', 'Pause for 1 hour', 'Open', 'Quit'])
    expect(await panel.labelsUnder('Orders in ')).toEqual(['Copy token', 'Refresh'])
    expect(await shownEver(notifications)).toEqual([])
  })

  test('Refresh in it renews that one, and who ends soonest comes first', async () => {
    const last = (await panel.labels()).filter((label) => label.startsWith('Orders in ')).at(-1) ?? ''
    const name = last.split(' · ')[0] ?? ''
    const before = (await profile(name)).accessToken?.fingerprint
    simulator.control.setLifetimes({ accessTtl: 3 * DAY + 600 })
    await panel.pick(last.split(':')[0] ?? '', 'Refresh')
    await expect.poll(async () => (await profile(name)).accessToken?.fingerprint, SOON).not.toBe(before)
    await expect
      .poll(async () => (await panel.labels())[1], SOON)
      .toMatch(new RegExp(`^${name} · .*: 3 d left`))
    simulator.control.setLifetimes({ accessTtl: FORTNIGHT })
  })

  test('Copy token in it puts that token on the clipboard', async () => {
    const [, first = ''] = await panel.labels()
    await panel.pick(first, 'Copy token')
    const { accessToken } = await profile(first.split(' · ')[0] ?? '')
    const fingerprint = async () => {
      const text = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
      return createHash('sha256').update(text).digest('hex').slice(0, 8)
    }
    await expect.poll(fingerprint, SOON).toBe(accessToken?.fingerprint)
  })

  test('the icon shows that one is being renewed', async () => {
    // Long enough to be seen on a busy machine.
    simulator.control.setLatency(5_000)
    const [, first = ''] = await panel.labels()
    await panel.pick(first, 'Refresh')
    const shown = async () => ({
      tooltip: await panel.tooltip(),
      other: (await panel.picture()) !== healthyPicture,
    })
    await expect.poll(shown, SOON).toEqual({ tooltip: expect.stringContaining('1 refreshing'), other: true })
    simulator.control.setLatency(0)
    await expect.poll(panel.picture, SOON).toBe(healthyPicture)
    expect(await shownEver(notifications)).toEqual([])
  })

  test('who needs someone comes first, is told once by name and org, and again when the token is at its end', async () => {
    const name = nameOf(0, 1)
    simulator.control.setLifetimes({ accessTtl: 5 })
    await ask(app.page, 'profile.refresh', { profileId: (await profile(name)).id })
    simulator.control.setLifetimes({ accessTtl: FORTNIGHT })
    withdrawOrg(0, 1)
    await panel.pick(name, 'Refresh')
    await expect.poll(() => standing(notifications), SOON).toHaveLength(1)
    const [told] = await standing(notifications)
    expect(told?.title).toContain(name)
    expect(told?.body).toMatch(new RegExp(`^${name} · ${orgOf(0, 1).name}, token end(s in|ed) `))
    await expect
      .poll(async () => (await panel.labels())[1], SOON)
      .toMatch(new RegExp(`^${name} · .*: expired`))
    await expect.poll(panel.tooltip, SOON).toContain(`${FEW} customers: 1 expired`)
    await expect.poll(panel.picture, SOON).not.toBe(healthyPicture)
    await expect.poll(() => standing(notifications), SOON).toMatchObject([{ title: told?.title }])
  })

  test('a click opens the page of that service app', async () => {
    const [told] = await standing(notifications)
    if (told === undefined) throw new Error('Nothing is on the screen.')
    await click(notifications, told)
    await expect.poll(() => windowIs('isFocused'), SOON).toBe(true)
    await app.page.getByRole('heading', { name: nameOf(0, 1), level: 1 }).waitFor()
  })

  test('while the window is looked at it says itself that it is over', async () => {
    const before = (await shownEver(notifications)).length
    simulator.control.authoriseOrg(orgOf(0, 1).orgId, serviceApp(0).name)
    await panel.pick(nameOf(0, 1), 'Refresh')
    await app.page
      .getByRole('region', { name: 'Messages' })
      .getByText(/^Resolved: /)
      .waitFor()
    await expect.poll(panel.picture, SOON).toBe(healthyPicture)
    expect(await shownEver(notifications)).toHaveLength(before)
  })

  test('a locked app names nobody, in what is on the screen already and in the tray', async () => {
    const name = nameOf(0, 2)
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
    await hide()
    withdrawOrg(0, 2)
    await panel.pick(name, 'Refresh')
    await expect
      .poll(async () => (await standing(notifications)).at(-1)?.title, SOON)
      .toContain(`“${name}” is no longer authorized in ${orgOf(0, 2).name}`)
    const attention = await panel.picture()
    await ask(app.page, 'lock.now', {})
    await expect
      .poll(async () => (await standing(notifications)).at(-1), SOON)
      .toMatchObject({ title: 'A problem needs attention', body: 'Unlock to see it.' })
    expect(JSON.stringify(await standing(notifications))).not.toContain(`“${name}” is no longer`)
    await expect.poll(panel.labels, SOON).toEqual(['locked, a problem needs attention', 'Open', 'Quit'])
    await expect.poll(panel.tooltip, SOON).not.toContain('Orders')
    await expect.poll(panel.picture, SOON).toBe(attention)
  })

  test('Open asks to unlock; then the names are back', async () => {
    await panel.pick('Open')
    await expect.poll(() => windowIs('isVisible'), SOON).toBe(true)
    await app.page.getByRole('heading', { name: 'Locked' }).waitFor()
    await app.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(PASSPHRASE)
    await app.page.keyboard.press('Enter')
    await expect.poll(async () => (await panel.labels())[1], SOON).toContain(nameOf(0, 2))
    expect((await standing(notifications)).map(({ title }) => title)).not.toContain(
      'A problem needs attention',
    )
  })

  test('an end that comes unseen is told in place of what it ends', async () => {
    await hide()
    simulator.control.authoriseOrg(orgOf(0, 2).orgId, serviceApp(0).name)
    await panel.pick(nameOf(0, 2), 'Refresh')
    await allAre('healthy', FEW)
    withdrawOrg(0, 3)
    await panel.pick(nameOf(0, 3), 'Refresh')
    await expect
      .poll(async () => (await standing(notifications)).at(-1)?.title, SOON)
      .toContain(`“${nameOf(0, 3)}” is no longer authorized`)
    simulator.control.authoriseOrg(orgOf(0, 3).orgId, serviceApp(0).name)
    await panel.pick(nameOf(0, 3), 'Refresh')
    await expect.poll(async () => (await standing(notifications)).at(-1)?.title, SOON).toMatch(/^Resolved: /)
    expect(JSON.stringify(await standing(notifications))).not.toContain(`"“${nameOf(0, 3)}” is no longer`)
    await allAre('healthy', FEW)
  })

  test('four hundred stopped by one dead integration are one notification', async () => {
    const count = MANY.apps * MANY.orgs
    await importAll(Array.from({ length: MANY.apps }, (_, index) => entriesOf(index + 1)).flat())
    await allAre('healthy', FEW + count)
    const before = (await shownEver(notifications)).length
    simulator.control.killIntegration()
    for (const { name, orgs } of simulator.serviceApps.slice(1)) {
      for (const { orgId } of orgs) simulator.control.killRefreshToken(name, orgId)
    }
    const ids = (await profiles()).filter(({ name }) => name.startsWith('App ')).map(({ id }) => id)
    await app.page.evaluate(
      `Promise.all(${JSON.stringify(ids)}.map((profileId) => window.satm.request('profile.refresh', { profileId })))`,
    )
    await allAre('needs-attention', count)
    await expect.poll(panel.tooltip, SOON).toContain(`${count} need attention`)
    const since = (await shownEver(notifications)).slice(before)
    expect(since).toMatchObject([
      {
        title: expect.stringMatching(/^Reconnect the integration: \d+ customers depend on it$/),
        body: expect.stringMatching(/ and \d+ more, first token ends in /),
      },
    ])
    const [told] = since
    if (told === undefined) throw new Error('Nothing was told.')
    await click(notifications, told)
    await app.page.getByRole('heading', { level: 1, name: 'Problems' }).waitFor()
    const problem = app.page.getByRole('list', { name: 'Problems' }).getByRole('listitem')
    await problem.getByText(/^Reconnect the integration/).waitFor()
    expect(await problem.count()).toBe(1)
    expect(await app.page.getByRole('region', { name: 'Messages' }).getByRole('button').count()).toBeLessThan(
      3,
    )
  })

  test('no notification ever held a secret', async () => {
    const all = JSON.stringify(await shownEver(notifications))
    expect(simulator.secrets().filter((secret) => all.includes(secret))).toEqual([])
  })
})
