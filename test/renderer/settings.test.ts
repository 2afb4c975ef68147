import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { UpdatesView } from '#contract/contract.ts'
import { POLICY_SETTINGS, readSettings } from '#contract/settings.ts'
import { readPreferences } from '#desktop/preferences/preference-values.ts'
import { hrefOf, routeOf, SETTINGS_SECTIONS, type SettingsSection } from '#renderer/app/route.ts'
import { aliasLine } from '#renderer/features/settings/alias-line.ts'
import { consumers, delivering, heldDelivery, withDelivery } from './delivery-scenes.ts'
import { fleetOf, integration, NOW, noDelivery, view } from './fake-view.ts'
import { noUpdate } from './update-scenes.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const openSettings = (section: SettingsSection, shown = withDelivery) =>
  open({ view: shown, hash: `#/settings/${section}` })
const shows = (page: Page, section: string) =>
  page.getByRole('heading', { level: 2, name: section, exact: true }).waitFor()

const isInSight = (found: Locator) =>
  found.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return top >= 0 && bottom <= window.innerHeight
  })

const SECTIONS = [
  'Token managers',
  'Security',
  'Notifications and webhook',
  'Delivery',
  'Data',
  'Shared vault',
  'Appearance and start',
  'Refresh policy',
  'Webex cloud and proxy',
  'About',
]

describe('the sections', () => {
  const list = (page: Page) => page.getByRole('navigation', { name: 'Settings sections' })
  const section = (page: Page, name: string) => list(page).getByRole('link', { name, exact: true })

  test('are a list in their order, one is shown at a time, and each has its address', async () => {
    const page = await open({ view: withDelivery, hash: '#/settings' })
    expect(await list(page).getByRole('link').allInnerTexts()).toEqual(SECTIONS)
    for (const [i, name] of SECTIONS.entries()) {
      await section(page, name).click()
      await shows(page, name)
      expect(await page.getByRole('main').getByRole('heading', { level: 2 }).count()).toBe(1)
      expect(await section(page, name).getAttribute('aria-current')).toBe('page')
      expect(await page.evaluate(() => window.location.hash)).toBe(`#/settings/${SETTINGS_SECTIONS[i]}`)
    }
    await page.goBack()
    await shows(page, 'Webex cloud and proxy')
  })

  test('are walked through by the keyboard alone', async () => {
    const page = await openSettings('token-managers')
    await section(page, 'Token managers').focus()
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowLeft', 'ArrowDown', 'Enter'])
      await page.keyboard.press(key)
    await shows(page, 'Delivery')
    await focused(section(page, 'Delivery'))
    await page.keyboard.press('End')
    for (const _ of SECTIONS.slice(4)) await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await focused(page.getByLabel('Answer programs on this computer'))
  })

  test('the one seen last comes back, also in a new window', async () => {
    const page = await openSettings('security')
    await section(page, 'Data').click()
    await page.getByRole('link', { name: 'History', exact: true }).click()
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await shows(page, 'Data')
    await page.evaluate(`window.location.hash = '#/settings/no-such-section'`)
    await shows(page, 'Data')
    await page.reload()
    await shows(page, 'Data')
  })

  test('the addresses of earlier versions still lead there', async () => {
    expect(routeOf('#/settings?about')).toEqual({ screen: 'settings', section: 'about' })
    expect(routeOf('#/settings?proxy')).toEqual({ screen: 'settings', section: 'webex', part: 'proxy' })
    expect(routeOf(hrefOf({ screen: 'settings', section: 'webex', part: 'proxy' }))).toMatchObject({
      part: 'proxy',
    })
  })

  test('are usable in a small window at 150 %: the list is two lines without a scroll bar, and Undo stays in sight', async () => {
    const page = await open({
      view: withDelivery,
      hash: '#/settings/refresh-policy',
      browser: { viewport: { width: 600, height: 400 } },
    })
    const tall = await list(page).evaluate((it) => it.getBoundingClientRect().height)
    expect(tall).toBeLessThan(90)
    expect(await list(page).evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    await field(page, 'Alert before expiry').fill('48')
    await field(page, 'Alert before expiry').press('Enter')
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    for (const there of [field(page, 'Alert before expiry'), page.getByRole('heading', { level: 1 })]) {
      await there.scrollIntoViewIfNeeded()
      expect(await isInSight(there)).toBe(true)
      expect(await isInSight(page.getByRole('button', { name: 'Undo' }))).toBe(true)
    }
  })
})

describe('what is set', () => {
  test('is saved at once, and Undo and Redo go back and forth, by the keyboard too', async () => {
    const page = await openSettings('appearance', view({ settings: { theme: 'light' } }))
    await page.getByLabel('Theme').selectOption('Dark')
    await page.getByText('Saved: Theme').waitFor()
    await page.getByRole('button', { name: 'Undo' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Undone: Theme').waitFor()
    await focused(page.getByRole('button', { name: 'Redo' }))
    await page.keyboard.press('Enter')
    await page.getByText('Saved: Theme').waitFor()
    await page.getByLabel('Start at login').click()
    await page.getByText('Saved: Start at login').waitFor()
    // It stays while another section is shown.
    await page.getByRole('link', { name: 'Security', exact: true }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: Start at login').waitFor()
    await page.getByLabel('Clear a copied token after').selectOption('60 seconds')
    await page.getByText('Saved: Clear a copied token after').waitFor()
    expect(await asked(page, 'settings.save')).toEqual([
      { theme: 'dark' },
      { theme: 'light' },
      { theme: 'dark' },
      { startAtLogin: true },
      { startAtLogin: false },
      { clipboardClearSeconds: 60 },
    ])
  })

  test('and could not be saved is not called saved, and has no Undo', async () => {
    const page = await openSettings('appearance')
    const message = 'Start at login could not be turned on.'
    await answer(page, 'settings.save', { ok: false, error: { code: 'storage', message } })
    await page.getByLabel('Start at login').click()
    await page.getByText(message).waitFor()
    expect(await page.getByLabel('Start at login').isChecked()).toBe(false)
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0)
  })
})

describe('the Webex cloud', () => {
  test('is changed in a dialog, which says what that means', async () => {
    const page = await openSettings('webex', view({}))
    await press(page, 'Change cloud…')
    await page.getByText('Client secrets and tokens are sent to this address from now on.').waitFor()
    await page.getByLabel('Cloud', { exact: true }).selectOption('Custom address')
    await answer(page, 'settings.save', {
      ok: false,
      error: { code: 'invalid', field: 'baseUrl', message: 'Plain http only to this computer.' },
    })
    await field(page, 'Base URL').fill('http://example.com')
    await press(page, 'Change cloud')
    await page.getByText('Plain http only to this computer.').waitFor()
    expect(await field(page, 'Base URL').inputValue()).toBe('http://example.com')
    await answer(page, 'settings.save', { ok: true, value: null })
    await field(page, 'Base URL').fill('http://127.0.0.1:4711/v1')
    await field(page, 'Base URL').press('Enter')
    await page.getByText('Webex cloud changed: Custom address').waitFor()
    expect(await asked(page, 'settings.save')).toEqual([
      { baseUrl: 'http://example.com' },
      { baseUrl: 'http://127.0.0.1:4711/v1' },
    ])
  })

  test('set by a variable cannot be changed', async () => {
    const page = await openSettings('webex', view({ settings: { baseUrlLocked: true } }))
    await page.getByText('Set by SATM_WEBEX_BASE_URL').waitFor()
    expect(await page.getByRole('button', { name: 'Change cloud…' }).count()).toBe(0)
  })

  test('its redirect port is saved at once', async () => {
    const page = await openSettings('webex', view({}))
    await field(page, 'Redirect port').fill('3100')
    await field(page, 'Redirect port').press('Enter')
    await press(page, 'Undo')
    await expect
      .poll(() => asked(page, 'settings.save'))
      .toEqual([{ redirectPort: 3100 }, { redirectPort: 3000 }])
  })
})

describe('token managers', () => {
  const second = integration({ id: 'manager-2', name: 'Second integration', isDefault: false })
  const named = (page: Page) => page.getByLabel(`Fallback of ${integration().name}`)

  test('get a fallback among the others, or none, which can be undone', async () => {
    const page = await openSettings(
      'token-managers',
      view({ fleet: { managers: [integration({ fallbackId: second.id }), second] } }),
    )
    expect(await named(page).locator('option').allTextContents()).toEqual(['None', second.name])
    expect(await named(page).inputValue()).toBe(second.id)
    await named(page).selectOption('None')
    const { id } = integration()
    await expect
      .poll(() => asked(page, 'manager.set-fallback'))
      .toEqual([{ managerId: id, fallbackId: null }])
    await press(page, 'Undo')
    await expect
      .poll(() => asked(page, 'manager.set-fallback'))
      .toEqual([
        { managerId: id, fallbackId: null },
        { managerId: id, fallbackId: second.id },
      ])
  })

  test('show that the fallback is used instead', async () => {
    const managers = [integration({ fallbackId: second.id, isReplaced: true }), second]
    const page = await openSettings('token-managers', view({ fleet: { managers } }))
    const section = page.getByRole('main')
    await section.getByText('Second integration is used instead').waitFor()
    await page
      .getByRole('region', { name: 'Token manager integration' })
      .getByText('Second integration is used instead.')
      .waitFor()
  })

  test('have no choice of a fallback where there is no other one, and another one can be connected', async () => {
    const page = await openSettings('token-managers', view({ fleet: { managers: [integration()] } }))
    await page.getByRole('button', { name: /^Disconnect/ }).waitFor()
    expect(await page.getByLabel(/^Fallback/).count()).toBe(0)
    await press(page, 'Connect another integration')
    await page.getByRole('dialog', { name: 'Connect integration' }).waitFor()
  })

  test('are disconnected after a question', async () => {
    const page = await openSettings('token-managers', view({ fleet: { managers: [integration()] } }))
    const { name, id } = integration()
    await press(page, `Disconnect ${name}`)
    await page.getByText('not revoked at Webex').waitFor()
    expect(await asked(page, 'manager.remove')).toEqual([])
    await press(page, 'Disconnect')
    await expect.poll(() => asked(page, 'manager.remove')).toEqual([{ managerId: id }])
  })
})

describe('the refresh policy', () => {
  test('takes a number when Enter is pressed or the field is left, and says what does not fit', async () => {
    const page = await openSettings('refresh-policy')
    await field(page, 'Attempts at once').fill('16')
    await field(page, 'Attempts at once').press('Enter')
    await field(page, 'Alert before expiry').fill('48')
    await field(page, 'Alert before expiry').press('Tab')
    await field(page, 'Requests per second').fill('51')
    await field(page, 'Requests per second').press('Enter')
    await page.getByText('Enter a whole number from 1 to 50.').waitFor()
    await focused(field(page, 'Requests per second'))
    await expect
      .poll(() => asked(page, 'settings.save'))
      .toEqual([{ attemptsAtOnce: 16 }, { alertHoursBeforeExpiry: 48 }])
  })

  test('keeps what does not fit in the field until it is mended, and the last good value in force', async () => {
    const page = await openSettings('refresh-policy', view({}))
    const perSecond = field(page, 'Requests per second')
    const remark = page.getByText('Enter a whole number from 1 to 50.')
    for (const [typed, key] of [
      ['0', 'Enter'],
      ['4,5', 'Tab'],
      ['', 'Tab'],
      ['fast', 'Enter'],
    ] as const) {
      await perSecond.fill(typed)
      await perSecond.press(key)
      await remark.waitFor()
      expect(await perSecond.inputValue()).toBe(typed)
      expect(await perSecond.getAttribute('aria-invalid')).toBe('true')
      await perSecond.fill('4')
      await perSecond.press('Enter')
      await remark.waitFor({ state: 'detached' })
    }
    expect(await asked(page, 'settings.save')).toEqual([])
  })

  test('sends a refused number again only when that is wanted', async () => {
    const page = await openSettings('refresh-policy', view({}))
    await answer(page, 'settings.save', {
      ok: false,
      error: { code: 'storage', message: 'The disk is full.' },
    })
    const perSecond = field(page, 'Requests per second')
    await perSecond.fill('9')
    await perSecond.press('Enter')
    await page.getByText('The disk is full.').waitFor()
    await perSecond.press('Tab')
    await answer(page, 'settings.save', { ok: true, value: null })
    await perSecond.press('Enter')
    await page.getByText('Saved: Requests per second').waitFor()
    expect(await page.getByText('The disk is full.').count()).toBe(0)
    expect(await asked(page, 'settings.save')).toEqual([{ requestsPerSecond: 9 }, { requestsPerSecond: 9 }])
  })

  test('steps a number by the arrow keys within its range, and takes the digits of any script', async () => {
    const page = await openSettings('refresh-policy')
    await field(page, 'Requests per second').fill('49')
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowUp'])
      await field(page, 'Requests per second').press(key)
    expect(await field(page, 'Requests per second').inputValue()).toBe('50')
    expect(await asked(page, 'settings.save')).toEqual([])
    await field(page, 'Requests per second').press('Enter')
    await field(page, 'Attempts at once').fill('１６')
    await field(page, 'Attempts at once').press('Enter')
    await field(page, 'Alert before expiry').fill('۴۸')
    await field(page, 'Alert before expiry').press('Enter')
    await field(page, 'Alert after').fill('٥')
    await field(page, 'Alert after').press('Enter')
    await expect
      .poll(() => asked(page, 'settings.save'))
      .toEqual([
        { requestsPerSecond: 50 },
        { attemptsAtOnce: 16 },
        { alertHoursBeforeExpiry: 48 },
        { alertAfterFailures: 5 },
      ])
    expect(await field(page, 'Attempts at once').inputValue()).toBe('16')
  })

  test('goes back to its defaults, which are main’s', async () => {
    const policyDefaults = readSettings(POLICY_SETTINGS, {})
    const page = await openSettings(
      'refresh-policy',
      view({ settings: { alertAfterFailures: 9, refreshAt: 0.7 } }),
    )
    await press(page, 'Reset to defaults')
    await expect.poll(() => asked(page, 'settings.save')).toEqual([policyDefaults])
    await push(page, view({}))
    await expect.poll(() => field(page, 'Alert after').inputValue()).toBe('3')
    expect(readPreferences({})).toMatchObject(policyDefaults)
  })
})

describe('the proxy', () => {
  const signIn = { user: 'jane', proxy: 'http://proxy.example:8080', rejected: true }

  test('is set with its sign-in; what main refuses stands at its field, and the password is gone with the dialog', async () => {
    const page = await openSettings('webex', view({}))
    await press(page, 'Change proxy…')
    await page.getByLabel('Proxy', { exact: true }).selectOption('Manual')
    await answer(page, 'proxy.save', {
      ok: false,
      error: { code: 'invalid', field: 'proxyAddress', message: 'Add the port at the end, such as :8080.' },
    })
    await field(page, 'Proxy address').fill('http://proxy.example')
    await field(page, 'No proxy for').fill('<local>')
    await field(page, 'Proxy user name').fill('jane')
    await page.getByLabel('Proxy password', { exact: true }).fill(' p4ss ')
    await press(page, 'Save proxy')
    await page.getByText('Add the port at the end, such as :8080.').waitFor()
    expect(await asked(page, 'proxy.save')).toEqual([
      {
        proxyMode: 'manual',
        proxyAddress: 'http://proxy.example',
        proxyBypass: '<local>',
        user: 'jane',
        password: ' p4ss ',
      },
    ])
    await answer(page, 'proxy.save', { ok: true, value: null })
    await press(page, 'Save proxy')
    await page.getByText('Proxy saved.').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await press(page, 'Change proxy…')
    expect(await page.getByLabel('Proxy password', { exact: true }).inputValue()).toBe('')
  })

  test('leads from its problem to the field that helps, as often as it is pressed', async () => {
    const rejected = { proxyMode: 'system', proxyAddress: '', proxyBypass: '', signIn } as const
    const page = await open({ view: view({ proxy: rejected }), hash: '#/settings?proxy' })
    await focused(page.getByLabel('Proxy password', { exact: true }))
    await press(page, 'Cancel')
    await page.getByText('The proxy rejected this sign-in').waitFor()
    await press(page, 'Remove sign-in…')
    expect(await asked(page, 'proxy.forget-sign-in')).toEqual([])
    await press(page, 'Remove')
    await expect.poll(() => asked(page, 'proxy.forget-sign-in')).toEqual([{}])
    await page.evaluate(`window.location.hash = '#/settings?proxy'`)
    await focused(page.getByLabel('Proxy password', { exact: true }))
  })

  test('none takes no sign-in, and the way to Webex is tested', async () => {
    const page = await openSettings('webex', view({}))
    await press(page, 'Change proxy…')
    await field(page, 'Proxy user name').waitFor()
    await page.getByLabel('Proxy', { exact: true }).selectOption('None')
    expect(await field(page, 'Proxy user name').count()).toBe(0)
    await press(page, 'Cancel')
    await answer(page, 'proxy.test', {
      ok: true,
      value: { reached: true, sentence: 'Webex answered without a proxy.' },
    })
    await press(page, 'Test connection')
    await page.getByText('Webex answered without a proxy.').waitFor()
  })
})

describe('notifications and webhook', () => {
  test('say what the desktop is told', async () => {
    const page = await openSettings('notifications')
    await page.getByLabel('Desktop notifications').selectOption('Only what needs attention')
    await expect.poll(() => asked(page, 'settings.save')).toEqual([{ notify: 'needs-you' }])
  })

  test('a webhook is set, and what main refuses stands at its field', async () => {
    const page = await openSettings('notifications', view({}))
    await answer(page, 'webhook.save', {
      ok: false,
      error: { code: 'invalid', field: 'url', message: 'Plain http only to this computer.' },
    })
    await field(page, 'Webhook URL').fill('http://example.com')
    await field(page, 'Webhook URL').press('Enter')
    await page.getByText('Plain http only to this computer.').waitFor()
    expect(await field(page, 'Webhook URL').inputValue()).toBe('http://example.com')
    await answer(page, 'webhook.save', { ok: true, value: null })
    await field(page, 'Webhook URL').fill('https://example.com')
    await field(page, 'Webhook URL').press('Tab')
    await page.getByText('Saved: Webhook URL').waitFor()
    await press(page, 'Undo')
    await expect
      .poll(() => asked(page, 'webhook.save'))
      .toEqual([{ url: 'http://example.com' }, { url: 'https://example.com' }, { url: null }])
  })

  test('it is tested, its secret copied and renewed, and it is turned off', async () => {
    const page = await openSettings('notifications')
    await answer(page, 'webhook.test', {
      ok: true,
      value: { delivered: false, sentence: 'It answered 503.' },
    })
    await press(page, 'Send a test')
    await page.getByText('It answered 503.').waitFor()
    await press(page, 'Copy signing secret')
    await page.getByText('Signing secret copied.').waitFor()
    await press(page, 'Renew signing secret')
    await page.getByRole('dialog', { name: 'Renew the signing secret?' }).waitFor()
    await press(page, 'Renew')
    await expect.poll(() => asked(page, 'webhook.renew-secret')).toEqual([{}])
    await press(page, 'Turn off webhook')
    await press(page, 'Undo')
    await expect
      .poll(() => asked(page, 'webhook.save'))
      .toEqual([{ url: null }, { url: withDelivery.delivery.webhook.url }])
  })
})

describe('the local endpoint', () => {
  test('is turned on, moved to another port, and says why it does not listen', async () => {
    const page = await openSettings('delivery', view({}))
    await page.getByLabel('Answer programs on this computer').click()
    await field(page, 'Endpoint port').fill('4000')
    await field(page, 'Endpoint port').press('Enter')
    await answer(page, 'endpoint.save', {
      ok: false,
      error: { code: 'invalid', field: 'port', message: 'Port 4001 is taken by node.' },
    })
    await field(page, 'Endpoint port').fill('4001')
    await field(page, 'Endpoint port').press('Enter')
    await page.getByText('Port 4001 is taken by node.').waitFor()
    expect(await field(page, 'Endpoint port').inputValue()).toBe('4001')
    await expect
      .poll(() => asked(page, 'endpoint.save'))
      .toEqual([
        { on: true, port: 3710 },
        { on: false, port: 4000 },
        { on: false, port: 4001 },
      ])
    const problem = 'Port 3710 is taken.'
    await push(
      page,
      view({ delivery: { ...noDelivery, endpoint: { ...noDelivery.endpoint, on: true, problem } } }),
    )
    await page.getByText(problem).waitFor()
  })

  test('adds a consumer for chosen service apps, whose secret can be copied while the dialog is open', async () => {
    const page = await open({
      view: view({ fleet: { managers: [integration()], profiles: fleetOf(40) }, delivery: delivering }),
      hash: '#/settings/delivery',
      answers: { 'endpoint.add-consumer': { ok: true, value: { consumerId: 'c3' } } },
    })
    await press(page, 'Add consumer')
    await press(page, 'Add and copy secret')
    await page.getByText('Enter a name.').waitFor()
    await field(page, 'Consumer name').fill('nightly')
    await page.getByRole('radio', { name: /^Only these/ }).click()
    await field(page, 'Find a service app').fill('orders globex')
    await page
      .getByRole('checkbox', { name: /^Orders Globex/ })
      .first()
      .click()
    await press(page, 'Add and copy secret')
    await page.getByText('The secret is on the clipboard').waitFor()
    await page.getByText('/v1/token/Orders%20Globex').waitFor()
    await expect
      .poll(() => asked(page, 'endpoint.add-consumer'))
      .toEqual([{ name: 'nightly', profileIds: ['profile-2'] }])
    await press(page, 'Copy secret')
    await page.getByText('Copied again.').waitFor()
    expect(await asked(page, 'endpoint.forget-secret')).toEqual([])
    await press(page, 'Done')
    await expect.poll(() => asked(page, 'endpoint.forget-secret')).toEqual([{}])
  })

  test('confirm a consumer and the webhook of a backup, one at a time', async () => {
    const page = await open({ view: heldDelivery, hash: '#/settings/delivery' })
    const rows = page.getByRole('list', { name: 'Consumers' }).getByRole('listitem')
    const texts = await rows.allInnerTexts()
    expect(texts[0]).not.toContain('Held')
    expect(texts[1]).toMatch(/rejected until you confirm it.*Held/s)
    await press(page, `Confirm ${consumers[1]?.name}`)
    await expect.poll(() => asked(page, 'endpoint.confirm-consumer')).toEqual([{ consumerId: 'c2' }])
    await page.evaluate(`window.location.hash = '#/settings/notifications'`)
    await page.getByText('Nothing is sent to it until you confirm it.').waitFor()
    await page.getByText('https://alerts.example.com/webex/tokens').waitFor()
    await page.getByText('confirming creates and copies a new one').waitFor()
    expect(await field(page, 'Webhook URL').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Send a test' }).count()).toBe(0)
    await press(page, 'Confirm webhook')
    await expect.poll(() => asked(page, 'webhook.confirm')).toHaveLength(1)
    await page.getByText('Its new signing secret is copied').waitFor()
    await press(page, 'Remove webhook…')
    await press(page, 'Remove')
    await expect.poll(() => asked(page, 'webhook.save')).toEqual([{ url: null }])
  })

  test('show the name of a consumer and of its service app as they are, and that it reaches none', async () => {
    const odd = consumers.map((one, n) => ({
      ...one,
      name: `ci\u202e${n}\u200b`,
      profileIds: n === 0 ? [] : one.profileIds,
      held: n > 0,
    }))
    const { delivery } = heldDelivery
    const page = await open({
      view: {
        ...heldDelivery,
        delivery: { ...delivery, endpoint: { ...delivery.endpoint, consumers: odd } },
      },
      hash: '#/settings/delivery',
    })
    const rows = page.getByRole('list', { name: 'Consumers' }).getByRole('listitem')
    await page.getByRole('button', { name: 'Confirm ci\\u{202e}1\\u{200b}' }).waitFor()
    const texts = await rows.allInnerTexts()
    expect(texts[0]).toMatch(/ci\\u\{202e\}0\\u\{200b\}\s+No service apps/)
    for (const text of texts) expect(text).not.toMatch(/[\u202e\u200b]/)
    await press(page, 'Confirm ci\\u{202e}1\\u{200b}')
    await page.getByText('ci\\u{202e}1\\u{200b} confirmed').waitFor()
    await press(page, 'Revoke ci\\u{202e}0\\u{200b}')
    expect(await page.getByRole('dialog').innerText()).not.toMatch(/[\u202e\u200b]/)
  })

  test('revokes a consumer after a question, and tells when each was used last', async () => {
    const page = await openSettings('delivery')
    const rows = page.getByRole('list', { name: 'Consumers' }).getByRole('listitem')
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual([
        expect.stringMatching(/All service apps.*Used 7 h ago/s),
        expect.stringMatching(/2 tokens.*Never used/s),
      ])
    await press(page, `Revoke ${consumers[0]?.name}`)
    await press(page, 'Revoke')
    await expect.poll(() => asked(page, 'endpoint.revoke')).toEqual([{ consumerId: 'c1' }])
  })
})

describe('updates of the app', () => {
  const shown = (more: Partial<UpdatesView>) => view({ updates: { ...noUpdate, ...more } })
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

  test('are not mentioned in a build without an update server', async () => {
    const page = await openSettings('about', view({}))
    await button(page, 'Copy diagnostics').waitFor()
    expect(await page.getByText(/update/i).allInnerTexts()).toEqual([])
  })

  test('are looked for on a press and daily, which can be switched off', async () => {
    const page = await openSettings('about', shown({}))
    await page.getByText('Last checked 3 h ago.').waitFor()
    await press(page, 'Check for updates')
    await expect.poll(() => asked(page, 'updates.check')).toEqual([{}])
    await push(page, shown({ step: 'checking' }))
    await page.getByText('Checking…').waitFor()
    await button(page, 'Check for updates').click({ force: true })
    await push(page, shown({ step: 'newest', checkedAt: NOW }))
    await page.getByText('This is the newest version. Checked just now.').waitFor()
    expect(await asked(page, 'updates.check')).toHaveLength(1)
    await page.getByText(/Requests the newest version from updates\.example\.com/).waitFor()
    await page.getByRole('checkbox', { name: 'Check for updates daily' }).click()
    await expect.poll(() => asked(page, 'settings.save')).toEqual([{ checkForUpdates: false }])
  })

  test('are downloaded and installed on a press each, and the focus stays there', async () => {
    const page = await openSettings('about', shown({ step: 'available', version: '0.2.0' }))
    await page.getByText('Version 0.2.0 is available', { exact: true }).waitFor()
    await page.getByText('112 MB. Nothing is installed without your confirmation.').waitFor()
    await button(page, 'Download').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'updates.download')).toEqual([{}])
    await push(page, shown({ step: 'downloading', version: '0.2.0', percent: 45 }))
    await page.getByText('45 % of 112 MB').waitFor()
    expect(await page.getByRole('progressbar', { name: 'Downloaded' }).getAttribute('value')).toBe('45')
    // A second Enter must not cancel what the first began.
    await page.keyboard.press('Enter')
    expect(await asked(page, 'updates.cancel')).toEqual([])
    await press(page, 'Cancel')
    await expect.poll(() => asked(page, 'updates.cancel')).toEqual([{}])
    await push(page, shown({ step: 'downloaded', version: '0.2.0', percent: 100 }))
    await page.keyboard.press('Enter')
    expect(await asked(page, 'updates.install')).toEqual([])
    await page.keyboard.press('Tab')
    await focused(button(page, 'Install and restart'))
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'updates.install')).toEqual([{}])
    await push(page, shown({ step: 'installing', version: '0.2.0' }))
    await page.getByText('Renewals under way end first.').waitFor()
    await push(page, shown({ step: 'installed', version: '0.2.0' }))
    await page.getByText('It starts as soon as this version has ended.').waitFor()
  })

  test('of a package manager are told with the command, and nothing is downloaded', async () => {
    const command = 'sudo apt update && sudo apt install --only-upgrade service-app-token-manager'
    const page = await openSettings(
      'about',
      shown({ step: 'available', version: '0.2.0', upgrade: { command } }),
    )
    await page.getByText(command).waitFor()
    expect(await button(page, 'Download').count()).toBe(0)
    await press(page, 'Copy upgrade command')
    await expect.poll(() => asked(page, 'clipboard.copy-text')).toEqual([{ text: command }])
  })

  test('that failed say why, and a refusal is shown', async () => {
    const problem = 'The update server does not answer. Try again later.'
    const page = await openSettings('about', shown({ step: 'available', version: '0.2.0', problem }))
    await page.getByRole('alert').getByText(problem).waitFor()
    await answer(page, 'updates.download', { ok: false, error: { code: 'refused', message: 'Not here.' } })
    await press(page, 'Download')
    await page.getByText('Not here.').waitFor()
  })

  test.each([
    ['available', /Update available\s+Version 0\.2\.0\. Show/],
    ['downloading', /Downloading update\s+Version 0\.2\.0, 45 %\. Show/],
    ['downloaded', /Update ready to install\s+Version 0\.2\.0\. Show/],
    ['installing', /Installing update\s+Version 0\.2\.0\. Show/],
    ['installed', /Update installed\s+Version 0\.2\.0 starts when the app restarts\. Show/],
  ] as const)('at the step "%s" are named so on every screen', async (step, words) => {
    const page = await open({ view: shown({ step, version: '0.2.0', percent: 45 }), hash: '#/history' })
    const navigation = page.getByRole('navigation', { name: 'Main' })
    await expect.poll(() => navigation.innerText()).toMatch(words)
  })

  test('stay in sight on every screen, and the way there leads to them', async () => {
    const page = await open({ view: shown({ step: 'available', version: '0.2.0' }), hash: '#/history' })
    const navigation = page.getByRole('navigation', { name: 'Main' })
    await expect.poll(() => navigation.innerText()).toMatch(/Update available\s+Version 0\.2\.0\./)
    await navigation.getByRole('link', { name: 'Show', exact: true }).click()
    const there = button(page, 'Download')
    await there.waitFor()
    await expect.poll(() => isInSight(there)).toBe(true)
    expect(await page.evaluate(() => window.location.hash)).toBe('#/settings/about')
  })
})

describe('the command line', () => {
  test('has a line for the shell to copy', async () => {
    const page = await openSettings('delivery')
    await press(page, 'Copy alias line')
    await expect
      .poll(() => asked(page, 'clipboard.copy-text'))
      .toEqual([{ text: `alias satm="node '/home/ada/Service App Token Manager/out/satm/index.js'"` }])
  })

  test('needs none where a package has put satm on the PATH', async () => {
    const page = await openSettings(
      'delivery',
      view({ delivery: { ...noDelivery, commandLine: { ...noDelivery.commandLine, command: 'satm' } } }),
    )
    await expect.poll(() => page.getByRole('button', { name: 'Copy command' }).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Copy alias line' }).count()).toBe(0)
  })

  test('is quoted for the shell it is for', () => {
    expect(aliasLine('node /opt/satm/index.js', 'linux')).toBe(`alias satm='node /opt/satm/index.js'`)
    expect(aliasLine(`node '/my $app/s.js'`, 'darwin')).toBe(
      `alias satm='node '\\''/my $app/s.js'\\'`.concat(`''`),
    )
    expect(aliasLine(`node "C:\\My App\\s.js"`, 'win32')).toBe(
      `function satm { node "C:\\My App\\s.js" @args }`,
    )
    expect(aliasLine(`"C:\\My App\\satm.exe"`, 'win32')).toBe(
      `function satm { & "C:\\My App\\satm.exe" @args }`,
    )
  })
})
