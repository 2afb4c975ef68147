// Files as people really have them, in `cases/`; all values are made up. Each with what the import makes of it.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { createImports } from '#application/import-service-apps.ts'
import { parseCsv } from '#base/common/csv.ts'
import type { ImportDryRun, NameList } from '#contract/contract.ts'
import { isPlaceholder, parseStrictJson } from '#contract/token-config.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { revealed } from '#engine/domain/secret.ts'
import { type ImportChoices, NO_CHOICES } from '#import/import-dialect.ts'
import { readImport, readImportFile } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'
import { directReader } from '../application/support/direct-reader.ts'

const FOLDER = path.join(import.meta.dirname, 'cases')
const APP_ID =
  'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0NhYjEyY2QzNGVmNTZhYjEyY2QzNGVmNTZhYjEyY2QzNGVmNTZhYjEyY2QzNGVmNTZhYjEyY2QzNGVmNTZhYjEy'
const CLIENT_ID = 'Cab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12'
const ACME_ORG = 'Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8xZWI2NWZkZi05NjQzLTQxN2YtOTk3NC1hZDcyY2FlMGUxMGY'
const ACME = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
const SECRET = '0123456789abcdef'.repeat(4)

const noFleet = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }

function planOf(content: ReturnType<typeof readImportFile>) {
  if (content.kind !== 'profiles')
    throw new Error(content.kind === 'refused' ? content.sentence : content.kind)
  let ids = 0
  return planImport(content.candidates, {
    fleet: noFleet,
    tokenManager: content.tokenManager,
    now: 0,
    newId: () => {
      ids += 1
      return `id-${ids}`
    },
  })
}
const read = (file: string, choices?: ImportChoices) => readImportFile(path.join(FOLDER, file), choices)
const rowsOf = (file: string) => planOf(read(file)).rows
const refusalOf = (file: string) => {
  const content = read(file)
  return content.kind === 'refused' ? content.sentence : content.kind
}

test.for(['1-placeholder-oauth-real-plain.json', '1b-empty-oauth-real-plain.json'])(
  '%s: the value that is given wins over a placeholder, and the integration over the personal access token',
  (file) => {
    const content = read(file)
    expect(content).toMatchObject({
      kind: 'profiles',
      tokenManager: { kind: 'integration', clientId: expect.stringMatching(/^C9f8e/) },
    })
    expect(planOf(content).changes).toContainEqual({
      kind: 'service-app-saved',
      serviceApp: expect.objectContaining({ appId: APP_ID, clientId: CLIENT_ID }),
    })
  },
)

test.for(['2a-dots.json', '2b-ellipsis.json', '2d-manager-dots.json', '2e-tokens.env'])(
  '%s: a shortened value is refused by its field',
  (file) => {
    expect(refusalOf(file)).toMatch(/^(?:The .+|WEBEX_\w+) was shortened when it was copied/)
  },
)

test('2c-dots.csv: each row names the field that was shortened', () => {
  expect(rowsOf('2c-dots.csv').map((row) => (row.kind === 'refused' ? row.field : row.kind))).toEqual([
    'appId',
    'clientId',
    'clientSecret',
    'targetOrgId',
    'clientSecret',
  ])
})

test('3a-keyed.json: rows are named by the keys, and each says what it lacks', () => {
  expect(rowsOf('3a-keyed.json')).toMatchObject([
    { name: 'Acme GmbH', kind: 'refused', sentence: 'The target org ID is missing.' },
    { name: 'Beta Ltd', kind: 'refused', sentence: 'The target org ID is missing.' },
  ])
})

test('3b-keyed-full.json comes in, named by the keys', () => {
  expect(rowsOf('3b-keyed-full.json')).toMatchObject([
    { name: 'Acme GmbH', kind: 'comes-in', warnings: [] },
    { name: 'Beta Ltd', kind: 'comes-in', warnings: [] },
  ])
})

test.for(['4a-comments.json', '4b-trailing-comma.json'])('%s comes in', (file) => {
  expect(rowsOf(file)).toMatchObject([{ kind: 'comes-in', appId: APP_ID, targetOrgId: ACME_ORG }])
})

test('4c-missing-comma.json: line and column, and nothing of the content', () => {
  expect(refusalOf('4c-missing-comma.json')).toBe('This is not valid JSON: look at line 4, column 5.')
})

const ACCESS = `MTUzN2ExMzktAccess_PF84_${ACME}`
const REFRESH = `OTk4ZmM1NjMtRefresh_PF84_${ACME}`
const words = ({ names, more }: NameList) => [...names, ...(more > 0 ? [`+${more}`] : [])].join(' ')

test.for(['5a.env', '5b.env'] as const)('%s: a service app, whose org its token names', (file) => {
  const content = read(file)
  expect(planOf(content).rows).toMatchObject([
    {
      kind: 'comes-in',
      appId: APP_ID,
      clientId: CLIENT_ID,
      targetOrgId: ACME,
      warnings: [
        'The App ID was derived from the client ID.',
        'The target org ID was derived from the token.',
      ],
    },
  ])
  expect(JSON.stringify(revealed(planOf(content).changes))).toContain(REFRESH)
  if (content.kind !== 'profiles') throw new Error(content.kind)
  expect(words(content.found.serviceApp)).toMatch(/^(\w+)CLIENT_ID \1CLIENT_SECRET \1REFRESH_TOKEN$/)
})

test.for([
  ['5c.env', ACCESS, null, 'WXCC_SERVICE_APP_ACCESS_TOKEN'],
  ['5e.env', ACCESS, REFRESH, 'WEBEX_SERVICE_APP_ACCESS_TOKEN WEBEX_SERVICE_APP_REFRESH_TOKEN'],
  ['5g-powershell.ps1', ACCESS, null, 'WEBEX_SERVICE_APP_ACCESS_TOKEN'],
  ['5h-set.bat', ACCESS, null, 'WEBEX_SERVICE_APP_ACCESS_TOKEN'],
  ['5i-good.env', ACCESS, null, 'WEBEX_SERVICE_APP_ACCESS_TOKEN'],
  ['2i-bearer.env', ACCESS, null, 'SERVICE_APP_ACCESS_TOKEN'],
  ['5l-fish.fish', ACCESS, REFRESH, 'SERVICE_APP_ACCESS_TOKEN SERVICE_APP_REFRESH_TOKEN'],
  ['5r-azure.json', ACCESS, null, 'SERVICE_APP_ACCESS_TOKEN'],
] as const)('%s: tokens of a service app that a person names', ([file, access, refresh, names]) => {
  const content = read(file)
  if (content.kind !== 'tokens') throw new Error(content.kind)
  expect(content.accessToken?.reveal() ?? null).toBe(access)
  expect(content.refreshToken?.reveal() ?? null).toBe(refresh)
  expect(words(content.found.serviceApp)).toBe(names)
})

describe.each([
  ['5d.env', 'WEBEX_ACCESS_TOKEN'],
  ['5k-postman.json', 'client_id client_secret refresh_token'],
])('%s: a person says whose variables these are', (file, names) => {
  const content = read(file)
  if (content.kind !== 'unclear') throw new Error(content.kind)
  const [set] = content.sets
  const chosen = (role: 'service-app' | 'token-manager' | 'ignored') =>
    read(file, { ...NO_CHOICES, roles: { [set?.id ?? '']: role } })

  test('which are listed', () => {
    expect(content.sets.map(words)).toEqual([names])
  })

  test("a service app's", () => {
    expect(chosen('service-app')).toMatchObject(
      file === '5d.env'
        ? { kind: 'tokens', accessToken: expect.anything(), tokenManager: null }
        : { kind: 'profiles', tokenManager: null, candidates: [{ clientId: CLIENT_ID, flaw: null }] },
    )
  })

  test("the token manager's", () => {
    expect(chosen('token-manager')).toMatchObject({
      kind: 'profiles',
      candidates: [],
      tokenManager:
        file === '5d.env'
          ? { kind: 'personal-access-token', token: ACCESS }
          : { kind: 'integration', clientId: CLIENT_ID, clientSecret: SECRET, refreshToken: REFRESH },
    })
  })

  test("nobody's, which leaves nothing", () => {
    expect(chosen('ignored')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining(names.split(' ')[0] ?? ''),
    })
  })
})

/** Rows as a person reads them, then what is ignored, and the token manager. */
function summaryOf(file: string, choices = NO_CHOICES): readonly string[] {
  const content = read(file, choices)
  if (content.kind === 'refused') return [content.sentence]
  if (content.kind !== 'profiles') return [content.kind]
  const { found, tokenManager, lacking } = content
  return [
    ...planOf(content).rows.map((row) => {
      const verdict = row.kind === 'refused' ? row.sentence : ['ready', ...row.warnings].join(': ')
      return `${row.name}: ${verdict.replace(/The (.+?) was derived from the .+?\.:?/g, '$1 derived')}`
    }),
    ...(words(found.ignored) === '' ? [] : [`ignored: ${words(found.ignored)}`]),
    ...(tokenManager === null ? [] : [tokenManager.kind]),
    ...(lacking.length === 0 ? [] : [`lacking: ${lacking.join(' ')}`]),
  ]
}

const DERIVED = 'ready: App ID derived'
const BOTH_DERIVED = 'ready: App ID derived target org ID derived'
const LACKS_APP =
  "Missing: the service app's App ID, the service app's client ID, the service app's client secret."
const ASKS_APP = 'lacking: appId clientId clientSecret'
const NOT_UTF8 = 'The file is not UTF-8. Save it as UTF-8 (in Excel: “CSV UTF-8”) and try again.'

test.for<readonly [file: string, summary: readonly string[]]>([
  ['1c-tokens-and-name.json', ['Org 1eb65fdf: ready', 'ignored: serviceApp.name']],
  [
    '1d-list-of-configs.json',
    ['Org 1eb65fdf: ready', 'Org 2eb65fdf: ready', 'ignored: tokenManager.personalAccessToken'],
  ],
  [
    '1e-integration-section.json',
    ['Org 1eb65fdf: ready', 'ignored: tokenManager.integration.redirectUri', 'integration'],
  ],
  [
    '1f-same-credentials.json',
    [
      'Org 1eb65fdf: This is the client ID of the token manager integration, not of a service app.',
      'integration',
    ],
  ],
  ['1g-snake-case.json', ['Org 1eb65fdf: ready', 'integration']],
  [
    '2f-ellipsis-in-middle.csv',
    [
      "A: The service app's client ID was shortened when it was copied: it contains “…” or “...”. Copy it in full.",
    ],
  ],
  [
    '2g-line-break-in-secret.json',
    [
      "Org 1eb65fdf: The service app's client secret contains a space or another character that it cannot contain. Paste it alone, without its name, quotes or other lines.",
    ],
  ],
  [
    '2h-masked.csv',
    ['A', 'B'].map(
      (name) => `${name}: The service app's client secret is still a placeholder of the template.`,
    ),
  ],
  [
    '2j-zero-width.csv',
    [
      "A: The service app's client ID contains a space or another character that no ID contains. Paste the ID alone, without its name, quotes or other lines.",
      `B: ${DERIVED}`,
    ],
  ],
  [
    '2k-masked-but-its-end.env',
    ["Org 1eb65fdf: The service app's client secret is hidden by asterisks. Copy the value itself."],
  ],
  ['3c-names-to-org-ids.json', [`Acme GmbH: ${LACKS_APP}`, `Beta Ltd: ${LACKS_APP}`, ASKS_APP]],
  ['3d-keyed-in-customers.json', [`Acme GmbH: ${DERIVED}`, `Beta Ltd: ${DERIVED}`, 'ignored: contact']],
  ['3e-keyed-nested.json', [`Acme GmbH: ${DERIVED}`, `Beta Ltd: ${DERIVED}`]],
  ['3f-keyed-by-org-id.json', [`Acme: ${DERIVED}`, `Beta: ${DERIVED}`]],
  [
    '3g-keyed-tokens.json',
    [`Acme GmbH: ${BOTH_DERIVED}`, `Beta Ltd: ${BOTH_DERIVED}`, 'ignored: expires_in'],
  ],
  [
    '3h-keyed-beside.json',
    [
      `Acme GmbH: ${DERIVED}`,
      `Beta Ltd: ${DERIVED}`,
      'ignored: version comment tokenManager.clientId tokenManager.clientSecret tokenManager.refreshToken',
    ],
  ],
  ['3i-list-of-keyed.json', [`Acme GmbH: ${DERIVED}`, `Beta Ltd: ${DERIVED}`]],
  ['4d-lines.jsonl', ['Acme: ready', 'Beta: ready']],
  ['4e-lines-broken.jsonl', ['This is not valid JSON: look at line 2, column 409.']],
  ['4f-bom-crlf.json', ['Org 1eb65fdf: ready']],
  ['4g-twice.json', ['Duplicate key: look at line 3, column 4.']],
  ['4h-single-quotes.json', ['This is not valid JSON: look at line 2, column 3.']],
  ['5j-both.env', ['Org 1eb65fdf: ready', 'ignored: NODE_ENV DB_PASSWORD WEBHOOK_SECRET', 'integration']],
  ['5m-setx.cmd', [`Org 1eb65fdf: ${DERIVED}`]],
  ['5n-two-customers.env', [`ACME: ${BOTH_DERIVED}`, `BETA: ${BOTH_DERIVED}`]],
  ['5o-terraform.tfvars', [`Org 1eb65fdf: ${DERIVED}`, 'ignored: region']],
  ['5p-compose-list.txt', [`Org 1eb65fdf: ${DERIVED}`]],
  ['5q-ini.ini', [`Org 1eb65fdf: ${DERIVED}`, 'integration']],
  ['5s-labels.txt', ['Org 1eb65fdf: ready', 'ignored: Service_App_Name']],
  ['5t-code-block.txt', ['Org 1eb65fdf: ready']],
  ['5u-aws-ssm.json', [`Org 1eb65fdf: ${BOTH_DERIVED}`, 'ignored: Type Version']],
  [
    '5v-references.env',
    ["Org 1eb65fdf: The service app's client secret is still a placeholder of the template."],
  ],
  ['5w-old-mac.cmd', [`Org 1eb65fdf: ${DERIVED}`]],
  ['6d-compose.yaml', ['YAML cannot be read. Save it as JSON or CSV.']],
  ['6e-kubernetes.yml', ['YAML cannot be read. Save it as JSON or CSV.']],
  ['6f-pasted-flat.txt', ['YAML cannot be read. Save it as JSON or CSV.']],
  ['6g-excel.xlsx', ['A workbook cannot be read. Save it as JSON or CSV.']],
  ['6h-xml.xml', ['XML cannot be read. Save it as JSON or CSV.']],
  ['7b-windows1252.csv', [NOT_UTF8]],
  ['7e-utf16le.txt', ['Müller: ready']],
  ['7j-utf16be.txt', ['Müller: ready']],
  ['7k-titles-and-comments.csv', ['Acme: ready', 'Beta: ready']],
  ['7l-trailing-columns.csv', [`Acme: ${DERIVED}`, `Beta: ${DERIVED}`, 'ignored: Notes Column 7']],
  [
    '7m-duplicate-headings.csv',
    [`Acme: ${DERIVED}`, `Beta: ${DERIVED}`, 'Gamma: The target org ID appears twice.', 'ignored: Customer'],
  ],
  ['7n-numbered-pipe.csv', [`Org 1eb65fdf: ${DERIVED}`, `Org 2eb65fdf: ${DERIVED}`, 'ignored: # Kunde']],
  ['7o-bars.csv', [`Acme, Inc.: ${DERIVED}`]],
  ['7p-two-in-one.csv', ['Acme: ready', 'Beta: ready']],
  ['8a-webex-orgs.json', [`Acme, Inc.: ${LACKS_APP}`, `Beta: ${LACKS_APP}`, 'ignored: created', ASKS_APP]],
  ['8c-displayName.csv', [`Acme, Inc.: ${LACKS_APP}`, ASKS_APP]],
  [
    '8e-control-hub.csv',
    [
      `Acme, Inc.: ${LACKS_APP}`,
      `Beta: ${LACKS_APP}`,
      'ignored: Status Licenses Purchased Last Active',
      ASKS_APP,
    ],
  ],
  [
    '8f-nested-data.json',
    [`Acme, Inc.: ${LACKS_APP}`, `Beta: ${LACKS_APP}`, 'ignored: meta.total meta.page licenses', ASKS_APP],
  ],
  ['8g-padded-ids.csv', [`Acme, Inc.: ${LACKS_APP}`, `Beta: ${LACKS_APP}`, ASKS_APP]],
  [
    '8h-app-with-org-ids.json',
    [`Org 1eb65fdf: ${DERIVED}`, `Org 2eb65fdf: ${DERIVED}`, 'ignored: serviceApp'],
  ],
  [
    '8i-export-of-this-app.csv',
    [
      "Acme: The service app's client secret is missing.",
      "Beta: The service app's client secret is missing.",
      'ignored: paused createdAt accessTokenFingerprint',
      'lacking: clientSecret',
    ],
  ],
  ['8k-one-app-spelled-twice.csv', ['Acme: ready', 'Acme again: Same as line 2.', 'Beta: ready']],
  ['8j-ids-only.txt', [`Org 1eb65fdf: ${LACKS_APP}`, `Org 2eb65fdf: ${LACKS_APP}`, ASKS_APP]],
])('%s', ([file, summary]) => {
  expect(summaryOf(file)).toEqual(summary)
})

test.for(readdirSync(FOLDER).filter((file) => /^(?:3c|8[acegij])/.test(file)))(
  '%s: the service app that was named once is the one of every row',
  (file) => {
    const serviceApp = { clientId: CLIENT_ID, clientSecret: SECRET }
    const { rows, refused } = planOf(read(file, { ...NO_CHOICES, serviceApp }))
    expect(rows.map(({ appId }) => appId)).toEqual(rows.map(() => APP_ID))
    expect(refused).toBe(0)
  },
)

test.for([
  ['6a.yaml', 'YAML cannot be read. Save it as JSON or CSV.'],
  ['6c.toml', 'TOML cannot be read. Save it as JSON or CSV.'],
] as const)('%s: says so', ([file, sentence]) => {
  expect(refusalOf(file)).toBe(sentence)
})

test('a row whose App ID is spelled otherwise is of the service app that was named', () => {
  const serviceApp = { appId: APP_ID, clientId: CLIENT_ID, clientSecret: SECRET }
  const uri = `ciscospark://us/APPLICATION/${CLIENT_ID}`
  const text = `app id,org id\n${uri},${ACME}\n${btoa(uri.replace(CLIENT_ID, 'C2'))},${ACME}\n`
  expect(planOf(readImport(text, 'x.csv', { ...NO_CHOICES, serviceApp })).rows).toMatchObject([
    { kind: 'comes-in', clientId: CLIENT_ID },
    { kind: 'refused', sentence: expect.stringMatching(/^Missing/) },
  ])
})

test.for(['a.yaml', 'A.YML', 'a.toml', 'a.plist', 'a.html', 'a.xlsm', 'a.ods'])(
  '%s: is not read, whatever is in it',
  (name) => {
    expect(readImport('clientId,targetOrgId\na,b', name)).toMatchObject({
      sentence: expect.stringMatching(/ cannot be read\. Save it as JSON or CSV\.$/),
    })
  },
)

test.for([
  'serviceApp:\n  appId: abc\n  clientId: def\n',
  '---\nserviceApp:\n  appId: abc\n',
  '# our app\r\nserviceApps:\r\n  - appId: abc\r\n',
  '[serviceApp]\nappId = "abc"\n',
  '# our app\n[service.app]\nport=3000\n',
])('the same pasted: %j', (text) => {
  expect(readImport(text, '')).toMatchObject({
    kind: 'refused',
    sentence: expect.stringMatching(/^(YAML|TOML) cannot be read/),
  })
})

test.for(['7a-semicolon-bom-crlf.csv', '7c-sep.csv'])('%s comes in', (file) => {
  expect(rowsOf(file)).toMatchObject([{ kind: 'comes-in', name: 'Müller' }])
})

test('7c-sep.csv: lines are counted from the first of the file', () => {
  expect(rowsOf('7c-sep.csv')).toMatchObject([{ line: 3 }])
})

test.for(['sep=;\nname;clientId\n', 'SEP=\t\r\nname\tclientId\r\n', 'sep=|\nname|clientId\n'])(
  'a first line that names the delimiter is skipped: %j',
  (heading) => {
    const delimiter = heading.charAt(4)
    const text = `${heading.trimEnd()}${delimiter}clientSecret${delimiter}targetOrgId\nA${delimiter}${CLIENT_ID}${delimiter}${SECRET}${delimiter}${ACME}\n`
    expect(planOf(readImport(text, 'x.csv')).rows).toMatchObject([{ kind: 'comes-in', name: 'A' }])
  },
)

test('7b-windows1252.csv is refused: it is not UTF-8', () => {
  expect(refusalOf('7b-windows1252.csv')).toMatch(/not UTF-8/)
})

test('7h-comma-in-quoted.csv comes in', () => {
  expect(rowsOf('7h-comma-in-quoted.csv')).toMatchObject([{ kind: 'comes-in', name: 'Acme, Inc.' }])
})

test('8b-org_displayName.csv: the customer comes from its display name', () => {
  const content = read('8b-org_displayName.csv')
  expect(planOf(content).changes).toContainEqual({
    kind: 'profile-saved',
    profile: expect.objectContaining({ orgName: 'Acme, Inc.', targetOrgId: ACME_ORG }),
  })
})

test('8d-same-org-forms.csv: one row, the others are duplicates', () => {
  expect(rowsOf('8d-same-org-forms.csv').map(({ kind }) => kind)).toEqual([
    'comes-in',
    ...Array(5).fill('refused'),
  ])
})

const heading = 'name,clientId,clientSecret,targetOrgId'
test.for([
  ['raw', ACME],
  ['in capitals', ACME.toUpperCase()],
  ['as a URI', `ciscospark://us/ORGANIZATION/${ACME}`],
  ['the URI in base64', btoa(`ciscospark://us/ORGANIZATION/${ACME}`)],
  ['the URI in base64 of another cluster', btoa(`ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/${ACME}`)],
  ['the UUID in base64', btoa(ACME)],
  ['the UUID in base64, in capitals', btoa(ACME.toUpperCase())],
] as const)('an org %s is the org that its encoded ID names', ([, spelled]) => {
  const rows = [ACME_ORG, spelled].map((org, index) => `${index},${CLIENT_ID},${SECRET},${org}`)
  const { rows: planned } = planOf(readImport([heading, ...rows].join('\n'), 'x.csv'))
  expect(planned).toMatchObject([{ kind: 'comes-in' }, { kind: 'refused', sentence: 'Same as line 2.' }])
})

test('a missing App ID is derived from the client ID, and that is said', () => {
  const [row] = planOf(readImport(`${heading}\nA,${CLIENT_ID},${SECRET},${ACME}`, 'x.csv')).rows
  expect(row).toMatchObject({ appId: APP_ID, warnings: ['The App ID was derived from the client ID.'] })
})

test('a client ID of another form derives none: all that is missing is named', () => {
  const content = readImport(
    JSON.stringify({ Acme: { clientId: 'my-client', clientSecret: SECRET } }),
    'x.json',
  )
  expect(planOf(content).rows).toMatchObject([
    { sentence: "Missing: the service app's App ID, the target org ID." },
  ])
})

/** What a person would call the values of a file, read in another way than the import does. */
function valuesOf(file: string): readonly (readonly [name: string, value: string])[] {
  const bytes = readFileSync(path.join(FOLDER, file))
  const encoding = bytes[0] === 0xff ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  if (/^\s*[[{/]/.test(text) && !file.endsWith('.ini')) {
    const limits = { longest: 1e6, deepest: 16 }
    const lines = file.endsWith('.jsonl') ? text.split('\n').filter(Boolean) : [text]
    return lines.flatMap((line) => {
      const parsed = parseStrictJson(line, limits)
      return parsed.kind === 'ok' ? leavesOf('', parsed.value) : []
    })
  }
  if (/^5|\.env$/.test(file)) {
    return text.split(/\r?\n/).flatMap((line) => {
      const [, name, value] =
        /^[^#=]*?(\w+)\}?[ \t]*=[ \t]*["']?([^"'\s]+)/.exec(line) ??
        /^(?:setx|set -\w+) (\w+) "?([^"\s]+)/.exec(line) ??
        []
      return name === undefined || value === undefined ? [] : [[name, value] as const]
    })
  }
  const table = parseCsv(text)
  if (table.kind === 'refused') throw new Error(table.sentence)
  const at = table.rows.findIndex(({ cells }) => cells.some((cell) => /org|^id$/i.test(cell)))
  const heading = table.rows[at]?.cells ?? []
  return table.rows
    .slice(at + 1)
    .flatMap(({ cells }) =>
      cells.map((cell, index) => [heading[index] || `Column ${index + 1}`, cell] as const),
    )
}

function leavesOf(name: string, json: unknown): [string, string][] {
  // A variable of a list is called by its key.
  if (typeof json !== 'object' || json === null) return json === null ? [] : [[name, String(json)]]
  const lower = Object.entries(json).map(([key, value]) => [key.toLowerCase(), value])
  const { key = undefined, name: called = key, value = undefined } = Object.fromEntries(lower)
  if (typeof called === 'string' && value !== undefined) return [[called, String(value)]]
  return Object.entries(json).flatMap(([inner, each]) =>
    leavesOf(Array.isArray(json) ? name : `${name}.${inner}`, each),
  )
}

describe.each(readdirSync(FOLDER))('%s', (file) => {
  test('every value in it is used, listed by its name, or refused with it', () => {
    const content = read(file)
    if (content.kind === 'refused') return
    const sets = content.kind === 'unclear' ? content.sets : []
    const { serviceApp, tokenManager, ignored } = content.found
    const listed = [serviceApp, tokenManager, ignored, ...sets].flatMap(({ names }) => names)
    // The candidates of refused rows as well: each row says why.
    const used = JSON.stringify(revealed({ ...content, found: null }))
    const dropped = valuesOf(file).filter(
      ([name, value]) =>
        value !== '' &&
        !isPlaceholder(value) &&
        !used.includes(JSON.stringify(value.trim()).slice(1, -1)) &&
        !listed.some((each) => each === name || `${name}.`.includes(`.${each}.`)),
    )
    expect(dropped).toEqual([])
  })

  test('no secret of it leaves main', async () => {
    const engine = { fleet: () => noFleet, view: () => ({ profiles: [] }) }
    const imports = createImports({
      engine: () => engine as unknown as Engine,
      reader: directReader,
      idClock: { now: () => 0, newId: () => 'id' },
      dialogs: { fileToOpen: async () => path.join(FOLDER, file), fileToSave: async () => null },
    })
    const offered: ImportDryRun | null | Error = await imports.choose().catch((error: Error) => error)
    const rows = offered instanceof Error ? [] : imports.rows({ id: 'id', only: 'all', from: 0 })
    const sent = `${offered} ${JSON.stringify([offered, rows])}`
    const secrets = secretsOf(file)
    expect(secrets.filter((secret) => sent.includes(secret))).toEqual([])
  })
})

/** Whatever the file is: what follows a name of a secret, and everything that looks like one of these files. */
function secretsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(FOLDER, file)).toString('latin1').replaceAll('\0', '')
  const named = [...text.matchAll(/(?:secret|token|password)\w*["']?\s*[:=,]?\s*["']?([^"'\s,;]{8,})/gi)]
  const shaped = text.match(/[0-9a-f]{40,}|M[A-Z]Uz\w+|OTk4\w+|NzM0\w+|hunter2/g) ?? []
  const isName = (text: string) => /^[a-z_.]*$/i.test(text)
  return [...named.flatMap(([, value = '']) => value), ...shaped].filter((value) => !isName(value))
}
