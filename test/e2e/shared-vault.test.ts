// A desktop in a shared vault, by its window: it joins one that a real server renews, has that server refresh, and says how it
// stands while the database or the server is away.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { aWebex, buildServer } from '../server/support/running-server.ts'
import { sharedFleet } from '../shared/support/serving.ts'
import { postgresOfFile } from '../shared/support/shared-vault.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

beforeAll(buildServer)

const postgres = postgresOfFile()
const PATIENTLY = { timeout: 60_000, interval: 200 }
const PASSWORD = 'canary-database-password'
const TEN_MINUTES = 600_000

const to = ({ page }: RunningApp, hash: string) =>
  page.evaluate((place) => {
    window.location.hash = place
  }, hash)

/** The clock of the app's main process goes on by so much at once. */
const passed = ({ electron }: RunningApp, duration: number) =>
  electron.evaluate((_, ms) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ms
  }, duration)

const incidents = async ({ page }: RunningApp) =>
  (await ask(page, 'view.get', {})).fleet.incidents.map(({ code, level }) => `${code} ${level}`)

/** Of a folder, with all in it. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
}

test('joins by its window, has the server refresh, and says since when and why nothing is renewed', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-shared-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  const webex = await aWebex({ apps: 1, orgs: 2, rotate: true })
  const [serviceApp] = webex.serviceApps
  const [name = ''] = serviceApp?.orgs.map((org) => `${serviceApp.name} ${org.name}`) ?? []
  const fleet = await sharedFleet(postgres(), webex, { ageOf: () => 0.1 })
  const server = await fleet.member('server 1')
  const leader = await server.serve()
  await leader.logged('shared-vault.leads')

  const launch = () => launchApp({ dataFolder: home, env: { SATM_WEBEX_BASE_URL: webex.baseUrl } })
  let app = await launch()
  onTestFinished(() => app.close().catch(() => undefined))
  let { page } = app
  const sign = () => page.getByRole('navigation', { name: 'Main' })
  await to(app, '#/settings/shared-vault')
  await page.getByRole('button', { name: 'Join a shared vault…' }).click()
  const url = fleet.url.replace('@', `:${PASSWORD}@`)
  await page.getByLabel('Connection string', { exact: true }).fill(url)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.getByText('Waiting to be added.').waitFor()
  const recipient = await page.getByRole('main').getByText(/^age1/).innerText()
  await server.vaults.addMember('Desktop', recipient)

  await sign()
    .getByText(/ renews$/)
    .waitFor(PATIENTLY)
  await page.getByRole('button', { name: 'Copy public key of Desktop' }).waitFor()
  await to(app, '#/service-apps')
  const refresh = page.getByRole('button', { name: `Refresh ${name}` })
  await refresh.click()
  await page.getByText(/renewed by tier 1/).waitFor()
  const manual = leader.log().filter((line) => line.event === 'attempt' && line.trigger === 'manual')
  expect(manual).toHaveLength(1)

  await postgres().stop()
  await sign()
    .getByText(/^Offline: as of /)
    .waitFor(PATIENTLY)
  expect(await incidents(app)).toEqual([])
  await passed(app, TEN_MINUTES)
  await expect.poll(() => incidents(app), PATIENTLY).toEqual(['shared-vault critical'])
  await to(app, '#/problems')
  await page.getByText(/^The shared vault has been unavailable for /).waitFor()

  // It was closed meanwhile, and still shows what it knew.
  await app.close()
  app = await launch()
  ;({ page } = app)
  await to(app, '#/service-apps')
  await page.getByRole('button', { name: `Refresh ${name}` }).waitFor()
  await sign()
    .getByText(/^Offline/)
    .waitFor()

  await postgres().start()
  await sign()
    .getByText(/ renews$/)
    .waitFor(PATIENTLY)
  expect(await leader.stop()).toBe(0)
  await sign().getByText('No computer renews').waitFor(PATIENTLY)
  await passed(app, TEN_MINUTES)
  await expect.poll(() => incidents(app), PATIENTLY).toEqual(['shared-vault-unrenewed critical'])

  await to(app, '#/settings/shared-vault')
  await page.getByRole('button', { name: 'Leave the shared vault…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click()
  await page.getByRole('heading', { name: 'Moved: not renewed here' }).waitFor()
  expect(webex.ledger.duplicates()).toEqual([])
  expect(app.output()).not.toContain(PASSWORD)
  for (const file of filesIn(home)) expect(readFileSync(file).includes(PASSWORD), file).toBe(false)
})
