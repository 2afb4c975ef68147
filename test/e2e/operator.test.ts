// The operator's main job, by mouse alone and by keyboard alone: 400 profiles of 120 customers with five kinds of trouble,
// until all of them are green. Whoever acts counts the steps: a click, a key or shortcut, a pasted text are one each.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Locator, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SETTINGS } from '#contract/settings.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { type Seeded, seededWith } from '../bench/app/seeding.ts'
import { launchApp, launchBrowser, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

const MOST_STEPS = 25
const PATIENTLY = { timeout: 30_000, interval: 100 }
const WITHDRAWN = 30
const UNDELIVERED = 5

const FLEET = {
  sharedOrgs: true,
  serviceApps: [
    { name: 'Contact sync', orgs: 120 },
    { name: 'Presence bridge', orgs: 120 },
    { name: 'Call quality', orgs: 120 },
    { name: 'Orders', orgs: 40 },
  ],
}

/** Refresh tokens that are known to be dead: these customers need tier 2, and so the integration. */
const DEAD = { 'Contact sync': WITHDRAWN, 'Call quality': 3 }

/** How a person works the window and the browser. Each act notes its steps. */
interface Operator {
  /** From whatever the window began with. */
  toProblems(): Promise<void>
  /** The main button of a problem. */
  fix(problem: Locator): Promise<void>
  refresh(problem: Locator): Promise<void>
  /** What the person has copied elsewhere. */
  paste(field: Locator): Promise<void>
  /** A button that is the next thing to press in a dialog, or on a page of the browser. */
  press(button: Locator): Promise<void>
}

type Hand = (page: Page, note: (step: string) => void) => Operator

const byMouse: Hand = (page, note) => {
  const click = async (control: Locator) => {
    await control.click()
    note(`click ${control}`)
  }
  return {
    toProblems: () => click(page.getByRole('link', { name: 'Problems', exact: true })),
    fix: (problem) => click(problem.getByRole('button').nth(1)),
    refresh: (problem) => click(problem.getByRole('button', { name: /^Refresh/ })),
    async paste(field) {
      await click(field)
      await page.keyboard.press('Control+v')
      note('paste')
    },
    press: click,
  }
}

/** Presses of a key before what is wanted counts as out of reach. */
const MOST_PRESSES = 12

const byKeyboard: Hand = (page, note) => {
  const key = async (name: string, where = page) => {
    await where.keyboard.press(name)
    note(`key ${name}`)
  }
  const until = async (isThere: () => Promise<boolean>, name: string, where = page) => {
    for (let presses = 0; presses < MOST_PRESSES && !(await isThere()); presses += 1) await key(name, where)
    expect(await isThere(), `reached by ${name}`).toBe(true)
  }
  const hasFocus = (control: Locator) => control.evaluate((one) => one.contains(document.activeElement))
  /** Down or up, as a person sees. */
  const at = async (problem: Locator) => {
    const isAbove = await problem.evaluate((one) => {
      const position = document.activeElement?.compareDocumentPosition(one) ?? 0
      return (position & Node.DOCUMENT_POSITION_PRECEDING) !== 0
    })
    await until(() => hasFocus(problem), isAbove ? 'k' : 'j')
  }
  return {
    toProblems: () => key('Control+2'),
    async fix(problem) {
      await at(problem)
      await key('f')
    },
    async refresh(problem) {
      await at(problem)
      await key('r')
    },
    async paste(field) {
      await until(() => hasFocus(field), 'Tab')
      await key('Control+v')
    },
    async press(button) {
      const where = button.page()
      // Enter in a field sends its form.
      const isReady = () =>
        button.evaluate((one) => {
          const focused = document.activeElement
          const form = focused instanceof HTMLInputElement ? focused.form : null
          return one === focused || (form !== null && form === one.closest('form'))
        })
      await button.waitFor()
      await until(isReady, 'Tab', where)
      await key('Enter', where)
    },
  }
}

describe.runIf(process.platform === 'linux')('an operator of 120 customers in trouble', () => {
  let home: string
  let fleet: Seeded
  let app: RunningApp
  let person: Browser
  let desktop: ReturnType<typeof notingBrowser>
  let steps: string[]

  beforeAll(async () => {
    person = await launchBrowser()
  })
  afterAll(() => person?.close())
  beforeEach(async () => {
    steps = []
    home = mkdtempSync(path.join(tmpdir(), 'satm-operator-'))
    desktop = notingBrowser(path.join(home, 'desktop'))
    fleet = await seededWith(path.join(home, 'data'), FLEET, { dead: DEAD })
    app = await launchApp({ dataFolder: fleet.dataFolder, env: { ...fleet.env, ...desktop.env } })
    await bringTrouble()
  })
  afterEach(async () => {
    await app?.close()
    await fleet?.simulator.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  const view = () => ask(app.page, 'view.get', {})
  const appNamed = (name: string) => {
    const found = fleet.simulator.serviceApps.find((one) => one.name === name)
    if (found === undefined) throw new Error(`The simulator has no ${name}.`)
    return found
  }
  const idsOf = async (name: string, count: number) => {
    const { appId, orgs } = appNamed(name)
    const wanted = new Set(orgs.slice(0, count).map(({ orgId }) => orgId))
    const { profiles } = (await view()).fleet
    return profiles.filter((one) => one.appId === appId && wanted.has(one.targetOrgId)).map(({ id }) => id)
  }
  const withdrawn = () => appNamed('Contact sync').orgs.slice(0, WITHDRAWN)
  const mended = () => path.join(home, 'mended')
  let secret = ''

  async function bringTrouble(): Promise<void> {
    const { control } = fleet.simulator
    const { page } = app
    await expect.poll(async () => (await view()).fleet.profiles.length, PATIENTLY).toBe(400)
    const orgs = new Set((await view()).fleet.profiles.map(({ targetOrgId }) => targetOrgId))
    expect(orgs.size).toBe(120)
    await ask(page, 'settings.save', { requestsPerSecond: SETTINGS.requestsPerSecond.most })
    for (const { orgId } of withdrawn()) control.deauthoriseOrg(orgId, 'Contact sync')
    await ask(page, 'fleet.refresh', { profileIds: await idsOf('Contact sync', WITHDRAWN) })
    secret = control.regenerateSecret('Presence bridge')
    await ask(page, 'fleet.refresh', { profileIds: await idsOf('Presence bridge', 1) })
    for (const profileId of await idsOf('Orders', UNDELIVERED)) {
      const target = {
        kind: 'hook',
        command: `test -e '${mended()}'`,
        pass: 'environment',
        timeLimitSeconds: 30,
      } as const
      await ask(page, 'delivery.save', { profileId, targetId: null, target })
    }
    // The first failures are retried without a word.
    const deliverAgain = async () => {
      for (const profileId of await idsOf('Orders', UNDELIVERED))
        await ask(page, 'delivery.deliver', { profileId, targetId: null })
      return (await view()).fleet.incidents.find(({ code }) => code === 'undelivered')?.level
    }
    await expect.poll(deliverAgain, PATIENTLY).toBe('warning')
    await expect
      .poll(
        async () => (await view()).fleet.incidents.map(({ code, customers }) => [code, customers]),
        PATIENTLY,
      )
      .toEqual(
        expect.arrayContaining([
          ['not-authorised', WITHDRAWN],
          ['client-refused', 120],
          ['undelivered', UNDELIVERED],
        ]),
      )
    control.killIntegration()
    await ask(page, 'fleet.refresh', { profileIds: await idsOf('Call quality', DEAD['Call quality']) })
    await expect.poll(async () => (await view()).problems.count, PATIENTLY).toBe(4)
  }

  const problem = (words: RegExp) =>
    app.page
      .getByRole('list', { name: 'Problems', exact: true })
      .getByRole('listitem')
      .filter({ hasText: words })
  const copied = () => app.electron.evaluate(({ clipboard }) => clipboard.readText())

  test.each([
    ['mouse', byMouse],
    ['keyboard', byKeyboard],
  ])('by %s alone has all of them green within 25 steps', async (_, hand) => {
    const { page } = app
    const { control } = fleet.simulator
    const operator = hand(page, (step) => steps.push(step))
    const dialog = page.getByRole('dialog')
    const notAuthorized = problem(/“Contact sync.*is no longer authorized in 30 orgs/)

    await operator.toProblems()
    await operator.fix(problem(/Reconnect the integration/))
    await operator.press(dialog.getByRole('button', { name: 'Authorize in browser' }))
    const consent = await person.newPage()
    await consent.goto(await desktop.next(0))
    await operator.press(consent.getByRole('button', { name: 'Accept' }))
    await operator.press(dialog.getByRole('button', { name: 'Done' }))
    await consent.close()
    await problem(/Reconnect the integration/).waitFor({ state: 'detached' })

    await operator.fix(notAuthorized)
    await expect.poll(async () => (await copied()).match(/^Subject: /gm)?.length, PATIENTLY).toBe(WITHDRAWN)
    await notAuthorized.getByText(/e-mails? copied/).waitFor()

    await operator.fix(problem(/Client secret of “Presence bridge.*rejected/))
    await app.electron.evaluate(({ clipboard }, text) => clipboard.writeText(text), secret)
    await operator.paste(dialog.getByRole('textbox', { name: 'Client secret' }))
    await operator.press(dialog.getByRole('button', { name: 'Replace secret' }))
    await problem(/Client secret of “Presence bridge/).waitFor({ state: 'detached' })

    writeFileSync(mended(), '')
    expect(existsSync(mended())).toBe(true)
    await operator.fix(problem(/Tokens of “Orders.*not delivered/))
    await problem(/not delivered/).waitFor({ state: 'detached' })

    // Days later the admins have authorized the service app again.
    for (const { orgId } of withdrawn()) control.authoriseOrg(orgId, 'Contact sync')
    await operator.refresh(notAuthorized)

    await page.getByText('No problems.').waitFor()
    const states = async () => new Set((await view()).fleet.profiles.map(({ state }) => state))
    await expect.poll(states, PATIENTLY).toEqual(new Set(['healthy']))
    expect((await view()).problems.count).toBe(0)
    const { resolved } = await ask(page, 'problem.notes', {})
    expect(resolved.map(({ key, customers }) => [key.split(':', 1)[0], customers])).toEqual([
      ['not-authorised', WITHDRAWN],
      ['undelivered', UNDELIVERED],
      ['client-refused', 120],
      ['manager-dead', DEAD['Call quality']],
    ])
    const inThePastTense = page
      .getByRole('list', { name: 'Resolved in the last 7 days' })
      .getByRole('listitem')
    await expect.poll(() => inThePastTense.count(), PATIENTLY).toBe(resolved.length)
    expect(steps.length, steps.join('\n')).toBeLessThanOrEqual(MOST_STEPS)
  })
})
