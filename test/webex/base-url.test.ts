import { describe, expect, test } from 'vitest'
import { WEBEX_BASE_URLS } from '#engine/domain/settings.ts'
import { isWebexsOwn, parseBaseUrl } from '#webex/base-url.ts'

describe('a base URL', () => {
  test.for([
    ['https://webexapis.com/v1', WEBEX_BASE_URLS.commercial, 'commercial'],
    ['https://webexapis.com', WEBEX_BASE_URLS.commercial, 'commercial'],
    [' https://WebexAPIs.com/v1/ ', WEBEX_BASE_URLS.commercial, 'commercial'],
    ['webexapis.com', WEBEX_BASE_URLS.commercial, 'commercial'],
    ['https://webexapis.com:443/v1', WEBEX_BASE_URLS.commercial, 'commercial'],
    ['https://api-usgov.webex.com/', WEBEX_BASE_URLS.government, 'government'],
    ['api-usgov.webex.com/v1', WEBEX_BASE_URLS.government, 'government'],
    ['https://proxy.example/webex/v1', 'https://proxy.example/webex/v1', 'custom'],
    ['https://proxy.example/webex/', 'https://proxy.example/webex/v1', 'custom'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/v1', 'custom'],
    ['http://localhost:4000/v1/', 'http://localhost:4000/v1', 'custom'],
    ['http://[::1]:4000/v1', 'http://[::1]:4000/v1', 'custom'],
    ['http://127.1:4000', 'http://127.0.0.1:4000/v1', 'custom'],
  ] as const)('%s', ([input, baseUrl, cloud]) => {
    expect(parseBaseUrl(input)).toEqual({ kind: 'ok', baseUrl, cloud })
  })

  test.for([
    ['', 'not a URL'],
    ['webex', 'not a URL'],
    ['https://', 'not a URL'],
    ['ftp://webexapis.com/v1', 'https://'],
    ['javascript:alert(1)', 'not a URL'],
    ['http://webexapis.com/v1', 'https'],
    ['http://localhost.example/v1', 'https'],
    ['http://127.0.0.1.example/v1', 'https'],
    ['http://0.0.0.0:4000/v1', 'https'],
    ['https://user:pass@webexapis.com/v1', 'password'],
    ['https://webexapis.com/v1?x=1', '?'],
    ['https://webexapis.com/v1#x', '#'],
  ] as const)('%j is refused, and the sentence says why', ([input, word]) => {
    const parsed = parseBaseUrl(input)
    if (parsed.kind !== 'invalid') throw new Error(parsed.baseUrl)
    expect(parsed.sentence).toContain(word)
    expect(parsed.sentence).not.toContain('pass@')
  })
})

test('only Webex’s own two clouds are Webex’s own', () => {
  expect(isWebexsOwn(WEBEX_BASE_URLS.commercial)).toBe(true)
  expect(isWebexsOwn(WEBEX_BASE_URLS.government)).toBe(true)
  expect(isWebexsOwn('https://webexapis.com.example/v1')).toBe(false)
  expect(isWebexsOwn('https://webexapis.com:8443/v1')).toBe(false)
})
