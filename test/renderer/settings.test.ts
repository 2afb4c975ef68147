import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { UpdatesView } from '#contract/contract.ts'
import { POLICY_SETTINGS, readSettings } from '#contract/settings.ts'
import { readPreferences } from '#desktop/preferences/preference-values.ts'
import { aliasLine } from '#renderer/features/settings/alias-line.ts'
import { consumers, delivering, heldDelivery, withDelivery } from './delivery-scenes.ts'
import { fleetOf, integration, NOW, noDelivery, view } from './fake-view.ts'
import { noUpdate } from './update-scenes.ts'
import { answer, asked, focused, push, windows } from './window.ts'

const { open } = windows()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const openSettings = (shown = withDelivery) => open({ view: shown, hash: '#/settings' })

describe('the refresh policy', () => {
  test('takes a number when Enter is pressed or the field is left, and says what does not fit', async () => {
    const page = await openSettings()
    await field(page, 'Attempts at once').fill('16')
    await field(page, 'Attempts at once').press('Enter')
    await field(page, 'Alert before expiry').fill('48')
    await field(page, 'Alert before expiry').press('Tab')
    await field(page, 'Requests per second').fill('51')
    await field(page, 'Requests per second').press('Enter')
    await page.getByText('A whole number from 1 to 50, please. It is still 4.').waitFor()
    await focused(field(page, 'Requests per second'))
    await expect
      .poll(() => asked(page, 'settings.save'))
      .toEqual([{ attemptsAtOnce: 16 }, { alertHoursBeforeExpiry: 48 }])
  })

  test('steps a number by the arrow keys within its range, and takes the digits of any script', async () => {
    const page = await openSettings()
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
    const page = await openSettings(view({ settings: { alertAfterFailures: 9, refreshAt: 0.7 } }))
    await press(page, 'Reset to defaults')
    await expect.poll(() => asked(page, 'settings.save')).toEqual([policyDefaults])
    await push(page, view({}))
    await expect.poll(() => field(page, 'Alert after').inputValue()).toBe('3')
    expect(readPreferences({})).toMatchObject(policyDefaults)
  })
})

describe('the proxy', () => {
  const signIn = { user: 'jane', proxy: 'http://proxy.example:8080', rejected: true }

  test('is set with its sign-in; what main refuses stands at its field, and the password goes from the field', async () => {
    const page = await openSettings(view({}))
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
    await expect.poll(() => page.getByLabel('Proxy password', { exact: true }).inputValue()).toBe('')
  })

  test('leads from its problem to the field that helps, as often as it is pressed', async () => {
    const rejected = { proxyMode: 'system', proxyAddress: '', proxyBypass: '', signIn } as const
    const page = await open({ view: view({ proxy: rejected }), hash: '#/settings?proxy' })
    await focused(page.getByLabel('Proxy password', { exact: true }))
    await page.getByText('The proxy rejected this sign-in').waitFor()
    await press(page, 'Remove sign-in')
    await expect.poll(() => asked(page, 'proxy.forget-sign-in')).toEqual([{}])
    await page.evaluate(`window.location.hash = '#/settings?proxy'`)
    await focused(page.getByLabel('Proxy password', { exact: true }))
  })

  test('none takes no sign-in, and the way to Webex is tested', async () => {
    const page = await openSettings(view({}))
    await page.getByLabel('Proxy', { exact: true }).selectOption('None')
    expect(await field(page, 'Proxy user name').count()).toBe(0)
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
    const page = await openSettings()
    await page.getByLabel('Desktop notifications').selectOption('Only what needs you')
    await expect.poll(() => asked(page, 'settings.save')).toEqual([{ notify: 'needs-you' }])
  })

  test('a webhook is set, and what main refuses stands at its field', async () => {
    const page = await openSettings(view({}))
    await press(page, 'Use webhook')
    await page.getByText('Type the address, beginning with https.').waitFor()
    await answer(page, 'webhook.save', {
      ok: false,
      error: { code: 'invalid', field: 'url', message: 'Plain http only to this computer.' },
    })
    await field(page, 'Webhook URL').fill('http://example.com')
    await field(page, 'Webhook URL').press('Enter')
    await page.getByText('Plain http only to this computer.').waitFor()
    await expect.poll(() => asked(page, 'webhook.save')).toEqual([{ url: 'http://example.com' }])
  })

  test('it is tested, its secret copied and renewed, and it is turned off', async () => {
    const page = await openSettings()
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
    await expect.poll(() => asked(page, 'webhook.save')).toEqual([{ url: null }])
  })
})

describe('the local endpoint', () => {
  test('is turned on, moved to another port, and says why it does not listen', async () => {
    const page = await openSettings(view({}))
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
    await expect.poll(() => field(page, 'Endpoint port').inputValue()).toBe('3710')
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
      hash: '#/settings',
      answers: { 'endpoint.add-consumer': { ok: true, value: { consumerId: 'c3' } } },
    })
    await press(page, 'Add consumer')
    await press(page, 'Add and copy secret')
    await page.getByText('Give it a name.').waitFor()
    await field(page, 'Consumer name').fill('nightly')
    await page.getByRole('radio', { name: /^Only these/ }).click()
    await field(page, 'Find a service app').fill('orders globex')
    await page
      .getByRole('checkbox', { name: /^Orders Globex/ })
      .first()
      .click()
    await press(page, 'Add and copy secret')
    await page.getByText('The secret is on the clipboard').waitFor()
    await expect
      .poll(() => asked(page, 'endpoint.add-consumer'))
      .toEqual([{ name: 'nightly', profileIds: ['profile-2'] }])
    await press(page, 'Copy secret')
    await page.getByText('Copied once more.').waitFor()
    expect(await asked(page, 'endpoint.forget-secret')).toEqual([])
    await press(page, 'Done')
    await expect.poll(() => asked(page, 'endpoint.forget-secret')).toEqual([{}])
  })

  test('confirm a consumer and the webhook of a backup, each by itself', async () => {
    const page = await open({ view: heldDelivery, hash: '#/settings' })
    const rows = page.getByRole('list', { name: 'Consumers' }).getByRole('listitem')
    const texts = await rows.allInnerTexts()
    expect(texts[0]).not.toContain('Held')
    expect(texts[1]).toMatch(/rejected until you confirm it.*Held/s)
    await press(page, `Confirm ${consumers[1]?.name}`)
    await expect.poll(() => asked(page, 'endpoint.confirm-consumer')).toEqual([{ consumerId: 'c2' }])
    await page.getByText('Nothing is sent to it until you confirm it.').waitFor()
    await page.getByText('https://alerts.example.com/webex/tokens').waitFor()
    await page.getByText('confirming creates and copies a new one').waitFor()
    expect(await page.getByRole('textbox', { name: 'Webhook URL' }).inputValue()).toBe('')
    expect(await page.getByRole('button', { name: 'Send a test' }).count()).toBe(0)
    await press(page, 'Confirm webhook')
    await expect.poll(() => asked(page, 'webhook.confirm')).toHaveLength(1)
    await page.getByText('Its new signing secret is copied').waitFor()
    await press(page, 'Remove webhook')
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
      hash: '#/settings',
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
    const page = await openSettings()
    const rows = page.getByRole('list', { name: 'Consumers' }).getByRole('listitem')
    await expect
      .poll(() => rows.allInnerTexts())
      .toEqual([
        expect.stringMatching(/All service apps.*Used 7 h ago/s),
        expect.stringMatching(/2 service apps.*Never used/s),
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
    const page = await openSettings(view({}))
    await button(page, 'Copy diagnostics').waitFor()
    expect(await page.getByText(/update/i).allInnerTexts()).toEqual([])
  })

  test('are looked for on a press and daily, which can be switched off', async () => {
    const page = await openSettings(shown({}))
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
    const page = await openSettings(shown({ step: 'available', version: '0.2.0' }))
    await page.getByText('Version 0.2.0 is available', { exact: true }).waitFor()
    await page.getByText('112 MB. Nothing is installed before you say so.').waitFor()
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
    const page = await openSettings(shown({ step: 'available', version: '0.2.0', upgrade: { command } }))
    await page.getByText(command).waitFor()
    expect(await button(page, 'Download').count()).toBe(0)
    await press(page, 'Copy upgrade command')
    await expect.poll(() => asked(page, 'clipboard.copy-text')).toEqual([{ text: command }])
  })

  test('that failed say why, and a refusal is shown', async () => {
    const problem = 'The update server does not answer. Try again later.'
    const page = await openSettings(shown({ step: 'available', version: '0.2.0', problem }))
    await page.getByRole('alert').getByText(problem).waitFor()
    await answer(page, 'updates.download', { ok: false, error: { code: 'refused', message: 'Not here.' } })
    await press(page, 'Download')
    await page.getByText('Not here.').waitFor()
  })

  test('stay in sight on every screen, and the way there leads to them', async () => {
    const page = await open({ view: shown({ step: 'available', version: '0.2.0' }), hash: '#/history' })
    const navigation = page.getByRole('navigation', { name: 'Main' })
    await expect.poll(() => navigation.innerText()).toMatch(/Update available\s+Version 0\.2\.0\./)
    await navigation.getByRole('link', { name: 'Show', exact: true }).click()
    const there = button(page, 'Download')
    await there.waitFor()
    await expect.poll(() => isInSight(there)).toBe(true)
    expect(await page.evaluate(() => window.location.hash)).toBe('#/settings')
  })

  const isInSight = (found: Locator) =>
    found.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect()
      return top >= 0 && bottom <= window.innerHeight
    })
})

describe('the command line', () => {
  test('has a line for the shell to copy', async () => {
    const page = await openSettings()
    await press(page, 'Copy alias line')
    await expect
      .poll(() => asked(page, 'clipboard.copy-text'))
      .toEqual([{ text: `alias satm="node '/home/ada/Service App Token Manager/out/satm/index.js'"` }])
  })

  test('needs none where a package has put satm on the PATH', async () => {
    const page = await openSettings(
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
