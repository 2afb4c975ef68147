import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { appKey, decodeWebexId, isSameOrg, isUuid, orgKey, rawOrgId } from '#base/common/webex-id.ts'

const UUID = '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0'
const uri = (kind: string, id: string, cluster = 'us') => `ciscospark://${cluster}/${kind}/${id}`
const encoded = (text: string, alphabet: 'base64' | 'base64url' = 'base64') =>
  Buffer.from(text).toString(alphabet)

describe('an ID of Webex', () => {
  test('says its kind and the ID within it, in both alphabets, with and without padding', () => {
    const kind = fc.stringMatching(/^[A-Z_]{1,20}$/)
    const id = fc.stringMatching(/^[\x21-\x7e]{1,100}$/)
    const cluster = fc.stringMatching(/^[\w-]{1,20}$/)
    fc.assert(
      fc.property(kind, id, cluster, (kind, id, cluster) => {
        const text = uri(kind, id, cluster)
        const padded = encoded(text)
        for (const form of [padded, padded.replace(/=+$/, ''), encoded(text, 'base64url')]) {
          expect(decodeWebexId(form)).toEqual({ kind, id })
        }
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['a client ID', 'C0123456789abcdef'],
    ['a raw org ID', UUID],
    ['base64 of something else', encoded('not a URI of Webex at all')],
    ['no kind', encoded('ciscospark://us//0123456789')],
    ['no ID', encoded('ciscospark://us/ORGANIZATION/')],
    ['a line break within', encoded(uri('ORGANIZATION', `a\n${UUID}`))],
    ['a letter beyond ASCII within', encoded(uri('ORGANIZATION', 'é'))],
    ['a blank around it', ` ${encoded(uri('ORGANIZATION', UUID))}`],
    ['a length that base64 cannot have', `${encoded(uri('PEOPLE', 'abcd'), 'base64url').slice(0, 24)}A`],
    ['more than any ID has', encoded(uri('ORGANIZATION', 'a'.repeat(500)))],
  ])('is not %s', (_, text) => {
    expect(decodeWebexId(text)).toBeNull()
    expect(rawOrgId(text)).toBe(text)
  })

  test('the URI itself is no encoded ID, and names its org', () => {
    expect(decodeWebexId(uri('ORGANIZATION', UUID))).toBeNull()
    expect(rawOrgId(uri('ORGANIZATION', UUID))).toBe(UUID)
  })

  test('of an org is the same raw and encoded, in capitals and in small letters', () => {
    const keys = [
      UUID,
      UUID.toUpperCase(),
      encoded(uri('ORGANIZATION', UUID)),
      encoded(uri('ORGANIZATION', UUID.toUpperCase(), 'urn-TEAM_us-east'), 'base64url'),
    ].map(orgKey)
    expect(new Set(keys)).toEqual(new Set([UUID]))
    expect(keys.every(isUuid)).toBe(true)
    expect([`${UUID}0`, UUID.replaceAll('-', ''), ''].some(isUuid)).toBe(false)
  })

  test('of no known form is the same in the same letters alone: capitals mean something in base64', () => {
    expect(isSameOrg('b3JnLTE', 'b3JnLTE')).toBe(true)
    expect(isSameOrg('b3JnLTE', 'b3jnLTE')).toBe(false)
    expect(isSameOrg('xyz', 'XYZ')).toBe(false)
  })

  test('of an app is the same in both alphabets, with and without padding, of every cluster', () => {
    const client = `C${'7e57'.repeat(16)}?`
    const text = uri('APPLICATION', client)
    const keys = [text, encoded(text), encoded(text, 'base64url'), encoded(uri('APPLICATION', client, 'eu'))]
    expect(keys.map(appKey)).toEqual(Array(4).fill(client))
    expect(appKey('app-1')).toBe('app-1')
  })
})
