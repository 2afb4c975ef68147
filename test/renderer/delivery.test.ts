import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { delivering, envTarget, oddFile, threeTargets, withDelivery } from './delivery-scenes.ts'
import { fleetOf, integration, view } from './fake-view.ts'
import { answer, asked, drawn, focused, push, windows } from './window.ts'

const { open } = windows()
const HASH = '#/service-apps/profile-1'
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const saved = { ok: true, value: { targetId: 't9' } }

describe('delivery on the page of a service app', () => {
  test('says how many have it, and of each where, which, when, why not and when again', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
    await page.getByText('Delivered to 2 of 3').waitFor()
    const rows = page.getByRole('list', { name: 'Delivery targets' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(3)
    await expect
      .poll(() => rows.first().innerText())
      .toMatch(/Env file\s+\/home\/ada.*Delivered\s+2 d ago 5f3a09c1/s)
    await expect
      .poll(() => rows.last().innerText())
      .toMatch(/Failing.*The folder is not there.*Failed 4 min ago, 3 times in a row; next try in 12 min\./s)
  })

  test('is asked for again when something about delivery has changed', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
    await page.getByText('Delivered to 2 of 3').waitFor()
    const before = (await asked(page, 'delivery.targets')).length
    await answer(page, 'delivery.targets', { ok: true, value: { targets: [envTarget] } })
    await push(page, { ...withDelivery, delivery: { ...delivering, revision: 5 } })
    await page.getByText('Delivered to 1 of 1').waitFor()
    expect((await asked(page, 'delivery.targets')).length).toBe(before + 1)
  })

  test('delivers now to all or to one, and says how that went', async () => {
    const page = await open({
      view: withDelivery,
      hash: HASH,
      answers: {
        'delivery.targets': threeTargets,
        'delivery.deliver': { ok: true, value: { delivered: 2, of: 3 } },
      },
    })
    await press(page, 'Deliver now')
    await page.getByText('Orders: delivered to 2 of 3.').waitFor()
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 1, of: 1 } })
    await press(page, 'Deliver now to .env.production')
    await page.getByText('Orders is delivered.').waitFor()
    await expect
      .poll(() => asked(page, 'delivery.deliver'))
      .toEqual([
        { profileId: 'profile-1', targetId: null },
        { profileId: 'profile-1', targetId: 't3' },
      ])
  })

  test('is removed only after a question', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
    await press(page, 'Remove delivery to .env')
    await page.getByRole('dialog', { name: 'Remove delivery to .env?' }).waitFor()
    expect(await asked(page, 'delivery.remove')).toEqual([])
    await press(page, 'Remove')
    await expect.poll(() => asked(page, 'delivery.remove')).toEqual([{ targetId: 't1' }])
    await page.getByText('Delivery removed.').waitFor()
  })
})

describe('adding a delivery', () => {
  test('to an env file wants each oddity of the file confirmed, and leaves the refresh token out', async () => {
    const page = await open({
      view: withDelivery,
      hash: HASH,
      answers: {
        'delivery.choose-file': { ok: true, value: { path: oddFile.path } },
        'delivery.check-file': { ok: true, value: oddFile },
        'delivery.save': saved,
      },
    })
    await press(page, 'Add delivery')
    await press(page, 'Choose file…')
    await expect.poll(() => field(page, 'File').inputValue()).toBe(oddFile.path)
    await page.getByRole('checkbox', { name: /^Git would commit/ }).click()
    await press(page, 'Add and deliver')
    await page.getByText('Look at what is said below, and confirm each').waitFor()
    expect(await asked(page, 'delivery.save')).toEqual([])
    await page.getByRole('checkbox', { name: /^Others on this computer/ }).click()
    await press(page, 'Add and deliver')
    await page.getByText('Delivery added.').waitFor()
    await expect
      .poll(() => asked(page, 'delivery.save'))
      .toEqual([
        {
          profileId: 'profile-1',
          targetId: null,
          target: {
            kind: 'env-file',
            path: oddFile.path,
            accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
            refreshTokenName: null,
            confirmed: ['git', 'readable-by-others'],
          },
        },
      ])
  })

  test('refuses a file that nothing can make right', async () => {
    const sentence = 'This is a folder.'
    const page = await open({
      view: withDelivery,
      hash: HASH,
      answers: {
        'delivery.check-file': { ok: true, value: { ...oddFile, remarks: [{ confirm: null, sentence }] } },
      },
    })
    await press(page, 'Add delivery')
    await field(page, 'File').fill('/home/ada')
    await field(page, 'File').press('Enter')
    await page.getByText(sentence).waitFor()
    await page.getByText('This file cannot be used').waitFor()
    expect(await asked(page, 'delivery.save')).toEqual([])
  })

  test('to a hook goes by the keyboard alone', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.save': saved } })
    await page.getByRole('button', { name: 'Add delivery' }).press('Enter')
    await focused(page.getByRole('radio', { name: 'Env file' }))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await focused(field(page, 'Command'))
    await page.keyboard.type('reload app')
    await page.keyboard.press('Tab')
    await page.getByLabel('How it gets the token').selectOption('On standard input')
    await field(page, 'Time limit in seconds').fill('900')
    await page.keyboard.press('Enter')
    await page.getByText('A whole number from 1 to 600, please.').waitFor()
    await field(page, 'Time limit in seconds').fill('20')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'delivery.save'))
      .toMatchObject([
        { target: { kind: 'hook', command: 'reload app', pass: 'stdin', timeLimitSeconds: 20 } },
      ])
  })

  test('says at its field what main refuses, and editing begins with what there is', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
    await answer(page, 'delivery.check-file', { ok: true, value: { ...oddFile, remarks: [] } })
    await answer(page, 'delivery.save', {
      ok: false,
      error: { code: 'invalid', field: 'target.accessTokenName', message: 'Both have the same name.' },
    })
    await press(page, 'Edit delivery to .env.production')
    await expect
      .poll(() => field(page, 'Variable for the refresh token').inputValue())
      .toBe('WEBEX_REFRESH_TOKEN')
    await press(page, 'Save and deliver')
    await page.getByText('Both have the same name.').waitFor()
    await expect
      .poll(() => field(page, 'Variable for the access token').getAttribute('aria-invalid'))
      .toBe('true')
  })
})

test('a delivery that fails is a quiet sign on its row and beside the list', async () => {
  const page = await open({ view: withDelivery })
  await page.getByRole('row', { name: 'Orders' }).getByText('Not delivered').waitFor()
  await expect
    .poll(() => page.getByRole('row', { name: 'Call quality' }).getByText('Not delivered').count())
    .toBe(0)
  await page.getByRole('navigation').getByRole('link', { name: 'Orders' }).click()
  await page.getByRole('heading', { name: 'Delivery' }).waitFor()
})

test('Export .env asks main where, and says where it went', async () => {
  const page = await open({
    view: withDelivery,
    answers: { 'delivery.export-env': { ok: true, value: { path: '/home/ada/.env' } } },
  })
  await page.getByRole('button', { name: 'More Orders' }).click()
  await page.getByRole('menuitem', { name: 'Export .env' }).click()
  await page.getByText('Token of Orders written to /home/ada/.env').waitFor()
  await expect.poll(() => asked(page, 'delivery.export-env')).toEqual([{ profileId: 'profile-1' }])
})

test('the palette knows what is new', async () => {
  const page = await open({ view: withDelivery })
  await page.keyboard.press('Control+k')
  const command = page.getByRole('combobox', { name: 'Command' })
  await command.fill('deliver orders')
  await page.getByRole('option', { name: 'Deliver Orders' }).waitFor()
  await command.fill('add delivery orders')
  await page.getByRole('option', { name: 'Add delivery Orders' }).click()
  await page.getByRole('dialog', { name: 'Add delivery' }).waitFor()
})

describe('a refresh of many', () => {
  test('can be canceled, and says what becomes of the rest', async () => {
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: fleetOf(12) } }),
      answers: { 'fleet.refresh-due': { ok: true, value: { started: 12 } } },
    })
    await press(page, 'Refresh all due')
    await page.getByRole('progressbar', { name: 'Refreshed' }).waitFor()
    await press(page, 'Cancel')
    await page.getByText(/^Canceled after \d of 12\. What was under way still ends/).waitFor()
    await expect.poll(() => asked(page, 'fleet.cancel-refresh')).toEqual([{}])
    await drawn(page)
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(0)
  })
})
