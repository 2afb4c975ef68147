// Text that is composed by an input method, in the real app: no key of a composition is the window's.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import {
  chromiumInputMethod,
  composedKey,
  gtkInputMethod,
  gtkInputMethodEnv,
  type InputMethod,
  layKeys,
  strikeKeys,
} from './support/input-method.ts'
import { addFleet } from './support/setup.ts'

const linux = process.platform === 'linux'
const methods: readonly (readonly [string, (page: Page) => Promise<InputMethod>])[] = [
  ...(linux ? ([["GTK's input method", gtkInputMethod]] as const) : []),
  ["Chromium's composition with the keys of macOS", chromiumInputMethod],
]

const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-input-method-'))
let simulator: Simulator
let app: RunningApp
let page: Page

beforeAll(async () => {
  simulator = await startSimulator({ accessTtl: 1_209_599, refreshTtl: 7_775_999, apps: 1, orgs: 1 })
  const env = { ...gtkInputMethodEnv, SATM_WEBEX_BASE_URL: simulator.baseUrl }
  app = await launchApp({ dataFolder, env })
  page = app.page
  // Only now: an X server that its last client leaves forgets its layout.
  if (linux) layKeys('intl')
  await addFleet(page, simulator)
})

afterAll(async () => {
  if (linux) layKeys('basic')
  await app?.close()
  await simulator?.close()
  rmSync(dataFolder, { recursive: true, force: true })
})

beforeEach(async () => {
  // What a failed test left open.
  if ((await dialogs()) > 0) await page.reload()
  await page.getByRole('link', { name: 'Service apps', exact: true }).click()
  await search().fill('')
})

const row = () => page.getByRole('row').nth(1)
const search = () => page.getByRole('searchbox', { name: 'Search' })
const field = (name: string) => page.getByRole('textbox', { name, exact: true })
const dialogs = () => page.getByRole('dialog').count()
const isFocused = (control: Locator) => control.evaluate((one) => one === document.activeElement)
const holds = (input: Locator, text: string) => expect.poll(() => input.inputValue()).toBe(text)

async function openAddDialog(): Promise<Locator> {
  await page.getByRole('button', { name: 'Add service app' }).click()
  return field('Name')
}

describe.each(methods)('%s', (_, start) => {
  let method: InputMethod
  beforeAll(async () => {
    method = await start(page)
  })

  test('Enter confirms a composition without sending the form', async () => {
    const name = await openAddDialog()
    const missing = page.getByRole('dialog').getByRole('textbox', { name: 'App ID' })
    await name.fill('Orders ')
    await holds(name, `Orders ${await method.begin('東')}`)
    await method.confirm()
    await holds(name, 'Orders 東')
    expect(await missing.getAttribute('aria-invalid')).toBe('false')
    await method.press('Enter')
    await expect.poll(() => missing.getAttribute('aria-invalid')).toBe('true')
    await holds(name, 'Orders 東')
    await page.keyboard.press('Escape')
  })

  test('Escape cancels a composition without closing the dialog', async () => {
    const name = await openAddDialog()
    await name.fill('Orders ')
    await holds(name, `Orders ${await method.begin('東')}`)
    await method.cancel()
    await holds(name, 'Orders ')
    expect(await dialogs()).toBe(1)
    await method.press('Escape')
    await expect.poll(dialogs).toBe(0)
  })

  test('a field left during a composition keeps its text, once', async () => {
    const name = await openAddDialog()
    await name.fill('Orders ')
    const shown = await method.begin('東')
    await holds(name, `Orders ${shown}`)
    await field('Customer').click()
    await expect.poll(() => isFocused(field('Customer'))).toBe(true)
    await field('Customer').fill('Acme ')
    await holds(field('Customer'), `Acme ${await method.begin('京')}`)
    await method.confirm()
    await holds(field('Customer'), 'Acme 京')
    await holds(name, `Orders ${shown}`)
    await page.keyboard.press('Escape')
  })

  test('the search keeps its text when Escape cancels a composition, and takes one that Enter confirms', async () => {
    await search().fill('nothing ')
    await holds(search(), `nothing ${await method.begin('東')}`)
    await method.cancel()
    await holds(search(), 'nothing ')
    await holds(search(), `nothing ${await method.begin('東')}`)
    await method.confirm()
    await holds(search(), 'nothing 東')
    await page.getByText('No matches').waitFor()
    await method.press('Escape')
    await holds(search(), '')
  })

  test('Enter confirms a composition without running a command', async () => {
    await page.keyboard.press('Control+k')
    const command = page.getByRole('combobox', { name: 'Command' })
    await command.click()
    await holds(command, await method.begin('g'))
    await method.confirm()
    await holds(command, 'g')
    expect(await dialogs()).toBe(1)
    await command.fill('go to settings')
    await method.press('Enter')
    await expect.poll(dialogs).toBe(0)
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
  })

  test('Escape cancels a composition without closing the commands', async () => {
    await page.keyboard.press('Control+k')
    const command = page.getByRole('combobox', { name: 'Command' })
    await command.click()
    await holds(command, await method.begin('g'))
    await method.cancel()
    await holds(command, '')
    expect(await dialogs()).toBe(1)
    await method.press('Escape')
    await expect.poll(dialogs).toBe(0)
  })

  test('a number is taken when Enter follows its composition, not before', async () => {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('link', { name: 'Refresh policy', exact: true }).click()
    const alertAfter = field('Alert after')
    const refusal = page.getByText('Enter a whole number from 1 to 100')
    await alertAfter.fill('')
    await holds(alertAfter, await method.begin('0'))
    await method.confirm()
    await holds(alertAfter, '0')
    expect(await refusal.count()).toBe(0)
    await method.press('Enter')
    await refusal.waitFor()

    await alertAfter.fill('2')
    await holds(alertAfter, `2${await method.begin('5')}`)
    await method.confirm()
    await holds(alertAfter, '25')
    await method.press('Enter')
    await expect.poll(async () => (await ask(page, 'view.get', {})).settings.alertAfterFailures).toBe(25)
    await ask(page, 'settings.save', { alertAfterFailures: 3 })
  })

  test('a number field left during a composition keeps its text, once', async () => {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('link', { name: 'Refresh policy', exact: true }).click()
    const alertAfter = field('Alert after')
    await alertAfter.fill('')
    const shown = await method.begin('é')
    await holds(alertAfter, shown)
    await page.getByRole('heading', { name: 'Refresh policy' }).click()
    await page.getByText('Enter a whole number from 1 to 100').waitFor()
    await holds(alertAfter, shown)
    expect((await ask(page, 'view.get', {})).settings.alertAfterFailures).toBe(3)
  })
})

test.runIf(linux)('a dead key and its letter are one character of the search', async () => {
  await search().fill('Caf')
  await strikeKeys(page, 'dead_acute')
  await holds(search(), 'Caf´')
  await strikeKeys(page, 'e')
  await holds(search(), 'Café')
})

describe('a key that an input method takes outside of a field', () => {
  test('chooses nothing in a menu', async () => {
    const session = await page.context().newCDPSession(page)
    await page.getByRole('button', { name: /^More / }).click()
    const items = page.getByRole('menuitem')
    await expect.poll(() => isFocused(items.first())).toBe(true)
    for (const key of ['e', 'ArrowDown', 'End', 'Tab', 'Enter', 'Escape']) {
      await composedKey(session, key)
      expect(await isFocused(items.first()), key).toBe(true)
    }
    await page.keyboard.press('e')
    expect(await isFocused(page.getByRole('menuitem', { name: 'Export .env' }))).toBe(true)
    await page.keyboard.press('Escape')
  })

  test('does nothing to a service app of the list', async () => {
    const session = await page.context().newCDPSession(page)
    await row().focus()
    for (const key of ['r', 'c', 'Enter', '/', 'n']) await composedKey(session, key)
    expect(await isFocused(row())).toBe(true)
    expect(await dialogs()).toBe(0)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Back' }).waitFor()
  })
})
