// Every secret goes through every flow, those that fail included, and is then looked for wherever something could have
// kept it: logs, output, what was shown, the page's heap, notifications, diagnostics, files, the clipboard.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { type MockService, startNotificationServer } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { answerConsent, arrive } from './support/consent.ts'
import { type EchoingWebex, shapeNames, startEchoingWebex } from './support/echoing-webex.ts'
import { heapSnapshot } from './support/heap.ts'

const PATIENTLY = { timeout: 20_000, interval: 50 }

/** Typed by the person and known to nobody. Without the shape of a token: only who knows them can take them out. */
const TYPED = {
  wrongIntegrationSecret: 'canary-wrong-integration-secret',
  wrongSecret: 'canary-wrong-client-secret',
  wrongPersonalToken: 'canary-wrong-personal-token',
  configSecret: 'canary-client-secret-of-a-file',
  pastedAccess: 'canary-pasted-access-token',
  pastedRefresh: 'canary-pasted-refresh-token',
}

/** Pasted, and not taken: beside what is, in what is refused, and in what is canceled. */
const LEFT_OUT = {
  configManagerSecret: 'canary-integration-secret-of-a-file',
  configRefresh: 'canary-refresh-token-of-a-file',
  refusedSecret: 'canary-client-secret-of-yaml',
  canceledSecret: 'canary-client-secret-of-a-closed-form',
  rowSecret: 'canary-client-secret-of-rows',
  envRefresh: 'canary-refresh-token-of-an-env-file',
}

const CASES = path.join(import.meta.dirname, '../import/cases')
/** What stands under the name of a secret in a file; placeholders have no digit. */
const secretsIn = (text: string) =>
  [...text.matchAll(/(?:secret|token)\w*["']?\s*[:=]\s*["']?([^\s"',;{}[\]]{16,})/gi)]
    .map(([, value = '']) => value)
    .filter((value) => /\d/.test(value))

describe('no secret is found', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-canary-'))
  const dataFolder = path.join(home, 'data')
  const systemBrowser = notingBrowser(path.join(home, 'desktop'))
  const places = new Map<string, Buffer | string>()
  const shown: string[] = []
  const clipboard = new Set<string>()
  let simulator: Simulator
  let webex: EchoingWebex
  let notifications: MockService
  let app: RunningApp
  let personalToken = ''
  let copied = ''

  beforeAll(async () => {
    simulator = await startSimulator({ serviceApps: [{ name: 'orders', orgs: 2 }, { name: 'queue' }] })
    webex = await startEchoingWebex(simulator.origin)
    notifications = await startNotificationServer()
    app = await launchApp({ dataFolder, env: { ...systemBrowser.env, SATM_WEBEX_BASE_URL: webex.baseUrl } })
  })
  afterAll(async () => {
    await app?.close()
    await notifications?.stop()
    await webex?.close()
    await simulator?.close()
    rmSync(home, { recursive: true, force: true })
  })

  const dialog = () => app.page.getByRole('dialog')
  const type = (name: string, text: string, within: Locator = dialog()) =>
    within.getByRole('textbox', { name, exact: true }).fill(text)
  const press = (name: string, within: Locator = dialog()) => within.getByRole('button', { name }).click()
  /** By its row: the link in it is called by the customer where the service app has several. */
  const open = (name: string) => app.page.getByRole('row', { name, exact: true }).getByRole('link').click()
  const closed = () => dialog().waitFor({ state: 'detached' })
  const serviceApp = (index: number) => {
    const found = simulator.serviceApps[index]
    if (found === undefined) throw new Error('The simulator has no such service app.')
    return found
  }
  const profile = async (name: string) => {
    const { fleet } = await ask(app.page, 'view.get', {})
    const found = fleet.profiles.find((one) => one.name === name)
    if (found === undefined) throw new Error(`There is no ${name}.`)
    return found
  }
  const readClipboard = async () => {
    const text = await app.electron.evaluate(({ clipboard: system }) => system.readText())
    if (text !== '') clipboard.add(text)
    return text
  }
  /** Everything a person could see or main has answered at this moment. */
  const look = async () => {
    shown.push(await app.page.content(), await app.page.locator('body').innerText())
    shown.push(JSON.stringify(await ask(app.page, 'view.get', {})))
    await readClipboard()
  }
  const heard = () => [...simulator.secrets(), ...Object.values(TYPED)]
  const imported = new Set<string>()
  const secrets = () => [...heard(), ...Object.values(LEFT_OUT), ...imported]
  /** By the system's clipboard and the real keys. */
  const paste = async (name: string, text: string) => {
    await app.electron.evaluate(({ clipboard: system }, copied) => system.writeText(copied), text)
    await dialog().getByRole('textbox', { name, exact: true }).focus()
    await app.page.keyboard.press('Control+V')
    await app.electron.evaluate(({ clipboard: system }) => system.clear())
  }

  async function connect(parts: {
    readonly secret?: string
    readonly decision?: 'accept' | 'decline'
    readonly by?: 'browser' | 'pasting'
    readonly ends: RegExp
  }): Promise<void> {
    const known = systemBrowser.opened().length
    await type('Client ID', simulator.integration.clientId)
    await type('Client secret', parts.secret ?? simulator.integration.clientSecret)
    await press('Authorize in browser')
    const redirected = await answerConsent(await systemBrowser.next(known), parts.decision ?? 'accept')
    if (parts.by === 'pasting') {
      await press('Paste the redirected URL instead')
      await type('Redirected URL', redirected.replace(/state=[^&]+/, 'state=another'))
      await press('Continue')
      await dialog()
        .getByText(/does not belong/)
        .waitFor()
      await type('Redirected URL', redirected)
      await press('Continue')
    } else {
      shown.push(await arrive(redirected))
    }
    await dialog().getByText(parts.ends).first().waitFor()
    await look()
  }

  async function add(
    name: string,
    index: number,
    org: number,
    wrong: { secret?: string; appId?: string } = {},
  ) {
    const { appId, clientId, clientSecret, orgs } = serviceApp(index)
    await press('Add service app', app.page.locator('body'))
    await type('Name', name)
    await type('App ID', wrong.appId ?? appId)
    await type('Client ID', clientId)
    await type('Client secret', wrong.secret ?? clientSecret)
    await type('Target org ID', orgs[org]?.orgId ?? '')
    await press('Save and issue token')
    await closed()
    await look()
  }

  const refresh = async (name: string) => {
    const attempt = await ask(app.page, 'profile.refresh', { profileId: (await profile(name)).id })
    shown.push(JSON.stringify(attempt))
    return attempt
  }

  test('after connecting: declined, with a wrong secret, quoted back, and at last', async () => {
    await app.page.getByRole('button', { name: 'Connect integration' }).first().click()
    await connect({ decision: 'decline', ends: /declined/ })
    await connect({ secret: TYPED.wrongIntegrationSecret, ends: /client secret/ })
    webex.echo('/access_token', 'oauth')
    await connect({ ends: /Could not connect/ })
    webex.echo('/access_token', 'webex')
    await connect({ by: 'pasting', ends: /Could not connect/ })
    expect(webex.echoed()).toBe(true)
    await connect({ by: 'pasting', ends: /Connected/ })
    await press('Done')
    await closed()
  })

  test('after adding: with a wrong secret, a wrong App ID, from a file, with tokens, and edited', async () => {
    await add('Wrong secret', 0, 0, { secret: TYPED.wrongSecret })
    await add('Wrong app', 1, 0, { appId: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL25vbmU' })
    await add('Orders', 0, 1)
    expect((await profile('Orders')).state).toBe('healthy')

    const { appId, clientId, orgs } = serviceApp(1)
    await press('Add service app', app.page.locator('body'))
    await paste(
      'App ID',
      JSON.stringify({
        serviceApp: {
          appId: `${appId}x`,
          clientId,
          clientSecret: TYPED.configSecret,
          targetOrgId: orgs[0]?.orgId,
        },
        tokenManager: {
          clientId: simulator.integration.clientId,
          clientSecret: LEFT_OUT.configManagerSecret,
          refreshToken: LEFT_OUT.configRefresh,
        },
      }),
    )
    await dialog().getByText('Filled in: ').waitFor()
    await type('Name', 'From a file')
    await type('Access token', TYPED.pastedAccess)
    await type('Refresh token', TYPED.pastedRefresh)
    await press('Save and issue token')
    await closed()
    await look()

    await open('Wrong secret')
    await press('Edit', app.page.locator('main'))
    await type('Client secret', serviceApp(0).clientSecret)
    await type('Refresh token', TYPED.pastedRefresh)
    await press('Save')
    await closed()
    await app.page.getByRole('link', { name: 'Service apps' }).click()
    await look()
  })

  test('after pasting into every field: refused, canceled, several rows, into an edit and the integration', async () => {
    const { appId, clientId } = serviceApp(1)
    const config = (clientSecret: string) =>
      JSON.stringify(
        { serviceApp: { appId, clientId, clientSecret, targetOrgId: crypto.randomUUID() } },
        null,
        2,
      )
    const fields = [
      'Name',
      'Customer',
      'App ID',
      'Client ID',
      'Client secret',
      'Target org ID',
      'Refresh token',
    ]
    for (const field of fields) {
      await press('Add service app', app.page.locator('body'))
      await paste(field, `serviceApp:\n  clientSecret: ${LEFT_OUT.refusedSecret}\n`)
      await dialog().getByText('The pasted text was not used').waitFor()
      await paste(field, config(LEFT_OUT.canceledSecret))
      await dialog().getByText('Filled in: ').waitFor()
      await look()
      await press('Cancel')
      await closed()
    }
    await press('Add service app', app.page.locator('body'))
    const row = [appId, clientId, LEFT_OUT.rowSecret].join()
    const rows = [1, 2].map(() => `${row},${crypto.randomUUID()}`)
    await paste('Name', ['appId,clientId,clientSecret,targetOrgId', ...rows].join('\n'))
    await press('Open in Import')
    await dialog()
      .getByText(/2 of 2 rows|2 rows/)
      .first()
      .waitFor()
    await look()
    await press('Cancel')
    await closed()

    await open('Orders')
    await press('Edit', app.page.locator('main'))
    await paste('Customer', `WEBEX_SERVICE_APP_REFRESH_TOKEN=${LEFT_OUT.envRefresh}\n`)
    await dialog().getByText('Filled in: refresh token').waitFor()
    await press('Cancel')
    await closed()
    await app.page.getByRole('link', { name: 'Service apps' }).click()
    await look()
  })

  test('after every tier, test and quotation, with notifications', async () => {
    // Unseen, so that the desktop is told instead of the window.
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
    const { appId, orgs } = serviceApp(0)
    const org = orgs[1]?.orgId ?? ''
    expect((await refresh('Orders')).tier).toBe(1)
    simulator.control.killRefreshToken(appId, org)
    simulator.control.expireIntegrationAccess()
    expect((await refresh('Orders')).calls.map(({ tier }) => tier)).toEqual([1, 2, 3, 2])

    const { id } = await profile('Orders')
    for (const shape of shapeNames) {
      webex.echo('/access_token', shape)
      const quoted = async () => {
        await refresh('Orders')
        return webex.echoed()
      }
      await expect.poll(quoted, PATIENTLY).toBe(true)
    }
    for (const shape of shapeNames) {
      webex.echo('/applications/', shape)
      // One that was on its way already, to try again what failed, may still have its tier 1.
      const quoted = async () => {
        simulator.control.killRefreshToken(appId, org)
        await refresh('Orders')
        return webex.echoed()
      }
      await expect.poll(quoted, PATIENTLY).toBe(true)
    }
    await expect.poll(async () => (await refresh('Orders')).outcome, PATIENTLY).toBe('renewed')
    for (const shape of shapeNames) {
      webex.echo('/dataSources', shape)
      shown.push(JSON.stringify(await ask(app.page, 'profile.test', { profileId: id })))
      expect(webex.echoed()).toBe(true)
    }
    simulator.control.deauthoriseOrg(org)
    await refresh('Orders')
    await expect.poll(async () => (await notifications.calls('Notify')).length, PATIENTLY).toBeGreaterThan(1)
    simulator.control.authoriseOrg(org)
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.show())
    await look()
  })

  test('after personal access tokens, one of them wrong', async () => {
    personalToken = simulator.control.issuePersonalAccessToken()
    for (const token of [TYPED.wrongPersonalToken, personalToken]) {
      await ask(app.page, 'view.get', {}).then(async ({ fleet }) => {
        const integration = fleet.managers.find(({ kind }) => kind === 'integration')
        if (integration !== undefined) await ask(app.page, 'manager.remove', { managerId: integration.id })
      })
      await app.page
        .getByRole('button', { name: /Connect integration|Reconnect/ })
        .first()
        .click()
      await press('Use a personal access token')
      await type('Personal access token', token)
      await press('Use this token')
      await closed()
      await refresh('Orders')
      await look()
    }
  })

  test('in the clipboard but the token that was copied', async () => {
    await expect.poll(async () => (await refresh('Orders')).outcome, PATIENTLY).toBe('renewed')
    await press('Copy token Orders', app.page.locator('body'))
    await expect.poll(readClipboard, PATIENTLY).not.toBe('')
    copied = await readClipboard()
    expect(simulator.secrets()).toContain(copied)
    await look()
    await app.electron.evaluate(({ clipboard: system }) => system.clear())
    const held = [...clipboard].filter((text) => secrets().some((secret) => text.includes(secret)))
    expect(held).toEqual([copied])
  })

  test('in diagnostics, nor in what is written of an error that quotes it', async () => {
    await app.electron.evaluate((_electron, quoted) => {
      process.emit(
        'unhandledRejection',
        new Error(`canary quotation: ${quoted.join(', ')}`),
        Promise.resolve(),
      )
    }, heard())
    await app.page.getByRole('link', { name: 'Settings' }).click()
    await app.page.getByRole('link', { name: 'About', exact: true }).click()
    await press('Copy diagnostics', app.page.locator('body'))
    await expect.poll(readClipboard, PATIENTLY).toContain('process.unhandled-rejection')
    places.set('diagnostics', await readClipboard())
    await app.electron.evaluate(({ clipboard: system }) => system.clear())
    await look()
  })

  test('after every kind of file is imported, as far as it can be', async () => {
    for (const file of readdirSync(CASES)) {
      const bytes = readFileSync(path.join(CASES, file))
      const text = new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-8').decode(bytes)
      for (const secret of secretsIn(text)) imported.add(secret)
      const reply = await app.page.evaluate(
        (pasted) => window.satm.request('import.paste', { text: pasted }),
        text,
      )
      shown.push(JSON.stringify(reply))
      if (!reply.ok || reply.value.kind !== 'profiles') continue
      const { id, comingIn } = reply.value
      shown.push(JSON.stringify(await ask(app.page, 'import.rows', { id, only: 'all', from: 0 })))
      if (comingIn > 0)
        shown.push(JSON.stringify(await ask(app.page, 'import.confirm', { id, profileId: null })))
    }
    expect(imported.size).toBeGreaterThan(10)
    await look()
  })

  test('in the history, the notifications, the output, whatever was shown', async () => {
    const { attempts } = await ask(app.page, 'history.page', {
      profileId: null,
      managerId: null,
      outcome: null,
      tier: null,
      cursor: null,
      limit: 200,
    })
    expect(attempts.length).toBeGreaterThan(15)
    await app.page.getByRole('link', { name: 'History' }).click()
    await look()
    places.set('history', JSON.stringify(attempts))
    places.set('notifications', JSON.stringify(await notifications.calls('Notify')))
    places.set('output', app.output())
    places.set('shown', shown.join('\n'))
    expect(found(places, secrets())).toEqual([])
  })

  test('in the page’s heap', async () => {
    await app.page.evaluate(() => {
      Object.assign(window, { control: ['canary', 'that', 'is', 'there'].join('-') })
    })
    const heap = await heapSnapshot(app)
    expect(heap).toContain('canary-that-is-there')
    expect(found(new Map([['heap', heap]]), secrets())).toEqual([])
  })

  test('in any file, when it has ended', async () => {
    const all = secrets()
    await app.close()
    const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
    expect(files.filter((file) => /app\.log$|\.db$|\.sqlite$/.test(file)).length).toBeGreaterThanOrEqual(2)
    expect(found(new Map(files.map((file) => [file, readFileSync(file)])), all)).toEqual([])
  })
})

/** Which secret lies where, without the secret itself: its place in the list. */
function found(places: ReadonlyMap<string, Buffer | string>, secrets: readonly string[]): readonly string[] {
  return [...places].flatMap(([place, content]) =>
    secrets.flatMap((secret, index) =>
      content.includes(secret) ? [`${place} holds number ${index} (${secret.slice(0, 8)}…)`] : [],
    ),
  )
}
