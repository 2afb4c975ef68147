// Where pictures are taken: the screens, and what opens on them.
import { SETTINGS_SECTIONS } from '#renderer/app/route.ts'
import { dialogs } from './dialogs.ts'
import { closeMenu, down, type Place, press, to } from './ways.ts'

const TROUBLED = ['40-trouble', '400-trouble']

export const places: readonly Place[] = [
  {
    name: 'overview',
    async go(page) {
      await to('#/overview')(page)
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      const picture = page.getByRole('img', { name: /^The next 14 days/ })
      await picture.or(page.getByText('No service apps yet')).waitFor()
    },
  },
  {
    name: 'problems',
    async go(page) {
      await to('#/problems')(page)
      await page.getByRole('heading', { name: 'Problems', exact: true }).waitFor()
    },
  },
  {
    name: 'problem-open',
    only: TROUBLED,
    async go(page) {
      await to('#/problems')(page)
      const problem = page.getByRole('main').getByRole('button', { expanded: false }).first()
      await problem.click()
      await page.getByRole('table', { name: 'Customers' }).waitFor()
    },
    leave: (page) => page.getByRole('main').getByRole('button', { expanded: true }).first().click(),
  },
  {
    name: 'problem-snooze',
    only: TROUBLED,
    async go(page) {
      await to('#/problems')(page)
      await press(page, 'Snooze until …')
      await page.getByRole('menu').waitFor()
    },
    leave: closeMenu,
  },
  {
    name: 'list',
    async go(page) {
      await to('#/service-apps')(page)
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'list-in-trouble',
    only: TROUBLED,
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, /^Needs attention/)
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
    leave: closeMenu,
  },
  {
    name: 'list-selected',
    needsFleet: true,
    async go(page) {
      await to('#/service-apps')(page)
      await page.getByRole('table', { name: 'Service apps' }).getByRole('checkbox').nth(1).check()
      await page.getByRole('button', { name: 'Clear selection' }).waitFor()
    },
    leave: (page) => press(page, 'Clear selection'),
  },
  {
    name: 'list-preview',
    needsFleet: true,
    async go(page) {
      await to('#/service-apps')(page)
      const row = page
        .getByRole('table', { name: 'Service apps' })
        .getByRole('row')
        .filter({
          has: page.getByRole('link'),
        })
      await row.first().focus()
      await page.keyboard.press('Space')
      await page.waitForTimeout(300)
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
      await page.getByRole('table', { name: 'Service apps' }).getByRole('link').first().click()
      await page.getByRole('heading', { name: 'Renewal' }).waitFor()
      await page.waitForTimeout(300)
    },
  },
  {
    name: 'page-below',
    needsFleet: true,
    go: (page) => down(page, 'Timeline'),
  },
  {
    name: 'data-sources',
    needsFleet: true,
    async go(page) {
      await down(page, 'Data sources')
      await press(page, 'List data sources')
      await page.waitForTimeout(300)
    },
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
    name: 'history-detail',
    only: ['40-trouble'],
    async go(page) {
      await to('#/history')(page)
      const time = page.getByRole('table', { name: 'Attempts' }).locator('[aria-expanded]').first()
      if ((await time.getAttribute('aria-expanded')) === 'false') await time.click()
      await page.locator('tr:has([aria-expanded=true]) + tr').scrollIntoViewIfNeeded()
    },
  },
  ...SETTINGS_SECTIONS.map(
    (section): Place => ({
      name: `settings-${section}`,
      ...(section === SETTINGS_SECTIONS[0] ? {} : { only: ['3'] }),
      async go(page) {
        await to(`#/settings/${section}`)(page)
        await page.getByRole('main').getByRole('heading', { level: 2 }).waitFor()
      },
    }),
  ),
  {
    name: 'list-messages',
    only: ['3'],
    async go(page) {
      await to('#/service-apps')(page)
      await press(page, /^Copy token /)
      await press(page, /^Refresh all due/)
      await page.getByText('Nothing to refresh').waitFor()
    },
    async leave(page) {
      const dismiss = page.getByRole('button', { name: 'Dismiss' })
      while ((await dismiss.count()) > 0) await dismiss.first().click()
    },
  },
  ...dialogs,
]
