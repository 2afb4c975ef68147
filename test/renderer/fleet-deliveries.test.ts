import { describe, expect, test } from 'vitest'
import { fleetAnswers, withDelivery } from './delivery-scenes.ts'
import { answer, asked, windows } from './window.ts'

const { open } = windows()
const settings = () => open({ view: withDelivery, hash: '#/settings/delivery', answers: fleetAnswers })

describe('fleet deliveries', () => {
  test('say for whom, where, and how many have it, what fails and what is held', async () => {
    const page = await settings()
    const rows = page.getByRole('list', { name: 'Fleet deliveries' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(3)
    const texts = await rows.allInnerTexts()
    expect(texts[0]).toMatch(/Env file.*\{customer\}\.env.*future ones · 400 customers.*12 failing/s)
    expect(texts[1]).toMatch(/HashiCorp Vault.*Contact sync.*40 customers.*would share its place.*39 of 40/s)
    expect(texts[2]).toMatch(/A backup was restored since.*Held.*Confirm/s)
  })

  test('are previewed before anything is written, and what was typed is there again', async () => {
    const page = await settings()
    await page.getByRole('button', { name: 'Add fleet delivery' }).click()
    const file = page.getByRole('textbox', { name: 'File' })
    await file.fill('/srv/{customer}.env')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('… and 395 more').waitFor()
    expect(await asked(page, 'delivery.check-file')).toEqual([])
    expect(await asked(page, 'fleet-delivery.save')).toEqual([])
    await page.getByRole('button', { name: 'Back' }).click()
    expect(await file.inputValue()).toBe('/srv/{customer}.env')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('button', { name: 'Deliver to 400 customers' }).click()
    await expect
      .poll(() => asked(page, 'fleet-delivery.save'))
      .toMatchObject([{ id: null, appId: null, target: { kind: 'env-file', path: '/srv/{customer}.env' } }])
  })

  test('show who gets what, the failing ones first, and deliver to one', async () => {
    const page = await settings()
    await page.getByRole('button', { name: 'Customers of /srv/webex/{app}/{customer}.env' }).first().click()
    const rows = page.getByRole('list', { name: 'Customers' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(100)
    expect(await rows.first().innerText()).toMatch(/Customer 140.*may not be written to.*Failing/s)
    expect(await rows.nth(1).innerText()).toMatch(/Customer 141.*No place of its own/s)
    await page.getByRole('button', { name: 'Show more (42)' }).click()
    await expect.poll(() => rows.count()).toBe(142)
    await page.getByRole('button', { name: 'Deliver now for Orders · Customer 140' }).click()
    await expect
      .poll(() => asked(page, 'delivery.deliver'))
      .toEqual([{ profileId: 'profile-140', targetId: 'fleet:f1:profile-140' }])
  })

  test('send a test to one customer and say what came of it', async () => {
    const page = await settings()
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 0, of: 1 } })
    await page
      .getByRole('button', { name: /^Send test to/ })
      .first()
      .click()
    await page.getByText('Not delivered for Orders · Customer 0').waitFor()
  })
})
