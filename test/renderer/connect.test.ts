import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { ConnectView } from '#contract/contract.ts'
import { fleetOf, integration, MINUTE, NOW, SECOND, view } from './fake-view.ts'
import { answer, asked, focused, pass, push, windows } from './window.ts'

const { open } = windows()
const empty = view({})
const waiting: ConnectView = {
  kind: 'waiting',
  since: NOW,
  expiresAt: NOW + 5 * MINUTE,
  redirectUri: 'http://localhost:3000/callback',
  listening: true,
  problem: null,
  hint: null,
  portTakenBy: null,
}
const CLIENT_ID = `C${'a1b2'.repeat(16)}`
const dialogOf = (page: Page) => page.getByRole('dialog')

async function begin(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect integration' }).click()
  await dialogOf(page).getByRole('textbox', { name: 'Client ID' }).fill(CLIENT_ID)
  await dialogOf(page).getByRole('textbox', { name: 'Client secret' }).fill('s3cret')
  await dialogOf(page).getByRole('button', { name: 'Authorize in browser' }).click()
  await push(page, { ...empty, connect: waiting })
}

describe('connecting the integration', () => {
  test('goes by the keyboard alone', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).focus()
    await page.keyboard.press('Enter')
    await focused(dialogOf(page).getByRole('textbox', { name: 'Client ID' }))
    await page.keyboard.type(CLIENT_ID)
    await page.keyboard.press('Tab')
    await page.keyboard.type('s3cret')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'connect.begin'))
      .toEqual([
        { credentials: { clientId: CLIENT_ID, clientSecret: 's3cret' }, managerId: null, pasted: {} },
      ])
  })

  test('tells what to create, with copy buttons', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByText('Add this redirect URI to those it lists.').waitFor()
    await page.getByRole('button', { name: 'Copy redirect URI' }).click()
    await page.getByRole('button', { name: 'Copy scope' }).click()
    await expect
      .poll(() => asked(page, 'clipboard.copy-text'))
      .toEqual([{ text: 'http://localhost:3000/callback' }, { text: 'spark:applications_token' }])
  })

  test('waits with a clock and can be called off', async () => {
    const page = await open({ view: empty })
    await begin(page)
    const clock = page.getByRole('timer', { name: 'Time left to authorize' })
    await expect.poll(() => clock.textContent()).toBe('5:00')
    await pass(page, 41 * SECOND)
    await expect.poll(() => clock.textContent()).toBe('4:19')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => asked(page, 'connect.cancel')).toHaveLength(1)
    await push(page, empty)
    await page.getByRole('button', { name: 'Authorize in browser' }).waitFor()
  })

  test('is called off by closing its dialog', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await page.keyboard.press('Escape')
    await expect.poll(() => asked(page, 'connect.cancel')).toHaveLength(1)
    await expect.poll(() => dialogOf(page).count()).toBe(0)
  })

  test('takes the redirected address by hand', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await page.getByRole('button', { name: 'Copy authorization URL' }).click()
    await page.getByRole('button', { name: 'Paste the redirected URL instead' }).click()
    await focused(page.getByRole('textbox', { name: 'Redirected URL' }))
    await page
      .getByRole('textbox', { name: 'Redirected URL' })
      .fill('http://localhost:3000/callback?code=c&state=s')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect.poll(() => asked(page, 'connect.copy-url')).toHaveLength(1)
    await expect
      .poll(() => asked(page, 'connect.paste-url'))
      .toEqual([{ url: 'http://localhost:3000/callback?code=c&state=s' }])
  })

  test('says by what the port is taken and goes on by hand', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, {
      ...empty,
      connect: { ...waiting, listening: false, problem: 'port-taken', portTakenBy: 'node (process 4711)' },
    })
    await page.getByText('Port 3000 is taken').waitFor()
    await page.getByText(/node \(process 4711\)/).waitFor()
    await page.getByText(/Close that program or set another redirect port/).waitFor()
    await page.getByText(/useless without the secrets stored in this app/).waitFor()
    await page.getByRole('button', { name: 'Paste the redirected URL instead' }).click()
    await focused(page.getByRole('textbox', { name: 'Redirected URL' }))
    await answer(page, 'connect.paste-url', {
      ok: false,
      error: { code: 'invalid', message: 'This address has no code.', trackingId: 'ROUTER_9' },
    })
    await page.getByRole('textbox', { name: 'Redirected URL' }).fill('http://localhost:3000/')
    await page.keyboard.press('Enter')
    await page.getByText('This address has no code.').waitFor()
    await page.getByText('ROUTER_9').waitFor()
  })

  test('offers to paste at once when the browser uses https', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, { ...empty, connect: { ...waiting, problem: 'browser-uses-https' } })
    await page.getByRole('alert').getByText('The browser used https').waitFor()
    await page.getByRole('textbox', { name: 'Redirected URL' }).waitFor()
  })

  test('shows what came without proof as a hint, and waits', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, { ...empty, connect: { ...waiting, hint: 'The browser returned with an error.' } })
    await page.getByRole('alert').getByText('The browser returned with an error.').waitFor()
    await page.getByRole('timer').waitFor()
  })

  test('tells a reserved port of Windows from a taken one', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, { ...empty, connect: { ...waiting, listening: false, problem: 'port-reserved' } })
    await page.getByText('Port 3000 is reserved by Windows').waitFor()
    await page.getByText(/netsh interface ipv4 show excludedportrange protocol=tcp/).waitFor()
    await page.getByRole('textbox', { name: 'Redirected URL' }).waitFor()
  })

  test('tells one that was begun at the command line, which a window that opens leaves alone', async () => {
    const connect = { ...waiting, listening: false, problem: 'command-line' } as const
    const page = await open({ view: { ...empty, connect } })
    await page.getByRole('button', { name: 'Connect integration' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByText('Started at the command line').waitFor()
    expect(await page.getByText(/is taken/).count()).toBe(0)
    await page.getByRole('textbox', { name: 'Redirected URL' }).waitFor()
  })

  test('explains an error page of Webex after a minute, and when nobody came back', async () => {
    const page = await open({ view: empty })
    await begin(page)
    const help = page.getByText('Does the browser show an error page?')
    await pass(page, 59 * SECOND)
    await page.getByRole('timer').waitFor()
    expect(await help.count()).toBe(0)
    await pass(page, SECOND)
    await help.waitFor()
    await push(page, {
      ...empty,
      connect: { kind: 'failed', sentence: 'Not within five minutes.', trackingId: null, unanswered: true },
    })
    await page.getByText('Not within five minutes.').waitFor()
    await help.waitFor()
  })

  test('says that it worked', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, { ...empty, connect: { kind: 'exchanging' } })
    await page.getByText('Getting the tokens…').waitFor()
    await push(page, {
      ...view({ fleet: { managers: [integration()] } }),
      connect: { kind: 'connected', at: NOW, sentence: 'It is good for 90 days.' },
    })
    await page.getByText('It is good for 90 days.').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => dialogOf(page).count()).toBe(0)
  })

  test('says why it failed and keeps the form at hand', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, {
      ...empty,
      connect: {
        kind: 'failed',
        sentence: 'Webex refuses the client secret.',
        trackingId: 'ROUTER_3',
        unanswered: false,
      },
    })
    await page.getByText('Webex refuses the client secret.').waitFor()
    await page.getByText('ROUTER_3').waitFor()
    await page.getByRole('textbox', { name: 'Client secret' }).waitFor()
  })

  test('does not show an earlier failure as this one’s', async () => {
    const failed = {
      kind: 'failed',
      sentence: 'An earlier failure.',
      trackingId: null,
      unanswered: false,
    } as const
    const page = await open({ view: { ...empty, connect: failed } })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await expect.poll(() => page.getByText('An earlier failure.').count()).toBe(0)
  })

  test('keeps a typed secret nowhere once it is sent', async () => {
    const page = await open({ view: empty })
    await begin(page)
    await push(page, empty)
    const secret = page.getByRole('textbox', { name: 'Client secret' })
    await secret.waitFor()
    await expect.poll(() => secret.inputValue()).toBe('')
    await expect.poll(() => page.content()).not.toContain('s3cret')
  })

  test('saves another redirect port first', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByText('Advanced').click()
    await page.getByRole('textbox', { name: 'Redirect port' }).fill('3100')
    await page.getByRole('textbox', { name: 'Client ID' }).fill(CLIENT_ID)
    await page.getByRole('textbox', { name: 'Client secret' }).fill('s3cret')
    await page.keyboard.press('Enter')
    await expect.poll(() => asked(page, 'connect.begin')).toHaveLength(1)
    await expect.poll(() => asked(page, 'settings.save')).toEqual([{ redirectPort: 3100 }])
  })

  test('asks for what is missing', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByRole('button', { name: 'Authorize in browser' }).click()
    await page.getByText('The client ID is missing.').waitFor()
    expect(await asked(page, 'connect.begin')).toEqual([])
  })

  test('warns of a service app’s client ID while it is typed', async () => {
    const [app] = fleetOf(1)
    const page = await open({ view: view({ fleet: { profiles: fleetOf(1) } }) })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByRole('textbox', { name: 'Client ID' }).fill(app?.clientId ?? '')
    await page.getByText(/This is the client ID of the service app/).waitFor()
  })

  test('reconnects with the stored credentials', async () => {
    const page = await open({ view: view({ fleet: { managers: [integration()] } }) })
    await page.getByRole('button', { name: 'Reconnect' }).click()
    await page.getByRole('button', { name: 'Authorize in browser' }).click()
    await expect
      .poll(() => asked(page, 'connect.begin'))
      .toEqual([{ credentials: null, managerId: 'manager-1', pasted: {} }])
  })

  test('takes a personal access token instead, with its warning', async () => {
    const page = await open({ view: empty })
    await page.getByRole('button', { name: 'Connect integration' }).click()
    await page.getByRole('button', { name: 'Use a personal access token' }).click()
    await page.getByText('Valid for 12 hours').waitFor()
    await page.getByRole('textbox', { name: 'Personal access token' }).fill('Bearer portal-token')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked(page, 'connect.personal-token'))
      .toEqual([{ token: 'portal-token', pasted: {} }])
    await expect.poll(() => dialogOf(page).count()).toBe(0)
  })
})
