// The Problems screen: one line for each cause and service app, what fixes it, snoozes and what was resolved; by keyboard, too.
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { incident } from '../engine/support/incidents.ts'
import { DAY, inState, NOW, view } from './fake-view.ts'
import { manyProblems, notes, problems } from './problem-scenes.ts'
import { asked, drawn, focused, push, windows } from './window.ts'

const { open } = windows()
const answers = {
  'problem.notes': { ok: true, value: notes },
  'fleet.refresh': { ok: true, value: { started: 30 } },
}
const onProblems = (given = problems) => open({ view: given, hash: '#/problems', answers })
const line = (page: Page, words: string | RegExp, list = 'Problems') =>
  page.getByRole('list', { name: list, exact: true }).getByRole('listitem').filter({ hasText: words })

describe('a problem', () => {
  test('is one line: what, how many customers, the first deadline, who can fix it', async () => {
    const page = await onProblems()
    const secret = line(page, 'Client secret of “Call quality” rejected')
    await expect
      .poll(() => secret.innerText())
      .toMatch(/30 customers\s*·?\s*first token ended May 18, 2026, 7:30.AM \(2 h ago\)/)
    await secret.getByText("Who can fix it: you or the service app's owner").waitFor()
    await expect.poll(() => line(page, /./).count()).toBe(5)
    const waiting = line(page, '12 of 30 e-mails copied')
    await expect.poll(() => waiting.innerText()).toContain('May 16, 2026')
  })

  test('tells service apps of the same name apart by their App IDs', async () => {
    const page = await onProblems()
    await line(page, 'appid-1').waitFor()
    await line(page, 'appid-3').waitFor()
    expect(await page.getByText('appid-2').count()).toBe(0)
  })

  test('shows whom it affects in the list of service apps', async () => {
    const page = await onProblems()
    await line(page, 'Call quality').getByRole('link', { name: 'Show 30' }).click()
    await page
      .getByRole('button', { name: /^Show all, not only: Client secret of .Call quality. rejected/ })
      .waitFor()
    // With the heads and the service app.
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('32')
  })

  test('has its sentence, tracking IDs and customers with their deadlines below', async () => {
    const page = await onProblems()
    const title = page.getByRole('button', { name: '“Contact routing” is no longer authorized' }).first()
    await title.click()
    await expect.poll(() => title.getAttribute('aria-expanded')).toBe('true')
    await page.getByText('Ask a full admin of each org').waitFor()
    const rows = page.getByRole('table', { name: 'Customers' }).getByRole('row')
    await expect.poll(() => rows.count()).toBe(31)
    await rows.getByText('copied May 16, 2026').first().waitFor()
    await page
      .getByRole('button', { name: /^Copy tracking ID / })
      .first()
      .click()
    await expect.poll(async () => (await asked(page, 'clipboard.copy-text'))[0]?.text).toMatch(/^ROUTER_/)
  })
})

describe('the one button', () => {
  test('copies all e-mails at once, and one on its own', async () => {
    const page = await onProblems()
    await line(page, 'appid-3').getByRole('button', { name: 'Copy 30 e-mails' }).click()
    await page.getByText('30 e-mails copied. Each begins').waitFor()
    const [request] = await asked(page, 'problem.copy-emails')
    expect(request?.profileIds).toHaveLength(30)
    expect(String(request?.text).match(/^Subject: /gm)).toHaveLength(30)

    await page.getByRole('button', { name: '“Contact routing” is no longer authorized' }).first().click()
    await page
      .getByRole('button', { name: /^Copy e-mail .*Acme$/ })
      .first()
      .click()
    await expect.poll(async () => (await asked(page, 'problem.copy-emails'))[1]?.profileIds).toHaveLength(1)
  })

  test('replaces a client secret once for all customers, and shows how far the renewals are', async () => {
    const profiles = problems.fleet.profiles.map((one, index) =>
      index >= 60 && index < 90 ? inState('needs-attention', one) : one,
    )
    const page = await onProblems({ ...problems, fleet: { ...problems.fleet, profiles } })
    await page.getByRole('button', { name: 'Replace secret' }).click()
    const dialog = page.getByRole('dialog', { name: 'Replace client secret of Call quality' })
    await dialog.getByText('All 30 customers of this service app share it.').waitFor()
    await dialog.getByRole('button', { name: 'Replace secret' }).click()
    await dialog.getByText('Paste the new client secret.').waitFor()
    expect(await asked(page, 'service-app.edit')).toEqual([])
    await dialog.getByRole('textbox', { name: 'Client secret' }).fill('a'.repeat(64))
    await page.keyboard.press('Enter')
    await page.getByText('Client secret of Call quality replaced for 30 customers. Renewing').waitFor()
    const bar = page.getByRole('progressbar', { name: 'Refreshed' })
    await expect.poll(() => bar.getAttribute('value')).toBe('0')
    expect(await asked(page, 'service-app.edit')).toMatchObject([
      { profileId: 'profile-61', clientSecret: 'a'.repeat(64), refreshToken: null },
    ])
    await dialog.waitFor({ state: 'detached' })
  })

  test('reconnects the integration', async () => {
    const page = await onProblems()
    await line(page, 'Reconnect the integration')
      .getByRole('button', { name: 'Reconnect', exact: true })
      .click()
    await page.getByRole('dialog', { name: /Reconnect/ }).waitFor()
  })

  test('delivers again for all of them, and says for how many it worked', async () => {
    const page = await open({
      view: problems,
      hash: '#/problems',
      answers: {
        ...answers,
        'delivery.deliver': { ok: true, value: { delivered: 1, unverified: 0, of: 1 } },
      },
    })
    await page.getByRole('button', { name: 'Deliver again' }).click()
    await page.getByText('Delivered for 5 of 5 customers.').waitFor()
    expect(await asked(page, 'delivery.deliver')).toHaveLength(5)
  })
})

describe('a problem, by keyboard', () => {
  const title = (page: Page, words: string) =>
    page.getByRole('button', { name: words, expanded: false }).first()

  test('is reached by Ctrl+2 and J, fixed by F, and refreshed by R once the customers were written to', async () => {
    const page = await open({ view: problems, answers })
    await page.keyboard.press('Control+2')
    await page.getByRole('heading', { level: 1, name: 'Problems' }).waitFor()
    await page.keyboard.press('j')
    await focused(title(page, 'Reconnect the integration'))
    await page.keyboard.press('j')
    await focused(title(page, 'Client secret of “Call quality” rejected'))
    await page.keyboard.press('r')
    await page.keyboard.press('f')
    const dialog = page.getByRole('dialog', { name: 'Replace client secret of Call quality' })
    await focused(dialog.getByRole('textbox', { name: 'Client secret' }))
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.keyboard.press('j')
    const waiting = line(page, '12 of 30 e-mails copied')
    await focused(waiting.getByRole('button', { expanded: false }).first())
    await page.keyboard.press('f')
    await page.getByText('30 e-mails copied.').waitFor()
    expect(await asked(page, 'fleet.refresh')).toEqual([])
    await page.keyboard.press('r')
    await expect.poll(async () => (await asked(page, 'fleet.refresh'))[0]?.profileIds).toHaveLength(30)
    await page.keyboard.press('k')
    await focused(title(page, 'Client secret of “Call quality” rejected'))
  })

  test('keys typed into its menu belong to the menu', async () => {
    const page = await onProblems()
    await line(page, 'Call quality').getByRole('button', { name: 'Snooze until …' }).click()
    await focused(page.getByRole('menuitem', { name: '1 day' }))
    await page.keyboard.press('f')
    await page.keyboard.press('j')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await focused(page.getByRole('menuitem', { name: '1 day' }))
  })
})

test('customers that were written to are tried again together, by a button that is there only then', async () => {
  const page = await onProblems()
  await line(page, '12 of 30 e-mails copied').getByRole('button', { name: 'Refresh 30' }).click()
  await expect.poll(async () => (await asked(page, 'fleet.refresh'))[0]?.profileIds).toHaveLength(30)
  expect(await page.getByRole('button', { name: /^Refresh \d/ }).count()).toBe(1)
})

test('a wrong App ID is replaced once for all customers', async () => {
  const wrong = incident({
    key: 'wrong-field:app-2',
    title: 'App ID of “Call quality” not found',
    fix: { kind: 'edit-service-app', profileId: 'profile-61', field: 'appId' },
    serviceApp: { id: 'app-2', name: 'Call quality', appId: 'appid-2' },
    profileIds: Array.from({ length: 30 }, (_, index) => `profile-${index + 61}`),
  })
  const page = await onProblems({ ...problems, fleet: { ...problems.fleet, incidents: [wrong] } })
  await page.getByRole('button', { name: 'Replace App ID' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replace App ID of Call quality' })
  await dialog.getByRole('button', { name: 'Replace App ID' }).click()
  await dialog.getByText('Paste the new App ID.').waitFor()
  await dialog.getByRole('textbox', { name: 'App ID' }).fill('Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0Mx')
  await page.keyboard.press('Enter')
  await page.getByText('App ID of Call quality replaced for 30 customers.').waitFor()
  expect(await asked(page, 'service-app.edit')).toMatchObject([
    {
      profileId: 'profile-61',
      appId: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0Mx',
      ofAll: true,
      clientSecret: null,
    },
  ])
})

test('what differs between the customers is entered one by one, beginning with the first', async () => {
  const page = await onProblems()
  await line(page, 'Target org ID of “Orders” rejected', 'Snoozed')
    .getByRole('button', { name: 'Edit the first of 2' })
    .click()
  await focused(page.getByRole('dialog').getByRole('textbox', { name: 'Target org ID' }))
})

describe('a snooze', () => {
  test('is set by keyboard alone, and takes the problem out of the way until it ends', async () => {
    const page = await onProblems()
    const snooze = line(page, 'Call quality').getByRole('button', { name: 'Snooze until …' })
    await snooze.focus()
    await page.keyboard.press('Enter')
    await focused(page.getByRole('menuitem', { name: '1 day' }))
    await expect
      .poll(() =>
        page
          .getByRole('menuitem')
          .evaluateAll((items) =>
            items.map((item) => [
              item.textContent,
              document.getElementById(item.getAttribute('aria-describedby') ?? '')?.textContent,
            ]),
          ),
      )
      .toEqual([
        ['1 day', 'Tue, May 19'],
        ['3 days', 'Thu, May 21'],
        ['1 week', 'Mon, May 25'],
        ['Next Monday', 'Mon, May 25'],
        ['A date…', undefined],
      ])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'problem.snooze'))
      .toEqual([{ key: 'client-refused:app-2', until: NOW + 3 * DAY }])
    await page.getByRole('region', { name: 'Messages' }).getByText('Snoozed until May 21, 2026').waitFor()
    await focused(snooze)
  })

  test('until a date ends at the beginning of that day; a date of the past is refused', async () => {
    const page = await onProblems()
    await line(page, 'Call quality').getByRole('button', { name: 'Snooze until …' }).click()
    await page.getByRole('menuitem', { name: 'A date…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Snooze until …' })
    await dialog.getByRole('button', { name: 'Snooze' }).click()
    await dialog.getByText('Choose a date.').waitFor()
    expect(await dialog.getByLabel('Date').getAttribute('min')).toBe('2026-05-19')
    await dialog.getByLabel('Date').fill('2026-05-18')
    await dialog.getByText('Choose a date.').waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Snooze' }).click()
    await dialog.getByText('Choose a date after today.').waitFor()
    await dialog.getByLabel('Date').fill('2026-06-01')
    await dialog.getByRole('button', { name: 'Snooze' }).click()
    await expect
      .poll(() => asked(page, 'problem.snooze'))
      .toEqual([{ key: 'client-refused:app-2', until: Date.UTC(2026, 5, 1) }])
    await dialog.waitFor({ state: 'detached' })
  })

  test('can be ended', async () => {
    const page = await onProblems()
    const snoozed = line(page, 'Target org ID of “Orders” rejected', 'Snoozed')
    await snoozed.getByText('snoozed until May 21, 2026').waitFor()
    await snoozed.getByRole('button', { name: 'End snooze' }).click()
    await expect.poll(() => asked(page, 'problem.snooze')).toEqual([{ key: 'wrong-org:app-0', until: null }])
  })
})

test('until Monday ends with the night to the next one', async () => {
  const page = await onProblems()
  await line(page, 'Call quality').getByRole('button', { name: 'Snooze until …' }).click()
  await page.getByRole('menuitem', { name: 'Next Monday' }).click()
  await expect
    .poll(() => asked(page, 'problem.snooze'))
    .toEqual([{ key: 'client-refused:app-2', until: Date.UTC(2026, 4, 25) }])
})

test('a delivery that fails leads to its history; what only informs has no coloured button', async () => {
  const page = await onProblems()
  await page.getByRole('button', { name: 'Tokens of “Orders” not delivered' }).click()
  const table = page.getByRole('table', { name: 'Customers' })
  expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
    'Customer',
    'Token ends',
    'Delivery',
  ])
  expect(
    await table
      .getByRole('link', { name: /^Delivery history / })
      .first()
      .getAttribute('href'),
  ).toMatch(/^#\/service-apps\/profile-[1-5]$/)
  const [delivery] = problems.fleet.incidents.filter(({ code }) => code.startsWith('undelivered'))
  if (delivery === undefined) throw new Error('no failing delivery')
  const isPrimary = (list: string) =>
    line(page, 'not delivered', list).getByRole('button', { name: 'Deliver again' }).getAttribute('data-kind')
  const grave = await isPrimary('Problems')
  const early = { ...delivery, level: 'information' as const, owner: 'nobody-or-you' as const }
  await push(page, view({ fleet: { ...problems.fleet, incidents: [early] }, revision: 2 }))
  await page.getByText('No action needed yet; it retries automatically').waitFor()
  expect(await isPrimary('Good to know')).not.toBe(grave)
})

test('what was resolved stays, in the past tense, and is asked for again when something changes', async () => {
  const page = await onProblems()
  await page.getByText('Resolved: Webex was reached again').waitFor()
  const before = (await asked(page, 'problem.notes')).length
  await push(page, view({ fleet: { ...problems.fleet, incidents: [] }, revision: 2 }))
  await page.getByText('No problems.').waitFor()
  await expect.poll(async () => (await asked(page, 'problem.notes')).length).toBeGreaterThan(before)
})

describe('one thing is told once', () => {
  test('other screens have one line that leads here, and no cause', async () => {
    const totals = {
      count: 3,
      customers: 41,
      deadline: NOW + 20 * DAY,
      snoozed: { count: 2, customers: 12 },
    }
    const page = await open({ view: { ...problems, problems: totals }, answers })
    await page
      .getByText('3 problems: 41 customers affected, first token ends Jun 7 · 2 snoozed: 12 customers')
      .waitFor()
    expect(await page.getByText('Client secret of “Call quality” rejected').count()).toBe(0)
    await page.getByRole('main').getByRole('link', { name: 'Show' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Problems' }).waitFor()
  })

  test('the navigation counts them as its description, so that its name stays', async () => {
    const page = await open({ view: problems, answers })
    const link = page.getByRole('link', { name: 'Problems', exact: true })
    await expect.poll(() => link.getAttribute('aria-description')).toBe('5 problems')
    await push(page, view({ fleet: { ...problems.fleet, incidents: [] }, revision: 2 }))
    await expect.poll(() => link.getAttribute('aria-description')).toBe(null)
  })
})

test.each([
  ['60 problems of 10 customers', manyProblems(60, 10), 30, 10],
  ['one problem of 400 customers', manyProblems(1, 400), 1, 50],
  ['25 problems of 400 customers', manyProblems(25, 400), 25, 50],
])('of %s a page at a time is drawn', async (_, given, lines, customers) => {
  const page = await onProblems(given)
  await expect.poll(() => line(page, /./).count()).toBe(lines)
  await page
    .getByRole('button', { name: /is no longer authorized/ })
    .first()
    .click()
  const rows = page.getByRole('table', { name: 'Customers' }).getByRole('row')
  await expect.poll(() => rows.count()).toBe(customers + 1)
  const more = page.getByRole('button', { name: /^Show \d+ more$/ })
  if (customers === 50) {
    await more.first().click()
    await expect.poll(() => rows.count()).toBe(101)
  } else {
    await more.click()
    await expect.poll(() => line(page, /./).count()).toBe(60)
  }
})

test('a change of a customer draws no problem anew that is closed', async () => {
  const given = manyProblems(25, 400)
  const page = await onProblems(given)
  await line(page, /./).first().waitFor()
  await page.evaluate(() => {
    const changes = { count: 0 }
    Object.assign(window, { changes })
    new MutationObserver((records) => {
      changes.count += records.length
    }).observe(document.querySelector('main') as Element, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    })
  })
  const profiles = given.fleet.profiles.map((one, index) =>
    index === 0 ? { ...one, state: 'healthy' as const } : one,
  )
  await push(page, { ...given, fleet: { ...given.fleet, profiles }, revision: 2 })
  await drawn(page)
  expect(await page.evaluate(() => (window as unknown as { changes: { count: number } }).changes.count)).toBe(
    0,
  )
})
