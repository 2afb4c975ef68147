import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { incident } from '../engine/support/incidents.ts'
import {
  delivering,
  envTarget,
  fileRuns,
  heldTargets,
  hookRuns,
  oddFile,
  storeAnswers,
  storeTargets,
  threeTargets,
  withDelivery,
} from './delivery-scenes.ts'
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
        'delivery.deliver': { ok: true, value: { delivered: 2, unverified: 0, of: 3 } },
      },
    })
    await press(page, 'Deliver now')
    await page.getByText('Orders · Acme: delivered to 2 of 3.').waitFor()
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 1, unverified: 0, of: 1 } })
    await press(page, 'Deliver now to .env.production')
    await page.getByText('Orders · Acme delivered.').waitFor()
    await answer(page, 'delivery.deliver', { ok: true, value: { delivered: 1, unverified: 1, of: 1 } })
    await press(page, 'Deliver now to .env.production')
    await page.getByText('Orders · Acme written, not verified.').waitFor()
    await expect
      .poll(() => asked(page, 'delivery.deliver'))
      .toEqual([
        { profileId: 'profile-1', targetId: null },
        { profileId: 'profile-1', targetId: 't3' },
        { profileId: 'profile-1', targetId: 't3' },
      ])
  })

  test('from a backup is held: shown whole, and confirmed one by one', async () => {
    const page = await open({
      view: withDelivery,
      hash: HASH,
      answers: {
        'delivery.targets': { ok: true, value: { targets: [envTarget, ...heldTargets] } },
        'delivery.deliver': { ok: true, value: { delivered: 1, unverified: 0, of: 1 } },
      },
    })
    await page.getByText('Delivered to 1 of 3, 2 held').waitFor()
    const rows = page.getByRole('list', { name: 'Delivery targets' }).getByRole('listitem')
    const texts = await rows.allInnerTexts()
    expect(texts[1]).toMatch(/\.config\/environment\.d\/.*\.profile.*Held.*Nothing is written here until/s)
    expect(texts[2]).toMatch(/reload-token {200}; curl.*The command does not run until you confirm it/s)
    expect(texts[2]).toMatch(/Then runs cat token {100}; rm -rf ~/)
    expect(texts[2]).not.toContain('tried again')
    await page.getByRole('button', { name: 'Deliver now to .profile' }).waitFor({ state: 'detached' })
    await press(page, 'Confirm and deliver to .profile')
    await expect
      .poll(() => asked(page, 'delivery.deliver'))
      .toEqual([{ profileId: 'profile-1', targetId: 't4' }])
  })

  test('that nothing proves says so, in its own state, and why', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': storeTargets } })
    await page.getByText('Delivered to 1 of 3, 2 written, not verified').waitFor()
    const rows = page.getByRole('list', { name: 'Delivery targets' }).getByRole('listitem')
    const texts = await rows.allInnerTexts()
    expect(texts[1]).toMatch(/GitHub Actions secret.*Written, not verified.*nothing is read back/s)
    expect(texts[2]).toMatch(/HashiCorp Vault.*could not be read back\. The command failed with exit code 2/s)
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

describe('the history of a target', () => {
  const HOOK = 'Delivery history of vault kv put secret/webex/orders token=-'
  const runs = (value: unknown) => ({ ok: true, value: { runs: value } })
  const withRuns = (value: unknown) =>
    open({
      view: withDelivery,
      hash: HASH,
      answers: { 'delivery.targets': threeTargets, 'delivery.runs': runs(value) },
    })
  const toggle = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const rowsOf = (page: Page, name: string) =>
    region(page, name).getByRole('table', { name: 'Deliveries' }).getByRole('row')

  test('is asked for when it is opened, of that target, and goes when it is closed', async () => {
    const page = await withRuns(hookRuns)
    await toggle(page, HOOK).waitFor()
    expect(await asked(page, 'delivery.runs')).toEqual([])
    await toggle(page, HOOK).click()
    await region(page, HOOK).waitFor()
    expect(await asked(page, 'delivery.runs')).toEqual([{ targetId: 't2' }])
    await expect.poll(() => toggle(page, HOOK).getAttribute('aria-expanded')).toBe('true')
    await toggle(page, HOOK).click()
    await expect.poll(() => region(page, HOOK).count()).toBe(0)
    await expect.poll(() => toggle(page, HOOK).getAttribute('aria-expanded')).toBe('false')
  })

  test('says of each when, why, how it went, its exit code, how long it took and with which token', async () => {
    const page = await withRuns(hookRuns)
    await toggle(page, HOOK).click()
    const newest = rowsOf(page, HOOK).nth(1)
    await expect
      .poll(() => newest.innerText())
      .toMatch(/4 min ago\s+Tried again\s+Failed\s+2\s+5\.0 s\s+5f3a09c1/)
    await expect.poll(() => newest.locator('span[title]').getAttribute('title')).toMatch(/\d{4}.*\d:\d\d/)
    const words = region(page, HOOK)
    await expect.poll(() => words.innerText()).toMatch(/14 min ago\s+New token\s+Failed\s+–\s+1 min 30 s/)
    await expect.poll(() => words.innerText()).toMatch(/Manual\s+Delivered\s+0\s+96 ms/)
    await expect.poll(() => words.innerText()).toContain('Interrupted')
  })

  test('shows at once what the newest one said, and of the others what is asked for', async () => {
    const page = await withRuns(hookRuns)
    await toggle(page, HOOK).click()
    const output = page.getByRole('region', { name: 'Output of vault kv put secret/webex/orders token=-' })
    await expect
      .poll(() => output.locator('pre').innerText())
      .toContain('* permission denied: token=[redacted]')
    await region(page, HOOK).getByText('The command failed with exit code 2.', { exact: true }).waitFor()
    await toggle(page, '14 min ago').click()
    await region(page, HOOK).getByText('No output.').waitFor()
    await expect.poll(() => output.count()).toBe(0)
    await toggle(page, '2 d ago').click()
    await expect.poll(() => output.innerText()).toBe('Success! Data written to: secret/webex/orders')
    await toggle(page, '2 d ago').click()
    await expect.poll(() => output.count()).toBe(0)
  })

  test('goes by the keyboard alone, to the end of what was said', async () => {
    const page = await withRuns(hookRuns)
    await toggle(page, HOOK).focus()
    await page.keyboard.press('Enter')
    const first = toggle(page, '4 min ago')
    await first.waitFor()
    for (const name of [/^Deliver now/, /^Edit delivery/, /^Remove delivery/]) {
      await page.keyboard.press('Tab')
      await focused(region(page, HOOK).locator('..').getByRole('button', { name }))
    }
    await page.keyboard.press('Tab')
    await focused(first)
    await page.keyboard.press('Tab')
    const output = page.getByRole('region', { name: /^Output of/ })
    await focused(output)
    await page.keyboard.press('End')
    await expect.poll(() => output.evaluate((it) => it.scrollTop)).toBeGreaterThan(0)
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Space')
    await expect.poll(() => output.count()).toBe(0)
  })

  test('of a file has no exit code and no output, and opens only where there is something to say', async () => {
    const page = await withRuns(fileRuns)
    await toggle(page, 'Delivery history of .env').click()
    const history = region(page, 'Delivery history of .env')
    await expect.poll(() => history.innerText()).toMatch(/2 d ago\s+New token\s+Delivered\s+3 ms/)
    await expect.poll(() => history.getByRole('columnheader').count()).toBe(5)
    await expect.poll(() => history.getByRole('button').count()).toBe(1)
    await toggle(page, '9 d ago').click()
    await history.getByText('The disk is full.').waitFor()
  })

  test('says that it is empty, and follows what is delivered meanwhile', async () => {
    const page = await withRuns([])
    await toggle(page, HOOK).click()
    await region(page, HOOK).getByText('Nothing yet.').waitFor()
    await answer(page, 'delivery.runs', runs(hookRuns.slice(0, 1)))
    await push(page, { ...withDelivery, delivery: { ...delivering, revision: 5 } })
    await expect.poll(() => rowsOf(page, HOOK).count()).toBe(3)
  })

  test('that cannot be read says why', async () => {
    const page = await withRuns([])
    const error = { code: 'storage', message: 'The data file cannot be read.' }
    await answer(page, 'delivery.runs', { ok: false, error })
    await toggle(page, HOOK).click()
    await region(page, HOOK).getByText(error.message).waitFor()
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
    await page.getByText('Confirm the warnings below').waitFor()
    expect(await asked(page, 'delivery.save')).toEqual([])
    await page.getByRole('checkbox', { name: /^Others on this computer/ }).click()
    await press(page, 'Add and deliver')
    await page
      .getByText(/^Delivery added\. [A-Z_]+ is written to /)
      .filter({ hasText: oddFile.path })
      .waitFor()
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
          shown: oddFile.shown,
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

  test('to a secret store asks for its fields, shows the commands they come to, and saves both', async () => {
    const page = await open({
      view: withDelivery,
      hash: HASH,
      answers: { ...storeAnswers, 'delivery.save': saved },
    })
    await press(page, 'Add delivery')
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await page.getByText('vault found: Vault v1.18.3').waitFor()
    expect(await asked(page, 'delivery.store-tool')).toEqual([{ store: 'vault' }])
    await press(page, 'Add and deliver')
    await page.getByText('Enter an address that begins with https://.').waitFor()
    expect(await asked(page, 'delivery.save')).toEqual([])
    await field(page, 'Address').fill('https://vault.example.com')
    await field(page, 'Path of the secret').fill('webex/orders')
    const command =
      "tr -d '\\n' | vault kv put -address=https://vault.example.com -mount=secret webex/orders access_token=-"
    const readBack =
      'vault kv get -address=https://vault.example.com -mount=secret -field=access_token webex/orders'
    await expect.poll(() => field(page, 'Command').inputValue()).toBe(command)
    await expect.poll(() => field(page, 'Read-back command').inputValue()).toBe(readBack)
    await press(page, 'Check access')
    await page.getByText('create, read, update').waitFor()
    expect(await asked(page, 'delivery.check-store')).toMatchObject([
      { store: 'vault', values: { address: 'https://vault.example.com', path: 'webex/orders' } },
    ])
    await press(page, 'Add and deliver')
    await expect
      .poll(() => asked(page, 'delivery.save'))
      .toMatchObject([
        { target: { kind: 'hook', store: 'vault', command, readBack, pass: 'stdin', timeLimitSeconds: 30 } },
      ])
  })

  test('to a secret store on Windows offers what works there, and says why nothing else does', async () => {
    const { app } = withDelivery
    const onWindows = { ...withDelivery, app: { ...app, platform: 'win32' } }
    const page = await open({ view: onWindows, hash: HASH, answers: storeAnswers })
    await press(page, 'Add delivery')
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await page.getByText('need a POSIX shell, which Windows does not have').waitFor()
    await page.getByText('GitHub Actions, by its own command line tool.').waitFor()
    const options = page.getByLabel('Secret store', { exact: true }).last().locator('option')
    expect(await options.allInnerTexts()).toEqual(['GitHub Actions secret'])
    await field(page, 'Repository').fill('example-org/orders')
    await field(page, 'Name of the secret').fill('WEBEX_TOKEN')
    await expect
      .poll(() => field(page, 'Command').inputValue())
      .toBe('gh secret set WEBEX_TOKEN --repo example-org/orders')
  })

  test('to a secret store ends a check that is canceled or whose dialog is closed', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: storeAnswers })
    await page.evaluate(() => {
      window.fake.answers['delivery.check-store'] = new Promise(() => {})
    })
    await press(page, 'Add delivery')
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await field(page, 'Address').fill('https://vault.example.com')
    await field(page, 'Path of the secret').fill('webex/orders')
    await press(page, 'Check access')
    await press(page, 'Cancel check')
    await page.getByText('Writes nothing.').waitFor()
    expect(await asked(page, 'delivery.cancel-check')).toHaveLength(1)
    await press(page, 'Check access')
    await page.getByRole('button', { name: 'Cancel check' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => asked(page, 'delivery.cancel-check')).toHaveLength(2)
  })

  test('to a secret store leaves a command that was edited alone, until the fields are wanted again', async () => {
    const page = await open({ view: withDelivery, hash: HASH, answers: storeAnswers })
    await press(page, 'Add delivery')
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await field(page, 'Address').fill('https://vault.example.com')
    await field(page, 'Path of the secret').fill('webex/orders')
    await field(page, 'Command').fill('my own')
    await field(page, 'Path of the secret').fill('webex/others')
    await page.getByText('You changed the commands').waitFor()
    expect(await field(page, 'Command').inputValue()).toBe('my own')
    await press(page, 'Use the fields again')
    await expect.poll(() => field(page, 'Command').inputValue()).toContain('webex/others')
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
    await page.getByText('Enter a whole number from 1 to 600.').waitFor()
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

test('what has changed since it was confirmed is confirmed anew by editing the delivery, and what was confirmed stays so', async () => {
  const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
  const remarks = [
    { confirm: 'changed', sentence: 'The path led to /a when it was confirmed, and leads to /b now.' },
    { confirm: 'git', sentence: 'Git would commit it.' },
  ] as const
  await answer(page, 'delivery.check-file', { ok: true, value: { ...oddFile, remarks } })
  await answer(page, 'delivery.save', saved)
  await press(page, 'Edit delivery to .env.production')
  const changed = page.getByRole('checkbox', { name: /^The path led to/ })
  await changed.waitFor()
  expect(await page.getByRole('checkbox', { name: /^Git would/ }).isChecked()).toBe(true)
  await press(page, 'Save and deliver')
  await page.getByText('Confirm the warnings below').waitFor()
  expect(await asked(page, 'delivery.save')).toEqual([])
  await changed.click()
  await press(page, 'Save and deliver')
  await page.getByText('Delivery saved.').waitFor()
  expect(await asked(page, 'delivery.save')).toMatchObject([
    { targetId: 't3', target: { confirmed: ['changed', 'git'] } },
  ])
  expect((await asked(page, 'delivery.check-file'))[0]).toMatchObject({ targetId: 't3' })
})

test('a file that changed after its warnings were confirmed wants them confirmed anew', async () => {
  const page = await open({ view: withDelivery, hash: HASH, answers: { 'delivery.targets': threeTargets } })
  const remarks = [{ confirm: 'changed', sentence: 'It is open to more users (mode 0640).' }] as const
  await answer(page, 'delivery.check-file', { ok: true, value: { ...oddFile, remarks } })
  await answer(page, 'delivery.save', saved)
  await press(page, 'Edit delivery to .env.production')
  await page.getByRole('checkbox', { name: /mode 0640/ }).click()
  const later = [{ confirm: 'changed', sentence: 'It is open to more users (mode 0646).' }] as const
  const value = { ...oddFile, remarks: later, shown: 'as-it-is-now' }
  await answer(page, 'delivery.check-file', { ok: true, value })
  await press(page, 'Save and deliver')
  await page.getByText('has changed since it was checked').waitFor()
  expect(await page.getByRole('checkbox', { name: /mode 0646/ }).isChecked()).toBe(false)
  expect(await asked(page, 'delivery.save')).toEqual([])
})

const undelivered = (profileIds: readonly string[]) =>
  incident({ key: 'undelivered:app-0:1', sentence: 'The disk that holds the file is full.', profileIds })

test('a delivery that fails is a quiet sign on its row alone: the problem is told elsewhere', async () => {
  const fleet = { ...withDelivery.fleet, incidents: [undelivered(['profile-1'])] }
  const page = await open({ view: { ...withDelivery, fleet } })
  await page.getByRole('row', { name: 'Orders' }).getByText('Not delivered').waitFor()
  await expect
    .poll(() => page.getByRole('row', { name: 'Call quality' }).getByText('Not delivered').count())
    .toBe(0)
  expect(await page.getByRole('navigation').getByText('Not delivered').count()).toBe(0)
})

test('each row whose token is not delivered says so, however many there are, and can be filtered', async () => {
  const profiles = fleetOf(300, 1)
  const failing = profiles.slice(100).map(({ id }) => id)
  const fleet = { managers: [integration()], profiles, incidents: [undelivered(failing)] }
  const page = await open({ view: view({ fleet }) })
  await page.getByRole('table').getByRole('row').nth(3).waitFor()
  await page.getByRole('combobox', { name: /^Show/ }).selectOption('Delivery failing')
  const rows = page.getByRole('table', { name: 'Service apps' })
  await expect.poll(async () => Number(await rows.getAttribute('aria-rowcount'))).toBe(201)
  await page.getByRole('row').nth(5).focus()
  await page.keyboard.press('End')
  const last = page.locator('tr[tabindex="0"]')
  await last.getByTitle('The disk that holds the file is full.').getByText('Not delivered').waitFor()
})

test('Export .env asks main where, and says where it went', async () => {
  const page = await open({
    view: withDelivery,
    answers: { 'delivery.export-env': { ok: true, value: { path: '/home/ada/.env' } } },
  })
  await page.getByRole('button', { name: 'More Orders' }).click()
  await page.getByRole('menuitem', { name: 'Export .env' }).click()
  await page.getByText('Token of Orders · Acme written to /home/ada/.env').waitFor()
  await expect.poll(() => asked(page, 'delivery.export-env')).toEqual([{ profileId: 'profile-1' }])
})

test('the palette knows what is new', async () => {
  const page = await open({ view: withDelivery })
  await page.keyboard.press('Control+k')
  const command = page.getByRole('combobox', { name: 'Command' })
  await command.fill('deliver orders')
  await page.getByRole('option', { name: 'Deliver now Orders' }).waitFor()
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
    await page.getByText(/^Canceled after \d of 12\. Running refreshes still finish/).waitFor()
    await expect.poll(() => asked(page, 'fleet.cancel-refresh')).toEqual([{}])
    await drawn(page)
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(0)
  })
})
