// The demo that plays itself: the main job in the real app, a real browser at the consent page, a line for each step.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron } from 'playwright'
import { ask, PATIENCE, renewals, until } from './demo/app.mjs'
import { consent } from './demo/consent.mjs'
import { simulatedWebex } from './demo/webex.mjs'
import { projectRoot } from './project.mjs'
import { sandboxArguments } from './run/electron.mjs'
import { notingBrowser } from './run/noting-browser.mjs'
import { orExplain } from './run/or-explain.mjs'

/** Seconds a token lives here: renewed by itself at half of it. */
const ACCESS_TTL = 40

/** @typedef {import('playwright').Page} Page */

await orExplain(async () => {
  const output = required('SATM_DEMO_OUTPUT')
  await mkdir(output, { recursive: true })
  const home = await mkdtemp(path.join(tmpdir(), 'satm-demo-'))
  const browser = notingBrowser(home)
  const electron = await _electron.launch({
    executablePath: required('SATM_ELECTRON'),
    // Playwright would switch it off for everybody.
    chromiumSandbox: true,
    args: [...sandboxArguments(), projectRoot, '--demo=blank', `--demo-access-ttl=${ACCESS_TTL}`],
    env: { ...process.env, ...browser.env },
  })
  try {
    const page = await electron.firstWindow()
    page.setDefaultTimeout(PATIENCE)
    await play({ page, browser, output })
  } finally {
    await electron.close()
    await rm(home, { recursive: true, force: true })
  }
  say(`Screenshots are in ${path.relative(process.cwd(), output) || output}.`)
})

/** @param {{ page: Page, browser: ReturnType<typeof notingBrowser>, output: string }} stage */
async function play({ page, browser, output }) {
  let count = 0
  /** @param {string} name */
  const shot = async (name) => {
    count += 1
    const file = `${String(count).padStart(2, '0')}-${name}.png`
    await page.screenshot({ path: path.join(output, file) })
  }

  await page.getByRole('heading', { name: 'Service apps' }).waitFor()
  const webex = await simulatedWebex(page)
  const renewed = renewals(page)
  say(`The app is up, against the simulated Webex at ${webex.baseUrl}.`)
  await shot('empty')

  const { integration } = webex.credentials
  await page.getByRole('button', { name: 'Connect integration' }).first().click()
  const connect = page.getByRole('dialog')
  await connect.getByRole('textbox', { name: 'Client ID' }).fill(integration.clientId)
  await connect.getByRole('textbox', { name: 'Client secret' }).fill(integration.clientSecret)
  await shot('connect')
  await connect.getByRole('button', { name: 'Authorize in browser' }).click()
  const address = await browser.next(0)
  say('The system browser was opened at the consent page.')
  await shot('waiting-for-the-browser')
  await consent(address, output)
  await until('the integration is connected', async () => {
    const { fleet } = await ask(page, 'view.get', {})
    return fleet.managers[0]?.state === 'ready'
  })
  say('The token manager integration is connected: state and PKCE checked, code exchanged, tokens stored.')
  await page.keyboard.press('Escape')
  await shot('connected')

  const [app] = webex.credentials.serviceApps
  const [org] = app.orgs
  await page.getByRole('button', { name: 'Add service app' }).first().click()
  const add = page.getByRole('dialog')
  await add.getByRole('textbox', { name: 'Name' }).fill(app.name)
  await add.getByRole('textbox', { name: 'App ID' }).fill(app.appId)
  await add.getByRole('textbox', { name: 'Client ID' }).fill(app.clientId)
  await add.getByRole('textbox', { name: 'Client secret' }).fill(app.clientSecret)
  await add.getByRole('textbox', { name: 'Target org ID' }).fill(org.orgId)
  await shot('add-service-app')
  await add.getByRole('button', { name: 'Save and issue token' }).click()
  const row = page.getByRole('row', { name: app.name })
  await row.waitFor()
  await renewed('added', [2])
  say(`${app.name}: added, first token issued by tier 2.`)
  await shot('first-token')

  say(`Now nobody does anything. A token lives ${ACCESS_TTL} s here and is due at half of that.`)
  await renewed('scheduled', [1])
  say(`${app.name}: renewed by tier 1, its own refresh token.`)
  await shot('renewed-by-tier-1')

  await webex.control('kill-refresh-token', { app: app.name, orgId: org.orgId })
  say("Trouble: Webex no longer takes the service app's refresh token.")
  await renewed('scheduled', [1, 2])
  say(`${app.name}: renewed by tier 2, the Applications API.`)
  await shot('renewed-by-tier-2')

  await webex.control('kill-refresh-token', { app: app.name, orgId: org.orgId })
  await webex.control('expire-integration-access', {})
  say("Trouble: the refresh token is dead again, and the token manager's access token has expired.")
  await page.getByRole('button', { name: `Refresh ${app.name}` }).click()
  await renewed('manual', [1, 2, 3, 2])
  say(
    `${app.name}: renewed by tier 3 and 2: the token manager's token was refreshed, then a new pair issued.`,
  )
  await shot('renewed-by-tier-3-and-2')

  await page.getByRole('button', { name: `Copy token ${app.name}` }).click()
  say('Its current token is on the clipboard and is cleared automatically.')
  await shot('copied')
  await page
    .getByRole('link', { name: 'History' })
    .or(page.getByRole('button', { name: 'History' }))
    .first()
    .click()
  await page.getByRole('heading', { name: 'History' }).waitFor()
  say('Every attempt stands in the history, with its tiers, outcome and tracking id.')
  await shot('history')

  const duplicates = await webex.question('duplicates')
  if (duplicates.length > 0)
    throw new Error('The ledger of the simulated Webex shows a refresh token used twice.')
  say('The ledger of the simulated Webex shows no refresh token used twice.')
  await writeFile(path.join(output, 'ledger.json'), JSON.stringify(await webex.question('ledger'), null, 2))
}

/** @param {string} line */
function say(line) {
  console.log(line)
}

/** @param {string} name */
function required(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: start this by "npm run demo -- --play".`)
  return value
}
