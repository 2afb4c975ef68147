// Where pictures are taken, and how one gets there and away again.
import type { Page } from 'playwright'

export interface Place {
  readonly name: string
  readonly needsFleet?: boolean
  /** Names of the only fleets it is looked at with: what looks the same with every other. */
  readonly only?: readonly string[]
  go(page: Page): Promise<void>
  leave?(page: Page): Promise<void>
}

const to = (hash: string) => (page: Page) =>
  page.evaluate((place) => {
    window.location.hash = place
  }, hash)
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()
const leave = async (page: Page) => {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
const shown = async (page: Page) => {
  await page.getByRole('dialog').waitFor()
  await page.waitForTimeout(200)
}
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
const onSettings = (name: string, opener: string | RegExp): Place => ({
  ...dialog(name, '#/settings', opener),
  only: ['3'],
})
const onPage = (name: string, opener: string | RegExp, further?: (page: Page) => Promise<void>): Place => ({
  name,
  only: THREE,
  async go(page) {
    await to('#/service-apps')(page)
    await page.locator('.row-name').first().click()
    await press(page, opener)
    await further?.(page)
    await shown(page)
  },
  leave,
})
const fromMenu = (name: string, entry: string): Place =>
  onPage(name, /^More /, (page) => page.getByRole('menuitem', { name: entry }).click())
const down = async (page: Page, heading: string) => {
  const at = page.getByRole('heading', { name: heading, exact: true })
  await at.waitFor()
  await at.evaluate((element) => element.scrollIntoView())
}

const headings = [
  ['settings-notifications', 'Notifications and webhook'],
  ['settings-endpoint', 'Local endpoint'],
  ['settings-cloud', 'Webex cloud'],
  ['settings-security', 'Security'],
  ['settings-about', 'About'],
] as const

/** Two that come in, one without its org, one twice. */
const PASTED = [
  'name,appId,clientId,clientSecret,targetOrgId',
  ...['Acme', 'Globex', 'Globex'].map(
    (name, i) =>
      `Returns desk (${name}),Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0NleGFtcGxl,Cexample,a-secret-of-an-example,11111111-2222-4333-8444-55555555555${Math.min(i, 1)}`,
  ),
  'Returns desk (Initech),Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0NleGFtcGxl,Cexample,a-secret-of-an-example,',
].join('\n')

export const places: readonly Place[] = [
  {
    name: 'list',
    async go(page) {
      await to('#/service-apps')(page)
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'list-in-trouble',
    only: ['40-trouble'],
    async go(page) {
      await to('#/service-apps?trouble')(page)
      await page.getByRole('button', { name: /^In trouble/, pressed: true }).waitFor()
    },
    async leave(page) {
      await press(page, /^All /)
      await to('#/settings')(page)
    },
  },
  {
    name: 'list-menu',
    needsFleet: true,
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, /^More /)
      await page.getByRole('menu').waitFor()
    },
    async leave(page) {
      await page.keyboard.press('Escape')
    },
  },
  {
    name: 'page',
    needsFleet: true,
    async go(page) {
      await to('#/service-apps')(page)
      await page.locator('.row-name').first().click()
      await page.getByRole('heading', { name: 'How it is renewed' }).waitFor()
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'page-below',
    needsFleet: true,
    go: (page) => down(page, 'Timeline'),
  },
  {
    name: 'history',
    async go(page) {
      await to('#/history')(page)
      await page.getByRole('heading', { name: 'History' }).waitFor()
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'settings',
    async go(page) {
      await to('#/settings')(page)
      await down(page, 'Settings')
    },
  },
  ...headings.map(([name, heading]): Place => ({ name, only: ['3'], go: (page) => down(page, heading) })),
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
  dialog('add', '#/service-apps', 'Add service app'),
  onPage('edit', 'Edit'),
  fromMenu('duplicate', 'Duplicate for another org'),
  fromMenu('remove', 'Remove'),
  onPage('add-delivery', 'Add delivery'),
  onPage('add-delivery-hook', 'Add delivery', (page) => page.getByRole('radio', { name: 'Hook' }).check()),
  dialog('import', '#/service-apps', 'Import'),
  {
    name: 'import-dry-run',
    only: ['3'],
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, 'Import')
      await page.getByRole('textbox', { name: 'Or paste its content' }).fill(PASTED)
      await press(page, 'Check pasted text')
      await page.getByRole('region', { name: 'Dry run' }).waitFor()
    },
    leave,
  },
  {
    name: 'import-tokens',
    only: ['3'],
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, 'Import')
      await page
        .getByRole('textbox', { name: 'Or paste its content' })
        .fill('WEBEX_SERVICE_APP_ACCESS_TOKEN=an-access-token-of-an-example\n')
      await press(page, 'Check pasted text')
      await page.getByRole('button', { name: 'Import tokens' }).waitFor()
    },
    leave,
  },
  onSettings('add-consumer', 'Add consumer'),
  onSettings('set-passphrase', 'Set a passphrase…'),
  onSettings('back-up', 'Back up…'),
  onSettings('restore', 'Restore…'),
  onSettings('delete-all-data', 'Delete all data…'),
  {
    name: 'commands',
    async go(page) {
      await page.keyboard.press('Control+k')
      await shown(page)
    },
    leave,
  },
]
