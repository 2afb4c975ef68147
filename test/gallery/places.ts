// Where pictures are taken, and how one gets there and away again.
import type { Page } from 'playwright'

export interface Place {
  readonly name: string
  readonly needsFleet?: boolean
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
const dialog = (name: string, hash: string, opener: string | RegExp, needsFleet = false): Place => ({
  name,
  needsFleet,
  async go(page) {
    await to(hash)(page)
    await press(page, opener)
    await page.getByRole('dialog').waitFor()
    await page.waitForTimeout(200)
  },
  leave,
})
const down = async (page: Page, heading: string) => {
  const at = page.getByRole('heading', { name: heading, exact: true })
  await at.waitFor()
  await at.evaluate((element) => element.scrollIntoView())
}

export const places: readonly Place[] = [
  {
    name: 'list',
    async go(page) {
      await to('#/service-apps')(page)
      await page.waitForTimeout(300)
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
  { name: 'settings-endpoint', go: (page) => down(page, 'Local endpoint') },
  { name: 'settings-security', go: (page) => down(page, 'Security') },
  dialog('connect', '#/service-apps', /^(Connect integration|Reconnect)$/),
  dialog('add', '#/service-apps', 'Add service app'),
  dialog('import', '#/service-apps', 'Import'),
  {
    name: 'commands',
    async go(page) {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
    },
    leave,
  },
]
