import { describe, expect, test } from 'vitest'
import {
  deadIntegration,
  fleetOf,
  HOUR,
  inState,
  integration,
  MINUTE,
  NOW,
  otherCopy,
  profile,
  SECOND,
  view,
} from './fake-view.ts'
import { damagedFleet, withoutOwner } from './scenes.ts'
import { asked, focused, pass, push, windows } from './window.ts'

const { open } = windows()
const connected = { managers: [integration()] }
const orders = profile({ id: 'p1', name: 'Orders', orgName: 'Acme' })
const lasting = (left: number) =>
  profile({
    id: 'p1',
    accessToken: { fingerprint: '0', issuedAt: NOW - HOUR, expiresAt: NOW + left, origin: 'pasted' },
  })

describe('navigation', () => {
  test('leads to the three screens by their names', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }) })
    for (const name of ['History', 'Settings', 'Service apps']) {
      await page.getByRole('link', { name }).click()
      await page.getByRole('heading', { level: 1, name }).waitFor()
    }
  })

  test('follows a page main asks for, once', async () => {
    const start = view({ fleet: { ...connected, profiles: [orders] } })
    const page = await open({ view: start })
    const wanted = { ...start, goTo: { sequence: 1, place: { kind: 'profile', profileId: 'p1' } as const } }
    await push(page, wanted)
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await push(page, wanted)
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  })

  test('follows a page main asks for once, whether the window is locked after or before', async () => {
    const start = view({ fleet: { ...connected, profiles: [orders] } })
    const page = await open({ view: start })
    const locked = { ...view({}), locked: true }
    const passphrase = page.getByLabel('Passphrase', { exact: true })
    const toOrders = (sequence: number) => ({
      goTo: { sequence, place: { kind: 'profile', profileId: 'p1' } as const },
    })
    await push(page, { ...start, ...toOrders(1) })
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    await push(page, { ...locked, ...toOrders(1) })
    await passphrase.waitFor()
    await push(page, { ...start, ...toOrders(1) })
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()

    await push(page, { ...locked, ...toOrders(2) })
    await passphrase.waitFor()
    await push(page, { ...start, ...toOrders(2) })
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
  })

  test('offers to connect the integration, and to reconnect it once it is', async () => {
    const empty = view({})
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).waitFor()
    await push(page, view({ fleet: connected }))
    await page.getByRole('button', { name: 'Reconnect' }).waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Connect integration' }).count()).toBe(0)
  })
})

describe('the list of service apps', () => {
  test('begins with three steps and the simulated Webex', async () => {
    const page = await open({ view: view({}) })
    const steps = page.getByRole('listitem').filter({ has: page.getByRole('heading') })
    await expect.poll(() => steps.count()).toBe(3)
    await page.getByRole('button', { name: 'Try with simulated Webex' }).click()
    await expect.poll(() => asked(page, 'app.try-simulated')).toHaveLength(1)
  })

  test('has a row for each profile, named as the profile', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }) })
    const row = page.getByRole('table').getByRole('row', { name: 'Orders' })
    await expect.poll(() => row.innerText()).toContain('Acme')
    await expect.poll(() => row.getByText('Healthy').count()).toBe(1)
    await expect.poll(() => row.getByRole('timer').first().textContent()).toBe('11 d 23 h')
  })

  test.each([
    ['healthy', 'Healthy'],
    ['refreshing', 'Refreshing'],
    ['retrying', 'Retrying'],
    ['needs-attention', 'Needs attention'],
    ['expired', 'Expired'],
    ['paused', 'Paused'],
    ['not-yet-issued', 'Not yet issued'],
  ] as const)('says %s as "%s"', async (state, words) => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [inState(state, orders)] } }) })
    await expect
      .poll(() => page.getByRole('row', { name: 'Orders' }).getByText(words, { exact: true }).count())
      .toBe(1)
  })

  test('refreshes and copies by the row’s buttons, and counts down to the clearing', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [orders] } }),
      answers: {
        'profile.copy-token': { ok: true, value: { clearsAfterSeconds: 30, refreshedFirst: false } },
        'profile.refresh': {
          ok: false,
          error: { code: 'refused', message: 'The vault is closed.', trackingId: 'ROUTER_7' },
        },
      },
    })
    await page.getByRole('button', { name: 'Copy token Orders' }).click()
    await expect.poll(() => asked(page, 'profile.copy-token')).toEqual([{ profileId: 'p1', as: 'token' }])
    await page.getByText('Cleared from the clipboard in 30 s').waitFor()
    await pass(page, 10 * SECOND)
    await page.getByText('Cleared from the clipboard in 20 s').waitFor()
    await pass(page, 21 * SECOND)
    await expect.poll(() => page.getByText('Token of Orders · Acme copied.').count()).toBe(0)

    await page.getByRole('button', { name: 'Refresh Orders' }).click()
    await page.getByText('Orders · Acme: The vault is closed.').waitFor()
    await page.getByText('ROUTER_7').waitFor()
  })

  test('what was refused names the customer in one line; what to do is in its row', async () => {
    const message = 'Webex issues no token for “Orders” in Acme. Ask a full admin to authorize the app.'
    const refused = { ok: false, error: { code: 'refused', message } } as const
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [orders] } }),
      answers: { 'profile.copy-token': refused, 'profile.test': refused, 'profile.pause': refused },
    })
    const said = page.getByRole('region', { name: 'Messages' })
    await page.getByRole('button', { name: 'Copy token Orders' }).click()
    await said
      .getByText('Token of Orders · Acme not copied: Webex issues no token for “Orders” in Acme.', {
        exact: true,
      })
      .waitFor()
    for (const choice of ['Test token', 'Pause']) {
      await page.getByRole('button', { name: 'More Orders' }).click()
      await page.getByRole('menuitem', { name: choice }).click()
      await said
        .getByText('Orders · Acme: Webex issues no token for “Orders” in Acme.', { exact: true })
        .waitFor()
      await page.getByRole('button', { name: 'Dismiss' }).last().click()
    }
    expect(await said.getByText('Ask a full admin').count()).toBe(0)
  })

  test('opens a menu that arrow keys walk and Escape closes', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }) })
    await page.getByRole('button', { name: 'More Orders' }).focus()
    await page.keyboard.press('Enter')
    const menu = page.getByRole('menu', { name: 'More Orders' })
    await focused(menu.getByRole('menuitem').first())
    await page.keyboard.press('P')
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'profile.pause')).toEqual([{ profileId: 'p1', paused: true }])

    await page.getByRole('button', { name: 'More Orders' }).press('Enter')
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'detached' })
    await focused(page.getByRole('button', { name: 'More Orders' }))
  })

  test('asks before a profile is removed', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [orders] } }) })
    await page.getByRole('button', { name: 'More Orders' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    expect(await asked(page, 'profile.remove')).toEqual([])
    await page
      .getByRole('dialog', { name: 'Remove Orders · Acme?' })
      .getByRole('button', { name: 'Remove' })
      .click()
    await expect.poll(() => asked(page, 'profile.remove')).toEqual([{ profileId: 'p1' }])
  })

  test('is searched, filtered and sorted', async () => {
    const profiles = [
      { ...orders, id: 'a', appId: 'a', name: 'Zebra', orgName: 'Acme' },
      { ...inState('expired', orders), id: 'b', appId: 'b', name: 'Aardvark', orgName: 'Hooli' },
    ]
    const page = await open({ view: view({ fleet: { ...connected, profiles } }) })
    const names = () => page.getByRole('table', { name: 'Service apps' }).getByRole('link').allTextContents()
    await expect.poll(names).toEqual(['Aardvark', 'Zebra'])
    await page.getByLabel('Sort by').selectOption('Customer')
    await expect.poll(names).toEqual(['Zebra', 'Aardvark'])
    await page.getByRole('searchbox', { name: 'Search' }).fill('hooli')
    await expect.poll(names).toEqual(['Aardvark'])
    await page.getByRole('searchbox', { name: 'Search' }).fill('')
    await page.getByRole('button', { name: /^Healthy/ }).click()
    await expect.poll(names).toEqual(['Zebra'])
  })

  test('folds the orgs of one service app under its name', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleetOf(4, 4) } }) })
    const group = page.getByRole('row', { name: 'Orders, 4 customers · 4 healthy' })
    await expect.poll(() => page.getByRole('row', { name: /^Orders / }).count()).toBe(4)
    await group.click()
    await expect.poll(() => page.getByRole('row', { name: /^Orders / }).count()).toBe(0)
    await group.press('Enter')
    await expect.poll(() => page.getByRole('row', { name: /^Orders / }).count()).toBe(4)
  })

  test('is walked and worked by keys alone', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: fleetOf(3, 1) } }) })
    await page.getByRole('row', { name: 'Contact routing' }).focus()
    await page.keyboard.press('ArrowDown')
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    await expect.poll(focused).toBe('Call quality')
    await page.keyboard.press('r')
    await page.keyboard.press('c')
    await expect.poll(() => asked(page, 'profile.refresh')).toEqual([{ profileId: 'profile-3' }])
    await expect
      .poll(() => asked(page, 'profile.copy-token'))
      .toEqual([{ profileId: 'profile-3', as: 'token' }])
    await page.keyboard.press('End')
    await expect.poll(focused).toBe('Orders')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
  })

  test('every profile is counted in exactly one state', async () => {
    const [one, two, three, four, five, six] = fleetOf(6, 1)
    if (!one || !two || !three || !four || !five || !six) throw new Error('six were asked for')
    const profiles = [one, two, inState('needs-attention', three), inState('retrying', four), five, six]
    const page = await open({ view: view({ fleet: { profiles, managers: [integration()] } }) })
    await page.getByText('6 customers ·').waitFor()
    await page.getByText('4 healthy ·').waitFor()
    await page.getByText('1 needs attention ·').waitFor()
    await page.getByText('1 retrying', { exact: true }).waitFor()
  })

  test('another copy can be told to be stopped, or those it affects are paused here', async () => {
    const profiles = fleetOf(3, 1)
    const ids = profiles.map(({ id }) => id)
    const page = await open({
      view: view({ fleet: { profiles, managers: [integration()], incidents: [otherCopy(ids)] } }),
      hash: '#/problems',
      answers: { 'fleet.other-copy-stopped': { ok: true, value: { started: 3 } } },
    })
    await page.getByRole('button', { name: 'What to do' }).click()
    await page.getByText('It affects 3 customers.').waitFor()
    await page.getByRole('button', { name: 'Pause here' }).click()
    await expect.poll(() => asked(page, 'fleet.set-paused')).toEqual([{ profileIds: ids, paused: true }])
    await page.getByRole('button', { name: 'What to do' }).click()
    await page.getByRole('button', { name: 'The other copy is stopped' }).click()
    await expect.poll(() => asked(page, 'fleet.other-copy-stopped')).toHaveLength(1)
    await push(
      page,
      view({ fleet: { profiles: profiles.map((each) => inState('paused', each)), managers: [] } }),
    )
    await page.getByRole('button', { name: 'Resume all' }).click()
    await expect
      .poll(() => asked(page, 'fleet.set-paused'))
      .toContainEqual({ profileIds: null, paused: false })
  })

  test('a token that Webex refuses is not counted down, and a dead personal token asks for a new one', async () => {
    const manager = integration({
      kind: 'personal-access-token',
      clientId: null,
      state: 'needs-attention',
      isRefused: true,
      refreshToken: null,
    })
    const refused = inState('needs-attention', fleetOf(1, 1)[0] ?? profile({ id: 'p' }))
    const page = await open({
      view: view({
        fleet: {
          profiles: [{ ...refused, fix: { kind: 'paste-personal-token', managerId: manager.id } }],
          managers: [manager],
          incidents: [
            {
              ...deadIntegration([refused.id]),
              fix: { kind: 'paste-personal-token', managerId: manager.id },
            },
          ],
        },
      }),
      hash: '#/problems',
    })
    const card = page.getByRole('region', { name: 'Token manager integration' })
    await card.getByText('no longer accepted').waitFor()
    expect(await page.getByRole('timer', { name: "Token manager's access token" }).count()).toBe(0)
    await page.getByRole('link', { name: 'Problems' }).click()
    await page.getByRole('button', { name: 'Paste a new token' }).click()
    await page.getByRole('textbox', { name: 'Personal access token' }).waitFor()
  })

  test('refreshes all that are due and says how many', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [orders] } }),
      answers: { 'fleet.refresh-due': { ok: true, value: { started: 12 } } },
    })
    await page.getByRole('button', { name: 'Refresh all due' }).click()
    await page.getByText('Refreshing 12 tokens.').waitFor()
  })
})

describe('the countdown', () => {
  test('turns each second near the end and says when it is over', async () => {
    const page = await open({
      view: view({ fleet: { ...connected, profiles: [lasting(4 * MINUTE + 9 * SECOND)] } }),
    })
    const timer = page.getByRole('row', { name: 'Orders' }).getByRole('timer').first()
    await expect.poll(() => timer.textContent()).toBe('4 min 09 s')
    await expect.poll(() => timer.getAttribute('aria-live')).toBe('off')
    await pass(page, 10 * SECOND)
    await expect.poll(() => timer.textContent()).toBe('3 min 59 s')
    await pass(page, 4 * MINUTE)
    await expect.poll(() => timer.textContent()).toBe('expired')
  })

  test('shows main’s time where the local clock is wrong', async () => {
    const wrong = view({ fleet: { ...connected, profiles: [lasting(HOUR)], now: NOW + 30 * MINUTE } })
    const page = await open({ view: wrong })
    await expect
      .poll(() => page.getByRole('row', { name: 'Orders' }).getByRole('timer').first().textContent())
      .toBe('30 min 00 s')
  })

  test('stands still while the window is hidden, and catches up when it is seen', async () => {
    const page = await open({ view: view({ fleet: { ...connected, profiles: [lasting(HOUR)] } }) })
    const timer = page.getByRole('row', { name: 'Orders' }).getByRole('timer').first()
    const look = (state: 'hidden' | 'visible') =>
      page.evaluate((shown) => {
        Object.defineProperty(document, 'visibilityState', { value: shown, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    await look('hidden')
    const shownBefore = await timer.textContent()
    await pass(page, 5 * MINUTE)
    await expect.poll(() => timer.textContent()).toBe(shownBefore)
    await look('visible')
    await expect.poll(() => timer.textContent()).toBe('55 min 00 s')
  })
})

describe('what must always be seen', () => {
  test('a simulated Webex', async () => {
    const page = await open({ view: view({ app: { simulated: true, foreignCloud: true } }) })
    await page.getByText('Simulated', { exact: true }).waitFor()
  })

  test('a cloud that is not Webex’s own, by its address', async () => {
    const page = await open({
      view: view({ app: { foreignCloud: true }, settings: { baseUrl: 'http://127.0.0.1:4711/v1' } }),
    })
    await page.getByText('http://127.0.0.1:4711/v1').waitFor()
  })

  test('an Electron without security fixes, and what to do about it; not in a demo', async () => {
    const supportEndedAt = Date.UTC(2025, 3, 29, 12)
    const page = await open({ view: view({ app: { electron: '33.2.1', supportEndedAt } }) })
    const sign = page.getByText('Electron is out of support')
    await sign.waitFor()
    await page.getByRole('link', { name: 'What to do' }).click()
    await page.getByText('Electron 33.2.1 no longer gets security fixes').waitFor()
    await page.getByText(/Its support ended on Apr 29, 2025\..*ELECTRON_OVERRIDE_DIST_PATH/).waitFor()
    await push(page, view({ app: { electron: '33.2.1', supportEndedAt, simulated: true } }))
    await sign.waitFor({ state: 'detached' })
    await push(page, view({}))
    await page.getByText('no longer gets security fixes').waitFor({ state: 'detached' })
  })

  test('weak storage', async () => {
    const page = await open({
      view: view({
        storage: {
          kind: 'open',
          level: 'weak',
          backend: 'basic_text',
          sentence: 'Anyone can read it.',
          hasPassphrase: false,
        },
      }),
    })
    await page.getByText('Weak storage').waitFor()
    await page.getByRole('link', { name: 'Why' }).click()
    await page.getByText('Anyone can read it.').waitFor()
  })
})

describe('a record that cannot be read', () => {
  const copies = { ok: true, value: [{ file: 'vault-kept-version-6.db', at: NOW - HOUR, isOwn: false }] }

  test('asks for its client secret, and is not refreshed', async () => {
    const page = await open({
      view: damagedFleet(3, 1),
      hash: '#/service-apps/profile-1',
      answers: { 'record.copies': { ok: true, value: [] } },
    })
    expect(await page.getByRole('button', { name: /^Refresh / }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: /^Edit/ }).first().click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('textbox', { name: 'Client secret' })
      .and(page.locator('[aria-invalid=true]'))
      .waitFor()
    expect(await asked(page, 'service-app.edit')).toEqual([])
  })

  test('is taken from a copy, which closes the dialog', async () => {
    const page = await open({
      view: withoutOwner,
      hash: '#/problems',
      answers: { 'record.copies': copies, 'record.take': { ok: true, value: { held: 2 } } },
    })
    await page.getByRole('button', { name: 'Repair' }).click()
    await page.getByRole('dialog', { name: 'Tokens of a missing record' }).waitFor()
    await page.getByText('may have been written by others').waitFor()
    await page.getByRole('button', { name: /^Take it from the copy/ }).click()
    await page.getByText('Confirm each delivery and consumer that is now held.').waitFor()
    const taken = { table: 'token_pairs', id: 'gone', file: 'vault-kept-version-6.db' }
    await expect.poll(() => asked(page, 'record.take')).toEqual([taken])
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await asked(page, 'record.delete')).toEqual([])
  })

  test('is deleted only when the person says so', async () => {
    const page = await open({
      view: withoutOwner,
      hash: '#/problems',
      answers: { 'record.copies': { ok: true, value: [] } },
    })
    await page.getByRole('button', { name: 'Repair' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Repair' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const deleted = [{ table: 'token_pairs', id: 'gone' }]
    await expect.poll(() => asked(page, 'record.delete')).toEqual(deleted)
  })
})
