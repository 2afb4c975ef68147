// What a file offers, what of it would come in, and that nothing does before somebody says yes.
import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planConfigManager } from '#application/token-managers.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import type { Fleet, FleetChange, TokenManager } from '#engine/domain/model.ts'
import type { ImportContent } from '#import/import-dialect.ts'
import { readImport, readImportFile } from '#import/import-file.ts'
import { type ImportPlan, planImport } from '#import/import-plan.ts'
import { meaningOfName } from '#import/known-names.ts'
import {
  anIntegration,
  aPair,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'

const EMPTY: Fleet = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }
const ORG = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'
const HEADING = 'Name,App ID,Client ID,Client Secret,Org ID'

function appId(clientId: string): string {
  return Buffer.from(`ciscospark://us/APPLICATION/${clientId}`).toString('base64')
}

function orgId(uuid: string): string {
  return Buffer.from(`ciscospark://us/ORGANIZATION/${uuid}`).toString('base64')
}

function plan(content: ImportContent, fleet = EMPTY): ImportPlan {
  if (content.kind !== 'profiles') throw new Error(`expected profiles, got ${JSON.stringify(content)}`)
  let ids = 0
  const { candidates, tokenManager } = content
  return planImport(candidates, { fleet, tokenManager, now: NOW, newId: () => `id${++ids}` })
}

function csv(...rows: readonly string[]): ImportPlan {
  return plan(readImport([HEADING, ...rows].join('\n'), 'orgs.csv'))
}

const idClock = { now: () => NOW, newId: () => 'm' }

/** What becomes of a config's token manager where there is none yet. */
function managerOf(config: TokenConfigManager): TokenManager {
  const [change] = planConfigManager(EMPTY, config, idClock)
  if (change?.kind !== 'manager-saved') throw new Error('no token manager')
  return change.manager
}

/** The row that matters, as shown. */
function only(plan: ImportPlan) {
  expect(plan.rows).toHaveLength(1)
  return plan.rows[0]
}

describe('CSV', () => {
  const row = `Alpha,${appId('C1')},C1,s3cr3t,${orgId(ORG)}`

  test('a row comes in as a service app and a profile', () => {
    const result = csv(row)
    expect(result).toMatchObject({ comingIn: 1, refused: 0 })
    expect(only(result)).toEqual({
      kind: 'comes-in',
      line: 2,
      name: 'Alpha',
      orgName: '',
      appId: appId('C1'),
      clientId: 'C1',
      targetOrgId: orgId(ORG),
      warnings: [],
    })
    expect(result.changes.map(({ kind }) => kind)).toEqual(['service-app-saved', 'profile-saved'])
  })

  test('a row with the client ID of the integration is refused', () => {
    const fleet: Fleet = { ...EMPTY, managers: new Map([['m', anIntegration('m', { clientId: 'C1' })]]) }
    const result = plan(readImport([HEADING, row].join('\n'), 'orgs.csv'), fleet)
    expect(only(result)).toMatchObject({
      kind: 'refused',
      field: 'clientId',
      sentence: expect.stringContaining('token manager integration'),
    })
    expect(result.changes).toEqual([])
  })

  test('so is one with its client secret, the integration being here or in the same file', () => {
    const manager = anIntegration('m', { clientId: 'C9' })
    const secret = manager.clientSecret.reveal()
    const text = [HEADING, row.replace('s3cr3t', secret)].join('\n')
    const refused = {
      kind: 'refused',
      field: 'clientSecret',
      sentence: expect.stringContaining('integration'),
    }
    const here: Fleet = { ...EMPTY, managers: new Map([['m', manager]]) }
    expect(only(plan(readImport(text, 'orgs.csv'), here))).toMatchObject(refused)
    const variables = `SA_CLIENT_ID=C${'5'.repeat(64)}\nSA_CLIENT_SECRET=${secret}\nSA_ORG_ID=${ORG}\n`
    const both = `${variables}INT_CLIENT_ID=C9\nINT_CLIENT_SECRET=${secret}\nINT_REFRESH_TOKEN=r9\n`
    expect(only(plan(readImport(both, '.env')))).toMatchObject(refused)
  })

  test('rows of one service app share its credentials', () => {
    const result = csv(row, row.replace('Alpha', 'Beta').replace(orgId(ORG), orgId(ORG.replace('0b', '0c'))))
    expect(result.changes.map(({ kind }) => kind)).toEqual([
      'service-app-saved',
      'profile-saved',
      'profile-saved',
    ])
  })

  test('a BOM, CRLF, semicolons, quotes and columns in another order change nothing', () => {
    const text = `\ufeffORG_ID;secret;"client id";App-Id;Customer;Comment\r\n${ORG};s3cr3t;C1;${appId('C1')};"Alpha; ""Inc""\r\n2nd line";x\r\n`
    const result = plan(readImport(text.replace('\r\n2nd line', ''), 'orgs.csv'))
    expect(only(result)).toMatchObject({
      kind: 'comes-in',
      name: 'Alpha; "Inc"',
      targetOrgId: ORG,
      warnings: [],
    })
  })

  test('no secret is in what is shown', () => {
    const result = csv(row, row, `${row},more`, row.replace(ORG, ''))
    expect(JSON.stringify(result.rows)).not.toContain('s3cr3t')
    expect(JSON.stringify(result)).not.toContain('s3cr3t')
  })

  test.each<[string, string, string | null]>([
    ['a placeholder', row.replace('s3cr3t', 'YOUR_CLIENT_SECRET_HERE'), 'clientSecret'],
    ['nothing for a secret', row.replace('s3cr3t', ''), 'clientSecret'],
    ['a space in an id', row.replace(',C1,', ',C 1,'), 'clientId'],
    ['an id that is not ASCII', row.replace(',C1,', ',Ç1,'), 'clientId'],
    ['an id without end', row.replace(',C1,', `,${'C'.repeat(600)},`), 'clientId'],
    [
      'the id of a person for an org',
      row.replace(orgId(ORG), Buffer.from(`ciscospark://us/PEOPLE/${ORG}`).toString('base64')),
      'targetOrgId',
    ],
    ['the id of an org for an app', row.replace(appId('C1'), orgId(ORG)), 'appId'],
    ['a control character in a name', row.replace('Alpha', 'Al\u0007pha'), 'name'],
    ['a line break in a name', row.replace('Alpha', '"Al\npha"'), 'name'],
    ['a name that turns itself around', row.replace('Alpha', 'Al\u202epha'), 'name'],
    ['a name without end', row.replace('Alpha', 'A'.repeat(300)), 'name'],
    ['a cell too many', `${row},more`, null],
  ])('%s is refused by field', (_, text, field) => {
    expect(only(csv(text))).toMatchObject({ kind: 'refused', field })
  })

  test('a row that repeats another is refused, also by the other form of its org id', () => {
    const [, second, third] = csv(row, row, row.replace(orgId(ORG), ORG.toUpperCase())).rows
    expect(second).toMatchObject({ kind: 'refused', sentence: 'Same as line 2.' })
    expect(third).toMatchObject({ kind: 'refused', sentence: 'Same as line 2.' })
  })

  test.each([
    ['with padding', `${appId('C1')}=`],
    ['in the other alphabet', Buffer.from('ciscospark://us/APPLICATION/C1').toString('base64url')],
    ['as the URI it encodes', 'ciscospark://us/APPLICATION/C1'],
    ['of another cluster', Buffer.from('ciscospark://eu/APPLICATION/C1').toString('base64')],
  ])('an App ID %s is the same app: its rows are repeated, and share its credentials', (_, spelled) => {
    const again = row.replace(appId('C1'), spelled)
    const { rows, changes } = csv(row, again, again.replace(orgId(ORG), ORG.replace('0b', '0c')))
    expect(rows).toMatchObject([
      { kind: 'comes-in' },
      { kind: 'refused', sentence: 'Same as line 2.' },
      { kind: 'comes-in' },
    ])
    expect(changes.filter(({ kind }) => kind === 'service-app-saved')).toHaveLength(1)
  })

  test('a row that contradicts another is refused by field', () => {
    const other = row.replace(orgId(ORG), ORG.replace('0b', '0c'))
    expect(csv(row, other.replace('s3cr3t', 'another')).rows[1]).toMatchObject({
      kind: 'refused',
      field: 'clientSecret',
      sentence: 'The client secret differs from the one in line 2.',
    })
    expect(csv(row, other.replace(',C1,', ',C2,')).rows[1]).toMatchObject({
      kind: 'refused',
      field: 'clientId',
    })
  })

  test('what is stored already is refused, and its service app is shared', () => {
    const stored = aServiceApp('sa', { appId: appId('C1'), clientId: 'C1' })
    const profile = aProfile('p1', { name: 'Old', targetOrgId: ORG })
    const fleet = { ...EMPTY, serviceApps: new Map([['sa', stored]]), profiles: new Map([['p1', profile]]) }
    const same = row.replace('s3cr3t', stored.clientSecret.reveal())
    const text = [
      HEADING,
      same,
      same.replace(orgId(ORG), ORG.replace('0b', '0c')),
      row.replace(ORG, ''),
    ].join('\n')
    const result = plan(readImport(text, 'orgs.csv'), fleet)
    expect(result.rows[0]).toMatchObject({ kind: 'refused', sentence: 'Already in the list: Old.' })
    expect(result.changes).toMatchObject([{ kind: 'profile-saved', profile: { serviceAppId: 'sa' } }])
  })

  test('odd ids come in with a warning', () => {
    const row = only(csv(`Alpha,${appId('C2')},C1,s3cr3t,somewhere`))
    expect(row).toMatchObject({ kind: 'comes-in' })
    expect(row?.kind === 'comes-in' && row.warnings).toHaveLength(2)
  })

  test('a column that stands twice is no mistake as long as both say the same', () => {
    const twice = plan(readImport(`${HEADING},client-id\n${row},C1\n${row},\n${row},C2`, 'orgs.csv'))
    expect(twice.rows.map((each) => (each.kind === 'refused' ? each.sentence : each.kind))).toEqual([
      'comes-in',
      'Same as line 2.',
      "The service app's client ID appears twice.",
    ])
  })

  test('5 000 rows come in at once', () => {
    const rows = Array.from({ length: 5000 }, (_, n) =>
      row.replace('Alpha', `Org ${n}`).replace(orgId(ORG), `org-${n}`),
    )
    expect(csv(...rows)).toMatchObject({ comingIn: 5000, refused: 0 })
  })

  test.each([
    ['more rows than ever come in', [HEADING, ...Array.from({ length: 10_001 }, () => row)].join('\n')],
    ['no column for the org', `Name,App ID,Client ID,Client Secret\n${row}`],
    ['no first line with names', row],
    ['only the first line', HEADING],
    ['a quote that does not end', `${HEADING}\n"Alpha,x`],
    ['text after a quote', `${HEADING}\n"Alpha"x,y`],
  ])('%s: the file is refused', (_, text) => {
    expect(readImport(text, 'orgs.csv').kind).toBe('refused')
  })
})

describe('JSON', () => {
  const entry = {
    name: 'Alpha',
    appId: appId('C1'),
    clientId: 'C1',
    clientSecret: 's3cr3t',
    targetOrgId: ORG,
  }
  const read = (value: unknown) =>
    readImport(typeof value === 'string' ? value : JSON.stringify(value), 'orgs.json')

  test('a list of entries comes in', () => {
    expect(only(plan(read([entry])))).toMatchObject({ kind: 'comes-in', name: 'Alpha' })
  })

  test('one service app with its orgs comes in', () => {
    const { appId, clientId, clientSecret } = entry
    const orgs = [{ orgId: ORG, orgName: 'Alpha' }, { orgId: ORG.replace('0b', '0c') }]
    const result = plan(read({ appId, clientId, clientSecret, orgs }))
    expect(result.rows.map(({ name }) => name)).toEqual(['Alpha', 'Org 0c1c2d3e'])
    expect(result.comingIn).toBe(2)
  })

  test('tokens given with it come in as pasted', () => {
    const result = plan(read([{ ...entry, accessToken: 'a', refreshToken: 'r' }]))
    expect(result.changes[1]).toMatchObject({ profile: { pair: { origin: 'pasted', expiresAt: null } } })
  })

  test.each<[string, unknown, string | null]>([
    ['that is not an object', 'text', null],
    ['with a number for an id', { ...entry, clientId: 7 }, 'clientId'],
    ['with two values of one field', { ...entry, client_id: 'C2' }, 'clientId'],
    ['with a placeholder', { ...entry, appId: 'YOUR_SERVICE_APP_ID_HERE' }, 'appId'],
  ])('an entry %s is refused', (_, value, field) => {
    expect(only(plan(read([value])))).toMatchObject({ kind: 'refused', field })
  })

  test('__proto__ gives nobody a value', () => {
    const { name, ...rest } = entry
    const text = `[{"name":"Alpha","__proto__":${JSON.stringify(rest)}}]`
    expect(only(plan(read(text)))).toMatchObject({ kind: 'refused', field: 'appId', name })
    expect(Object.hasOwn(Object.prototype, 'appId')).toBe(false)
  })

  test.each([
    ['deep nesting', `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`],
    ['a key that stands twice', '[{"appId":"a","appId":"b"}]'],
    ['an empty list', '[]'],
    ['no list', '{"name":"Alpha"}'],
    ['two lists', '{"orgs":[{}],"profiles":[{}]}'],
    ['a cut file', '[{"appId":'],
    ['nothing', ' '],
  ])('%s: the file is refused', (_, text) => {
    expect(read(text).kind).toBe('refused')
  })
})

describe('token-config.json', () => {
  const serviceApp = { appId: appId('C1'), clientId: 'C1', clientSecret: 's3cr3t', targetOrgId: ORG }
  const integration = { clientId: 'C2', clientSecret: 's2', refreshToken: 'r2' }

  test.each([
    ['A', { integration }],
    ['B', { oauthClientId: 'C2', oauthClientSecret: 's2', oauthRefreshToken: 'r2' }],
    ['C', integration],
  ])('dialect %s brings a service app and a token manager', (_, tokenManager) => {
    const content = readImport(JSON.stringify({ serviceApp, tokenManager }), 'token-config.json')
    expect(only(plan(content))).toMatchObject({ kind: 'comes-in', clientId: 'C1' })
    if (content.kind !== 'profiles' || content.tokenManager === null) throw new Error('no token manager')
    const manager = managerOf(content.tokenManager)
    expect(manager).toMatchObject({ kind: 'integration', clientId: 'C2', isDefault: true })
    expect(manager.pair).toMatchObject({ accessToken: null, origin: 'pasted' })
    expect(manager.pair?.refresh?.token.reveal()).toBe('r2')
  })

  test('a personal access token is due at once', () => {
    const manager = managerOf({ kind: 'personal-access-token', token: 'pat' })
    expect(manager).toMatchObject({ kind: 'personal-access-token', isDefault: true })
    expect(manager.pair).toMatchObject({ expiresAt: null, refresh: null })
    expect(manager.pair?.accessToken?.reveal()).toBe('pat')
  })

  test.each<[string, TokenConfigManager]>([
    ['personal access token', { kind: 'personal-access-token', token: 'p"at' }],
    ['refresh token', { kind: 'integration', clientId: 'C2', clientSecret: 's2', refreshToken: 'r2;' }],
  ])('a text that no %s can be is refused, and not shown', (_, config) => {
    const refused = () => managerOf(config)
    expect(refused).toThrow(/^This is not a token/)
    expect(refused).not.toThrow(/p"at|r2;/)
  })

  test('a token manager that is there already stays the only one', () => {
    const there = managerOf({ kind: 'personal-access-token', token: 'pat' })
    const fleet = { ...EMPTY, managers: new Map([[there.id, there]]) }
    expect(planConfigManager(fleet, { kind: 'personal-access-token', token: 'other' }, idClock)).toEqual([])
  })

  test('a placeholder is refused by field', () => {
    const config = { serviceApp: { ...serviceApp, clientSecret: 'your_client_secret' } }
    expect(only(plan(readImport(JSON.stringify(config), 'token-config.json')))).toMatchObject({
      kind: 'refused',
      field: 'clientSecret',
    })
  })
})

describe('.env', () => {
  test.each([
    ['plain', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=a1\nWEBEX_SERVICE_APP_REFRESH_TOKEN=r1\n'],
    [
      'quoted, exported, commented, CRLF',
      '\ufeff# tokens\r\nexport WEBEX_SERVICE_APP_ACCESS_TOKEN="a1"\r\nWEBEX_SERVICE_APP_REFRESH_TOKEN = \'r1\' # refresh\r\nOTHER=x\r\n',
    ],
  ])('%s: both tokens are read', (_, text) => {
    const content = readImport(text, '/somewhere/.env')
    if (content.kind !== 'tokens') throw new Error(`expected tokens, got ${content.kind}`)
    expect(content.accessToken?.reveal()).toBe('a1')
    expect(content.refreshToken?.reveal()).toBe('r1')
  })

  test.each([
    ['spaces and a comment', '  export\tWEBEX_SERVICE_APP_ACCESS_TOKEN  =  a1   # mine'],
    ['blank lines before it', `${'\n'.repeat(150_001)}WEBEX_SERVICE_APP_ACCESS_TOKEN=a1`],
    ['a no-break space before it', '\u00a0WEBEX_SERVICE_APP_ACCESS_TOKEN=a1'],
    ['a comment with a line separator', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=a1 # b\u2028c'],
  ])('%s: the token is read, whatever the file is called', (_, text) => {
    const content = readImport(text, '')
    if (content.kind !== 'tokens') throw new Error(`expected tokens, got ${content.kind}`)
    expect(content.accessToken?.reveal()).toBe('a1')
  })

  test('what another variable holds over several lines is no token', () => {
    const text =
      'NOTE="as in the sample:\nWEBEX_SERVICE_APP_ACCESS_TOKEN=sample\n"\nWEBEX_SERVICE_APP_ACCESS_TOKEN=a1\n'
    const content = readImport(text, '.env')
    if (content.kind !== 'tokens') throw new Error(`expected tokens, got ${content.kind}`)
    expect([content.accessToken?.reveal(), content.refreshToken]).toEqual(['a1', null])
  })

  test('a quote that goes on: dotenv would read the quotes as well, and no token has any', () => {
    expect(readImport('WEBEX_SERVICE_APP_ACCESS_TOKEN="a"1', '').kind).toBe('refused')
  })

  test.each([
    ['no token', 'OTHER=x'],
    ['an empty one', 'WEBEX_SERVICE_APP_ACCESS_TOKEN='],
    ['a placeholder', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=your_access_token_here'],
    ['one that stands twice', 'WEBEX_SERVICE_APP_ACCESS_TOKEN=a\nWEBEX_SERVICE_APP_ACCESS_TOKEN=b'],
    ['a space within', 'WEBEX_SERVICE_APP_ACCESS_TOKEN="a b"'],
  ])('%s: the file is refused', (_, text) => {
    expect(readImport(text, '.env').kind).toBe('refused')
  })
})

describe('a variable', () => {
  const id = `C${'5'.repeat(64)}`

  test.each([
    'export NAME="VALUE"',
    "  export NAME='VALUE'; # mine",
    '$env:NAME = "VALUE"',
    `\${env:NAME}='VALUE';`,
    '$Env:NAME="VALUE"; $Env:OTHER="x"',
    '[Environment]::SetEnvironmentVariable("NAME", "VALUE", "User")',
    "[System.Environment]::SetEnvironmentVariable('NAME','VALUE')",
    'Set-Item -Path Env:\\NAME -Value "VALUE"',
    'set NAME=VALUE',
    '@SET "NAME=VALUE"',
    'setx NAME VALUE',
    'setx NAME "VALUE" /M',
    'set -x NAME VALUE',
    'set --global --export NAME "VALUE"',
    'setenv NAME VALUE',
    '- NAME=VALUE',
    '- "NAME=VALUE"',
    '-e NAME=VALUE',
    'ENV NAME="VALUE"',
    'Environment="NAME=VALUE"',
    'declare -x NAME="VALUE"',
    'NAME = "VALUE",',
  ])('is read as in %s', (way) => {
    const text = way.replace('NAME', 'SA_ACCESS_TOKEN').replace('VALUE', 'a1')
    const content = readImport(`${text}\r\n`, 'vars.sh')
    if (content.kind !== 'tokens') throw new Error(JSON.stringify(content))
    expect(content.accessToken?.reveal()).toBe('a1')
  })

  test.each([
    'serviceAppClientId',
    'service_app_client_id',
    'SERVICE_APP_CLIENT_ID',
    'service-app-client-id',
    'Service App Client ID',
    'serviceApp.clientId',
    'SA_CLIENT_ID',
    'Webex SA ClientID',
    'webex.byods.clientId',
    'WXCC_CLIENT_ID',
    'ClientID',
    'CLIENTID',
    'client id',
    'TF_VAR_client_id',
    'REACT_APP_CLIENT_ID',
  ])('or column called %s is a client ID', (name) => {
    expect(meaningOfName(name)).toMatchObject({ field: 'clientId', isPlain: true })
  })

  test.each(['INT_CLIENT_ID', 'integrationClientId', 'Token Manager Client ID', 'tokenManager.clientId'])(
    "called %s is the token manager's",
    (name) => {
      expect(meaningOfName(name)).toMatchObject({ field: 'clientId', owner: 'token-manager' })
    },
  )

  test.each([
    'WEBHOOK_SECRET',
    'BOT_TOKEN',
    'parent_org_id',
    'app.name',
    'printSecret',
    'visa_id',
    'CLIENT_ID_2',
  ])('called %s means nothing here', (name) => {
    expect(meaningOfName(name)).toBeNull()
  })

  test('of the integration is never mixed with those of a service app', () => {
    const text = `SA_CLIENT_ID=${id}\nINT_CLIENT_SECRET=s\nSA_ORG_ID=${ORG}\nINT_CLIENT_ID=C1\n`
    expect(readImport(text, '.env')).toMatchObject({
      kind: 'profiles',
      tokenManager: null,
      candidates: [{ clientId: id, clientSecret: null }],
      lacking: ['clientSecret'],
      found: { tokenManager: { names: ['INT_CLIENT_SECRET', 'INT_CLIENT_ID'] } },
    })
  })

  test('of a customer is never mixed with those of another one', () => {
    const text = `ACME_SA_CLIENT_ID=${id}\nACME_SA_CLIENT_SECRET=s\nBETA_SA_REFRESH_TOKEN=r\nORG_ID=${ORG}\n`
    const [acme, beta] = plan(readImport(text, '.env')).rows
    expect(acme).toMatchObject({ name: 'ACME', kind: 'comes-in' })
    expect(beta).toMatchObject({ name: 'BETA', kind: 'refused', sentence: expect.stringMatching(/^Missing/) })
  })

  test('that is left as in the template is no set', () => {
    const text = 'INT_CLIENT_ID=your_client_id\nINT_CLIENT_SECRET=<secret>\nSA_ACCESS_TOKEN=a1\n'
    expect(readImport(text, '.env')).toMatchObject({
      kind: 'tokens',
      tokenManager: null,
      found: { ignored: { names: ['INT_CLIENT_ID', 'INT_CLIENT_SECRET'] } },
    })
  })

  test('with a name that means nothing is listed in the refusal', () => {
    expect(readImport('DB_HOST=x\nDB_PASSWORD=c4n4ry\n', '.env')).toMatchObject({
      sentence: expect.stringMatching(/Found: DB_HOST, DB_PASSWORD\. Names end in CLIENT_ID/),
    })
  })
})

describe('a name that is shown', () => {
  const row = `${appId('C1')},C1,s3cr3t,${ORG}`
  const ignoredIn = (...names: readonly string[]) => {
    const cells = [...names, 'App ID,Client ID,Secret,Org ID'].join(',')
    const content = readImport(`${cells}\n${names.map(() => 'x').join(',')},${row}`, 'orgs.csv')
    if (content.kind !== 'profiles') throw new Error(JSON.stringify(content))
    return content.found.ignored
  }

  test.each([
    ['a client secret', '0123456789abcdef'.repeat(4)],
    ['a secret of another form', 'a1b2c3d4e5f6g7h8i9j0'],
    ['a token', `MTUzN2ExMzktAccess_PF84_${ORG}`],
    ['a secret with its name', 'client_secret=abc'],
    ['a text that turns around', 'no\u202etes'],
    ['a control character', 'no\u0007tes'],
  ])('is not %s, which is only counted', (_, name) => {
    expect(ignoredIn(name, 'Notes')).toEqual({ names: ['Notes'], more: 1 })
  })

  test('is cut, and so is the list', () => {
    const long = 'a long name of a column '.repeat(5).trim()
    expect(ignoredIn(long).names).toEqual(['a long name of a column a long name of…'])
    const many = Array.from({ length: 30 }, (_, n) => `Notes ${n}`)
    expect(ignoredIn(...many)).toEqual({ names: many.slice(0, 20), more: 10 })
  })
})

test.each([
  ['objects', `{"a": {\n "b": ${'{"c":'.repeat(20)}1${'}'.repeat(20)}}}`, 2],
  ['a key that stands twice', '[\n{"a":1,\n"a":2}]', 3],
  ['a value that is none', '[\n{"a": nothing}]', 2],
  ['a text that does not end', '[\n\n"abc]', 3],
  ['an end that is missing', '[\n{"a": 1}', 2],
])('JSON errors carry line and column: %s', (_, text, line) => {
  expect(readImport(text, 'x.json')).toMatchObject({
    sentence: expect.stringMatching(new RegExp(`: look at line ${line}, column \\d+\\.$`)),
  })
})

describe('a file', () => {
  test('of 60 MB is refused without being read', () => {
    const path = join(temporaryFolder(), 'large.json')
    writeFileSync(path, '[')
    truncateSync(path, 60 * 1024 * 1024)
    expect(readImportFile(path)).toEqual({
      kind: 'refused',
      sentence: 'The file is too large: 60 MB. The limit is 50 MB.',
    })
  })

  test.each([
    ['Windows-1252', Buffer.from(`${HEADING}\nM\xfcller`, 'latin1')],
    ['UTF-16 without its mark', Buffer.from(HEADING, 'utf16le')],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
    ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x61])],
    ['no text', Buffer.from([0x50, 0x4b, 3, 4, 0, 0])],
  ])('that is %s is refused with what to do', (_, bytes) => {
    const path = join(temporaryFolder(), 'orgs.csv')
    writeFileSync(path, bytes)
    expect(readImportFile(path)).toMatchObject({
      sentence: 'The file is not UTF-8. Save it as UTF-8 (in Excel: “CSV UTF-8”) and try again.',
    })
  })

  test.skipIf(process.platform === 'win32')('that is a pipe is not waited for', () => {
    const path = join(temporaryFolder(), 'pipe.csv')
    execFileSync('mkfifo', [path])
    expect(readImportFile(path)).toMatchObject({ kind: 'refused' })
  })

  test('that is missing is refused', () => {
    expect(readImportFile(join(temporaryFolder(), 'nothing.csv')).kind).toBe('refused')
  })

  test('is told by its content where the name says nothing', () => {
    expect(readImport('WEBEX_SERVICE_APP_ACCESS_TOKEN=a1', 'tokens').kind).toBe('tokens')
    expect(readImport(`${HEADING}\nx`, 'orgs.txt').kind).toBe('profiles')
    expect(readImport('{"orgs":[{}]}', 'orgs.txt').kind).toBe('profiles')
  })
})

test('confirming takes in all or nothing', async () => {
  const vault = await opened(temporaryFolder())
  const rows = Array.from({ length: 50 }, (_, n) => `Org ${n},${appId('C1')},C1,s3cr3t,org-${n}`)
  const { changes } = csv(...rows)
  const broken: FleetChange = {
    kind: 'profile-saved',
    profile: aProfile('p', { serviceAppId: 'nobody', pair: aPair('x') }),
  }
  await expect(vault.commit([...changes, broken], [])).rejects.toMatchObject({ name: 'StoreFailure' })
  expect((await vault.load()).fleet.profiles.size).toBe(0)
  await vault.commit(changes, [])
  expect((await vault.load()).fleet.profiles.size).toBe(50)
  expect((await vault.load()).fleet.serviceApps.size).toBe(1)
})
