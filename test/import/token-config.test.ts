import { describe, expect, test } from 'vitest'
import { isPlaceholder, parseStrictJson, parseTokenConfig } from '#contract/token-config.ts'

const serviceApp = { appId: 'QXBw', clientId: 'C1', clientSecret: 's3cr3t', targetOrgId: 'T1' }
const integration = { clientId: 'C2', clientSecret: 's2', refreshToken: 'r2' }

function parse(config: unknown) {
  return parseTokenConfig(JSON.stringify(config))
}

describe('the three dialects', () => {
  const expected = {
    kind: 'ok',
    serviceApp,
    tokenManager: { kind: 'integration', ...integration },
    placeholders: [],
  }

  test('A: an integration section of its own', () => {
    expect(parse({ serviceApp, tokenManager: { integration } })).toEqual(expected)
  })

  test('B: prefixed with oauth', () => {
    const tokenManager = { oauthClientId: 'C2', oauthClientSecret: 's2', oauthRefreshToken: 'r2' }
    expect(parse({ serviceApp, tokenManager })).toEqual(expected)
  })

  test('C: right in the token manager', () => {
    expect(parse({ serviceApp, tokenManager: integration })).toEqual(expected)
  })

  test('an integration goes before a personal access token, which goes before nothing', () => {
    const personalAccessToken = 'pat'
    expect(parse({ serviceApp, tokenManager: { integration, personalAccessToken } })).toEqual(expected)
    expect(parse({ serviceApp, tokenManager: { personalAccessToken } })).toMatchObject({
      tokenManager: { kind: 'personal-access-token', token: 'pat' },
    })
    expect(parse({ serviceApp })).toMatchObject({ kind: 'ok', tokenManager: null })
  })

  test('an integration without its refresh token is none', () => {
    const half = { clientId: 'C2', clientSecret: 's2' }
    expect(parse({ serviceApp, tokenManager: half })).toMatchObject({ kind: 'ok', tokenManager: null })
  })
})

test('a BOM, CRLF and spaces around values change nothing', () => {
  const text = `\ufeff${JSON.stringify({ serviceApp: { ...serviceApp, appId: '  QXBw\t' } }, null, 2).replaceAll('\n', '\r\n')}`
  expect(parseTokenConfig(text)).toMatchObject({ kind: 'ok', serviceApp })
})

test('a placeholder leaves its field empty and is named', () => {
  const result = parse({
    serviceApp: { ...serviceApp, clientSecret: 'YOUR_CLIENT_SECRET_HERE' },
    tokenManager: {
      integration: { ...integration, refreshToken: 'your_refresh_token' },
      personalAccessToken: 'pat',
    },
  })
  expect(result).toMatchObject({
    serviceApp: { clientSecret: '' },
    tokenManager: { kind: 'personal-access-token' },
    placeholders: ['serviceApp.clientSecret', 'tokenManager.refreshToken'],
  })
})

test('an untouched template is refused as a whole', () => {
  const template = {
    appId: 'YOUR_SERVICE_APP_ID_HERE',
    clientId: '<client id>',
    clientSecret: '{{CLIENT_SECRET}}',
    targetOrgId: 'your_org_id',
  }
  expect(parse({ serviceApp: template })).toMatchObject({ kind: 'refused', field: null })
})

test.each([
  'YOUR_SERVICE_APP_ID_HERE',
  'your_client_id',
  'CHANGEME',
  'replace-me',
  'paste your token here',
  '<x>',
  'xxxx',
  '...',
  '$BYODS_SECRET',
  '%BYODS_SECRET%',
  'op://Webex/byods/secret',
])('%s is a placeholder', (value) => {
  expect(isPlaceholder(value)).toBe(true)
})

test.each([
  'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0M0ZjU2',
  'C4f5629ab0e7c1d',
  'NTA0ZjRhNmUtZDc_PF84_consumer',
  '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  'yourdata7fA9xx01',
])('%s is a value', (value) => {
  expect(isPlaceholder(value)).toBe(false)
})

describe('refused by field:', () => {
  test.each([
    ['missing', { ...serviceApp, appId: undefined }, 'serviceApp.appId'],
    ['empty', { ...serviceApp, targetOrgId: ' ' }, 'serviceApp.targetOrgId'],
    ['not a text', { ...serviceApp, clientId: 7 }, 'serviceApp.clientId'],
    ['a line break within', { ...serviceApp, clientSecret: 'a\nb' }, 'serviceApp.clientSecret'],
    ['not ASCII', { ...serviceApp, clientId: 'Ć1' }, 'serviceApp.clientId'],
    ['much too long', { ...serviceApp, clientSecret: 's'.repeat(9000) }, 'serviceApp.clientSecret'],
  ])('%s', (_, app, field) => {
    expect(parse({ serviceApp: app })).toMatchObject({ kind: 'refused', field })
  })

  test('the sentence never repeats the value', () => {
    const result = parse({ serviceApp: { ...serviceApp, clientSecret: 'my s3cr3t value' } })
    expect(JSON.stringify(result)).not.toContain('s3cr3t')
  })
})

describe('refused as a whole:', () => {
  test.each([
    ['nothing', ''],
    ['not JSON', '{ "serviceApp": '],
    ['an array', '[]'],
    ['a text', '"serviceApp"'],
    ['no service app', '{"tokenManager":{}}'],
    ['too long', `{"serviceApp":{"x":"${'y'.repeat(300_000)}"}}`],
    ['too deep', `{"serviceApp":{"x":${'['.repeat(40)}${']'.repeat(40)}}}`],
    ['very deep', `{"x":${'['.repeat(60_000)}${']'.repeat(60_000)}}`],
    ['a key that stands twice', '{"serviceApp":{"appId":"a","appId":"b"}}'],
    ['a key that stands twice by another spelling', '{"serviceApp":{"appId":"a","app\\u0049d":"b"}}'],
  ])('%s', (_, text) => {
    expect(parseTokenConfig(text)).toMatchObject({ kind: 'refused', field: null })
  })

  test('what is not JSON is not quoted', () => {
    expect(JSON.stringify(parseTokenConfig('s3cr3t'))).not.toContain('s3cr3t')
  })
})

test('__proto__ gives nobody a value and pollutes nothing', () => {
  const text = `{"__proto__":{"serviceApp":${JSON.stringify(serviceApp)}},"constructor":{"prototype":{"appId":"x"}}}`
  expect(parseTokenConfig(text)).toMatchObject({ kind: 'refused', field: null })
  expect(parseTokenConfig(`{"serviceApp":{"__proto__":${JSON.stringify(serviceApp)}}}`)).toMatchObject({
    kind: 'refused',
    field: 'serviceApp.appId',
  })
  expect(Object.hasOwn(Object.prototype, 'appId')).toBe(false)
})

test('the same key in different objects is no duplicate', () => {
  expect(
    parseStrictJson('{"a":{"k":1},"b":{"k":"k:"},"k":[{"k":1},{"k":2}]}', { longest: 100, deepest: 4 }),
  ).toMatchObject({ kind: 'ok' })
})
