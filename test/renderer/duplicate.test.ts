import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { nameForOrg } from '#renderer/features/add-service-app/suggested-name.ts'
import { fleetOf, integration, orgIdOf, profile, view } from './fake-view.ts'
import { asked, focused, windows } from './window.ts'

const { open } = windows()
const orders = profile({ id: 'p1', name: 'Orders Acme', orgName: 'Acme', probe: { kind: 'meetings' } })
const home = view({ fleet: { managers: [integration()], profiles: [orders] } })
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })

async function duplicating(): Promise<Page> {
  const page = await open({
    view: home,
    answers: { 'service-app.add': { ok: true, value: { profileId: 'p2', attempt: null } } },
  })
  await page.getByRole('button', { name: 'More Orders Acme' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate for another org' }).click()
  return page
}

const save = (page: Page) => page.getByRole('button', { name: 'Save and issue token' }).click()

describe('duplicating a service app for another org', () => {
  test('begins at the org, with everything else filled in but no secret in the window', async () => {
    const page = await duplicating()
    await focused(field(page, 'Target org ID'))
    await expect.poll(() => field(page, 'Client ID').inputValue()).toBe(orders.clientId)
    await expect.poll(() => field(page, 'Name').inputValue()).toBe('Orders')
    const secret = field(page, 'Client secret')
    await expect.poll(() => secret.inputValue()).toBe('')
    await expect.poll(() => secret.getAttribute('placeholder')).toBe('Same as Orders Acme')
  })

  test('keeps the secret where none is typed', async () => {
    const page = await duplicating()
    await field(page, 'Target org ID').fill(orgIdOf(9))
    await field(page, 'Customer').fill('Globex')
    await save(page)
    await expect
      .poll(() => asked(page, 'service-app.add'))
      .toMatchObject([
        {
          name: 'Orders Globex',
          orgName: 'Globex',
          clientId: orders.clientId,
          clientSecret: null,
          likeProfileId: 'p1',
          managerId: 'manager-1',
          targetOrgId: orgIdOf(9),
          probe: { kind: 'meetings' },
          issueToken: true,
        },
      ])
  })

  test('sends another secret when one is typed', async () => {
    const page = await duplicating()
    await field(page, 'Target org ID').fill(orgIdOf(9))
    await field(page, 'Client secret').fill('another-secret')
    await save(page)
    await expect
      .poll(() => asked(page, 'service-app.add'))
      .toMatchObject([{ clientSecret: 'another-secret' }])
  })

  test('wants a secret for another client ID', async () => {
    const page = await duplicating()
    await field(page, 'Target org ID').fill(orgIdOf(9))
    await field(page, 'Client ID').fill('C-another')
    await save(page)
    await page.getByText('The client secret is missing.').waitFor()
    expect(await asked(page, 'service-app.add')).toEqual([])
  })

  test('leaves a typed name alone', async () => {
    const page = await duplicating()
    await field(page, 'Name').fill('My own')
    await field(page, 'Customer').fill('Globex')
    await expect.poll(() => field(page, 'Name').inputValue()).toBe('My own')
  })
})

test('another customer of an app keeps its name, but for the customer in it', () => {
  const like = { name: 'Orders (Acme)', orgName: 'Acme' }
  expect(nameForOrg(like, '')).toBe('Orders')
  expect(nameForOrg(like, 'Globex')).toBe('Orders (Globex)')
  expect(nameForOrg({ name: 'Meeting digest', orgName: 'Acme' }, 'Globex')).toBe('Meeting digest')
  expect(nameForOrg({ name: 'Meeting digest', orgName: null }, '')).toBe('Meeting digest')
  expect(nameForOrg({ name: 'Acme', orgName: 'Acme' }, 'Globex')).toBe('Acme')
})

describe('adding a customer', () => {
  const fleet = fleetOf(6, 3).map((one) => ({ ...one, name: one.name.split(' ')[0] ?? one.name }))
  const several = view({ fleet: { managers: [integration()], profiles: fleet } })

  test('is in the menu of a service app’s group, and a new secret is said to be for all of them', async () => {
    const page = await open({ view: several })
    await page.getByRole('button', { name: 'Actions for all of Orders' }).click()
    await page.getByRole('menuitem', { name: 'Add customer…' }).click()
    await focused(field(page, 'Target org ID'))
    await expect.poll(() => field(page, 'Name').inputValue()).toBe('Orders')
    await page.getByText('A new one replaces it for all 3 customers as well.').waitFor()
  })

  test('is on the page of a service app', async () => {
    const page = await open({ view: several, hash: '#/service-apps/profile-1' })
    await page.getByRole('button', { name: 'Add customer…' }).click()
    await focused(field(page, 'Target org ID'))
  })

  test('is a choice of “Add service app”, which then asks for the org alone', async () => {
    const page = await open({ view: several })
    await page.getByRole('button', { name: 'Add service app' }).click()
    await page.getByLabel('Service app', { exact: true }).selectOption({ label: 'Orders · 3 customers' })
    await focused(field(page, 'Target org ID'))
    await expect.poll(() => field(page, 'Client ID').inputValue()).toBe(fleet[0]?.clientId)
    await page.getByLabel('Service app', { exact: true }).selectOption({ label: 'New service app' })
    await expect.poll(() => field(page, 'Client ID').inputValue()).toBe('')
  })

  test('moves no field when a check appears', async () => {
    const page = await open({ view: several })
    await page.getByRole('button', { name: 'Add service app' }).click()
    const top = async () => (await field(page, 'Refresh token').boundingBox())?.y
    const before = await top()
    await field(page, 'Client ID').fill(fleet[0]?.clientId ?? '')
    await field(page, 'App ID').fill(fleet[0]?.appId ?? '')
    await page.getByText('App ID and client ID belong together.').waitFor()
    await field(page, 'Target org ID').fill(orgIdOf(9))
    await page.getByText('Looks like an org ID.').waitFor()
    expect(await top()).toBe(before)
  })
})
