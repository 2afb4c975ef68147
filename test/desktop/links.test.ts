import { describe, expect, test } from 'vitest'
import { openableAddress } from '#desktop/system/links.ts'

const WEBEX = 'https://webexapis.com'

describe('the authorization page opens', () => {
  test('in the system browser when it is of the set cloud', () => {
    expect(openableAddress(`${WEBEX}/v1/authorize?state=x`, WEBEX)).toBe(`${WEBEX}/v1/authorize?state=x`)
  })

  test.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000'])(
    'over plain http on this machine: %s',
    (origin) => {
      expect(openableAddress(`${origin}/v1/authorize`, origin)).toBe(`${origin}/v1/authorize`)
    },
  )

  test.each([
    ['another origin', 'https://evil.example/v1/authorize', WEBEX],
    ['a host that begins like ours', 'https://webexapis.com.evil.example/v1', WEBEX],
    ['another port', 'https://webexapis.com:8443/v1', WEBEX],
    ['plain http to the outside', 'http://webexapis.com/v1', 'http://webexapis.com'],
    [
      'plain http to a name that only sounds local',
      'http://localhost.evil.example/',
      'http://localhost.evil.example',
    ],
    ['credentials in the address', 'https://me:pw@webexapis.com/v1', WEBEX],
    ['a file', 'file:///etc/passwd', 'null'],
    ['a program', 'ms-msdt:/id', 'null'],
    ['a script', 'javascript:alert(1)', 'null'],
    ['no address', 'authorize me', WEBEX],
  ])('not at all: %s', (_what, address, origin) => {
    expect(openableAddress(address, origin)).toBeNull()
  })
})
