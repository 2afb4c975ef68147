import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MESSAGE_LIMIT, redact } from '#webex/redact.ts'

describe('what goes', () => {
  test.for<[string, string, string]>([
    ['the secret itself', 'client h7unter2! is wrong', 'client [redacted] is wrong'],
    [
      'the secret as a form carries it',
      'got client_secret=h7unter2%21&x=1',
      'got client_secret=[redacted]&x=1',
    ],
    ['the secret in an encoded URL', 'asked /x/h7unter2%21/y', 'asked /x/[redacted]/y'],
    ['the value of a named field', '{"refreshToken": "abc"}', '{"refreshToken": "[redacted]"}'],
    ['a bearer', 'Bearer abcdefghijklmnop was bad', 'Bearer [redacted] was bad'],
    ['a JWT', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s1g is bad', 'token [redacted] is bad'],
    [
      'an opaque Webex token',
      `not ${'Zk'.repeat(30)}1_P0A1_5a2b1c3d-0000-4000-8000-5a2b1c3d4e5f.`,
      'not [redacted].',
    ],
    ['a hexadecimal client secret', `is ${'0a1b'.repeat(16)} known?`, 'is [redacted] known?'],
  ])('%s', ([, text, clean]) => {
    expect(redact(text, ['h7unter2!'])).toBe(clean)
  })

  test('a secret with spaces, as a form and as a URL write it', () => {
    expect(redact('a+b%21+c or a%20b!%20c', ['a b! c'])).toBe('[redacted] or [redacted]')
  })

  test('a piece of a secret, cut by the server', () => {
    expect(redact('token NTkz0GQxYz… is expired', ['NTkz0GQxYzLmNvbQ'])).toBe('token [redacted]… is expired')
  })

  test.each([
    ['a JWT behind a word', 'id.eyJhbGciOiJIUzI1NiJ9.eyJz.s1g', 'id.[redacted]'],
    ['a JWE of five parts', 'is eyJhbGciOiJkaXIifQ..a.b.c bad', 'is [redacted] bad'],
    ['an encoded object alone', 'is eyJhbGciOiJkaXIifQ bad', 'is eyJhbGciOiJkaXIifQ bad'],
    ['long words alone', `${'a'.repeat(60)} is bad`, `${'a'.repeat(60)} is bad`],
  ])('of dotted and long runs: %s', (_, text, clean) => {
    expect(redact(text, [])).toBe(clean)
  })

  test.each([
    ['in hex', (secret: Buffer) => secret.toString('hex')],
    ['in base64', (secret: Buffer) => secret.toString('base64')],
    ['in base64url', (secret: Buffer) => secret.toString('base64url')],
    ['in Basic credentials', (secret: Buffer) => Buffer.from(`client:${secret}`).toString('base64')],
    ['in JSON escapes', (secret: Buffer) => [...secret].map((byte) => `\\u00${byte.toString(16)}`).join('')],
    ['with spaces', (secret: Buffer) => [...secret.toString()].join(' ')],
    ['in capitals', (secret: Buffer) => secret.toString().toUpperCase()],
  ])('a secret of this call %s', (_, write) => {
    const written = write(Buffer.from('unguessable-words-of-this-call'))
    expect(redact(`The answer is ${written} indeed`, ['unguessable-words-of-this-call'])).toMatch(
      /^The answer is \S{0,12}\[redacted\]\S{0,4} indeed$/,
    )
  })

  test.each([65_500, 65_530, 65_535, 65_536])('half of a secret, where a long text is cut: %d', (before) => {
    const secret = 'Unguessable-secret-of-this-call-'.repeat(4)
    expect(redact(`start${' '.repeat(before - 5)}${secret}${' '.repeat(70_000)}end`, [secret])).toBe('start')
  })

  test('whatever the secret is', () => {
    const secret = fc.string({ minLength: 8, unit: 'binary' }).filter((text) => text.trim().length >= 8)
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        expect(redact(`${before}${value}${after}`, [value])).not.toContain(value)
      }),
    )
  })
})

describe('what stays', () => {
  test.for([
    'The refresh token is invalid or expired.',
    'Invalid client credentials; clientSecret is required',
    'Service App not authorized by Full Admin in Control Hub',
    'See https://developer.webex.com/docs/errors for help',
    'Org 5a2b1c3d-0000-4000-8000-5a2b1c3d4e5f has no access',
  ])('%s', (text) => {
    expect(redact(text, ['client-secret-of-the-integration', 'refresh-token-1'])).toBe(text)
  })
})

describe('one line', () => {
  test('control characters, line ends and marks that reorder text are spaces', () => {
    expect(redact('a\r\nb\u001b[31mc\u202ed\u2028e', [])).toBe('a b [31mc d e')
  })

  test('a long message ends in an ellipsis at 300 characters', () => {
    const clean = redact('x y '.repeat(1000), [])
    expect(clean.length).toBeLessThanOrEqual(MESSAGE_LIMIT)
    expect(clean.endsWith('…')).toBe(true)
  })

  test('a secret across the cut leaves no first characters', () => {
    expect(redact(`${'x '.repeat(147)}h7unter2!h7unter2!`, ['h7unter2!h7unter2!'])).not.toContain('h7')
  })
})
