// Shortcuts and zoom on the keyboards people have: real keys of the X server, under layouts of other countries.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { attemptsOf } from './support/ask.ts'
import { gtkInputMethodEnv, layKeys, strikeKeys } from './support/input-method.ts'
import { addFleet } from './support/setup.ts'

/** X11 codes of the places on a keyboard, by what a keyboard of the United States has there. */
const AT = {
  1: 10,
  6: 15,
  0: 19,
  '-': 20,
  '=': 21,
  r: 27,
  ']': 35,
  a: 38,
  k: 45,
  c: 54,
  v: 55,
  n: 57,
  '/': 61,
} as const
const PAD = { minus: 82, plus: 86 } as const

const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-keyboard-layouts-'))
let simulator: Simulator
let app: RunningApp
let page: Page

describe.runIf(process.platform === 'linux')('a keyboard', () => {
  beforeAll(async () => {
    simulator = await startSimulator({ accessTtl: 1_209_599, refreshTtl: 7_775_999, apps: 1, orgs: 1 })
    app = await launchApp({
      dataFolder,
      env: { ...gtkInputMethodEnv, SATM_WEBEX_BASE_URL: simulator.baseUrl },
    })
    page = app.page
    await addFleet(page, simulator)
    await page.getByRole('row').nth(1).waitFor()
  })

  afterAll(async () => {
    layKeys('basic')
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  afterEach(async () => {
    if ((await dialogs()) > 0) await page.reload()
  })

  const row = () => page.getByRole('row').nth(1)
  const search = () => page.getByRole('searchbox', { name: 'Search' })
  const dialogs = () => page.getByRole('dialog').count()
  const strike = (...keys: readonly (string | number)[]) => strikeKeys(page, ...keys.map(String))
  const renewals = async () => (await attemptsOf(page, (await row().getAttribute('aria-label')) ?? '')).length

  async function opens(key: string | number, dialog: string): Promise<void> {
    await strike(key)
    await page.getByRole('dialog', { name: dialog }).waitFor()
    await strike('Escape')
    await expect.poll(dialogs).toBe(0)
  }

  test.each(['ru', 'il', 'ara'])('%s: letters count by their place', async (layout) => {
    layKeys('', layout)
    await row().focus()
    await opens(AT.n, 'Add service app')
    await opens(`ctrl+${AT.k}`, 'Commands')
    const before = await renewals()
    await strike(AT.r)
    await expect.poll(renewals).toBe(before + 1)
    await search().fill('old')
    await strike(`ctrl+${AT.a}`, `ctrl+${AT.c}`)
    await search().fill('')
    await strike(`ctrl+${AT.v}`, `ctrl+${AT.v}`)
    await expect.poll(() => search().inputValue()).toBe('oldold')
    await search().fill('')
  })

  test('dvorak and azerty: letters count by what they type', async () => {
    layKeys('dvorak', 'us')
    await row().focus()
    await opens('ctrl+k', 'Commands')
    await strike(AT.k, AT.n)
    await opens('n', 'Add service app')
    layKeys('', 'fr')
    await opens('n', 'Add service app')
    await strike('slash')
    await expect.poll(() => search().evaluate((one) => one === document.activeElement)).toBe(true)
  })

  test('pl: a character typed with AltGr is no shortcut', async () => {
    layKeys('', 'pl')
    await row().focus()
    const before = await renewals()
    for (const key of [AT.n, AT.c, AT.r]) await strike(`ISO_Level3_Shift+${key}`)
    await strike(`ctrl+ISO_Level3_Shift+${AT.k}`)
    // Keys come in their order.
    await opens(`ctrl+${AT.k}`, 'Commands')
    expect(await renewals()).toBe(before)
  })

  describe('zooms', () => {
    const level = () =>
      app.electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.getZoomLevel(),
      )

    test.each([
      ['us', 'Ctrl =', AT['='], AT['-'], AT[0]],
      ['us', 'Ctrl +', `shift+${AT['=']}`, `shift+${AT['-']}`, AT[0]],
      ['us', 'the number pad', PAD.plus, PAD.minus, 'KP_0'],
      ['de', 'Ctrl + without Shift', AT[']'], AT['/'], AT[0]],
      ['fr', 'Ctrl =, digits with Shift', AT['='], AT[6], AT[0]],
      ['cz', 'Ctrl + on a digit, without Shift', AT[1], AT['/'], AT[0]],
      ['ir', 'Ctrl =, other digits', AT['='], AT['-'], AT[0]],
    ])('%s: by %s', async (layout, _, closer, further, reset) => {
      layKeys('', layout)
      await strike(`ctrl+${closer}`, `ctrl+${closer}`)
      await expect.poll(level).toBe(1)
      await strike(`ctrl+${further}`)
      await expect.poll(level).toBe(0.5)
      await strike(`ctrl+${reset}`)
      await expect.poll(level).toBe(0)
    })

    test('not by other keys, nor without Ctrl, nor with AltGr', async () => {
      layKeys('', 'us')
      await row().focus()
      await strike(AT['='], PAD.plus, `alt+${AT['=']}`, `ctrl+alt+${AT['=']}`)
      await strike(`ctrl+${AT['=']}`)
      await expect.poll(level).toBe(0.5)
      await strike(`ctrl+${AT['-']}`)
      await expect.poll(level).toBe(0)
    })
  })
})
