// The dialogs of the window, and the lock.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Locator, Page } from 'playwright'
import type { SettingsSection } from '#renderer/app/route.ts'
import { ask } from '../e2e/support/ask.ts'
import { leave, type Place, press, shown, to } from './ways.ts'

const dialog = (name: string, hash: string, opener: string | RegExp): Place => ({
  name,
  async go(page) {
    await to(hash)(page)
    await press(page, opener)
    await shown(page)
  },
  leave,
})

const THREE = ['3', '3-long-names']

const onSettings = (section: SettingsSection, name: string, opener: string | RegExp): Place => ({
  ...dialog(name, `#/settings/${section}`, opener),
  only: ['3'],
})

const onPage = (name: string, opener: string | RegExp, further?: (page: Page) => Promise<void>): Place => ({
  name,
  only: THREE,
  async go(page) {
    await to('#/service-apps')(page)
    await page.getByRole('table', { name: 'Service apps' }).getByRole('link').first().click()
    await press(page, opener)
    await further?.(page)
    await shown(page)
  },
  leave,
})
const fromMenu = (name: string, entry: string): Place =>
  onPage(name, /^More /, (page) => page.getByRole('menuitem', { name: entry }).click())

const pasted = (name: string, text: string, expected: (page: Page) => Locator): Place => ({
  name,
  only: ['3'],
  async go(page) {
    await to('#/service-apps')(page)
    await press(page, 'Import')
    await page.getByRole('textbox', { name: 'Or paste its content' }).fill(text)
    await press(page, 'Check pasted text')
    await expected(page).waitFor()
  },
  leave,
})

const LIST_OF_ORGS = 'id,displayName,created\n11111111-2222-4333-8444-555555555550,Acme,2026\n'
const VARIABLES = 'CLIENT_ID=Cexample\nCLIENT_SECRET=an-example\nWEBEX_ACCESS_TOKEN=an-example\nPORT=3000\n'

/** Two that come in, one without its org, one twice. */
const PASTED = [
  'name,appId,clientId,clientSecret,targetOrgId',
  ...['Acme', 'Globex', 'Globex'].map(
    (name, i) =>
      `Returns desk (${name}),Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0NleGFtcGxl,Cexample,a-secret-of-an-example,11111111-2222-4333-8444-55555555555${Math.min(i, 1)}`,
  ),
  'Returns desk (Initech),Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0NleGFtcGxl,Cexample,a-secret-of-an-example,',
].join('\n')

const PASSPHRASE = 'correct horse battery'
const REDIRECT_PORT = 3000

/** Somebody else has the port that the browser is to come back to. */
function portTaken(): Place {
  const others = createServer()
  return {
    name: 'connect-port-taken',
    only: ['3'],
    async go(page) {
      others.listen(REDIRECT_PORT, '127.0.0.1')
      await once(others, 'listening')
      await to('#/service-apps')(page)
      await press(page, 'Reconnect')
      await press(page, 'Authorize in browser')
      await page.getByText(`Port ${REDIRECT_PORT} is taken`).waitFor()
    },
    async leave(page) {
      await press(page, 'Cancel')
      await leave(page)
      others.close()
      await once(others, 'close')
    },
  }
}

const setPassphrase = (page: Page) =>
  ask(page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
const removePassphrase = (page: Page) => ask(page, 'security.remove-passphrase', { passphrase: PASSPHRASE })

const withPassphrase = (name: string, opener: string): Place => ({
  ...onSettings('security', name, opener),
  async go(page) {
    await setPassphrase(page)
    await onSettings('security', name, opener).go(page)
  },
  async leave(page) {
    await leave(page)
    await removePassphrase(page)
  },
})

const locked: Place = {
  name: 'locked',
  only: ['3'],
  async go(page) {
    await setPassphrase(page)
    await ask(page, 'lock.now', {})
    await page.getByRole('heading', { name: 'Locked' }).waitFor()
  },
  async leave(page) {
    await ask(page, 'lock.open', { passphrase: PASSPHRASE })
    await removePassphrase(page)
    await page.getByRole('navigation').waitFor()
  },
}

export const dialogs: readonly Place[] = [
  { ...dialog('rehearse', '#/overview', 'Rehearse…'), needsFleet: true },
  dialog('connect', '#/service-apps', /^(Connect integration|Reconnect)$/),
  {
    name: 'connect-personal-token',
    only: ['empty'],
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, 'Connect integration')
      await press(page, 'Use a personal access token')
      await shown(page)
    },
    leave,
  },
  portTaken(),
  dialog('add', '#/service-apps', 'Add service app'),
  onPage('edit', 'Edit'),
  fromMenu('duplicate', 'Duplicate for another org'),
  fromMenu('remove', 'Remove'),
  onPage('drill', 'Test all tiers'),
  onPage('add-delivery', 'Add delivery'),
  onPage('add-delivery-hook', 'Add delivery', (page) => page.getByRole('radio', { name: 'Hook' }).check()),
  onPage('add-delivery-store', 'Add delivery', (page) =>
    page.getByRole('radio', { name: 'Secret store' }).check(),
  ),
  onSettings('delivery', 'add-fleet-delivery', 'Add fleet delivery'),
  dialog('import', '#/service-apps', 'Import'),
  pasted('import-dry-run', PASTED, (page) => page.getByRole('region', { name: 'Dry run' })),
  pasted('import-tokens', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=an-access-token-of-an-example\n', (page) =>
    page.getByRole('button', { name: 'Import tokens' }),
  ),
  pasted('import-list-of-orgs', LIST_OF_ORGS, (page) => page.getByLabel('Client ID')),
  pasted('import-variables', VARIABLES, (page) => page.getByLabel('1. CLIENT_ID, CLIENT_SECRET')),
  onSettings('delivery', 'add-consumer', 'Add consumer'),
  onSettings('security', 'set-passphrase', 'Set a passphrase…'),
  withPassphrase('change-passphrase', 'Change passphrase…'),
  withPassphrase('remove-passphrase', 'Remove passphrase…'),
  locked,
  onSettings('data', 'kept-copies', 'Show copies…'),
  onSettings('data', 'back-up', 'Back up…'),
  onSettings('data', 'restore', 'Restore…'),
  onSettings('data', 'move', 'Move to a server…'),
  onSettings('data', 'delete-all-data', 'Delete all data…'),
  onSettings('webex', 'change-cloud', 'Change cloud…'),
  onSettings('webex', 'change-proxy', 'Change proxy…'),
  {
    name: 'keys',
    async go(page) {
      await page.keyboard.press('?')
      await shown(page)
    },
    leave,
  },
  {
    name: 'commands',
    async go(page) {
      await page.keyboard.press('Control+k')
      await shown(page)
    },
    leave,
  },
]
