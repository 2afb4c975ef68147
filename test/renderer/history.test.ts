import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { dateFieldOf, dayStart } from '#renderer/features/history/days.ts'
import { allDates, spanOf } from '#renderer/features/history/history-filter.ts'
import { attempts, DAY, HOUR, integration, NOW, profile, view } from './fake-view.ts'
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
          outcome: 'failed',
          tier: null,
          from: TODAY - 29 * DAY,
          to: null,
        },
      ])
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

test('a token manager’s own refreshes can be looked at alone', async () => {
  const page = await openHistory()
  await page.getByLabel('Service app').selectOption('Token manager')
  await expect
    .poll(() => lastAsked(page, 'history.page'))
    .toMatchObject({ profileId: null, managerId: 'manager-1' })
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
