import { describe, expect, test } from 'vitest'
import {
  COMMERCIAL_BASE_URL,
  GOVERNMENT_BASE_URL,
  isLoopback,
  isWebexsOwn,
  parseBaseUrl,
} from '#webex/base-url.ts'

describe('a base URL', () => {
  test.for([
    ['https://webexapis.com/v1', COMMERCIAL_BASE_URL, 'commercial'],
    ['https://webexapis.com', COMMERCIAL_BASE_URL, 'commercial'],
    [' https://WebexAPIs.com/v1/ ', COMMERCIAL_BASE_URL, 'commercial'],
    ['webexapis.com', COMMERCIAL_BASE_URL, 'commercial'],
    ['https://webexapis.com:443/v1', COMMERCIAL_BASE_URL, 'commercial'],
    ['https://api-usgov.webex.com/', GOVERNMENT_BASE_URL, 'government'],
    ['api-usgov.webex.com/v1', GOVERNMENT_BASE_URL, 'government'],
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
    ['', 'no URL'],
    ['webex', 'no URL'],
    ['https://', 'no URL'],
    ['ftp://webexapis.com/v1', 'https://'],
    ['javascript:alert(1)', 'no URL'],
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
  expect(isWebexsOwn(COMMERCIAL_BASE_URL)).toBe(true)
  expect(isWebexsOwn(GOVERNMENT_BASE_URL)).toBe(true)
  expect(isWebexsOwn('https://webexapis.com.example/v1')).toBe(false)
  expect(isWebexsOwn('https://webexapis.com:8443/v1')).toBe(false)
})

test('loopback is this computer alone', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true)
  expect(['localhost.', 'x.localhost', '128.0.0.1', '[::]', '0.0.0.0'].some(isLoopback)).toBe(false)
})
