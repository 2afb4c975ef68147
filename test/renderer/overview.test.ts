// The Overview: what it shows of a fleet, that it costs no forecast for each change, and the rehearsal by keyboard.
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { countSnoozed, firstDeadline, unattendedOf } from '#renderer/features/overview/fleet-outlook.ts'
import { bridging } from '#renderer/features/overview/rehearsal-answer.tsx'
import { DAY, fleetOf, inState, integration, MINUTE, NOW, notAuthorized, profile, view } from './fake-view.ts'
import { answersOf, forecastOf, overviewScenes, rehearsed } from './overview-scenes.ts'
import { answer, asked, drawn, pass, push, windows } from './window.ts'

const { open } = windows()
const connected = { managers: [integration()] }
const hash = '#/overview'
const forty = view({ fleet: { ...connected, profiles: fleetOf(40) } })

const fact = (page: Page, name: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name, exact: true }) })

describe('how long the fleet can be left alone', () => {
  const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme', unattendedUntil: NOW + 60 * DAY })

  test('ends with the integration where its refresh token is the last one, and counts who depends on it', () => {
    const other = profile({ id: 'p2', targetOrgId: 'org-2', unattendedUntil: NOW + 90 * DAY })
    const { fleet } = view({ fleet: { ...connected, profiles: [orders, other] } })
    expect(unattendedOf(fleet)).toMatchObject({
      kind: 'until',
      at: NOW + 60 * DAY,
      ending: { kind: 'integration', customers: 2 },
    })
  })

  test('ends with the fallback where that lasts longer than the one it stands in for', () => {
    const first = integration({ fallbackId: 'second' })
    const second = integration({
      id: 'second',
      isDefault: false,
      refreshToken: { issuedAt: NOW, expiresAt: NOW + 80 * DAY, dead: false },
    })
    const lasting = { ...orders, unattendedUntil: NOW + 80 * DAY }
    const { fleet } = view({ fleet: { managers: [first, second], profiles: [lasting] } })
    expect(unattendedOf(fleet)).toMatchObject({
      at: NOW + 80 * DAY,
      ending: { kind: 'integration', manager: { id: 'second' }, customers: 1 },
    })
  })

  test('is now while one needs somebody, however long the others last; a paused one counts for nothing', () => {
    const needy = inState('needs-attention', profile({ id: 'p2', targetOrgId: 'org-2' }))
    const paused = { ...inState('paused', profile({ id: 'p3' })), isUnattended: false }
    const { fleet } = view({ fleet: { ...connected, profiles: [orders, needy, paused] } })
    expect(unattendedOf(fleet)).toEqual({ kind: 'now', customers: 1 })
    const without = view({ fleet: { ...connected, profiles: [orders, paused] } })
    expect(unattendedOf(without.fleet)).toMatchObject({ kind: 'until' })
  })

  test('the first deadline is of a token that no planned refresh renews', () => {
    const sooner = profile({
      id: 'p2',
      accessToken: { fingerprint: '1', issuedAt: NOW, expiresAt: NOW + DAY, origin: 'pasted' },
      nextRefresh: { at: NOW + DAY / 2, why: '' },
    })
    const needy = { ...inState('needs-attention', profile({ id: 'p3' })), nextRefresh: null }
    expect(firstDeadline(view({ fleet: { profiles: [sooner] } }).fleet)).toBeNull()
    expect(firstDeadline(view({ fleet: { profiles: [sooner, needy] } }).fleet)?.profile.id).toBe('p3')
  })
})

test('what is snoozed counts in its state and is named: not what has an open problem, too, nor what is healthy', () => {
  const profiles = fleetOf(6).map((one, i) => (i < 4 ? inState('needs-attention', one) : one))
  const ids = profiles.map(({ id }) => id)
  const open = notAuthorized(ids.slice(3, 4), { key: 'a' })
  const snoozed = notAuthorized(ids.slice(0, 5), { key: 'b', snoozedUntil: NOW + DAY })
  expect(countSnoozed(view({ fleet: { profiles, incidents: [open, snoozed] } }).fleet)).toMatchObject({
    'needs-attention': 3,
    healthy: 0,
  })
  expect(countSnoozed(view({ fleet: { profiles, incidents: [open] } }).fleet)['needs-attention']).toBe(0)
})

describe('the Overview', () => {
  test('an empty fleet leads to the list, and asks for no forecast', async () => {
    const page = await open({ view: view({}), hash })
    await page.getByRole('link', { name: 'Add the first one' }).waitFor()
    expect(await page.getByRole('button', { name: 'Rehearse…' }).count()).toBe(0)
    expect(await asked(page, 'forecast.get')).toEqual([])
  })

  test('shows states, deadlines, success and deliveries', async () => {
    const scene = overviewScenes.find(({ name }) => name === 'overview-trouble')
    if (scene === undefined) throw new Error('no scene')
    const page = await open({ view: scene.view, hash, answers: scene.answers ?? {} })
    const states = page.getByLabel('States')
    await states.getByText('Needs attention').waitFor()
    await expect
      .poll(() => fact(page, 'Unattended until').innerText())
      .toMatch(/Now\s+\d+ customers have no automatic renewal/)
    await expect.poll(() => fact(page, 'Success rate').innerText()).toMatch(/97\.7 %[\s\S]+318 attempts/)
    await expect
      .poll(() => fact(page, 'Failing deliveries').innerText())
      .toMatch(/1\s+Of 40 delivery targets/)
  })

  test('the tile of a state names how many of it are snoozed, and one line leads to them', async () => {
    const profiles = forty.fleet.profiles.map((one, i) => (i < 12 ? inState('needs-attention', one) : one))
    const incidents = [
      notAuthorized(
        profiles.slice(0, 12).map(({ id }) => id),
        { snoozedUntil: NOW + DAY },
      ),
    ]
    const page = await open({ view: view({ fleet: { ...connected, profiles, incidents } }), hash })
    await page.getByLabel('States').getByText('Needs attention 12 snoozed').waitFor()
    await page.getByText('1 snoozed problem: 12 customers · Show').waitFor()
  })

  test('the next 14 days are bars with words for who does not see them, and a table of all days behind them', async () => {
    const page = await open({ view: forty, hash, answers: answersOf(forecastOf(6, true)) })
    const picture = page.getByRole('img', {
      name: /^The next 14 days: \d+ refreshes planned, 2 tokens end, the integration ends on May 27\.$/,
    })
    await picture.waitFor()
    await page.getByText('all of them within 14 days. The integration’s refresh token ends May 27').waitFor()
    // Today and the 14 days that follow.
    await page.getByText('As a table').click()
    await expect
      .poll(() => page.getByRole('row', { name: /^May 22 / }).innerText())
      .toMatch(/^May 22\s+\d+\s+\d+\s+0\s+2/)
    expect(await page.getByRole('row').count()).toBe(121)
  })

  test('asks for the forecast once, and again after a minute, not with each change', async () => {
    const page = await open({ view: forty, hash, answers: answersOf(forecastOf(6)) })
    await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
    const [first] = await asked(page, 'forecast.get')
    expect(first).toMatchObject({ fresh: false })
    expect(first?.midnights).toHaveLength(121)
    for (let change = 0; change < 5; change += 1) {
      const profiles = forty.fleet.profiles.map((one, i) => (i === change ? inState('refreshing', one) : one))
      await push(page, view({ fleet: { ...connected, profiles } }))
    }
    expect(await asked(page, 'forecast.get')).toHaveLength(1)
    await pass(page, MINUTE)
    await expect.poll(async () => (await asked(page, 'forecast.get')).length).toBe(2)
  })

  test('a forecast that takes long shows how far it is and can be canceled', async () => {
    const page = await open({ view: forty, hash, answers: answersOf(forecastOf(6)) })
    await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
    // From now on it never answers.
    await page.evaluate(() => {
      Object.assign(window.fake.answers, { 'forecast.get': new Promise(() => undefined) })
    })
    await answer(page, 'forecast.progress', { ok: true, value: { done: 30, total: 120 } })
    await page.getByRole('button', { name: 'Update' }).click()
    await pass(page, 1000)
    const bar = page.getByRole('progressbar', { name: 'Forecast' })
    await expect.poll(() => bar.getAttribute('value')).toBe('30')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(async () => (await asked(page, 'forecast.cancel'))[0]).toEqual({ work: 'forecast' })
    // What was there is still there.
    await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
  })

  test('at 900 × 600 and 150 % nothing is cut off at the side', async () => {
    const page = await open({
      view: forty,
      hash,
      answers: answersOf(forecastOf(700, true)),
      browser: { viewport: { width: 600, height: 400 } },
    })
    await page.getByRole('img', { name: /^The next 14 days/ }).waitFor()
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > window.innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80)),
    )
    expect(wide).toEqual([])
  })
})

describe('the rehearsal', () => {
  const begin = async (answers = answersOf(forecastOf(6))) => {
    const page = await open({ view: forty, hash, answers })
    await page.getByRole('button', { name: 'Rehearse…' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Rehearse' }).waitFor()
    return page
  }

  test('by keyboard: this computer is off for three days, and what would prevent the first end', async () => {
    const page = await begin()
    await page.getByRole('radio', { name: 'This computer is off' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('3')
    await page.keyboard.press('Enter')
    const answerTo = page.getByRole('status').filter({ hasText: 'The first token ends' })
    await answerTo.waitFor()
    const [asking] = await asked(page, 'forecast.rehearse')
    expect(asking).toMatchObject({ whatIf: { kind: 'computer-off', days: 3 } })
    const words = await answerTo.innerText()
    expect(words).toContain('May 21, 2026')
    expect(words).toContain('12 tokens of 9 customers end because of this')
    expect(words).toContain('Another 2 tokens of 2 customers end in any case: 14 in all.')
    expect(words).toContain('renewed again by Jun 7, 2026')
    expect(words).toContain('Leave this computer on')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Rehearse…' }).and(page.locator(':focus')).waitFor()
  })

  test('each of the other three asks for what it needs', async () => {
    const page = await begin()
    const press = () => page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    const last = async () => (await asked(page, 'forecast.rehearse')).at(-1)?.whatIf
    await page.getByRole('radio', { name: 'Webex is down' }).check()
    await press()
    await expect.poll(last).toEqual({ kind: 'webex-down', hours: 24 })
    await page.getByRole('radio', { name: 'The integration stops working' }).check()
    await press()
    await expect.poll(last).toEqual({ kind: 'integration-ends', managerId: 'manager-1' })
    await page.getByText('Reconnect').last().waitFor()
    await page.getByRole('radio', { name: 'A customer withdraws the authorization' }).check()
    await press()
    await page.getByText('Choose a customer from the list.').waitFor()
    await page.getByRole('combobox', { name: 'Customer' }).fill('globex')
    await press()
    const { targetOrgId } = forty.fleet.profiles[1] ?? {}
    await expect.poll(last).toMatchObject({ kind: 'authorization-withdrawn' })
    expect(targetOrgId).toEqual(expect.any(String))
    await page.getByText('Only the customer’s full admin can').waitFor()
  })

  const second = integration({ id: 'second', name: 'Second', isDefault: false })
  test.each([
    [
      'a lone integration',
      [integration()],
      /connect a second integration and choose it as fallback in Settings/,
    ],
    ['one beside another', [integration(), second], /has no fallback.*: choose one in Settings/],
    [
      'one with a fallback',
      [integration({ fallbackId: 'second' }), second],
      /the fallback \S*Second\S* issues new tokens/,
    ],
  ])('names what takes the place of %s', async (_, managers, words) => {
    const fleet = { managers, profiles: fleetOf(3) }
    const none = { first: null, tokens: 0, customers: 0, inAnyCase: { tokens: 0, customers: 0 }, days: [] }
    const page = await open({
      view: view({ fleet }),
      hash,
      answers: {
        ...answersOf(forecastOf(6)),
        'forecast.rehearse': { ok: true, value: { ...rehearsed, ...none } },
      },
    })
    await page.getByRole('button', { name: 'Rehearse…' }).click()
    await page.getByRole('radio', { name: 'The integration stops working' }).check()
    await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    const answerTo = page.getByRole('status').filter({ hasText: 'No token ends because of this' })
    expect(await answerTo.innerText()).toMatch(words)
  })

  test('names the fallback that does not keep the tokens alive, and how to get one', async () => {
    const page = await begin()
    await page.getByRole('radio', { name: 'The integration stops working' }).check()
    await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await page.getByText('Or have a fallback take its place').waitFor()
    const managers = [integration({ fallbackId: 'second' }), second]
    await push(page, view({ fleet: { managers, profiles: fleetOf(40) } }))
    await page.getByText(/Its fallback \S*Second\S* does not keep these tokens alive/).waitFor()
  })

  test('begins now, tomorrow or on a day that is chosen; names the tokens of each day', async () => {
    const page = await begin()
    const press = () => page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    const last = async () => (await asked(page, 'forecast.rehearse')).at(-1)
    await press()
    await page.getByText('May 21: 5 tokens end, 2 of them in any case').click()
    await expect.poll(() => page.getByRole('status').getByRole('listitem').count()).toBe(5)
    expect(await last()).not.toHaveProperty('begins')
    const starts = page.getByRole('combobox', { name: 'Starts' })
    await starts.selectOption('Tomorrow')
    await press()
    await expect.poll(last).toMatchObject({ begins: Date.UTC(2026, 4, 19) })
    await starts.selectOption('On a date')
    await press()
    await page.getByText('Choose a date within 120 days.').waitFor()
    await page.getByLabel('Start date').fill('2026-06-01')
    await page.getByText('Choose a date within 120 days.').waitFor({ state: 'detached' })
    await press()
    await expect.poll(last).toMatchObject({ begins: Date.UTC(2026, 5, 1) })
  })

  test.each([
    [7, 14, /to 40\u00a0% or less/],
    [2, 14, /to 70\u00a0% or less/],
    [10, 14, /^Refresh the tokens just before it begins: they then last 14 d/],
    [21, 14, /^No setting helps: these tokens live for 14 d, and this lasts 21 d/],
  ])('advises for %d days only what helps tokens of %d days', (length, lifetime, words) => {
    expect(bridging(length * DAY, lifetime * DAY)).toMatch(words)
  })

  test('says when nothing would end, and what ends in any case', async () => {
    const none = { ...rehearsed, first: null, tokens: 0, customers: 0 }
    const page = await begin({ ...answersOf(forecastOf(6)), 'forecast.rehearse': { ok: true, value: none } })
    await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await page.getByText('No token ends because of this').waitFor()
    await page.getByText('Every token lasts longer than 7 days').waitFor()
    await page.getByText('2 tokens of 2 customers end in any case.').waitFor()
  })

  test('one under way shows its progress, and is canceled with the dialog', async () => {
    const page = await begin()
    await page.evaluate(() => {
      Object.assign(window.fake.answers, { 'forecast.rehearse': new Promise(() => undefined) })
    })
    await answer(page, 'forecast.progress', { ok: true, value: { done: 60, total: 240 } })
    await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
    await pass(page, 1000)
    await expect
      .poll(() => page.getByRole('progressbar', { name: 'Rehearsal' }).getAttribute('value'))
      .toBe('60')
    await page.keyboard.press('Escape')
    await drawn(page)
    expect(await asked(page, 'forecast.cancel')).toEqual([{ work: 'rehearsal' }])
  })
})
