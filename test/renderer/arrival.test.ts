import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { fleetOf, integration, view } from './fake-view.ts'
import { focused, windows } from './window.ts'

const { open } = windows()
const three = view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } })

const heading = (page: Page, name: string, level = 1) =>
  page.getByRole('main').getByRole('heading', { level, name, exact: true })
const reconnect = (page: Page) => page.getByRole('button', { name: 'Reconnect', exact: true })

async function command(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command' }).fill(words)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

describe('after a navigation the focus is in the content', () => {
  test('by a command, from a button that does something', async () => {
    const page = await open({ view: three, hash: '#/settings/data' })
    for (const screen of ['Overview', 'Problems', 'Service apps', 'History', 'Settings']) {
      await reconnect(page).focus()
      await command(page, screen)
      await focused(heading(page, screen))
      await page.keyboard.press('Enter')
      expect(await page.getByRole('dialog').count()).toBe(0)
    }
  })

  test('also by a command for the screen that is shown', async () => {
    const page = await open({ view: three })
    await reconnect(page).focus()
    await command(page, 'Service apps')
    await focused(heading(page, 'Service apps'))
  })

  test('by a link of the navigation, also of the screen that is shown', async () => {
    const page = await open({ view: three })
    const link = page.getByRole('link', { name: 'History', exact: true })
    for (const _ of [1, 2]) {
      await link.focus()
      await page.keyboard.press('Enter')
      await focused(heading(page, 'History'))
    }
  })

  test('by a link of the content, to a service app and on to a section of the settings', async () => {
    const page = await open({ view: three })
    await page.getByRole('row', { name: 'Orders', exact: true }).focus()
    await page.keyboard.press('Enter')
    await focused(heading(page, 'Orders'))
    await page.evaluate(`window.location.hash = '#/settings/security'`)
    await focused(heading(page, 'Security', 2))
  })

  test('by Escape it is on the row that was opened, where it has one', async () => {
    const page = await open({ view: three, hash: '#/overview' })
    await page.getByRole('link', { name: 'Service apps', exact: true }).press('Enter')
    await page.getByRole('row', { name: 'Orders', exact: true }).press('Enter')
    await focused(heading(page, 'Orders'))
    await page.keyboard.press('Escape')
    await focused(page.getByRole('row', { name: 'Orders', exact: true }))
    await page.keyboard.press('Alt+ArrowLeft')
    await focused(heading(page, 'Overview'))
  })

  test('by the button Back of a service app it is on its row', async () => {
    const page = await open({ view: three })
    await page.getByRole('row', { name: 'Orders', exact: true }).press('Enter')
    await page.getByRole('button', { name: 'Back', exact: true }).press('Enter')
    await focused(page.getByRole('row', { name: 'Orders', exact: true }))
  })

  test('and at the start it is nowhere yet', async () => {
    const page = await open({ view: three, hash: '#/history' })
    await heading(page, 'History').waitFor()
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true)
  })
})
