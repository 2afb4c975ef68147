import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { allDates, spanOf } from '#renderer/features/history/history-filter.ts'
import { dateFieldOf, dayStart } from '#renderer/features/shared/axis.ts'
import { attempts, DAY, fleetOf, HOUR, integration, NOW, orgIdOf, profile, view } from './fake-view.ts'
import { answer, asked, focused, windows } from './window.ts'

const { open } = windows()
const home = view({ fleet: { managers: [integration()], profiles: [profile({ id: 'p1', name: 'Orders' })] } })
const TODAY = Date.UTC(2026, 4, 18)
const openHistory = () => open({ view: home, hash: '#/history', attempts: attempts(60, 7 * HOUR) })
const quick = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const lastAsked = async (page: Page, name: 'history.page' | 'history.days') =>
  (await asked(page, name)).at(-1)

describe('the dates of the history', () => {
  test('have quick choices, which narrow the table and the chart alike', async () => {
    const page = await openHistory()
    await expect.poll(() => quick(page, 'All').getAttribute('aria-pressed')).toBe('true')
    await quick(page, '7 d').click()
    const from = TODAY - 6 * DAY
    await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ from, to: null })
    await expect.poll(() => lastAsked(page, 'history.days')).toMatchObject({ from, to: null })
    await page.getByRole('img', { name: /^Each day: \d+ attempts in the last 7 days/ }).waitFor()
    await expect.poll(() => page.getByLabel('From').inputValue()).toBe('2026-05-12')
    await quick(page, 'Today').click()
    await page.getByRole('img', { name: /^Each day: 2 attempts today/ }).waitFor()
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'May 18' }).count()).toBe(2)
  })

  test('can be typed, the last day included', async () => {
    const page = await openHistory()
    await page.getByLabel('From').fill('2026-05-10')
    await page.getByLabel('To', { exact: true }).fill('2026-05-12')
    await expect
      .poll(() => lastAsked(page, 'history.page'))
      .toMatchObject({ from: Date.UTC(2026, 4, 10), to: Date.UTC(2026, 4, 13) })
    await page.getByRole('img', { name: /from May 10 to May 12/ }).waitFor()
    await expect.poll(() => quick(page, 'All').getAttribute('aria-pressed')).toBe('false')
  })

  test('are days of the calendar, whichever way round they are given', () => {
    const span = { from: dayStart('2026-03-07'), to: dayStart('2026-03-10') }
    expect(spanOf({ kind: 'dates', from: '2026-03-07', to: '2026-03-09' }, NOW)).toEqual(span)
    expect(spanOf({ kind: 'dates', from: '2026-03-09', to: '2026-03-07' }, NOW)).toEqual(span)
    expect(spanOf(allDates, NOW)).toEqual({ from: null, to: null })
    expect(dateFieldOf(dayStart('2026-03-07') ?? 0)).toBe('2026-03-07')
    expect(dayStart('not a date')).toBeNull()
  })
})

test('in a small window the filters are behind one button, and the rows have the room', async () => {
  const size = { viewport: { width: 900, height: 600 } }
  const rows = attempts(60, 7 * HOUR)
  const page = await open({ view: home, hash: '#/history', attempts: rows, browser: size })
  const top = async () => (await page.getByRole('row').nth(1).boundingBox())?.y ?? 600
  await page.getByRole('row').nth(1).waitFor()
  expect(await page.getByLabel('Outcome').isVisible()).toBe(false)
  expect(await top()).toBeLessThan(310)
  await page.getByRole('button', { name: 'Filters', exact: true }).press('Enter')
  await page.getByLabel('Outcome').selectOption('Failed')
  await page.getByRole('button', { name: 'Filters', exact: true }).click()
  await page.getByRole('button', { name: 'Clear filters' }).waitFor()
})

describe('exporting the history', () => {
  test('takes the filters along and says where it went', async () => {
    const page = await openHistory()
    const value = { path: '/home/ada/token-history.csv', attempts: 1203 }
    await answer(page, 'history.export', { ok: true, value })
    await page.getByLabel('Outcome').selectOption('Failed')
    await quick(page, '30 d').click()
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'CSV' }).click()
    await page.getByText('1,203 attempts written to /home/ada/token-history.csv').waitFor()
    await expect
      .poll(() => asked(page, 'history.export'))
      .toEqual([
        {
          format: 'csv',
          profileId: null,
          managerId: null,
          appId: null,
          orgId: null,
          outcome: 'failed',
          tier: null,
          cause: null,
          text: null,
          from: TODAY - 29 * DAY,
          to: null,
        },
      ])
  })

  test('says beforehand whether it is filtered', async () => {
    const page = await openHistory()
    await page.getByRole('button', { name: 'Export' }).click()
    const note = async (format: string) => {
      const entry = page.getByRole('menuitem', { name: format, exact: true })
      const id = await entry.getAttribute('aria-describedby')
      return page.locator(`[id="${id}"]`).innerText()
    }
    expect(await note('CSV')).toBe('All entries')
    await page.keyboard.press('Escape')
    await page.getByLabel('Outcome').selectOption('Failed')
    await page.getByRole('button', { name: 'Export' }).click()
    expect(await note('JSON')).toBe('As filtered')
  })

  test('goes by the keyboard alone, and gives the focus back', async () => {
    const page = await openHistory()
    const button = page.getByRole('button', { name: 'Export' })
    await button.press('Enter')
    await focused(page.getByRole('menuitem', { name: 'CSV' }))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await asked(page, 'history.export'))[0]?.format).toBe('json')
    await focused(button)
  })

  test('says nothing when no file was chosen, and why when it failed', async () => {
    const page = await openHistory()
    const choose = async (format: string) => {
      await page.getByRole('button', { name: 'Export' }).click()
      await page.getByRole('menuitem', { name: format }).click()
    }
    await choose('CSV')
    await expect.poll(() => asked(page, 'history.export')).toHaveLength(1)
    await answer(page, 'history.export', {
      ok: false,
      error: { code: 'refused', message: 'The history could not be written there. Choose another place.' },
    })
    await choose('JSON')
    await page.getByText('The history could not be written there.').waitFor()
    await expect.poll(() => page.getByText('written to').count()).toBe(0)
  })
})

describe('whose history it is', () => {
  const fleet = view({
    fleet: {
      managers: [integration()],
      profiles: [
        ...['Acme', 'Globex', 'Soylent'].map((orgName, i) =>
          profile({ id: `p${i}`, name: 'Contact sync', orgName, appId: 'app-1', targetOrgId: orgIdOf(i) }),
        ),
        profile({ id: 'p9', name: 'Recordings', orgName: 'Acme', appId: 'app-2', targetOrgId: orgIdOf(0) }),
      ],
    },
  })
  const openFleet = () => open({ view: fleet, hash: '#/history', attempts: attempts(60, 7 * HOUR) })
  const combo = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true })

  test('is a service app of all customers, a customer, or both, each found by typing', async () => {
    const page = await openFleet()
    await combo(page, 'Service app').click()
    const list = page.getByRole('listbox', { name: 'Service app' })
    await expect
      .poll(() => list.getByRole('option').allInnerTexts())
      .toEqual(['All', 'Token manager\nToken manager', 'Contact sync\n3 customers', 'Recordings\n1 customer'])
    await list.getByRole('option', { name: /Contact sync/ }).click()
    await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ appId: 'app-1', orgId: null })
    await combo(page, 'Customer').fill('soy')
    await combo(page, 'Customer').press('Enter')
    await expect
      .poll(() => lastAsked(page, 'history.page'))
      .toMatchObject({ appId: 'app-1', orgId: orgIdOf(2) })
    await expect.poll(() => combo(page, 'Customer').inputValue()).toBe('Soylent')
    await expect
      .poll(() => lastAsked(page, 'history.days'))
      .toMatchObject({ appId: 'app-1', orgId: orgIdOf(2) })
  })

  test('goes by the keyboard alone, and Escape leaves it as it was', async () => {
    const page = await openFleet()
    const app = combo(page, 'Service app')
    await app.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => app.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Escape')
    await expect.poll(() => app.getAttribute('aria-expanded')).toBe('false')
    await expect.poll(() => app.inputValue()).toBe('All')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => lastAsked(page, 'history.page'))
      .toMatchObject({ profileId: null, appId: null, managerId: 'manager-1' })
    await focused(app)
    await app.fill('no such name')
    await page.getByText('No matches').waitFor()
  })

  test('is one of thousands without a list of thousands', async () => {
    const many = view({ fleet: { managers: [], profiles: fleetOf(5000, 1) } })
    const page = await open({ view: many, hash: '#/history' })
    await combo(page, 'Customer').click()
    await page.getByText(/more: type to find them/).waitFor()
    expect(await page.getByRole('option').count()).toBeLessThan(60)
  })

  test('comes back as it was left, with every other filter', async () => {
    const page = await openFleet()
    await combo(page, 'Customer').fill('acme')
    await combo(page, 'Customer').press('Enter')
    await page.getByLabel('Outcome').selectOption('Failed')
    await page.getByRole('textbox', { name: 'Search the history' }).fill('ROUTER')
    await quick(page, '7 d').click()
    await page.evaluate(() => {
      window.location.hash = '#/settings'
    })
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
    await page.evaluate(() => {
      window.location.hash = '#/history'
    })
    await expect.poll(() => combo(page, 'Customer').inputValue()).toBe('Acme')
    await expect
      .poll(() => lastAsked(page, 'history.page'))
      .toMatchObject({ orgId: orgIdOf(0), outcome: 'failed', text: 'ROUTER', from: TODAY - 6 * DAY })
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect
      .poll(() => lastAsked(page, 'history.page'))
      .toMatchObject({ orgId: null, outcome: null, text: null, from: null })
  })
})

describe('the cause', () => {
  test('is a test of all tiers, what began it, or what a call came to', async () => {
    const page = await openHistory()
    const cause = page.getByRole('combobox', { name: 'Cause' })
    for (const [typed, wanted] of [
      ['test', 'reason:drill'],
      ['manual', 'trigger:manual'],
      ['wrong sec', 'result:client-refused'],
    ] as const) {
      await cause.fill(typed)
      await cause.press('Enter')
      await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ cause: wanted })
    }
  })

  test('of a row is named where it is a test of all tiers', async () => {
    const rows = attempts(3).map((attempt, i) =>
      i === 0 ? { ...attempt, reason: { code: 'drill', by: 'person', share: 0.5 } as const } : attempt,
    )
    const page = await open({ view: home, hash: '#/history', attempts: rows })
    await page.getByRole('row').filter({ hasText: 'Test of all tiers' }).waitFor()
  })
})

test('a search that main answers piece by piece goes on until it has a page, and says so meanwhile', async () => {
  const page = await openHistory()
  const found = attempts(3)
  const pieces = [
    { ok: true, value: { attempts: [], next: 'a' } },
    { ok: true, value: { attempts: found.slice(0, 1), next: 'b' } },
    { ok: true, value: { attempts: found.slice(1), next: null } },
  ]
  await page.evaluate((answers) => {
    const { request } = window.satm
    const played: typeof request = async (name, input) => {
      const reply = await request(name, input)
      const isSearch = name === 'history.page' && Reflect.get(input, 'text') === 'abc'
      return (isSearch ? answers.shift() : undefined) ?? reply
    }
    Object.assign(window.satm, { request: played })
  }, pieces as never[])
  await page.getByRole('textbox', { name: 'Search the history' }).fill('abc')
  const table = page.getByRole('table', { name: 'Attempts' })
  await expect.poll(() => table.getByRole('row').count()).toBe(found.length + 1)
})

test('a press on a day of the chart shows its attempts alone, and once more all days', async () => {
  const page = await openHistory()
  const chart = page.getByRole('img', { name: /^Each day/ })
  const box = await chart.boundingBox()
  if (box === null) throw new Error('the chart has no box')
  // The last column is today.
  await page.mouse.click(box.x + box.width - 8, box.y + 30)
  await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ from: TODAY, to: TODAY + DAY })
  expect(await lastAsked(page, 'history.days')).toMatchObject({ from: null, to: null })
  await page.getByRole('button', { name: 'Show all days' }).click()
  await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ from: null, to: null })
  // By the keyboard from the table behind it.
  await page.getByText('As a table').click()
  await page.getByRole('button', { name: 'Show May 17' }).press('Enter')
  await expect.poll(() => lastAsked(page, 'history.page')).toMatchObject({ from: TODAY - DAY, to: TODAY })
})

test('an attempt names the customer, and shows the ID of one that has no name', async () => {
  const page = await openHistory()
  const [named] = attempts(1)
  const [unnamed] = attempts(5).slice(4)
  await page
    .getByRole('row')
    .getByTitle(named?.orgId ?? '')
    .first()
    .getByText(named?.orgName ?? '')
    .waitFor()
  const id = await page
    .getByRole('row')
    .getByTitle(unnamed?.orgId ?? '')
    .first()
    .textContent()
  expect(id).toMatch(/^[0-9a-f]{8}-/)
})

test('an attempt that is opened says why it was made, unless an older version made it', async () => {
  const page = await openHistory()
  const rows = attempts(60, 7 * HOUR)
  const times = page.getByRole('table', { name: 'Attempts' }).locator('[aria-expanded]')
  const reasonOf = async (message: string | null) => {
    const time = times.nth(rows.findIndex(({ reasonMessage }) => reasonMessage === message))
    await time.click()
    const detail = page.locator('tr:has([aria-expanded=true]) + tr')
    await detail.waitFor()
    const text = await detail.textContent()
    await time.click()
    await detail.waitFor({ state: 'detached' })
    return text
  }
  expect(await reasonOf('At 57 % of its lifetime')).toContain('Why: At 57 % of its lifetime')
  expect(await reasonOf('Requested manually')).toContain('Why: Requested manually')
  expect(await reasonOf(null)).not.toContain('Why:')
})

test('in a shared vault an attempt says which computer made it, by the name that the settings have', async () => {
  const rows = attempts(6).map((attempt, i): typeof attempt =>
    i === 5 ? attempt : { ...attempt, computer: 'server-1 (a1f0)' },
  )
  const page = await open({ view: home, hash: '#/history', attempts: rows })
  const detailOf = async (n: number) => {
    const time = page.getByRole('table', { name: 'Attempts' }).locator('[aria-expanded]').nth(n)
    await time.click()
    const detail = page.locator('tr:has([aria-expanded=true]) + tr')
    await detail.waitFor()
    const text = await detail.textContent()
    await time.click()
    return text
  }
  const failed = rows.findIndex(({ outcome }) => outcome === 'failed')
  expect(rows[0]?.outcome).toBe('renewed')
  expect(await detailOf(0)).toContain('Renewed by: server-1 (a1f0)')
  expect(await detailOf(failed)).toContain('Tried by: server-1 (a1f0)')
  expect(await detailOf(5)).not.toMatch(/(Renewed|Tried) by:/)
})
