// Names and paths of other scripts in the window: in their own direction, in their place, and turning nothing around.
import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { readViewState } from '#contract/view-state.ts'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { attempts, integration, NOW, profile, view } from './fake-view.ts'
import { push, windows } from './window.ts'

const { open } = windows()

const HEBREW = 'שלום CRM!'
const LONG_HEBREW = `התחלה ${'לקוחות בינלאומיים '.repeat(12)}סוף`
const TURNED = '\u202egnp.exe'

const fleet = (...names: readonly string[]) => ({
  managers: [integration()],
  profiles: names.map((name, i) => profile({ id: `p${i}`, appId: `app ${i}`, name, orgName: 'חברה' })),
})

/** Where parts of a text are drawn: their left edges, px. */
const leftOf = (element: Locator, ...parts: readonly string[]) =>
  element.evaluate((root, wanted) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const texts: Text[] = []
    while (walker.nextNode()) texts.push(walker.currentNode as Text)
    return wanted.map((part) => {
      const text = texts.find(({ data }) => data.includes(part))
      if (text === undefined) throw new Error(`"${part}" is not in "${root.textContent}".`)
      const range = new Range()
      range.setStart(text, text.data.indexOf(part))
      range.setEnd(text, text.data.indexOf(part) + part.length)
      return range.getBoundingClientRect().left
    })
  }, parts)

/** Each is drawn to the right of the one before. */
async function expectInOrder(element: Locator, ...parts: readonly string[]): Promise<void> {
  const left = await leftOf(element, ...parts)
  expect(left, parts.join(' | ')).toEqual(left.toSorted((one, other) => one - other))
}

const nameIn = (page: Page, name: string) =>
  page.getByRole('row', { name, exact: true }).getByRole('link').locator('bdi')

describe('a name from right to left', () => {
  test('begins where the others begin, and is shortened at its end', async () => {
    // One line each.
    const list = { ...readViewState(null).list, isCompact: true }
    const page = await open({
      view: view({ fleet: fleet('Orders', 'הזמנות', LONG_HEBREW) }),
      answers: { 'view.recall': { ok: true, value: { route: '', list } } },
    })
    const [latin, hebrew] = await Promise.all(
      ['Orders', 'הזמנות'].map((name) => leftOf(nameIn(page, name), name)),
    )
    expect(hebrew).toEqual(latin)
    const long = nameIn(page, LONG_HEBREW)
    const { left, right } = await long.evaluate((one) => one.getBoundingClientRect())
    const [beginning, end] = await leftOf(long, 'התחלה', 'סוף')
    expect(beginning).toBeGreaterThan(left)
    expect(beginning).toBeLessThan(right)
    expect(end).toBeLessThan(left)
  })

  test('keeps to itself in a message', async () => {
    const page = await open({ view: view({ fleet: fleet(HEBREW) }) })
    await page.getByRole('button', { name: `More ${HEBREW}` }).click()
    await page.getByRole('menuitem', { name: 'Pause', exact: true }).click()
    const message = page.getByRole('region', { name: 'Messages' }).locator('p', { hasText: 'paused.' })
    await expectInOrder(message, '!', 'CRM', 'שלום', 'paused.')
  })

  test('keeps to itself in a title, in the commands and beside its org', async () => {
    const page = await open({ view: view({ fleet: fleet(HEBREW) }) })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('שלום')
    const option = page.getByRole('option', { name: /^Refresh .*שלום/ })
    await expectInOrder(option, 'Refresh', '!', 'CRM', 'שלום', 'חברה')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: `More ${HEBREW}` }).click()
    await page.getByRole('menuitem', { name: 'Remove', exact: true }).click()
    await expectInOrder(page.getByRole('heading', { name: 'Remove' }), 'Remove', '!', 'CRM', 'שלום', '?')
    expect(nameWithOrg({ name: HEBREW, orgName: 'חברה' })).toBe(`\u2068${HEBREW}\u2069 · \u2068חברה\u2069`)
  })

  test('is read in its direction on its page and in the history', async () => {
    const page = await open({
      view: view({ fleet: fleet(HEBREW) }),
      hash: '#/service-apps/p0',
      attempts: attempts(1).map((one) => ({ ...one, name: HEBREW, orgName: 'חברה', startedAt: NOW })),
    })
    await expectInOrder(page.getByRole('heading', { level: 1 }), '!', 'CRM', 'שלום')
    await page.getByRole('link', { name: 'History', exact: true }).click()
    await expectInOrder(page.getByRole('cell', { name: HEBREW }), '!', 'CRM', 'שלום')
  })
})

test('a name is typed in its direction, an ID from left to right', async () => {
  const page = await open({ view: view({}) })
  await page.getByRole('button', { name: 'Add service app' }).first().click()
  const directionOf = (name: string) =>
    page
      .getByRole('dialog')
      .getByRole('textbox', { name, exact: true })
      .evaluate((field) => getComputedStyle(field).direction)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(HEBREW)
  await page.getByRole('textbox', { name: 'App ID' }).fill(HEBREW)
  expect([await directionOf('Name'), await directionOf('Customer'), await directionOf('App ID')]).toEqual([
    'rtl',
    'ltr',
    'ltr',
  ])
})

test('a name that turns text around is shown by its code, and turns nothing around', async () => {
  const page = await open({ view: view({ fleet: fleet(TURNED, '\u202e') }) })
  await expect.poll(() => nameIn(page, TURNED).textContent()).toBe('\\u{202e}gnp.exe')
  await expect.poll(() => nameIn(page, '\u202e').textContent()).toBe('\\u{202e}')
  await page.getByRole('button', { name: `More ${TURNED}` }).click()
  await page.getByRole('menuitem', { name: 'Pause', exact: true }).click()
  const message = page.getByRole('region', { name: 'Messages' }).locator('p', { hasText: 'paused.' })
  await expectInOrder(message, 'gnp', 'exe', 'paused')
})

test('the folders of a path stand from left to right', async () => {
  const page = await open({
    view: view({ app: { dataFolder: '/home/שלום/ערך 2/app' } }),
    hash: '#/settings/data',
  })
  const folder = page.locator('dd', { has: page.getByRole('button', { name: 'Open', exact: true }) })
  await expectInOrder(folder, 'home', 'שלום', 'ערך', 'app')
  expect(await folder.locator('span').first().textContent()).toBe('/home/שלום/ערך 2/app')
  await push(page, view({ app: { dataFolder: 'C:\\לקוחות\\ערך\\x' } }))
  await expectInOrder(folder, 'C:', 'לקוחות', 'ערך', 'x')
})
