import { describe, expect, test } from 'vitest'
import { fleetAnswers, storeAnswers, withDelivery } from './delivery-scenes.ts'
import { fleetOf, integration, view } from './fake-view.ts'
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
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 0, unverified: 0, of: 1 } })
    await page
      .getByRole('button', { name: /^Send test to/ })
      .first()
      .click()
    await page.getByText('Not delivered for Orders · Customer 0').waitFor()
  })

  test.each([
    [0, 'Delivered for Orders · Customer 0.'],
    [1, 'Written for Orders · Customer 0, not verified.'],
  ])('tell what is proven from what is only written (%s not verified)', async (unverified, words) => {
    const page = await settings()
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 1, unverified, of: 1 } })
    await page
      .getByRole('button', { name: /^Send test to/ })
      .first()
      .click()
    await page.getByText(words, { exact: true }).waitFor()
  })

  test('are added from a group of the list for its service app, by the button and by a right click', async () => {
    const profiles = fleetOf(6, 3).map((one) => ({ ...one, name: one.name.split(' ')[0] ?? one.name }))
    const [{ appId } = { appId: '' }] = profiles
    const page = await open({ view: view({ fleet: { managers: [integration()], profiles } }) })
    const begins = [
      () => page.getByRole('button', { name: 'Actions for all of Orders' }).click(),
      () => page.getByRole('row', { name: /^Orders, 3 customers/ }).click({ button: 'right' }),
    ]
    for (const begin of begins) {
      await begin()
      await page.getByRole('menuitem', { name: 'Deliver tokens of this service app…' }).click()
      await page.getByRole('dialog', { name: 'Add fleet delivery' }).waitFor()
      expect(await page.getByLabel('For', { exact: true }).inputValue()).toBe(appId)
      await page.keyboard.press('Escape')
    }
  })

  test('are added by a command for its service app', async () => {
    const page = await open({ view: view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } }) })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('deliver tokens rout')
    await page.getByRole('option', { name: 'Deliver tokens of Contact routing', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Add fleet delivery' }).waitFor()
    const chosen = page.getByLabel('For', { exact: true }).locator('option:checked')
    expect(await chosen.innerText()).toContain('Contact routing')
  })

  test('to a secret store are checked with the names of a customer of their service app', async () => {
    const answers = { ...fleetAnswers, ...storeAnswers }
    const page = await open({ view: withDelivery, hash: '#/settings/delivery', answers })
    await page.getByRole('button', { name: 'Add fleet delivery' }).click()
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill('https://vault.example.com')
    await page.getByRole('textbox', { name: 'Path of the secret' }).fill('webex/{customer}')
    await page.getByRole('button', { name: 'Check access' }).click()
    await expect
      .poll(() => asked(page, 'delivery.check-store'))
      .toMatchObject([{ values: { path: 'webex/{customer}' }, template: { appId: null } }])
  })
})
