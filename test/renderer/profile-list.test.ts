import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { type ListState, readViewState } from '#contract/view-state.ts'
import type { Answers } from './fake-bridge.ts'
import {
  deadIntegration,
  fleetOf,
  inState,
  integration,
  orgIdOf,
  profile,
  troubledFleet,
  view,
} from './fake-view.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const connected = { managers: [integration()] }
const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })

/** As main recalls the window. */
const recalled = (list: Partial<ListState>, route = ''): Answers => ({
  'view.recall': { ok: true, value: { route, list: { ...readViewState(null).list, ...list } } },
})

describe('rows that are told apart', () => {
  const namesakes = ['Acme', 'Hooli'].map((orgName, i) =>
    profile({ id: `n${i}`, name: 'Contact sync', orgName, targetOrgId: orgIdOf(i) }),
  )
  const page = () =>
    open({ view: view({ fleet: { ...connected, profiles: [...namesakes, { ...orders, appId: 'o' }] } }) })

  test('are named with the customer where the name alone is not enough, and only there', async () => {
    const list = await page()
    await list.getByRole('row', { name: 'Contact sync, Hooli', exact: true }).waitFor()
    await list.getByRole('row', { name: 'Orders', exact: true }).waitFor()
    await list.getByRole('button', { name: 'More Contact sync, Acme', exact: true }).waitFor()
    await list.getByRole('button', { name: 'Copy token Contact sync, Hooli', exact: true }).click()
    await list.getByText('Token of Contact sync · Hooli copied.').waitFor()
    await expect.poll(() => asked(list, 'profile.copy-token')).toEqual([{ profileId: 'n1', as: 'token' }])
  })

  test('are named so on their page, too', async () => {
    const list = await page()
    await list.getByRole('row', { name: 'Contact sync, Hooli', exact: true }).press('Enter')
    await list.getByRole('button', { name: 'Copy token Contact sync, Hooli', exact: true }).waitFor()
    await list.getByRole('button', { name: 'More Contact sync, Hooli', exact: true }).waitFor()
    await list.getByRole('button', { name: 'Back' }).click()
    await focused(list.getByRole('row', { name: 'Contact sync, Hooli', exact: true }))
  })

  test('begin with the customer in a group of one service app', async () => {
    const list = await page()
    const first = (name: string) =>
      list.getByRole('row', { name, exact: true }).getByRole('link').textContent()
    expect(await first('Contact sync, Hooli')).toBe('Hooli')
    expect(await first('Orders')).toBe('Orders')
  })

  test('are removed by service app and customer', async () => {
    const list = await page()
    await list.getByRole('button', { name: 'More Contact sync, Acme' }).click()
    await list.getByRole('menuitem', { name: 'Remove' }).click()
    await list.getByRole('dialog', { name: 'Remove Contact sync · Acme?' }).waitFor()
  })
})

describe('the order of the list', () => {
  const fleet = [
    { ...orders, id: 'a', appId: 'a', name: 'Zebra', orgName: 'Acme' },
    { ...inState('needs-attention', orders), id: 'b', appId: 'b', name: 'Aardvark', orgName: 'Hooli' },
  ]
  const head = (page: Page, name: string) => page.getByRole('columnheader', { name })

  test('is chosen by the heads of its columns, which say so', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleet } }) })
    const names = () => page.getByRole('table', { name: 'Service apps' }).getByRole('link').allTextContents()
    await expect.poll(names).toEqual(['Aardvark', 'Zebra'])
    expect(await head(page, 'State').getAttribute('aria-sort')).toBe('ascending')
    await head(page, 'Customer').getByRole('button').click()
    await expect.poll(names).toEqual(['Zebra', 'Aardvark'])
    await head(page, 'Customer').getByRole('button').press('Enter')
    await expect.poll(names).toEqual(['Aardvark', 'Zebra'])
    expect(await head(page, 'Customer').getAttribute('aria-sort')).toBe('descending')
    expect(await head(page, 'State').getAttribute('aria-sort')).toBeNull()
    await expect.poll(() => page.getByLabel('Sort by').inputValue()).toBe('customer')
  })

  test('begins at the first row when it is changed', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleetOf(200) } }) })
    const scroller = page.getByRole('table', { name: 'Service apps' }).locator('..')
    const top = () => scroller.evaluate((element) => element.scrollTop)
    const scrollDown = async () => {
      await scroller.hover()
      await page.mouse.wheel(0, 3000)
      await expect.poll(top).toBeGreaterThan(1000)
    }
    await scrollDown()
    await head(page, 'Customer').getByRole('button').click()
    await expect.poll(top).toBe(0)
    await scrollDown()
    await page.getByRole('button', { name: 'View' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'No groups' }).click()
    await expect.poll(top).toBe(0)
  })

  test('has each name under its own head, in groups, alone and in compact rows', async () => {
    const grouped = [1, 2].map((i) => ({ ...orders, id: `g${i}`, orgName: `Customer ${i}`, name: 'Grouped' }))
    const alone = { ...orders, id: 'x', appId: 'x', name: 'Alone', orgName: 'Only' }
    const page = await open({ view: view({ fleet: { ...connected, profiles: [...grouped, alone] } }) })
    const cells = async (row: string) => {
      const all = await page.getByRole('row', { name: row, exact: true }).getByRole('cell').allInnerTexts()
      return all.slice(1, 3)
    }
    for (const rows of ['comfortable', 'compact']) {
      if (rows === 'compact') {
        await page.getByRole('button', { name: 'View' }).click()
        await page.getByRole('menuitemcheckbox', { name: 'Compact rows' }).click()
      }
      await expect.poll(() => cells('Grouped, Customer 1')).toEqual(['Customer 1', 'Grouped'])
      await expect.poll(() => cells('Alone')).toEqual(['Only', 'Alone'])
    }
    await page.getByRole('searchbox', { name: 'Search' }).fill('Customer 2')
    await expect.poll(() => cells('Grouped, Customer 2')).toEqual(['Customer 2', 'Grouped'])
    const left = async (where: Locator) => (await where.boundingBox())?.x
    expect(await left(head(page, 'Customer'))).toBe(
      await left(page.getByRole('cell', { name: 'Customer 2', exact: true })),
    )
  })

  test('says why there is no preview where the window is too narrow for it', async () => {
    const narrow = { viewport: { width: 1000, height: 700 } }
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }), browser: narrow })
    await page.getByRole('button', { name: 'View' }).click()
    const entry = page.getByRole('menuitemcheckbox', { name: 'Preview beside the list' })
    await page.getByText('Needs a wider window').waitFor()
    expect(await entry.isDisabled()).toBe(true)
  })

  test('shows no full green bar where somebody is needed, nor a red one while the token lasts', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleet } }) })
    const tone = (name: string) =>
      page
        .getByRole('row', { name, exact: true })
        .locator('[data-tone][aria-hidden]')
        .getAttribute('data-tone')
    expect([await tone('Aardvark'), await tone('Zebra')]).toEqual(['caution', 'good'])
  })

  test('shows when a token ends, and in how long', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }) })
    const date = page.getByRole('row', { name: 'Orders' }).getByText('May 30', { exact: true })
    await date.waitFor()
    expect(await date.getAttribute('title')).toContain('8:30:00 AM')
  })
})

describe('those whom an incident affects', () => {
  const fleet = fleetOf(6, 3)
  const hit = fleet.slice(1, 3).map(({ id }) => id)
  const { title } = deadIntegration(hit)
  const affected = view({ fleet: { ...connected, profiles: fleet, incidents: [deadIntegration(hit)] } })

  test('are shown by a link, whatever was searched before, until the chip is removed', async () => {
    const page = await open({
      view: affected,
      hash: '#/service-apps?incident=manager-dead%3Amanager-1',
      answers: recalled({ search: 'nothing of this name', state: 'expired' }),
    })
    await expect.poll(() => page.getByRole('row').count()).toBe(4)
    await page.getByText(title, { exact: true }).first().waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('nothing')
    await page.getByText('No matches').waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('')
    await page.getByRole('button', { name: `Show all, not only: ${title}` }).click()
    await expect.poll(() => page.getByRole('row').count()).toBe(9)
  })

  test('are no longer shown alone once it is resolved', async () => {
    const page = await open({ view: affected, hash: '#/service-apps?incident=manager-dead%3Amanager-1' })
    await expect.poll(() => page.getByRole('row').count()).toBe(4)
    await push(page, view({ fleet: { ...connected, profiles: fleet } }))
    await expect.poll(() => page.getByRole('row').count()).toBe(9)
  })
})

describe('several at once', () => {
  const fleet = fleetOf(6, 3)
  const page = () => open({ view: view({ fleet: { ...connected, profiles: fleet } }), answers: done })
  const done: Answers = {
    'fleet.refresh': { ok: true, value: { started: 2 } },
    'fleet.test': { ok: true, value: { accepted: 2 } },
    'list.export': { ok: true, value: { path: '/home/ada/list.csv' } },
  }
  const bar = (list: Page) => list.getByRole('region', { name: 'Selection' })
  const rowOf = (list: Page, index: number) => list.locator(`tr[data-index="${index}"]`)

  test('are selected with Ctrl and Shift, and a click alone opens', async () => {
    const list = await page()
    await rowOf(list, 1).click({ modifiers: ['Control'] })
    await bar(list).getByText('1 selected').waitFor()
    await rowOf(list, 3).click({ modifiers: ['Shift'] })
    await bar(list).getByText('3 selected').waitFor()
    await rowOf(list, 2).click({ modifiers: ['Control'] })
    await bar(list).getByText('2 selected').waitFor()
    await list.getByRole('checkbox', { name: 'Select all', exact: true }).click()
    await bar(list).getByText('6 selected').waitFor()
    await list.getByRole('checkbox', { name: 'Select all of Orders' }).click()
    await bar(list).getByText('3 selected').waitFor()
    await bar(list).getByRole('button', { name: 'Clear selection' }).click()
    await bar(list).waitFor({ state: 'detached' })
    await rowOf(list, 1).click()
    await list.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Service apps' }).waitFor()
  })

  test('are selected, walked and let go by keys alone', async () => {
    const list = await page()
    await list.keyboard.press('j')
    await focused(rowOf(list, 0))
    await list.keyboard.press('j')
    await list.keyboard.press('x')
    await list.keyboard.press('j')
    await focused(rowOf(list, 2))
    await list.keyboard.press('x')
    await bar(list).getByText('2 selected').waitFor()
    await list.keyboard.press('k')
    await list.keyboard.press('x')
    await bar(list).getByText('1 selected').waitFor()
    await list.keyboard.press('Control+a')
    await bar(list).getByText('6 selected').waitFor()
    await list.keyboard.press('Escape')
    await bar(list).waitFor({ state: 'detached' })
    await rowOf(list, 0).focus()
    await list.keyboard.press('x')
    await bar(list).getByText('3 selected').waitFor()
  })

  test('are refreshed, tested, paused, exported and removed by one request each', async () => {
    const list = await page()
    await rowOf(list, 1).click({ modifiers: ['Control'] })
    await rowOf(list, 2).click({ modifiers: ['Control'] })
    const press = (name: string) => bar(list).getByRole('button', { name, exact: true }).click()
    await press('Refresh')
    await list.getByText('Refreshing 2 tokens.').waitFor()
    await press('Test')
    await list.getByText('Webex accepted 2 of 2 tokens tested.').waitFor()
    await press('Pause')
    await list.getByText('2 tokens paused.').waitFor()
    await press('Export list')
    await list.getByText('/home/ada/list.csv').waitFor()
    await press('Remove')
    await list
      .getByRole('dialog', { name: /^Remove .* for 2 customers\?$/ })
      .getByRole('listitem')
      .nth(1)
      .waitFor()
    await list.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await bar(list).waitFor({ state: 'detached' })
    const [{ profileIds } = {}] = await asked(list, 'fleet.refresh')
    expect(profileIds).toHaveLength(2)
    expect(await asked(list, 'fleet.test')).toEqual([{ profileIds }])
    expect(await asked(list, 'fleet.set-paused')).toEqual([{ profileIds, paused: true }])
    expect(await asked(list, 'list.export')).toEqual([{ format: 'csv', profileIds }])
    expect(await asked(list, 'fleet.remove')).toEqual([{ profileIds }])
  })

  test('are tested ten by ten, and no further once it is canceled', async () => {
    const many = fleetOf(25, 25)
    const list = await open({ view: view({ fleet: { ...connected, profiles: many } }) })
    await answer(list, 'fleet.test', { ok: true, value: { accepted: 10 } })
    await list.evaluate(() => {
      const { request } = window.satm
      const waits: (() => void)[] = []
      Object.assign(window, { letGo: () => waits.shift()?.() })
      Object.assign(window.satm, {
        request: async (...asked: Parameters<typeof request>) => {
          if (asked[0] === 'fleet.test') await new Promise<void>((resolve) => waits.push(resolve))
          return request(...asked)
        },
      })
    })
    const letGo = () => list.evaluate(() => Reflect.get(window, 'letGo')())
    await list.getByRole('checkbox', { name: 'Select all', exact: true }).click()
    await bar(list).getByRole('button', { name: 'Test', exact: true }).click()
    const progress = list.getByRole('progressbar', { name: 'Tested' })
    await expect.poll(() => progress.getAttribute('max')).toBe('25')
    await letGo()
    await expect.poll(() => progress.getAttribute('value')).toBe('10')
    await list.getByRole('button', { name: 'Cancel' }).click()
    await letGo()
    await list.getByText('Canceled. Webex accepted 20 of 20 tokens tested.').waitFor()
    await progress.waitFor({ state: 'detached' })
    expect(await asked(list, 'fleet.test')).toHaveLength(2)
  })

  test('of a group are reached by its menu', async () => {
    const list = await page()
    await list.getByRole('button', { name: 'Actions for all of Orders' }).click()
    await list.getByRole('menuitem', { name: 'Pause' }).click()
    const inGroup = fleet.filter(({ name }) => name.startsWith('Orders')).map(({ id }) => id)
    await expect
      .poll(async () =>
        (await asked(list, 'fleet.set-paused')).map(({ profileIds }) => new Set(profileIds as string[])),
      )
      .toEqual([new Set(inGroup)])
  })

  test('a right click opens the menu of a row at the pointer, and leaves it open', async () => {
    const list = await page()
    const box = await rowOf(list, 2).boundingBox()
    await rowOf(list, 2).click({ button: 'right', position: { x: 300, y: 20 } })
    const menu = list.getByRole('menu', { name: /^More / })
    const at = await menu.boundingBox()
    expect(Math.abs((at?.x ?? 0) - (box?.x ?? 0) - 300)).toBeLessThan(4)
    expect(Math.abs((at?.y ?? 0) - (box?.y ?? 0) - 20)).toBeLessThan(4)
    await focused(menu.getByRole('menuitem').first())
    await list.keyboard.press('Escape')
    await focused(rowOf(list, 2))
  })
})

describe('the preview', () => {
  const fleet = fleetOf(3, 1)
  const wide = { viewport: { width: 1280, height: 800 } }
  const preview = (page: Page) => page.getByRole('complementary', { name: 'Preview' })

  test('opens beside the row with Space, follows J and K, and closes with Escape', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleet } }), browser: wide })
    await page.getByRole('row', { name: 'Contact routing' }).focus()
    await page.keyboard.press(' ')
    await preview(page).getByRole('heading', { name: 'Contact routing' }).waitFor()
    await page.keyboard.press('j')
    await preview(page).getByRole('heading', { name: 'Call quality' }).waitFor()
    await preview(page).getByRole('button', { name: 'Copy token' }).click()
    await expect
      .poll(() => asked(page, 'profile.copy-token'))
      .toEqual([{ profileId: 'profile-3', as: 'token' }])
    await page.getByRole('row', { name: 'Orders' }).click()
    await preview(page).getByRole('heading', { name: 'Orders' }).waitFor()
    await page.keyboard.press('Escape')
    await preview(page).waitFor({ state: 'detached' })
  })

  test('is the page where there is no room for it', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: fleet } }),
      answers: recalled({ hasPreview: true }),
      browser: { viewport: { width: 900, height: 600 } },
    })
    await page.getByRole('row', { name: 'Orders' }).click()
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
  })
})

describe('leaving and coming back', () => {
  const fleet = fleetOf(60, 6)
  const sixty = view({ fleet: { ...connected, profiles: fleet } })
  const scroller = (page: Page) => page.getByRole('table', { name: 'Service apps' }).locator('..')
  const top = (page: Page) => scroller(page).evaluate((element) => element.scrollTop)

  test('keeps search, order, folds, selection and place, and gives the focus to the row', async () => {
    const page = await open({ view: sixty })
    await page.getByRole('searchbox', { name: 'Search' }).fill('o')
    await page.getByLabel('Sort by').selectOption('Customer')
    await scroller(page).evaluate((element) => element.scrollTo({ top: 900 }))
    await expect.poll(() => top(page)).toBe(900)
    const row = page.locator('tbody tr[aria-label]').nth(9)
    // Until the rows of that place are shown, the tenth is one far above the list's edge.
    await expect.poll(async () => (await row.boundingBox())?.y ?? -1).toBeGreaterThan(0)
    const name = (await row.getAttribute('aria-label')) ?? ''
    await row.focus()
    await page.keyboard.press('x')
    const at = await top(page)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Service apps' }).waitFor()
    await page.keyboard.press('Escape')
    await focused(page.getByRole('row', { name, exact: true }))
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('o')
    expect(await page.getByLabel('Sort by').inputValue()).toBe('customer')
    expect(await top(page)).toBe(at)
    await page.getByText('1 selected').waitFor()

    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await page.keyboard.press('Alt+ArrowLeft')
    await focused(page.getByRole('row', { name, exact: true }))
    expect(await top(page)).toBe(at)
  })

  test('begins as main recalls it, on the screen that was left', async () => {
    const page = await open({
      view: sixty,
      answers: recalled({ sort: 'customer', isCompact: true, scrollTop: 320, grouping: 'none' }, '#/history'),
    })
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor()
    await page.getByRole('link', { name: 'Service apps' }).click()
    await expect.poll(() => top(page)).toBe(320)
    expect(await page.getByLabel('Sort by').inputValue()).toBe('customer')
    const height = await page
      .locator('tbody tr')
      .first()
      .evaluate((row) => row.clientHeight)
    expect(height).toBe(32)
  })

  test('begins on the service apps while there are fewer than ten customers', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: fleetOf(9, 3) } }),
      answers: recalled({}, '#/history'),
    })
    await page.getByRole('heading', { level: 1, name: 'Service apps' }).waitFor()
  })

  test('is told to main once nothing changes any more', async () => {
    const page = await open({ view: sixty })
    await page.getByRole('searchbox', { name: 'Search' }).fill('hooli')
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('heading', { level: 1, name: 'History' }).waitFor()
    await expect
      .poll(async () => (await asked(page, 'view.remember')).at(-1))
      .toMatchObject({ state: { route: '#/history', list: { search: 'hooli' } } })
  })

  test('asks for it only while the window is unlocked, and begins there once it is', async () => {
    const locked = { ok: false, error: { code: 'refused', message: 'The app is locked.' } }
    const page = await open({ view: { ...view({}), locked: true }, answers: { 'view.recall': locked } })
    await page.getByLabel('Passphrase', { exact: true }).waitFor()
    await answer(page, 'view.recall', recalled({ search: 'hooli' })['view.recall'])
    await push(page, sixty)
    await expect.poll(() => page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('hooli')
  })
})

describe('in a small window', () => {
  test.each([
    ['900 × 600', 900, 600],
    ['900 × 600 at 125 %', 720, 480],
    ['900 × 600 at 150 %', 600, 400],
  ])('of %s the list keeps 240 px, and nothing is cut at the side', async (_, width, height) => {
    const { profiles, incidents } = troubledFleet(40)
    const page = await open({
      view: view({ fleet: { ...connected, profiles, incidents } }),
      answers: recalled({ selected: profiles.slice(0, 3).map(({ id }) => id) }),
      browser: { viewport: { width, height } },
    })
    const scroller = page.getByRole('table', { name: 'Service apps' }).locator('..')
    expect(await scroller.evaluate((element) => element.clientHeight)).toBeGreaterThanOrEqual(240)
    const overflow = await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)
    expect(overflow).toBe(0)
    const heading = page.getByRole('heading', { name: 'Service apps', level: 1 })
    const [name, button] = await Promise.all([
      heading.boundingBox(),
      page.getByRole('button', { name: 'Refresh all due' }).boundingBox(),
    ])
    // It is read aloud all the same.
    const isClipped = await heading.evaluate((element) => getComputedStyle(element).clipPath !== 'none')
    expect(isClipped || (name?.x ?? 0) + (name?.width ?? 0) <= (button?.x ?? 0)).toBe(true)
    await page.getByRole('region', { name: 'Selection' }).getByText('3 selected').scrollIntoViewIfNeeded()
  })

  test('of 900 × 600 two thirds are the list’s, and the states and their numbers are in the filters', async () => {
    const { profiles, incidents } = troubledFleet(40)
    const page = await open({
      view: view({ fleet: { ...connected, profiles, incidents } }),
      browser: { viewport: { width: 900, height: 600 } },
    })
    const scroller = page.getByRole('table', { name: 'Service apps' }).locator('..')
    expect(await scroller.evaluate((element) => element.clientHeight)).toBeGreaterThanOrEqual(400)
    await page.getByRole('button', { name: 'Add service app' }).waitFor()
  })
})
