import type { Locator, Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import type { ImportDryRun, PastedView } from '#contract/contract.ts'
import { hasSeveralValues, trimCopied } from '#renderer/features/shared/pasted-text.ts'
import { PASTES } from '../hostile/pastes.ts'
import { integration, orgIdOf, profile, view } from './fake-view.ts'
import { answer, asked, focused, windows } from './window.ts'

const { open } = windows()
const CLIENT_ID = `C${'7e57'.repeat(16)}`
const APP_ID = Buffer.from(`ciscospark://us/APPLICATION/${CLIENT_ID}`).toString('base64')
const TEXT = '{\n  "serviceApp": { "clientSecret": "t0psecret" }\n}'
const values = (parts: Partial<Extract<PastedView, { kind: 'values' }>> = {}) => ({
  ok: true,
  value: {
    kind: 'values',
    id: 'paste-1',
    texts: { appId: APP_ID, clientId: CLIENT_ID, targetOrgId: orgIdOf(42) },
    secrets: ['clientSecret'],
    withManager: false,
    remarks: [],
    ...parts,
  },
})
const saved = { ok: true, value: { profileId: 'p9', attempt: null } }
const orders = profile({ id: 'p1', name: 'Orders' })
const home = view({ fleet: { managers: [integration()], profiles: [orders] } })
const FIELDS = [
  ...['Name', 'Customer', 'App ID', 'Client ID'],
  ...['Client secret', 'Target org ID', 'Access token', 'Refresh token'],
]
const dialog = (page: Page) => page.getByRole('dialog')
const field = (page: Page, name: string) => dialog(page).getByRole('textbox', { name, exact: true })
const notice = (page: Page) => dialog(page).getByRole('alert')

/** As the browser does: what the page does not take goes into the field. */
async function paste(into: Locator, text: string): Promise<void> {
  await into.evaluate((input: HTMLInputElement, pasted) => {
    input.focus()
    const clipboardData = new DataTransfer()
    clipboardData.setData('text', pasted)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    if (input.dispatchEvent(event))
      document.execCommand('insertText', false, pasted.replaceAll(/[\r\n]/g, ''))
  }, text)
}

async function adding(answers = {}): Promise<Page> {
  const page = await open({ view: home, answers: { 'service-app.add': saved, ...answers } })
  await page.getByRole('button', { name: 'Add service app' }).click()
  return page
}

describe('several values pasted', () => {
  test('into any field are read by main and stay out of the field', async () => {
    const page = await open({ view: home, answers: { 'paste.read': values() } })
    for (const [index, name] of FIELDS.entries()) {
      await page.getByRole('button', { name: 'Add service app' }).click()
      await paste(field(page, name), TEXT)
      await notice(page).getByText('Filled in: App ID, client ID, target org ID, and client secret').waitFor()
      expect((await asked(page, 'paste.read')).slice(index)).toEqual([{ form: 'add', text: TEXT }])
      await expect.poll(() => field(page, 'Client ID').inputValue()).toBe(CLIENT_ID)
      const all = await dialog(page).getByRole('textbox').all()
      const texts = await Promise.all(all.map((each) => each.inputValue()))
      expect(texts.join()).not.toContain('t0psecret')
      await page.keyboard.press('Escape')
      await dialog(page).waitFor({ state: 'detached' })
    }
    expect(await asked(page, 'paste.forget')).toHaveLength(FIELDS.length)
  })

  test('are saved with the secrets that main has, which the window never sees', async () => {
    const page = await adding({ 'paste.read': values({ secrets: ['clientSecret', 'accessToken'] }) })
    await paste(field(page, 'Name'), TEXT)
    const secret = field(page, 'Client secret')
    await expect.poll(() => secret.getAttribute('placeholder')).toBe('From the pasted text')
    await page.getByRole('button', { name: 'Save and issue token' }).click()
    await expect
      .poll(() => asked(page, 'service-app.add'))
      .toMatchObject([
        {
          name: 'Service app',
          clientId: CLIENT_ID,
          clientSecret: null,
          accessToken: null,
          pasted: { clientSecret: 'paste-1', accessToken: 'paste-1' },
          tokenManager: null,
          issueToken: false,
        },
      ])
    await expect.poll(() => asked(page, 'paste.forget')).toHaveLength(1)
    expect(await page.content()).not.toContain('t0psecret')
  })

  test('bring their token manager, where none is connected', async () => {
    const page = await open({
      view: view({}),
      answers: {
        'service-app.add': saved,
        'paste.read': values({ withManager: true, remarks: ['Connected.'] }),
      },
    })
    await page.getByRole('button', { name: 'Add service app' }).click()
    await paste(field(page, 'App ID'), TEXT)
    await notice(page).getByText('Connected.').waitFor()
    expect(await dialog(page).getByText('No integration is connected yet').count()).toBe(0)
    await page.getByRole('button', { name: 'Save and issue token' }).click()
    await expect
      .poll(() => asked(page, 'service-app.add'))
      .toMatchObject([{ tokenManager: { kind: 'pasted', id: 'paste-1' } }])
  })

  test('replace what was typed only when the person says so', async () => {
    const page = await adding({ 'paste.read': values() })
    await field(page, 'Client ID').fill('my own')
    await field(page, 'Client secret').fill('typed-secret')
    await paste(field(page, 'Name'), TEXT)
    await notice(page).getByText('Not changed: client ID and client secret.').waitFor()
    await expect.poll(() => field(page, 'App ID').inputValue()).toBe(APP_ID)
    await expect.poll(() => field(page, 'Client ID').inputValue()).toBe('my own')
    await expect.poll(() => field(page, 'Client secret').inputValue()).toBe('typed-secret')
    await notice(page).getByRole('button', { name: 'Replace' }).press('Enter')
    await expect.poll(() => field(page, 'Client ID').inputValue()).toBe(CLIENT_ID)
    await expect.poll(() => field(page, 'Client secret').inputValue()).toBe('')
    await field(page, 'Client secret').fill('another-one')
    await page.getByRole('button', { name: 'Save and issue token' }).click()
    await expect.poll(() => asked(page, 'service-app.add')).toMatchObject([{ clientSecret: 'another-one' }])
  })

  test('of several rows open Import with them', async () => {
    const none = { names: [], more: 0 }
    const dryRun: ImportDryRun = {
      kind: 'profiles',
      id: 'import-1',
      file: null,
      comingIn: 2,
      refused: 0,
      tokenManager: null,
      lacking: [],
      found: { serviceApp: none, tokenManager: none, ignored: none, skippedLines: 0 },
    }
    const page = await adding({
      'paste.read': { ok: true, value: { kind: 'import', id: 'paste-1', rows: 2 } },
      'paste.import': { ok: true, value: dryRun },
      'import.rows': { ok: true, value: { rows: [], total: 0 } },
    })
    await paste(field(page, 'Name'), 'name,clientId\nA,1\nB,2')
    await notice(page).getByText('The pasted text has 2 rows').waitFor()
    await notice(page).getByRole('button', { name: 'Open in Import' }).press('Enter')
    await page.getByRole('button', { name: 'Import 2 rows' }).waitFor()
    expect(await asked(page, 'paste.import')).toEqual([{ id: 'paste-1' }])
    expect(await asked(page, 'import.forget')).toEqual([])
  })

  test('that cannot be read are refused in words, and nothing typed is lost', async () => {
    const page = await adding({
      'paste.read': { ok: false, error: { code: 'invalid', message: 'YAML is not read.', field: 'text' } },
    })
    await field(page, 'Name').fill('Orders')
    await paste(field(page, 'App ID'), 'serviceApp:\n  appId: x')
    await notice(page).getByText('YAML is not read.').waitFor()
    await expect.poll(() => field(page, 'App ID').inputValue()).toBe('')
    await expect.poll(() => field(page, 'Name').inputValue()).toBe('Orders')
  })

  test('of another app after the first ones ask before they replace anything', async () => {
    const page = await adding({ 'paste.read': values() })
    await paste(field(page, 'Name'), TEXT)
    await notice(page).getByText('Filled in').waitFor()
    await answer(page, 'paste.read', values({ id: 'paste-2', texts: { clientId: 'other' } }))
    await paste(field(page, 'Name'), TEXT)
    await notice(page).getByText('Not changed: client ID and client secret.').waitFor()
  })

  test('that are dropped into a field are read as well', async () => {
    const page = await adding({ 'paste.read': values() })
    const isTaken = await field(page, 'Client ID').evaluate((input, text) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.setData('text', text)
      return !input.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }, TEXT)
    expect(isTaken).toBe(true)
    await notice(page).getByText('Filled in').waitFor()
  })

  test('into an edit fill the secret, and ask before they change the rest', async () => {
    const page = await open({
      view: home,
      hash: '#/service-apps/p1',
      answers: {
        'paste.read': values({ texts: { appId: orders.appId, clientId: CLIENT_ID } }),
        'service-app.edit': { ok: true, value: null },
      },
    })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await paste(field(page, 'Refresh token'), TEXT)
    await notice(page).getByText('Not changed: client ID.').waitFor()
    expect(await asked(page, 'paste.read')).toMatchObject([{ form: 'edit' }])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect
      .poll(() => asked(page, 'service-app.edit'))
      .toMatchObject([{ clientId: orders.clientId, clientSecret: null, pasted: { clientSecret: 'paste-1' } }])
  })

  test('into a duplicate replace the suggested name without asking', async () => {
    const page = await open({
      view: home,
      answers: { 'paste.read': values({ texts: { name: 'Orders Globex' } }) },
    })
    await page.getByRole('button', { name: 'More Orders' }).click()
    await page.getByRole('menuitem', { name: 'Duplicate for another org' }).click()
    await paste(field(page, 'Target org ID'), TEXT)
    await notice(page).getByText('Filled in: name and client secret').waitFor()
    await expect.poll(() => field(page, 'Name').inputValue()).toBe('Orders Globex')
  })

  test('into the integration fill its client ID, and main puts in the secret', async () => {
    const page = await open({
      view: view({}),
      answers: { 'paste.read': values({ texts: { clientId: 'C-int' } }) },
    })
    await page.getByRole('button', { name: 'Connect integration' }).first().click()
    await paste(field(page, 'Client secret'), TEXT)
    await notice(page).getByText('Filled in: client ID and client secret').waitFor()
    await page.getByRole('button', { name: 'Authorize in browser' }).click()
    await expect
      .poll(() => asked(page, 'connect.begin'))
      .toMatchObject([
        { credentials: { clientId: 'C-int', clientSecret: null }, pasted: { clientSecret: 'paste-1' } },
      ])
  })

  test('into the personal access token give it to main', async () => {
    const page = await open({
      view: view({}),
      answers: { 'paste.read': values({ texts: {}, secrets: ['token'] }) },
    })
    await page.getByRole('button', { name: 'Connect integration' }).first().click()
    await page.getByRole('button', { name: 'Use a personal access token' }).click()
    await paste(field(page, 'Personal access token'), TEXT)
    await notice(page).getByText('Filled in: personal access token').waitFor()
    await page.getByRole('button', { name: 'Use this token' }).click()
    await expect
      .poll(() => asked(page, 'connect.personal-token'))
      .toEqual([{ token: null, pasted: { token: 'paste-1' } }])
  })
})

describe('one value pasted', () => {
  test('is put in without what copying added, and the focus stays', async () => {
    const page = await adding()
    await paste(field(page, 'App ID'), `  "${APP_ID}",\n`)
    await expect.poll(() => field(page, 'App ID').inputValue()).toBe(APP_ID)
    await focused(field(page, 'App ID'))
    await paste(field(page, 'Customer'), '\ufeffAcme, Inc.\u200b\n')
    await expect.poll(() => field(page, 'Customer').inputValue()).toBe('Acme, Inc.')
    await paste(field(page, 'Customer'), ' Berlin')
    await expect.poll(() => field(page, 'Customer').inputValue()).toBe('Acme, Inc. Berlin')
    expect(await asked(page, 'paste.read')).toEqual([])
  })

  test.each([
    APP_ID,
    `${APP_ID}==`,
    CLIENT_ID,
    '1eb65fdf-9643-417f-9974-ad72cae0e10f',
    'ciscospark://us/ORGANIZATION/1eb65fdf-9643-417f-9974-ad72cae0e10f',
    'ZjNhYmNkZWYtMTIzNC01Njc4_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f',
    'Bearer ZjNhYmNkZWYtMTIzNC01Njc4',
    'Acme, Inc.',
    'Müller & Söhne = Co.',
    'Project: Orders',
    '  Acme\n',
    '\u05d0\u05d1\u05d2 (Acme)',
  ])('%j is one', (text) => expect(hasSeveralValues(text)).toBe(false))

  test.each([
    ...Object.entries(PASTES).filter(([kind]) =>
      /^(?!base64).*(YAML|TOML|\.env|JSON$|fragment|PowerShell|batch|tabs)/.test(kind),
    ),
    ['rows', 'name,clientId\nA,1'],
    ['lines', 'Acme\rBerlin'],
    ['an array', '[1]'],
  ])('%s are several', (_, text) => expect(hasSeveralValues(text)).toBe(true))

  test.each([
    ['"abc",', 'abc'],
    ["'abc';", 'abc'],
    ['<abc>', 'abc'],
    ['\u201cabc\u201d', 'abc'],
    ['\u00a0abc\u2060\n', 'abc'],
    ['a"b"', 'a"b"'],
    ['""', '""'],
  ])('%j becomes %j', (text, value) => expect(trimCopied(text, false)).toBe(value))

  test('a name keeps its quotes', () => expect(trimCopied(' "Acme" ', true)).toBe('"Acme"'))
})
