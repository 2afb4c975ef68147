// The page of one service app: the test of all tiers, and the order of what is on it.
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { attempts, DAY, integration, NOW, profile, view } from './fake-view.ts'
import { asked, focused, windows } from './window.ts'

const { open } = windows()
const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })
const pageOf = (over: Partial<typeof orders> = {}, rows = attempts(20, DAY)) =>
  open({
    view: view({ fleet: { managers: [integration()], profiles: [{ ...orders, ...over }] } }),
    hash: '#/service-apps/p1',
    attempts: rows,
  })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

describe('the test of all tiers', () => {
  test('is requested for the next refresh, by the keyboard alone, and says for which customer', async () => {
    const page = await pageOf()
    await button(page, 'Test all tiers').press('Enter')
    const dialog = page.getByRole('dialog', { name: /Test all tiers: .*Orders.* · .*Acme/ })
    await dialog.getByText('May 23, 2026', { exact: false }).waitFor()
    await dialog.getByRole('button', { name: 'Test with the next refresh' }).press('Enter')
    await expect.poll(() => asked(page, 'profile.drill')).toEqual([{ profileId: 'p1', when: 'next-renewal' }])
    await page.getByText(/Acme.*: All tiers are tested with the next refresh\./).waitFor()
    await focused(button(page, 'Test all tiers'))
  })

  test('at once is behind a warning, and can be left alone', async () => {
    const page = await pageOf()
    await button(page, 'Test all tiers').click()
    await page
      .getByText(/one more token, which counts against Webex’s limit of 750 live access tokens/)
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await asked(page, 'profile.drill')).toEqual([])
  })

  const [sample] = attempts(1)
  const call = (tier: 1 | 2 | 3, result: string) => ({
    tier,
    startedAt: NOW,
    duration: 1,
    status: 200,
    trackingId: null,
    result,
    detail: null,
    resultName: result === 'ok' ? 'ok' : 'not authorized',
  })
  const drilled = (calls: readonly ReturnType<typeof call>[], tier: 1 | 2) => ({
    ...sample,
    outcome: 'renewed',
    tier,
    calls,
    reason: { code: 'drill', by: 'person', share: null },
  })

  test.each([
    ['both work', drilled([call(3, 'ok'), call(2, 'ok')], 2), 'tiers 3 and 2 work.'],
    [
      'one failed and tier 1 renewed',
      drilled([call(3, 'ok'), call(2, 'not-authorised'), call(1, 'ok')], 1),
      'tier 2 failed, renewed by tier 1.',
    ],
  ])('at once tells how it went: %s', async (_, value, words) => {
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: [orders] } }),
      hash: '#/service-apps/p1',
      answers: { 'profile.drill': { ok: true, value } },
    })
    await button(page, 'Test all tiers').click()
    await button(page, 'Test now').click()
    await page.getByText(words).waitFor()
    expect(await asked(page, 'profile.drill')).toEqual([{ profileId: 'p1', when: 'now' }])
  })

  test('that is requested is on the page with its date, and can be canceled', async () => {
    const page = await pageOf({ drill: { by: 'person', requestedAt: NOW, isNext: true } })
    await page.getByText(/Test of all tiers with the next refresh, May 23, 2026/).waitFor()
    await button(page, 'Cancel test of all tiers Orders').click()
    await expect.poll(() => asked(page, 'profile.drill')).toEqual([{ profileId: 'p1', when: 'never' }])
  })

  test('that cannot come yet says why', async () => {
    const page = await pageOf({ drill: { by: 'schedule', requestedAt: NOW, isNext: false } })
    await page.getByText(/Monthly test of all tiers requested\. It waits until tier 2 can be tried/).waitFor()
  })

  test('leaves its result for each tier on the page', async () => {
    const rows = [drilled([call(3, 'ok'), call(2, 'not-authorised'), call(1, 'ok')], 1)]
    const page = await pageOf({}, rows as never)
    await page
      .getByText(/Last test .*: tier 3 works, tier 2 failed \(not authorized\), tier 1 works\./)
      .waitFor()
    // As it is drawn, where a flexible box would put each part apart.
    const line = page.locator('p').filter({ hasText: 'Last test' })
    expect(await line.evaluate((element) => getComputedStyle(element).display)).toBe('block')
  })
})

test('delivery is directly below the four figures, and each tier says what comes where it fails', async () => {
  const page = await pageOf()
  const headings = page.getByRole('heading', { level: 2 })
  await expect
    .poll(async () => (await headings.allInnerTexts()).slice(5))
    .toEqual(['Delivery', 'Data sources', 'Renewal', 'Timeline', 'History', 'Test', 'Credentials'])
  await page.getByText('If it fails: tier 2 requests a new token.').waitFor()
  await page.getByText(/tier 3 renews that, then tier 2 is tried again/).waitFor()
  await page.getByText('Expires May 30, 2026').first().waitFor()
  await page.getByText('Expires Jul 27, 2026').first().waitFor()
})

test('the timeline has a table behind it, which begins with what is to come', async () => {
  const page = await pageOf()
  await page.getByRole('img', { name: /^Timeline: \d+ attempts, \d+ failed/ }).waitFor()
  await page.locator('figure').filter({ hasText: 'Access token' }).getByText('As a table').click()
  const rows = page.getByRole('table', { name: 'Timeline' }).getByRole('row')
  await expect.poll(() => rows.nth(1).innerText()).toMatch(/Jul 27, 2026.*Refresh token expires/)
  await expect.poll(() => rows.nth(3).innerText()).toMatch(/May 23, 2026.*Next refresh/)
  await page.getByRole('group', { name: 'Zoom' }).getByRole('button', { name: '24 h' }).click()
  await expect.poll(() => rows.count()).toBeLessThan(8)
})
