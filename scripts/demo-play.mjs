// The demo that plays itself: the main job in the real app, a real browser at the consent page, a line for each step.
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, chromium } from 'playwright'
import { projectRoot } from './project.mjs'
import { sandboxArguments } from './run/electron.mjs'
import { notingBrowser } from './run/noting-browser.mjs'
import { orExplain } from './run/or-explain.mjs'

/** Seconds a token lives here: renewed by itself at half of it. */
const ACCESS_TTL = 40
/** ms. How long each step may take before the demo gives up. */
const PATIENCE = 60_000

/** @typedef {import('playwright').Page} Page */
/** @typedef {{ outcome: string, tier: number | null, calls: readonly { tier: number, result: string }[], trigger: string, trackingId: string | null }} Attempt */

await orExplain(async () => {
  const output = required('SATM_DEMO_OUTPUT')
  await mkdir(output, { recursive: true })
  const browser = await notingBrowser(path.join(tmpdir(), `satm-demo-${process.pid}`))
  const electron = await _electron.launch({
    executablePath: required('SATM_ELECTRON'),
    args: [...sandboxArguments(), projectRoot, '--demo=blank', `--demo-access-ttl=${ACCESS_TTL}`],
    env: { ...definedEnv(), ...browser.env },
  })
  try {
    const page = await electron.firstWindow()
    page.setDefaultTimeout(PATIENCE)
    await play({ page, browser, output })
  } finally {
    await electron.close()
    await browser.remove()
  }
  say(`Screenshots are in ${path.relative(process.cwd(), output) || output}.`)
})

/** @param {{ page: Page, browser: Awaited<ReturnType<typeof notingBrowser>>, output: string }} stage */
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
  say(`The app is up, against the simulated Webex at ${webex.baseUrl}.`)
  await shot('empty')

  const { integration } = webex.credentials
  await page.getByRole('button', { name: 'Connect integration' }).first().click()
  const connect = page.getByRole('dialog')
  await connect.getByRole('textbox', { name: 'Client ID' }).fill(integration.clientId)
  await connect.getByRole('textbox', { name: 'Client secret' }).fill(integration.clientSecret)
  await shot('connect')
  await connect.getByRole('button', { name: 'Authorize in browser' }).click()
  const address = await browser.next(PATIENCE)
  say('The system browser was opened at the consent page.')
  await shot('waiting-for-the-browser')
  await consent(address, path.join(output, 'browser-consent.png'), path.join(output, 'browser-last-page.png'))
  await until(page, 'the integration is connected', (view) => view.fleet.managers[0]?.state === 'ready')
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
  await renewed(page, 'added', [2])
  say(`${app.name}: added, first token issued by tier 2.`)
  await shot('first-token')

  say(`Now nobody does anything. A token lives ${ACCESS_TTL} s here and is due at half of that.`)
  await renewed(page, 'scheduled', [1])
  say(`${app.name}: renewed by tier 1, its own refresh token.`)
  await shot('renewed-by-tier-1')

  await webex.control('kill-refresh-token', { app: app.name, orgId: org.orgId })
  say("Trouble: Webex no longer takes the service app's refresh token.")
  await renewed(page, 'scheduled', [1, 2])
  say(`${app.name}: renewed by tier 2, the Applications API.`)
  await shot('renewed-by-tier-2')

  await webex.control('kill-refresh-token', { app: app.name, orgId: org.orgId })
  await webex.control('expire-integration-access', {})
  say("Trouble: the refresh token is dead again, and the token manager's access token has expired.")
  await page.getByRole('button', { name: `Refresh ${app.name}` }).click()
  await renewed(page, 'manual', [1, 2, 3, 2])
  say(
    `${app.name}: renewed by tier 3 and 2: the token manager's token was refreshed, then a new pair issued.`,
  )
  await shot('renewed-by-tier-3-and-2')

  await page.getByRole('button', { name: `Copy token ${app.name}` }).click()
  say('Its current token is on the clipboard, and leaves it by itself.')
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

/**
 * Waits until history holds a renewal with this trigger and these tiers, in this order.
 * @param {Page} page
 * @param {string} trigger
 * @param {readonly number[]} tiers
 */
async function renewed(page, trigger, tiers) {
  const seen = new Set(known)
  await until(page, `a renewal by tier ${tiers.join(', ')}`, async () => {
    for (const attempt of await attempts(page)) {
      if (seen.has(attempt.id)) continue
      const matches =
        attempt.outcome === 'renewed' &&
        attempt.trigger === trigger &&
        attempt.calls.map((call) => call.tier).join() === tiers.join()
      if (matches) {
        known.add(attempt.id)
        return true
      }
    }
    return false
  })
}

/** Renewals that were told already. @type {Set<string>} */
const known = new Set()
