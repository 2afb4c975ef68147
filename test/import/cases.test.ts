// Files as people really have them, in `cases/`; all values are made up. Each with what the import makes of it.
import path from 'node:path'
import { expect, test } from 'vitest'
import { readImport, readImportFile } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'

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
    now: 0,
    newId: () => {
      ids += 1
      return `id-${ids}`
    },
  })
}
const read = (file: string) => readImportFile(path.join(FOLDER, file))
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

test('5i-good.env comes in', () => {
  expect(read('5i-good.env')).toMatchObject({ kind: 'tokens', refreshToken: null })
})

test.for([
  ['6a.yaml', 'YAML is not read. Save it as JSON or CSV.'],
  ['6c.toml', 'TOML is not read. Save it as JSON or CSV.'],
] as const)('%s: says so', ([file, sentence]) => {
  expect(refusalOf(file)).toBe(sentence)
})

test.for([
  'serviceApp:\n  appId: abc\n  clientId: def\n',
  '---\nserviceApp:\n  appId: abc\n',
  '# our app\r\nserviceApps:\r\n  - appId: abc\r\n',
  '[serviceApp]\nappId = "abc"\n',
  '# our app\n[service.app]\nport=3000\n',
])('the same pasted: %j', (text) => {
  expect(readImport(text, '')).toMatchObject({
    kind: 'refused',
    sentence: expect.stringMatching(/^(YAML|TOML) is not read/),
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
  expect(planned).toMatchObject([{ kind: 'comes-in' }, { kind: 'refused', sentence: 'It repeats line 2.' }])
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
