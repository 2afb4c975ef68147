import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { nameForOrg } from '#renderer/features/add-service-app/suggested-name.ts'
import { integration, orgIdOf, profile, view } from './fake-view.ts'
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

test('a suggested name is one nobody has', () => {
  const like = { name: 'Orders (Acme)', orgName: 'Acme' }
  expect(nameForOrg(like, '', [])).toBe('Orders')
  expect(nameForOrg(like, 'Globex', [])).toBe('Orders (Globex)')
  expect(nameForOrg({ name: 'Orders', orgName: 'Acme' }, 'Globex', [])).toBe('Orders Globex')
  expect(nameForOrg({ name: 'Orders', orgName: null }, '', ['Orders', 'Orders 2'])).toBe('Orders 3')
  expect(nameForOrg({ name: 'Acme', orgName: 'Acme' }, '', ['Acme'])).toBe('Acme 2')
})
