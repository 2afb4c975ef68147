import { describe, expect, test } from 'vitest'
import { findPartsOf, redactEncoded, withoutSeparators } from '#base/common/encoded-text.ts'

const TOKEN = 'NGRmOTYz-c0Yi00ZDRhLTk5NjQ_PF84_1eb65fdf'
const redacted = (text: string) => redactEncoded(text, '#', findPartsOf([TOKEN], 6))

const bytes = Buffer.from(TOKEN)
const hex = bytes.toString('hex')
const base64 = bytes.toString('base64')
/** As `fold -w 5 | nl` or `grep -n` print it. */
const numbered = (text: string, width: number, mark: string) =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
    .map((part, n) => `${String(n + 1).padStart(6)}${mark}${part}`)
    .join('\n')
const eachByte = (write: (byte: number) => string) => [...bytes].map(write).join('')

describe('a token is found, written as', () => {
  test.each<readonly [string, string]>([
    ['it is', TOKEN],
    ['a word in capitals', TOKEN.toUpperCase()],
    ['letters with spaces', [...TOKEN].join(' ')],
    ['short lines', TOKEN.replace(/.{3}/g, '$&\r\n')],
    ['quoted lines', TOKEN.replace(/.{5}/g, '> $&\n')],
    ['numbered lines', numbered(TOKEN, 5, '\t')],
    ['numbered lines with colons', numbered(TOKEN, 4, ':')],
    ['numbered lines of hex', numbered(hex, 10, '  ')],
    ['numbered lines of base64', numbered(base64, 8, '\t')],
    ['UTF-16', [...TOKEN].join('\0')],
    ['a form', new URLSearchParams({ '': TOKEN }).toString().slice(1)],
    ['percent signs throughout', eachByte((byte) => `%${byte.toString(16)}`)],
    ['percent signs in capitals', eachByte((byte) => `%${byte.toString(16).toUpperCase()}`)],
    ['percent signs, encoded again', eachByte((byte) => `%25${byte.toString(16)}`)],
    ['JSON with escapes', eachByte((byte) => `\\u${byte.toString(16).padStart(4, '0')}`)],
    ['JSON with escapes, as JSON again', eachByte((byte) => `\\\\u${byte.toString(16).padStart(4, '0')}`)],
    [
      'half in escapes',
      TOKEN.replace(/[a-m0-4]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ],
    ['half in percent signs', TOKEN.replace(/[n-z5-9_-]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)],
    ['C in hex', eachByte((byte) => `\\x${byte.toString(16)}`)],
    ['C in octal', eachByte((byte) => `\\${byte.toString(8).padStart(3, '0')}`)],
    ['HTML in decimal', eachByte((byte) => `&#${byte};`)],
    ['HTML in hex, encoded again', eachByte((byte) => `&amp;#x${byte.toString(16)};`)],
    ['quoted-printable', eachByte((byte) => `=${byte.toString(16).toUpperCase()}`)],
    ['hex', hex],
    ['hex in alternating case', [...hex].map((c, n) => (n % 2 === 0 ? c.toUpperCase() : c)).join('')],
    ['hex with colons', hex.replace(/..(?=.)/g, '$&:')],
    ['hex in odd lines', hex.replace(/.{7}/g, '$&\n')],
    ['a list in hex', eachByte((byte) => `0x${byte.toString(16)}, `)],
    ['a Buffer', `<Buffer ${hex.replace(/..(?=.)/g, '$& ')}>`],
    ['a Buffer as JSON', JSON.stringify(bytes)],
    ['a list of bytes', JSON.stringify([...bytes], null, 2)],
    ['bits', eachByte((byte) => `${byte.toString(2).padStart(8, '0')} `)],
    ['base64', base64],
    ['base64url', bytes.toString('base64url')],
    ['base64 behind one letter', Buffer.from(`x${TOKEN}`).toString('base64')],
    ['base64 behind two', Buffer.from(`xy${TOKEN}`).toString('base64')],
    ['base64 in lines', base64.replace(/.{11}/g, '$&\n')],
    ['base64 in lines of a JSON text', JSON.stringify(base64.replace(/.{11}/g, '$&\n'))],
    ['base64 of base64', Buffer.from(base64).toString('base64')],
    ['base64 of hex', Buffer.from(hex).toString('base64')],
    ['base64 of UTF-16', Buffer.from(TOKEN, 'utf16le').toString('base64')],
    ['hex of UTF-16, the high byte first', Buffer.from(TOKEN, 'utf16le').swap16().toString('hex')],
    ['hex of JSON', Buffer.from(JSON.stringify({ token: TOKEN })).toString('hex')],
  ])('%s', (_, written) => {
    const left = redacted(`before: ${written}.`).replace('before: ', '').replaceAll('#', '')
    expect(left.length).toBeLessThan(written.length / 4)
  })
})

test.each([
  'The refresh token is invalid or expired.',
  '550e8400-e29b-41d4-a716-446655440000',
  '{"a":[1,2,3],"b":"%20%41","c":"\\u0041\\n"}',
  '0000000 060543 067141 071171',
  'Q29tcGxldGVseSBpbm5vY2VudCB0ZXh0',
])('what is no part of it stays as it is: %s', (text) => {
  expect(redacted(text)).toBe(text)
})

test('what stands around it stays, and two of them are two', () => {
  expect(redacted(`a ${TOKEN}, b ${hex} c`)).toBe('a #, b # c')
})

test('a shorter secret is found as a whole alone', () => {
  const find = findPartsOf(['refresh-token-1'], 16)
  expect(redactEncoded('the refresh token is invalid', '#', find)).toBe('the refresh token is invalid')
  expect(redactEncoded('REFRESH TOKEN 1 is invalid', '#', find)).toBe('# is invalid')
})

test('separators are what is neither letter nor digit', () => {
  expect(withoutSeparators('p@ss w"rd/É-X1\n')).toBe('psswrdx1')
})
