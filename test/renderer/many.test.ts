import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { fleetOf, integration, view } from './fake-view.ts'
import { pass, push, windows } from './window.ts'

const { open } = windows()
const many = view({ fleet: { managers: [integration()], profiles: fleetOf(5000, 10) } })

describe('5 000 service apps', () => {
  test('draw only the rows in sight, and tell how many there are', async () => {
    const page = await open({ view: many })
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(40)
    // 5 000 profiles, 500 service apps they are grouped under, and the head.
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('5501')
  })

  test('are scrolled to the end by one key, and the last row takes the focus', async () => {
    const page = await open({ view: many })
    await page.getByRole('row').nth(1).focus()
    await page.keyboard.press('End')
    await expect
      .poll(async () => {
        await pass(page, 100)
        return page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex'))
      })
      .toBe('5501')
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(40)
  })

  test('are searched at once', async () => {
    const page = await open({ view: many })
    await page.getByRole('searchbox', { name: 'Search' }).fill('Room booking 80 Wonka')
    await expect
      .poll(() => page.getByRole('table', { name: 'Service apps' }).getByRole('link').allTextContents())
      .toEqual(['Room booking 80 Wonka'])
  })

  test('keep their place when one of them changes', async () => {
    const page = await open({ view: many })
    await scroller(page).evaluate((element) => element.scrollTo({ top: 20_000 }))
    await expect.poll(async () => (await sight(page)).filled).toBe(true)
    const before = await sight(page)
    expect(before.scrolled).toBe(20_000)
    const profiles = many.fleet.profiles.map((one, i) =>
      i === 4999 ? { ...one, state: 'refreshing' as const } : one,
    )
    await push(page, { ...many, fleet: { ...many.fleet, profiles } })
    // Only the new view has one that is refreshing.
    await page.getByRole('button', { name: /^Refreshing/ }).waitFor()
    await expect.poll(() => sight(page)).toEqual(before)
  })
})

const scroller = (page: Page) => page.getByRole('table', { name: 'Service apps' }).locator('..')

/** What the list shows: its first row that begins in sight, and whether rows are drawn from edge to edge. */
function sight(page: Page) {
  return scroller(page).evaluate((scroller) => {
    const top = scroller.getBoundingClientRect().top
    const bottom = top + scroller.clientHeight
    const rows = [...scroller.querySelectorAll('tbody tr')]
      .map((row) => ({ name: row.getAttribute('aria-label'), box: row.getBoundingClientRect() }))
      .sort((a, b) => a.box.top - b.box.top)
    const first = rows.find(({ box }) => box.top >= top)
    return {
      first: first?.name,
      below: first === undefined ? null : Math.round(first.box.top - top),
      scrolled: Math.round(scroller.scrollTop),
      filled: (rows[0]?.box.top ?? bottom) <= top && (rows.at(-1)?.box.bottom ?? top) >= bottom,
    }
  })
}
