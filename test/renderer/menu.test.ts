import { describe, expect, test } from 'vitest'
import { integration, profile, view } from './fake-view.ts'
import { asked, focused, windows } from './window.ts'

const { open } = windows()
const orders = profile({ id: 'p1', name: 'Orders' })

async function openMenu(browser = {}) {
  const page = await open({
    view: view({ fleet: { managers: [integration()], profiles: [orders] } }),
    browser,
  })
  await page.getByRole('button', { name: 'More Orders' }).press('Enter')
  const item = (name: string) => page.getByRole('menuitem', { name, exact: true })
  await focused(item('Copy as Authorization header'))
  return { page, item }
}

describe('a menu', () => {
  test('finds the entry whose beginning is typed, a blank in it too', async () => {
    const { page, item } = await openMenu()
    await page.keyboard.type('copy as .')
    await focused(item('Copy as .env line'))
    expect(await asked(page, 'profile.copy-token')).toEqual([])
  })

  test('goes on to the next entry with a letter that is typed again', async () => {
    const { page, item } = await openMenu()
    await page.keyboard.press('e')
    await focused(item('Export .env'))
    await page.keyboard.press('e')
    await focused(item('Edit'))
    await page.keyboard.press('e')
    await focused(item('Export .env'))
  })

  test('focuses the entry under the pointer', async () => {
    const { item } = await openMenu()
    await item('Test token').hover()
    await focused(item('Test token'))
  })

  test('scrolls where the window has no room for it', async () => {
    const { page, item } = await openMenu({ viewport: { width: 450, height: 200 } })
    await page.keyboard.press('End')
    await focused(item('Remove'))
    await expect
      .poll(() => item('Remove').evaluate((entry) => entry.getBoundingClientRect().bottom))
      .toBeLessThanOrEqual(200)
  })
})
