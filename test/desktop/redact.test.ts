import { describe, expect, test } from 'vitest'
import { createRedactor, REDACTED } from '#desktop/log/redact.ts'
import { Secret } from '#engine/domain/secret.ts'

const UUID = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
const ACCESS_TOKEN = `NGRmOTYzMTAtYzA0Yi00ZDRhLTk5NjQtMzc3ZDIyNzA5MjUwOTYwZWMzYzAt_PF84_${UUID}`
const CLIENT_SECRET = 'c9f0f895fb98ab9159f51fd0297e236d8b1a9953c4611296a827abf8c47804d7'
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzYXRtIiwiZXhwIjoxfQ.c2lnbmF0dXJlLW9mLWl0'
const REFRESH_TOKEN = 'MzUwYjgwOTQtZjNkNi00NGE5LWI4YTYtODA2ZjQ3NWNkMWU2NzdjMWU4ZmItZjg0'

describe('by shape, a text loses', () => {
  test.each([
    ['an access token', `got ${ACCESS_TOKEN} from it`, `got ${REDACTED} from it`],
    ['a client secret', `secret ${CLIENT_SECRET}.`, `secret ${REDACTED}.`],
    ['a JSON web token', `jws=${JWT};`, `jws=${REDACTED};`],
    ['long base64', `rt ${REFRESH_TOKEN}`, `rt ${REDACTED}`],
    ['a bearer, however short', 'Authorization: Bearer abcd1234', `Authorization: Bearer ${REDACTED}`],
    ['basic credentials', 'basic dXNlcjpwYXNz', `basic ${REDACTED}`],
    [
      'code and state of a redirect',
      'http://localhost:3000/callback?code=abc&state=xyz#x',
      `http://localhost:3000/callback?code=${REDACTED}&state=${REDACTED}#x`,
    ],
    [
      'the secrets of a form',
      'grant_type=refresh_token&client_id=C1&client_secret=s1&refresh_token=r1',
      `grant_type=refresh_token&client_id=C1&client_secret=${REDACTED}&refresh_token=${REDACTED}`,
    ],
    ['a verifier', 'code_verifier=dBjftJeZ4CVP', `code_verifier=${REDACTED}`],
    [
      'a field of JSON',
      '{"access_token":"abc\\"def","expires_in":1}',
      `{"access_token":"${REDACTED}","expires_in":1}`,
    ],
    ['a camel case field of JSON', '{"clientSecret": "abc"}', `{"clientSecret": "${REDACTED}"}`],
  ])('%s', (_what, text, safe) => {
    expect(createRedactor().text(text)).toBe(safe)
  })
})

describe('a text keeps', () => {
  test.each([
    ['a UUID', UUID],
    ['a fingerprint', 'a1b2c3d4'],
    ['a tracking id', `ROUTERGW_${UUID}`],
    ['a tracking id of ours', `SATM_${UUID}`],
    ['a public Webex id', 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0MxMjM0NTY3ODkwYWJjZGVmZ2hpamtsbW5vcA'],
    ['a path', '/home/somebody/.config/service-app-token-manager/logs/2026/app.1.log'],
    ['a path with everything in it', '/home/Somebody/Work2026/service-app-token-manager/logs/archive'],
    ['an error code', 'code: invalid_grant'],
    ['a long word', 'x'.repeat(80)],
  ])('%s', (_what, text) => {
    expect(createRedactor().text(text)).toBe(text)
  })
})

describe('by value', () => {
  const secret = 'p@ss w"rd/é'

  test.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ])('a known secret is gone %s', (_how, written) => {
    const redactor = createRedactor()
    redactor.knownSecret(secret)
    expect(redactor.text(`before ${written} after`)).toBe(`before ${REDACTED} after`)
  })

  test('a secret inside another word is gone', () => {
    const redactor = createRedactor()
    redactor.knownSecret('hunter22')
    expect(redactor.text('xhunter22hunter22y')).toBe(`x${REDACTED}${REDACTED}y`)
  })

  test.each([
    ['abcdef', 'abcdefghi'],
    ['abcdefghi', 'abcdef'],
  ])('of two secrets that begin alike the longer one goes whole: %s, %s', (first, second) => {
    const redactor = createRedactor()
    redactor.knownSecret(first)
    redactor.knownSecret(second)
    expect(redactor.text('abcdefghi')).toBe(REDACTED)
  })

  test('a value too short to be a secret blanks out nothing', () => {
    const redactor = createRedactor()
    redactor.knownSecret('a')
    redactor.knownSecret('')
    expect(redactor.text('a banana')).toBe('a banana')
  })
})

describe('a known token is gone from an error', () => {
  const known = 'NGRmOTYz-c0Yi00ZDRhLTk5NjQ_PF84_1eb65fdf'
  const bytes = Buffer.from(known)

  test.each<readonly [string, string]>([
    ['in hex', bytes.toString('hex')],
    ['in hex, in capitals', bytes.toString('hex').toUpperCase()],
    ['as a Buffer', `<Buffer ${bytes.toString('hex').replace(/..(?=.)/g, '$& ')}>`],
    ['as JSON of a Buffer', JSON.stringify(bytes)],
    ['in base64', bytes.toString('base64')],
    ['in base64 in short lines', bytes.toString('base64').replace(/.{9}/g, '$&\n')],
    ['in base64url', bytes.toString('base64url')],
    ['percent-encoded twice', encodeURIComponent([...bytes].map((byte) => `%${byte.toString(16)}`).join(''))],
    ['with a space after each letter', [...known].join(' ')],
    ['folded', known.replace(/.{7}/g, '$&\n  ')],
    ['in UTF-16', Buffer.from(known, 'utf16le').toString('latin1')],
    ['in capitals', known.toUpperCase()],
  ])('%s', (_, written) => {
    const redactor = createRedactor()
    redactor.knownSecret(known)
    const left = JSON.stringify(redactor.value(new Error(`ENOENT: ${written}, open`)))
    expect(left).toContain(REDACTED)
    // Not even a third of it.
    for (const text of [written, JSON.stringify(written).slice(1, -1)]) {
      for (let at = 0; at + text.length / 3 <= text.length; at += 1) {
        expect(left).not.toContain(text.slice(at, at + text.length / 3))
      }
    }
  })
})

describe('a value', () => {
  const redact = (value: unknown) => createRedactor().value(value)

  test.each([
    'token',
    'access_token',
    'newRefreshToken',
    'integrationClientSecret',
    'Set-Cookie',
    'Authorization',
  ])('loses what stands under %s', (key) => {
    expect(redact({ deep: [{ [key]: 'x1' }] })).toEqual({ deep: [{ [key]: REDACTED }] })
  })

  test('may say that a secret is there or missing', () => {
    expect(redact({ token: null, secret: true })).toEqual({ token: null, secret: true })
  })

  test('keeps error codes and numbers', () => {
    expect(redact({ code: 'ENOENT', status: 401, id: 10n })).toEqual({
      code: 'ENOENT',
      status: 401,
      id: '10',
    })
  })

  test('shows an error with its own fields and its causes, redacted', () => {
    const cause = Object.assign(new Error(`refused ${ACCESS_TOKEN}`), { code: 'ECONNRESET' })
    const error = new TypeError('fetch failed', { cause })
    expect(redact({ error })).toMatchObject({
      error: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: { name: 'Error', message: `refused ${REDACTED}`, code: 'ECONNRESET' },
      },
    })
    expect(JSON.stringify(redact({ error }))).not.toContain(ACCESS_TOKEN)
  })

  test('shows each error of several', () => {
    expect(redact(new AggregateError([new Error('one'), new Error('two')], 'both'))).toMatchObject({
      errors: [{ message: 'one' }, { message: 'two' }],
    })
  })

  test('survives cycles, depth and things JSON has no word for', () => {
    const cycle: Record<string, unknown> = {
      big: 1n,
      when: new Date(Number.NaN),
      run: () => 1,
      bytes: Buffer.from('abc'),
    }
    cycle.self = cycle
    expect(redact(cycle)).toEqual({
      big: '1',
      when: 'invalid date',
      run: undefined,
      bytes: '[3 bytes]',
      self: '[circular]',
    })
    let deep: unknown = 'end'
    for (let level = 0; level < 50; level += 1) deep = { deep }
    expect(JSON.stringify(redact(deep))).toContain('[deeper]')
  })

  test('reads maps and sets, also for secrets', () => {
    expect(redact(new Map([['token', 'x1']]))).toEqual({ token: REDACTED })
    expect(redact(new Set([`Bearer ${ACCESS_TOKEN}`]))).toEqual([`Bearer ${REDACTED}`])
  })

  test('never reveals a Secret', () => {
    expect(redact({ held: new Secret('x1y2z3') })).toEqual({ held: REDACTED })
  })

  test('has no way into the prototype', () => {
    const redacted = redact(JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.getPrototypeOf(redacted)).toBe(Object.prototype)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

test('a long text is cut, and a token across the cut leaves nothing', () => {
  const safe = createRedactor().text(`${'a '.repeat(4_090)} ${ACCESS_TOKEN} ${'b '.repeat(40_000)}`)
  expect(safe.length).toBeLessThan(8_200)
  expect(safe).not.toContain(ACCESS_TOKEN.slice(0, 8))
})

test('a secret that is forgotten is a word like any other, in every form it is written, and the others stay known', () => {
  const redactor = createRedactor()
  for (const secret of ['hunter22 & more', 'hunter22 & less']) redactor.knownSecret(secret)
  redactor.forgetSecret('hunter22 & more')
  redactor.forgetSecret('never known')
  const safe = redactor.text('hunter22 & more, hunter22%20%26%20more, hunter22 & less, hunter22%20%26%20less')
  expect(safe).toBe('hunter22 & more, hunter22%20%26%20more, [redacted], [redacted]')
})

test('ten thousand known secrets and a hostile megabyte take no noticeable time', () => {
  const redactor = createRedactor()
  for (let number = 0; number < 10_000; number += 1) redactor.knownSecret(`access-token-number-${number}`)
  const began = process.cpuUsage()
  redactor.text(`${'eyJ'.repeat(100_000)}${'_-a1B'.repeat(100_000)} access-token-number-9999`)
  expect(process.cpuUsage(began).user).toBeLessThan(2_000_000)
})

test('a text full of what many known secrets begin with is compared with their lengths, not with each of them', () => {
  const redactor = createRedactor()
  for (let number = 0; number < 20_000; number += 1)
    redactor.knownSecret(`eyJhbGciOiJ-number-${10_000 + number}`)
  const began = process.cpuUsage()
  const safe = redactor.text(`eyJhbGciOiJ-number-29999 ${'eyJhbG '.repeat(100_000)}`)
  expect(process.cpuUsage(began).user).toBeLessThan(3_000_000)
  expect(safe).toMatch(/^\[redacted\] eyJhbG/)
})
