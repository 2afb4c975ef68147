// Fields that are stored and shown in clear take no secret, on whichever way it comes in, and nobody quotes it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planEdit } from '#application/service-app-plan.ts'
import { csvRow } from '#base/common/csv.ts'
import { type Input, requests } from '#contract/contract.ts'
import { parseTokenConfig } from '#contract/token-config.ts'
import { nameProblem, secretIn, valueProblem } from '#contract/value-rules.ts'
import { candidateOf } from '#import/candidate.ts'
import { readImport } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'
import { dispatch, type Handlers } from '#ipc/dispatcher.ts'
import { remarksOn } from '#renderer/features/add-service-app/field-remarks.ts'
import { integrationRemarks } from '#renderer/features/connect/integration-remarks.ts'
import { readCommandLine } from '#satm/client/command-line.ts'
import { CANARY, IDS, PASTES } from './hostile/pastes.ts'
import { aPair, aProfile, aServiceApp, temporaryFolder } from './vault/support/builders.ts'
import { opened } from './vault/support/opened.ts'

const ID_FIELDS = ['appId', 'clientId', 'targetOrgId'] as const
const pastes = Object.entries(PASTES)
const FLEET = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }
const GOOD = { name: 'Orders', appId: 'QXBw', clientId: 'C1', clientSecret: 's3cr3t', targetOrgId: 'T1' }

function added(change: Partial<Input<'service-app.add'>>): Input<'service-app.add'> {
  return {
    ...GOOD,
    orgName: null,
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: null,
    tokenManager: null,
    issueToken: true,
    ...change,
  }
}

/** Handlers that take whatever reaches them. */
const taking = new Proxy({}, { get: () => () => null }) as Handlers
const ask = (name: string, input: unknown) => dispatch(taking, name, input, () => undefined)

function expectRefused(reply: unknown, field: string): void {
  expect(reply).toMatchObject({ ok: false, error: { code: 'invalid', field } })
  expect(JSON.stringify(reply)).not.toContain(CANARY.slice(0, 12))
}

function importedRow(text: string) {
  const content = readImport(text, text.startsWith('[') ? 'orgs.json' : 'orgs.csv')
  if (content.kind !== 'profiles') throw new Error('The file was refused as a whole.')
  const plan = planImport(content.candidates, { fleet: FLEET, now: 0, newId: () => 'id' })
  expect(plan.changes).toEqual([])
  return plan.rows[0]
}

describe.each(ID_FIELDS)('%s', (field) => {
  test.each(pastes)('is no place for %s: the request to add is refused', async (_, text) => {
    expectRefused(await ask('service-app.add', added({ [field]: text })), field)
  })

  test.each(pastes)('is no place for %s: the form says so', (_, text) => {
    const typed = { ...GOOD, orgName: '', accessToken: '', refreshToken: '', [field]: text.trim() }
    const remark = remarksOn(typed, { integrationClientIds: [], profiles: [] })[field]
    expect(remark?.level).toBe('error')
    expect(remark?.sentence).not.toContain(CANARY.slice(0, 12))
  })

  test.each(pastes)('is no place for %s: an imported row is refused', (_, text) => {
    const values = { ...GOOD, [field]: text }
    const heading = 'name,app id,client id,secret,org id\n'
    const cells = [values.name, values.appId, values.clientId, values.clientSecret, values.targetOrgId]
    for (const file of [heading + csvRow(cells), JSON.stringify([values])]) {
      expect(importedRow(file)).toMatchObject({ kind: 'refused', field })
    }
  })

  test.each(pastes)('is no place for %s: a token-config.json is refused', (_, text) => {
    const config = parseTokenConfig(JSON.stringify({ serviceApp: { ...GOOD, [field]: text } }))
    if (text.length > 100_000) return expect(config.kind).toBe('refused')
    expect(config).toMatchObject({ kind: 'refused', field: `serviceApp.${field}` })
    expect(JSON.stringify(config)).not.toContain(CANARY.slice(0, 12))
  })

  test.each(IDS)('takes %s, with white space around it', async (id) => {
    expect(valueProblem(field, id)).toBeNull()
    expect(await ask('service-app.add', added({ [field]: `  ${id}\n` }))).toMatchObject({ ok: true })
  })
})

const hex64 = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const clientId = hex64.map((digits) => `C${digits}`)
const uuid = fc.oneof(
  fc.uuid(),
  fc.uuid().map((text) => text.toUpperCase()),
)
const cluster = fc.constantFrom(
  'us',
  'eu',
  'urn:TEAM:us-west-2_r',
  'urn:TEAM:eu-central-1_k',
  'us-gov-west-1',
)
const kind = fc.constantFrom('APPLICATION', 'ORGANIZATION', 'PEOPLE', 'ROOM', 'TEAM', 'DEVICE')
const uri = fc
  .tuple(cluster, kind, fc.oneof(clientId, uuid))
  .map((parts) => `ciscospark://${parts.join('/')}`)
const writings: readonly ((id: string) => string)[] = [
  (id) => id,
  (id) => Buffer.from(id).toString('base64'),
  (id) => Buffer.from(id).toString('base64url'),
]
const genuineId = fc
  .tuple(fc.oneof(uuid, uri, clientId), fc.constantFrom(...writings))
  .map(([id, written]) => written(id))

test('an ID of Webex is taken whatever its digits, its cluster and its spelling', () => {
  const taken = (id: string) => ID_FIELDS.every((field) => valueProblem(field, id) === null)
  fc.assert(fc.property(genuineId, taken), { numRuns: 5000 })
  fc.assert(fc.property(genuineId, (id) => valueProblem('name', `Orders (${id})`) === null))
})

describe('a secret that is encoded is refused, whatever its digits:', () => {
  const token = fc.tuple(fc.base64String({ minLength: 64, maxLength: 64 }), uuid)
  const basic = fc.tuple(clientId, fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 }))
  test.each<[string, fc.Arbitrary<string>]>([
    ['a client secret', hex64],
    ['an opaque token', token.map(([opaque, org]) => `${opaque}_PE93_${org}`)],
    ['Basic credentials', basic.map(([id, secret]) => `${id}:${secret}`)],
    ['a YAML line', fc.uuid().map((secret) => `refresh_token: ${secret}`)],
  ])('%s', (_, secret) => {
    const wrappings: readonly ((text: string) => string)[] = [
      (text) => Buffer.from(text).toString('base64'),
      (text) => Buffer.from(text).toString('base64url'),
      (text) => Buffer.from(`${text}\n`).toString('base64'),
      (text) => Buffer.from(text, 'utf16le').toString('base64').replace(/=+$/, ''),
    ]
    const wrapped = fc.tuple(secret, fc.constantFrom(...wrappings)).map(([text, wrap]) => wrap(text))
    fc.assert(fc.property(wrapped, (text) => ID_FIELDS.every((field) => valueProblem(field, text) !== null)))
  })

  test('one that is known has no shape of its own', () => {
    const opaque = fc.string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 60 })
    const found = (secret: string) =>
      secretIn({ clientId: Buffer.from(secret).toString('base64') }, ['other-secret', secret])?.field ===
      'clientId'
    fc.assert(fc.property(opaque, found))
  })
})

describe('the client ID of an integration', () => {
  test.each(pastes)('is not %s', async (_, text) => {
    const credentials = { clientId: text, clientSecret: 's3cr3t' }
    expectRefused(await ask('connect.begin', { credentials, managerId: null }), 'clientId')
    expect(integrationRemarks({ ...credentials, clientId: text.trim() }, []).clientId?.level).toBe('error')
    const tokenManager = { kind: 'integration', ...credentials, refreshToken: 'r' } as const
    expectRefused(await ask('service-app.add', added({ tokenManager })), 'clientId')
    const config = parseTokenConfig(JSON.stringify({ serviceApp: GOOD, tokenManager }))
    expect(config.kind).toBe('refused')
  })

  test('is not its own secret', () => {
    const integration = { clientId: CANARY, clientSecret: CANARY, refreshToken: 'r' }
    const config = parseTokenConfig(JSON.stringify({ serviceApp: GOOD, tokenManager: { integration } }))
    expect(config).toMatchObject({ kind: 'refused', field: 'tokenManager.clientId' })
  })
})

test.each([
  ['xyz', 'warning'],
  ['1eb65fdf-9643', 'warning'],
  [Buffer.from('ciscospark://us/PEOPLE/1eb65fdf-9643-417f-9974-ad72cae0e10f').toString('base64'), 'warning'],
  ['1EB65FDF-9643-417F-9974-AD72CAE0E10F', 'good'],
  ['ciscospark://us/ORGANIZATION/1eb65fdf-9643-417f-9974-ad72cae0e10f', 'good'],
  [Buffer.from('1eb65fdf-9643-417f-9974-ad72cae0e10f').toString('base64'), 'good'],
] as const)('the org ID %s gets a remark: %s', (targetOrgId, level) => {
  const typed = { ...GOOD, orgName: '', accessToken: '', refreshToken: '', targetOrgId }
  expect(remarksOn(typed, { integrationClientIds: [], profiles: [] }).targetOrgId?.level).toBe(level)
})

test.each(['********', '****cdef', 'abcd****cdef'])(
  'a secret that was hidden where it was copied is refused: %s',
  (text) => {
    for (const field of ['clientSecret', 'accessToken', 'refreshToken'] as const)
      expect(valueProblem(field, text)).toMatch(/hidden by asterisks/)
  },
)

describe('a name', () => {
  test.each([
    ['a client secret with its name', `Orders client_secret=${CANARY}`],
    ['a JSON fragment', `{"clientSecret": "${CANARY}"`],
    ['YAML', `refresh_token: ${CANARY}`],
    ['PowerShell', `$env:WEBEX_ACCESS_TOKEN = "${CANARY}"`],
    ['an opaque token', PASTES['an opaque token'] ?? ''],
    ['a JSON web token', PASTES['a JSON web token'] ?? ''],
    ['a client secret with its name in words', 'Client secret: abcdefgh'],
    ['a client secret with its name in capitals', 'CLIENT SECRET=abcdefgh'],
    ['a password', 'Orders, password: hunter22'],
    ['a key of a dictionary', "clientSecret'] = 'x'"],
    ['a key of a nested dictionary', `config["app"]["refresh-token"] = "x"`],
    ['a passphrase with a full-width colon', 'passphrase：abcdefgh'],
    ['an API key', 'api_key: 123'],
    ['a header', 'Bearer MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz'],
    ['words around base64 of a client secret', `Orders (${PASTES['base64 of a client secret']})`],
    ['words around Basic credentials', `Basic ${PASTES['Basic credentials with another secret']}`],
    ['an opaque token cut short', `Orders ${PASTES['an opaque token without its org']}`],
    ['a secret of a webhook', PASTES['a secret of a webhook'] ?? ''],
    ['a line break', `Orders\n${CANARY}`],
    ['a mark that turns text around', `Orders\u202e${CANARY}`],
    ['a megabyte', CANARY.padEnd(1_000_000, 'a')],
  ])('is not %s', async (_, text) => {
    for (const field of ['name', 'orgName'] as const) {
      expectRefused(await ask('service-app.add', added({ [field]: text })), field)
      const typed = { ...GOOD, orgName: '', accessToken: '', refreshToken: '', [field]: text }
      expect(remarksOn(typed, { integrationClientIds: [], profiles: [] })[field]?.level).toBe('error')
      expect(importedRow(JSON.stringify([{ ...GOOD, [field]: text }]))).toMatchObject({
        kind: 'refused',
        field,
      })
    }
    expectRefused(await ask('endpoint.add-consumer', { name: text, profileIds: null }), 'name')
  })

  test.each([
    'Orders (Acme)',
    'Müller & Söhne',
    'عملاء',
    '👩‍🚀 crew',
    'Client secret rotation',
    'A=B: tokens',
    'Passwords & secrets (Acme)',
    'Access tokens of Globex: EU',
    'service_app_for_the_acme_customer_v2_eu1',
    'Customer-integration-of-orders 2026-11-28',
    'Build 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
    'Org 0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  ])('%s is one', (text) => expect(valueProblem('name', text)).toBeNull())
})

describe.each(['clientSecret', 'accessToken', 'refreshToken'] as const)('%s', (field) => {
  test.each([
    ['YAML', PASTES.YAML ?? ''],
    ['a value shortened with dots', `${CANARY}...`],
    ['a value shortened in its middle', `ab…${CANARY}`],
    ['a space', `a ${CANARY}`],
    ['a no-break space', `a\u00a0${CANARY}`],
    ['a zero-width space', `${CANARY}\u200b`],
  ])('is not %s', async (_, text) => {
    expectRefused(await ask('service-app.add', added({ [field]: text })), field)
    expect(importedRow(JSON.stringify([{ ...GOOD, [field]: text }]))).toMatchObject({
      kind: 'refused',
      field,
    })
  })
})

test('a row of an import whose ID or name contains its own secret is refused by field', () => {
  const row = (change: object) => importedRow(JSON.stringify([{ ...GOOD, clientSecret: CANARY, ...change }]))
  expect(row({ clientId: CANARY })).toMatchObject({ kind: 'refused', field: 'clientId' })
  expect(row({ appId: `a${CANARY}` })).toMatchObject({ kind: 'refused', field: 'appId' })
  expect(row({ orgName: `Acme ${CANARY}` })).toMatchObject({ kind: 'refused', field: 'orgName' })
  expect(row({ accessToken: 'abc', targetOrgId: 'abc' })).toMatchObject({ field: 'targetOrgId' })
})

test('a vault with values the rules of today refuse opens whole, and its service app can be edited', async () => {
  const vault = await opened(temporaryFolder())
  const odd = { appId: `appId: a\nsecret: ${CANARY}`, clientId: 'a b' }
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa', odd) },
      { kind: 'profile-saved', profile: aProfile('p', { targetOrgId: 'short…', pair: aPair('x') }) },
    ],
    [],
  )
  const idClock = { now: () => 0, newId: () => 'new' }
  const stored = {
    ...GOOD,
    ...odd,
    targetOrgId: 'short…',
    name: 'Renamed',
    orgName: null,
    clientSecret: null,
  }
  const probe = { kind: 'data-sources' } as const
  const edit = { ...stored, profileId: 'p', probe, refreshToken: null }
  const parsed = requests['service-app.edit'].parse(edit)
  await vault.commit(planEdit((await vault.load()).fleet, parsed, idClock), [])
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  expect(fleet.serviceApps.get('sa')).toMatchObject(odd)
  expect(fleet.profiles.get('p')).toMatchObject({ name: 'Renamed', targetOrgId: 'short…' })
  expect(fleet.profiles.get('p')?.pair?.accessToken?.reveal()).toBe(aPair('x').accessToken?.reveal())
})

test('a probe path holds no token', async () => {
  const path = `/rooms?access_token=${PASTES['an opaque token']}`
  expectRefused(await ask('service-app.add', added({ probe: { kind: 'custom', path } })), 'path')
})

test.each([
  [PASTES['an opaque token'] ?? ''],
  ['list', PASTES['a JSON web token'] ?? ''],
  ['token', 'Orders', PASTES['an opaque token'] ?? ''],
  ['exec', 'Orders', PASTES['an opaque token'] ?? ''],
  ['token', 'Orders', '--min-ttl', PASTES['an opaque token'] ?? ''],
  ['env', 'Orders', '--shell', PASTES['a client secret of Webex'] ?? ''],
  [`--${PASTES['an opaque token']}`],
])('a token among the arguments of satm is not printed: %s', (...args) => {
  const command = readCommandLine(args)
  expect(command.kind).toBe('wrong')
  expect(JSON.stringify(command)).not.toMatch(new RegExp(`${CANARY.slice(0, 12)}|c0ffee|eyJ`))
})

describe('a name', () => {
  test.for([
    ['an arrow that turns text around', 'Acme\u202eGmbH'],
    ['a left-to-right mark', 'Acme\u200e'],
    ['an Arabic letter mark', '\u061cAcme'],
    ['a line separator', 'Acme\u2028GmbH'],
    ['a soft hyphen', 'Ac\u00adme'],
    ['a word joiner', 'Ac\u2060me'],
    ['a tag character', 'Acme\u{e0041}'],
    ['half a character', 'Acme\ud83d'],
    ['a joiner at its end', 'Acme\u200d'],
    ['a non-joiner at its beginning', '\u200cAcme'],
    ['a Hangul filler at its end', 'Acme\u3164'],
    ['a blank of Braille at its end', 'Acme\u2800'],
    ['a variation selector at its beginning', '\ufe0fAcme'],
  ] as const)('may not have %s', ([, name]) => {
    expect(nameProblem('The name', name)).toMatch(/invisible character/)
  })

  test.for(['می\u200cخواهم', 'क्\u200dष', '👩‍💻 Support', 'Love ❤️', 'Mu\u0308ller & Söhne', 'שלום Ltd'])(
    'may be %s',
    (name) => {
      expect(nameProblem('The name', name)).toBeNull()
    },
  )

  test('is stored in one spelling of its letters, however it was typed or imported', () => {
    for (const request of ['service-app.add', 'service-app.edit'] as const) {
      expect(requests[request].shape.name.parse(' Mu\u0308ller ')).toBe('M\u00fcller')
    }
    const values = new Map([
      ['name', 'Mu\u0308ller'],
      ['orgName', 'Cafe\u0301'],
    ] as const)
    expect(candidateOf(1, values)).toMatchObject({ name: 'M\u00fcller', orgName: 'Caf\u00e9' })
  })
})
