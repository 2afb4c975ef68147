import { describe, expect, test } from 'vitest'
import { fleetOf, integration, view } from './fake-view.ts'
import { push, windows } from './window.ts'

const { open } = windows()
const many = view({ fleet: { managers: [integration()], profiles: fleetOf(5000, 10) } })

describe('5 000 service apps', () => {
  test('draw only the rows in sight, and tell how many there are', async () => {
    const page = await open({ view: many })
    expect(await page.getByRole('row').count()).toBeLessThan(40)
    // 5 000 profiles, 500 service apps they are grouped under, and the head.
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('5501')
  })

  test('are scrolled to the end by one key, and the last row takes the focus', async () => {
    const page = await open({ view: many })
    await page.getByRole('row').nth(1).focus()
    await page.keyboard.press('End')
    await expect
      .poll(async () => {
        await page.clock.runFor(100)
        return page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex'))
      })
      .toBe('5501')
    expect(await page.getByRole('row').count()).toBeLessThan(40)
  })

  test('are searched at once', async () => {
    const page = await open({ view: many })
    await page.getByRole('searchbox', { name: 'Search' }).fill('Room booking 80 Wonka')
    await expect.poll(() => page.locator('.row-name').allTextContents()).toEqual(['Room booking 80 Wonka'])
  })

  test('keep their place when one of them changes', async () => {
    const page = await open({ view: many })
    const scroller = page.locator('.list-scroller')
    await scroller.evaluate((element) => element.scrollTo({ top: 20_000 }))
    await page.clock.runFor(100)
    const first = () => page.locator('.row-name').first().textContent()
    const before = await first()
    const profiles = many.fleet.profiles.map((one, i) =>
      i === 4999 ? { ...one, state: 'refreshing' as const } : one,
    )
    await push(page, { ...many, fleet: { ...many.fleet, profiles } })
    expect(await first()).toBe(before)
  })
})
