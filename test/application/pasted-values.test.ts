import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPastedValues } from '#application/pasted-values.ts'
import type { Input, PastedView } from '#contract/contract.ts'
import { directReader } from './support/direct-reader.ts'

const CASES = path.join(import.meta.dirname, '../import/cases')
const CLIENT_ID = `C${'7e57'.repeat(16)}`
const APP_ID = Buffer.from(`ciscospark://us/APPLICATION/${CLIENT_ID}`).toString('base64url')
const ORG = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
const SECRET = 'canary-client-secret'
const serviceApp = { appId: APP_ID, clientId: CLIENT_ID, clientSecret: SECRET, targetOrgId: ORG }
const integration = {
  clientId: `C${'9f8e'.repeat(16)}`,
  clientSecret: 'canary-manager',
  refreshToken: 'canary-rt',
}
const config = (parts: object = {}) => JSON.stringify({ serviceApp, ...parts }, null, 2)
const withManager = config({ tokenManager: { integration } })
const withToken = config({ tokenManager: { personalAccessToken: 'canary-pat' } })
const texts = { appId: APP_ID, clientId: CLIENT_ID, targetOrgId: ORG }

function stage({ hasManager = false } = {}) {
  let count = 0
  const pasted = createPastedValues({
    reader: directReader,
    newId: () => `paste-${++count}`,
    hasManager: () => hasManager,
  })
  const read = (form: Input<'paste.read'>['form'], text: string) => pasted.read({ form, text })
  const values = async (form: Input<'paste.read'>['form'], text: string) => {
    const view = await read(form, text)
    if (view.kind !== 'values') throw new Error(view.kind)
    return view
  }
  return { pasted, read, values }
}

describe('a text pasted into the form of a service app', () => {
  test.each([
    ['a token-config.json', config()],
    ['one with a byte order mark', `\ufeff${config()}`],
    ['one with comments and a trailing comma', `// ours\n${config().replace(/\n}$/, ',\n}')}`],
    ['one in a code block', `\`\`\`json\n${config()}\n\`\`\``],
    [
      'what a message says, line by line',
      `App ID: ${APP_ID}\r\nClient ID: ${CLIENT_ID}\r\nClient Secret: ${SECRET}\r\nOrg ID: ${ORG}\r\n`,
    ],
    ['a list of one', JSON.stringify([serviceApp])],
    ['an object by name', JSON.stringify({ Acme: serviceApp })],
    [
      'a row with its columns',
      `appId,clientId,clientSecret,targetOrgId\n${Object.values(serviceApp).join(',')}`,
    ],
    [
      'a row of a spreadsheet',
      `App ID\tClient ID\tSecret\tOrg ID\r\n${Object.values(serviceApp).join('\t')}\r\n`,
    ],
  ])('%s fills it, and no secret is answered', async (_, text) => {
    const { pasted, values } = stage()
    const view = await values('add', text)
    expect(view).toMatchObject({ texts, secrets: ['clientSecret'], remarks: [] })
    expect(JSON.stringify(view)).not.toContain(SECRET)
    expect(pasted.secret(null, 'clientSecret', { clientSecret: view.id })).toBe(SECRET)
    expect(pasted.secret('typed', 'clientSecret', { clientSecret: view.id })).toBe('typed')
  })

  test('a .env fills the tokens; of those an edit takes the refresh token alone', async () => {
    const text = 'WEBEX_SERVICE_APP_ACCESS_TOKEN=canary-at\nWEBEX_SERVICE_APP_REFRESH_TOKEN=canary-rt\n'
    const { values } = stage()
    expect(await values('add', text)).toMatchObject({ texts: {}, secrets: ['accessToken', 'refreshToken'] })
    const edit = await values('edit', text)
    expect(edit.secrets).toEqual(['refreshToken'])
    expect(edit.remarks).toEqual([expect.stringMatching(/^Access token ignored/)])
  })

  test.each([
    ['its integration is taken over', { hasManager: false }, 'add', withManager, true, /is connected/],
    ['its personal access token is taken over', { hasManager: false }, 'add', withToken, true, /12 hours/],
    [
      'but not beside another',
      { hasManager: true },
      'add',
      withManager,
      false,
      /ignored: one is already connected/,
    ],
    ['nor by an edit', { hasManager: false }, 'edit', withManager, false, /ignored: connect it/],
  ] as const)('with a token manager: %s', async (_, there, form, text, isTaken, remark) => {
    const { pasted, values } = stage(there)
    const view = await values(form, text)
    expect(view.withManager).toBe(isTaken)
    expect(view.remarks).toEqual([expect.stringMatching(remark)])
    expect(pasted.manager(view.id) !== null).toBe(isTaken)
  })

  test.each([
    ['shortened', { clientSecret: 'abc...' }, /^Ignored: The client secret was shortened/],
    ['a placeholder', { targetOrgId: 'YOUR_ORG_ID_HERE' }, /^Ignored: A template's placeholder/],
    ['a secret that would be shown', { name: `Orders ${SECRET}` }, /^Ignored: The name contains a secret/],
    ['missing', { targetOrgId: undefined }, /^The target org ID is missing/],
  ] as const)(
    'a value that is %s stays out and is named; the others are filled in',
    async (_, wrong, remark) => {
      const [field = ''] = Object.keys(wrong)
      const view = await stage().values('add', JSON.stringify([{ ...serviceApp, ...wrong }]))
      expect({
        ...view.texts,
        ...Object.fromEntries(view.secrets.map((name) => [name, ''])),
      }).not.toHaveProperty(field)
      expect(Object.keys(view.texts).length + view.secrets.length).toBeGreaterThanOrEqual(3)
      expect(view.remarks).toEqual([expect.stringMatching(remark)])
      expect(JSON.stringify(view)).not.toContain(SECRET)
    },
  )

  test('several rows are for the import, which gets what was read', async () => {
    const { pasted, read } = stage()
    const view = await read('add', JSON.stringify([serviceApp, { ...serviceApp, targetOrgId: 'other' }]))
    expect(view).toEqual({ kind: 'import', id: 'paste-1', rows: 2 })
    expect(pasted.reading('paste-1')).toMatchObject({
      source: { text: expect.stringContaining('other') },
      content: { kind: 'profiles', candidates: [{ line: 1 }, { line: 2 }] },
    })
  })

  test.each([
    'serviceApp:\n  appId: x\n',
    'Acme GmbH\nBerlin',
    '{"serviceApp":{"clientSecret":"canary-client-secret"}',
  ])('what cannot be read is refused without a word of it: %j', async (text) => {
    const refusal = await stage()
      .read('add', text)
      .catch((error: Error) => error)
    expect(refusal).toMatchObject({ code: 'invalid' })
    expect(String(refusal)).not.toMatch(/canary|Acme|Berlin/)
  })
})

describe('a text pasted where a token manager is connected', () => {
  test('fills the client ID and secret of its integration alone', async () => {
    const { pasted, values } = stage()
    const view = await values('connect', withManager)
    expect(view).toMatchObject({ texts: { clientId: integration.clientId }, secrets: ['clientSecret'] })
    expect(view.remarks.join(' ')).toMatch(/Refresh token ignored.*Service app ignored/)
    expect(pasted.secret(null, 'clientSecret', { clientSecret: view.id })).toBe(integration.clientSecret)
    expect(pasted.manager(view.id)).toBeNull()
  })

  test('fills the personal access token', async () => {
    const { pasted, values } = stage()
    const view = await values('personal-token', withToken)
    expect(view).toMatchObject({ texts: {}, secrets: ['token'] })
    expect(pasted.secret(null, 'token', { token: view.id })).toBe('canary-pat')
  })

  test.each([
    ['connect', config(), /a service app, not an integration/],
    ['connect', withToken, /not an integration/],
    ['personal-token', withManager, /not a personal access token/],
    ['personal-token', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=canary-at', /tokens of a service app, not a personal/],
  ] as const)('%s never takes what belongs to a service app', async (form, text, sentence) => {
    await expect(stage().read(form, text)).rejects.toMatchObject({ message: expect.stringMatching(sentence) })
  })
})

test('a closed form forgets what was pasted', async () => {
  const { pasted, values } = stage()
  const { id } = await values('add', withManager)
  pasted.forget()
  expect(() => pasted.secret(null, 'clientSecret', { clientSecret: id })).toThrow(/Paste it again/)
  expect(() => pasted.manager(id)).toThrow(/Paste it again/)
  expect(() => pasted.reading(id)).toThrow(/Paste it again/)
})

test('a form that is closed while it is read gets nothing', async () => {
  const { pasted, read } = stage()
  const reading = read('add', config())
  pasted.forget()
  await expect(reading).rejects.toMatchObject({ code: 'refused' })
})

test('no case file brings a secret into an answer, whatever form it is pasted into', async () => {
  const forms = ['add', 'edit', 'connect', 'personal-token'] as const
  const files = readdirSync(CASES)
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    const text = readFileSync(path.join(CASES, file), 'utf8').replaceAll('\0', '')
    // What the file has under the name of a secret.
    const secrets = [...text.matchAll(/(?:secret|token)\w*["']?\s*[:=]\s*["']?([^\s"',;{}[\]]{8,})/gi)].map(
      ([, value = '']) => value,
    )
    for (const form of forms) {
      const { read } = stage()
      const answer: PastedView | Error = await read(form, text).catch((error: Error) => error)
      const shown = answer instanceof Error ? answer.message : JSON.stringify(answer)
      expect(
        secrets.filter((secret) => shown.includes(secret)),
        `${file} in ${form}`,
      ).toEqual([])
    }
  }
})
