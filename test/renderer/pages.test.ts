import { describe, expect, test } from 'vitest'
import { incident } from '../engine/support/incidents.ts'
import { attempts, fleetOf, HOUR, inState, integration, NOW, profile, view } from './fake-view.ts'
import { tierless } from './scenes.ts'
import { asked, push, windows } from './window.ts'

const { open } = windows()
const connected = { managers: [integration()] }
const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })
const home = view({ fleet: { ...connected, profiles: [orders] } })

describe('the page of a service app', () => {
  test('tells both countdowns, the next refresh with its reason, and how long it runs by itself', async () => {
    const page = await open({ view: home, hash: '#/service-apps/p1' })
    await expect
      .poll(() => page.getByRole('timer', { name: 'Access token, time left' }).textContent())
      .toBe('11 d 23 h')
    await expect
      .poll(() => page.getByRole('timer', { name: 'Refresh token, time left' }).textContent())
      .toBe('70 d 0 h')
    await page.getByText('At 50 % of its lifetime', { exact: true }).waitFor()
    await page.getByText('Oct 23, 2026').waitFor()
  })

  test('gives each expiry with its time, and names a token that Webex rejects as rejected', async () => {
    const page = await open({ view: home, hash: '#/service-apps/p1' })
    const tile = (name: string) =>
      page.locator('section').filter({ has: page.getByRole('heading', { name, exact: true }) })
    await tile('Access token').getByText('Expires May 30, 2026, 8:30 AM').waitFor()
    await tile('Refresh token').getByText('Expires Jul 27, 2026, 9:30 AM').waitFor()
    await tile('Unattended until').getByText('Oct 23, 2026, 9:30 AM').waitFor()
    const lastTest = { at: NOW - HOUR, result: 'invalid', fingerprint: '5f3a09c1' } as const
    const rejected = { ...inState('needs-attention', orders), lastTest }
    await push(page, view({ fleet: { ...connected, profiles: [rejected] } }))
    await tile('Access token').getByText('Rejected (401)').waitFor()
    await tile('Access token').getByText('Would expire May 30, 2026').waitFor()
    await tile('Unattended until').getByText('Webex rejects the current token.').waitFor()
    expect(await page.getByText('11 d 23 h').count()).toBe(0)
    const renewed = { ...orders, lastTest: { ...lastTest, fingerprint: 'another0' } }
    await push(page, view({ fleet: { ...connected, profiles: [renewed] } }))
    await tile('Access token').getByText('11 d 23 h').waitFor()
  })

  test('says of no tier that nothing else helps while another one is ready', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [inState('needs-attention', orders)] } }),
      hash: '#/service-apps/p1',
    })
    await page.getByText('Tier 2 cannot replace it at the moment.').waitFor()
    await page.getByText('Tier 3 only renews the integration.').waitFor()
    expect(await page.getByText(/[Nn]othing else can renew/).count()).toBe(0)
  })

  test('draws the ladder with each tier’s state', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [inState('needs-attention', orders)] } }),
      hash: '#/service-apps/p1',
    })
    const rungs = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /^Tier/ }) })
    await expect
      .poll(() => rungs.getByText(/^(Spent|Failing|Ready)$/).allTextContents())
      .toEqual(['Spent', 'Failing', 'Ready'])
  })

  test('does not say that tier 2 works where none can, and names the last date that the token works', async () => {
    const page = await open({
      view: view({ fleet: { managers: [], profiles: [tierless] } }),
      hash: '#/service-apps/tierless',
    })
    const tile = (name: string) =>
      page.locator('section').filter({ has: page.getByRole('heading', { name, exact: true }) })
    await tile('Unattended until').getByText('May 30, 2026, 8:30 AM').waitFor()
    await tile('Unattended until')
      .getByText('Renewal has stopped. The current token works until then.')
      .waitFor()
    expect(await tile('Refresh token').innerText()).toMatch(
      /No longer accepted\s+No token manager is connected\./,
    )
    expect(await page.getByText('Not used yet').count()).toBe(2)
  })

  test('tests the token and says what that proves', async () => {
    const verdict = {
      result: 'valid-without-right',
      sentence: 'The token is valid, but lacks the scope for this.',
      status: 403,
      trackingId: 'ROUTER_EIGHT',
    }
    const page = await open({
      view: home,
      hash: '#/service-apps/p1',
      answers: { 'profile.test': { ok: true, value: verdict } },
    })
    await page.getByRole('button', { name: 'Test token' }).click()
    await page.getByText('The token is valid, but lacks the scope for this.').waitFor()
    await page.getByText('ROUTER_EIGHT').waitFor()
  })

  test('masks the secret and copies the ids', async () => {
    const page = await open({ view: home, hash: '#/service-apps/p1' })
    await page.getByText('it can be replaced, not shown').waitFor()
    await page.getByRole('button', { name: 'Copy Client ID' }).click()
    await expect.poll(() => asked(page, 'clipboard.copy-text')).toEqual([{ text: orders.clientId }])
  })

  test('says that a profile is gone', async () => {
    const page = await open({ view: home, hash: '#/service-apps/nobody' })
    await page.getByText('This service app is no longer here.').waitFor()
  })
})

describe('the history', () => {
  test('shows tier path, outcome and tracking id of each attempt', async () => {
    const page = await open({ view: home, hash: '#/history' })
    const row = page.getByRole('row').filter({ hasText: 'invalid_grant' }).first()
    await expect.poll(() => row.innerText()).toContain('Tier 1: invalid_grant → Tier 2 ✓')
    await expect.poll(() => row.getByText('Renewed').count()).toBe(1)
    await row.getByRole('button', { name: 'Copy tracking ID' }).click()
    await expect
      .poll(() => asked(page, 'clipboard.copy-text'))
      .toEqual([{ text: attempts(3)[2]?.trackingId }])
  })

  test('opens an attempt to every call it made, in Webex’s own words', async () => {
    const page = await open({ view: home, hash: '#/history' })
    await page
      .getByRole('row')
      .filter({ hasText: 'no answer' })
      .first()
      .getByRole('button', { expanded: false })
      .click()
    await page.getByText('connect ECONNREFUSED 170.72.231.1:443').waitFor()
    await page.getByText('Webex could not be reached. It is tried again by itself.').waitFor()
  })

  test('is filtered by main and paged', async () => {
    const page = await open({ view: home, hash: '#/history' })
    const rows = () => page.getByRole('row').count()
    await expect.poll(rows).toBe(51)
    await page.getByRole('button', { name: 'Show older' }).click()
    await expect.poll(rows).toBe(61)
    await page.getByLabel('Outcome').selectOption('Failed')
    await expect.poll(rows).toBe(11)
    const pages = async () => (await asked(page, 'history.page')).filter(({ limit }) => limit === 50)
    await expect.poll(async () => (await pages()).at(-1)).toMatchObject({ outcome: 'failed', cursor: null })
  })

  test('asks again when something new happened', async () => {
    const page = await open({ view: home, hash: '#/history' })
    await page.getByRole('row').nth(1).waitFor()
    const pages = async () => (await asked(page, 'history.page')).filter(({ limit }) => limit === 50).length
    const before = await pages()
    const last = orders.last === null ? null : { ...orders.last, at: NOW + HOUR }
    await push(page, view({ fleet: { ...connected, profiles: [{ ...orders, last }] } }))
    await expect.poll(pages).toBe(before + 1)
  })
})

describe('the settings', () => {
  test('choose the default token manager, and copy diagnostics', async () => {
    const second = integration({ id: 'manager-2', name: 'Other integration', isDefault: false })
    const page = await open({
      view: view({ fleet: { managers: [integration(), second] } }),
      hash: '#/settings/token-managers',
    })
    await page.getByRole('button', { name: 'Use by default: Other integration' }).click()
    await expect.poll(() => asked(page, 'manager.make-default')).toEqual([{ managerId: 'manager-2' }])
    await expect.poll(() => page.getByRole('button', { name: /by default/ }).count()).toBe(1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect
      .poll(() => asked(page, 'manager.make-default'))
      .toEqual([{ managerId: 'manager-2' }, { managerId: integration().id }])
    await page.getByRole('link', { name: 'About', exact: true }).click()
    await page.getByRole('button', { name: 'Copy diagnostics' }).click()
    await page.getByText('Diagnostics copied.').waitFor()
    await expect.poll(() => asked(page, 'app.copy-diagnostics')).toEqual([{}])
  })

  test('a theme dresses the page at once', async () => {
    const page = await open({ view: view({ settings: { theme: 'dark' } }), hash: '#/settings' })
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await expect.poll(colour).toBe('rgb(0, 0, 0)')
    await push(page, view({ settings: { theme: 'light' } }))
    await expect.poll(colour).toBe('rgb(247, 247, 247)')
  })
})

describe('messages of main', () => {
  test('are shown with the button that mends it', async () => {
    const [one] = fleetOf(1)
    const page = await open({
      view: view({
        fleet: { ...connected, profiles: [one ?? orders] },
        toasts: [
          {
            id: 't1',
            level: 'critical',
            text: 'Orders needs you.',
            place: { kind: 'profile', profileId: 'profile-1' },
            fix: { kind: 'refresh', profileId: 'profile-1' },
          },
        ],
      }),
    })
    await page.getByText('Orders needs you.').waitFor()
    await page.getByRole('button', { name: 'Try now' }).click()
    await expect.poll(() => asked(page, 'profile.refresh')).toEqual([{ profileId: 'profile-1' }])
    await page.getByRole('button', { name: 'Dismiss' }).first().click()
    await expect.poll(() => page.getByText('Orders needs you.').count()).toBe(0)
  })

  test('that sum up several problems lead to all of them, also when main asks for that', async () => {
    const page = await open({ view: withTrouble, hash: '#/history' })
    await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Show' }).click()
    const problems = page.getByRole('list', { name: 'Problems' }).getByRole('listitem')
    await expect.poll(() => problems.count()).toBe(3)
    await expect.poll(() => page.getByText('3 problems need attention.').count()).toBe(0)

    await page.getByRole('link', { name: 'History' }).click()
    await push(page, { ...withTrouble, goTo: { sequence: 1, place: { kind: 'problems' } } })
    await expect.poll(() => problems.count()).toBe(3)
  })
})

const states = ['expired', 'needs-attention', 'retrying', 'healthy', 'healthy'] as const
const withTrouble = view({
  fleet: {
    ...connected,
    profiles: states.map((state, i) =>
      profile({ id: `p${i}`, appId: `app-${i}`, name: `Service ${i}`, state }),
    ),
    incidents: ['First', 'Second', 'Third'].map((title, i) =>
      incident({ key: title, title, profileIds: [`p${i}`], since: NOW - i }),
    ),
  },
  toasts: [
    { id: 't', level: 'warning', text: '3 problems need attention.', place: { kind: 'problems' }, fix: null },
  ],
})
