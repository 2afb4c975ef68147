// The main job, picture by picture: two causes that touch many customers, each fixed once. Not a test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator, Page } from 'playwright'
import { type Seeded, seeded } from '../bench/app/seeding.ts'
import { launchApp } from '../e2e/support/app.ts'
import { ask } from '../e2e/support/ask.ts'
import { to } from './ways.ts'

interface Frame {
  readonly png: Buffer
  readonly ms: number
}

const SIZE = { width: 1180, height: 800 }
const APPS = 4
const ORGS = 12
/** Of the first service app, in which it is no longer authorized. */
const WITHDRAWN = 8

/** All of one size; together they last 15 s. */
export async function tour(): Promise<readonly Frame[]> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-tour-'))
  const fleet = await seeded(dataFolder, APPS, ORGS)
  const app = await launchApp({ dataFolder, env: fleet.env })
  try {
    const { page } = app
    page.setDefaultTimeout(60_000)
    await page.setViewportSize(SIZE)
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.getByRole('heading', { name: 'Service apps', exact: true }).waitFor()
    await leaveOutSigns(page)
    await nameAfterApp(page, fleet)
    const secret = await bringProblems(page, fleet)
    return await mainJob(page, fleet, secret)
  } finally {
    await app.close()
    await fleet.simulator.close()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** They speak of the machine that takes the pictures: its port, its version of Electron. */
const leaveOutSigns = (page: Page) =>
  page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('nav[aria-label="Main"] > ul + * { display: none }')
    document.adoptedStyleSheets.push(sheet)
  })

/** The fleet of the benchmarks names each profile after its customer, too. */
async function nameAfterApp(page: Page, { simulator }: Seeded): Promise<void> {
  const { fleet } = await ask(page, 'view.get', {})
  for (const { id, appId, clientId, targetOrgId, orgName, probe } of fleet.profiles) {
    const name = simulator.serviceApps.find((one) => one.appId === appId)?.name ?? ''
    const kept = { clientSecret: null, refreshToken: null }
    await ask(page, 'service-app.edit', {
      profileId: id,
      name,
      appId,
      clientId,
      targetOrgId,
      orgName,
      probe,
      ...kept,
    })
  }
}

/** Some customers withdrew their authorization, and a client secret was regenerated; gives the new one. */
async function bringProblems(page: Page, { simulator }: Seeded): Promise<string> {
  const [first, second] = simulator.serviceApps
  if (first === undefined || second === undefined) throw new Error('The fleet is too small.')
  const orgIds = first.orgs.slice(0, WITHDRAWN).map(({ orgId }) => orgId)
  for (const orgId of orgIds) {
    simulator.control.killRefreshToken(first.appId, orgId)
    simulator.control.deauthoriseOrg(orgId, first.appId)
  }
  const secret = simulator.control.regenerateSecret(second.name)
  await refresh(page, first.appId, orgIds)
  await refresh(page, second.appId, null)
  return secret
}

async function refresh(page: Page, appId: string, orgIds: readonly string[] | null): Promise<void> {
  const { fleet } = await ask(page, 'view.get', {})
  const wanted = fleet.profiles.filter(
    (one) => one.appId === appId && (orgIds === null || orgIds.includes(one.targetOrgId)),
  )
  for (const { id } of wanted) await ask(page, 'profile.refresh', { profileId: id })
}

async function mainJob(page: Page, { simulator }: Seeded, secret: string): Promise<readonly Frame[]> {
  const frames: Frame[] = []
  /** With the pointer where the next press will be. */
  const frame = async (ms: number, pressed?: Locator) => {
    if (pressed === undefined) await page.mouse.move(0, 0)
    else await pressed.hover()
    frames.push({ png: await page.screenshot({ animations: 'disabled' }), ms })
  }
  const press = async (ms: number, pressed: Locator) => {
    await frame(ms, pressed)
    await pressed.click()
  }
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const button = (name: string | RegExp) => page.getByRole('main').getByRole('button', { name })

  await to('#/overview')(page)
  await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
  await dismissAll(page)
  await button('Update').click()
  await page.getByText('need attention').or(page.getByText('Needs attention')).first().waitFor()
  await page.getByRole('region', { name: 'Next 14 days' }).and(page.locator('[aria-busy="false"]')).waitFor()
  await press(2400, link('Problems'))
  await button(/e-mails$/).waitFor()
  await dismissAll(page)
  await press(2800, button(/e-mails$/))
  await page.getByText(/waiting for/).waitFor()
  await press(2200, button('Replace secret'))
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').or(dialog.getByLabel('Client secret')).first().fill(secret)
  await press(1800, dialog.getByRole('button', { name: 'Replace secret' }))
  await dialog.waitFor({ state: 'detached' })
  await button('Replace secret').waitFor({ state: 'detached' })
  await dismissAll(page)
  await frame(2000)

  // The admins of the customers have read their e-mail.
  const [first] = simulator.serviceApps
  if (first === undefined) throw new Error('There is one.')
  const orgIds = first.orgs.slice(0, WITHDRAWN).map(({ orgId }) => orgId)
  for (const orgId of orgIds) simulator.control.authoriseOrg(orgId, first.appId)
  await refresh(page, first.appId, orgIds)
  await page.getByText('No problems').waitFor()
  await dismissAll(page)
  await press(1800, link('Overview'))
  await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
  await button('Update').click()
  await page.getByRole('region', { name: 'Next 14 days' }).and(page.locator('[aria-busy="false"]')).waitFor()
  await frame(2000)
  return frames
}

async function dismissAll(page: Page): Promise<void> {
  const dismiss = page.getByRole('button', { name: 'Dismiss' })
  while ((await dismiss.count()) > 0) await dismiss.first().click()
}
