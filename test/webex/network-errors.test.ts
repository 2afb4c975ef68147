import { describe, expect, test } from 'vitest'
import { readFetchFailure } from '#webex/network-errors.ts'

describe('Chromium’s errors, as session.fetch rejects with them', () => {
  test.for([
    ['ERR_NAME_NOT_RESOLVED', 'dns', false],
    ['ERR_INTERNET_DISCONNECTED', 'offline', false],
    ['ERR_ADDRESS_UNREACHABLE', 'offline', false],
    ['ERR_CONNECTION_REFUSED', 'refused', false],
    ['ERR_PROXY_CONNECTION_FAILED', 'proxy', false],
    ['ERR_TUNNEL_CONNECTION_FAILED', 'proxy', false],
    ['ERR_PROXY_CERTIFICATE_INVALID', 'proxy', false],
    ['ERR_PAC_SCRIPT_FAILED', 'proxy', false],
    ['ERR_MANDATORY_PROXY_CONFIGURATION_FAILED', 'proxy', false],
    ['ERR_SOCKS_CONNECTION_FAILED', 'proxy', false],
    ['ERR_PROXY_AUTH_UNSUPPORTED', 'proxy-login', false],
    ['ERR_PROXY_AUTH_REQUESTED', 'proxy-login', false],
    ['ERR_UNEXPECTED_PROXY_AUTH', 'proxy-login', false],
    ['ERR_MISSING_AUTH_CREDENTIALS', 'proxy-login', false],
    ['ERR_MISCONFIGURED_AUTH_ENVIRONMENT', 'proxy-login', false],
    ['ERR_HTTPS_PROXY_TUNNEL_RESPONSE_REDIRECT', 'proxy', false],
    ['ERR_CONNECTION_FAILED', 'other', false],
    ['ERR_CONNECTION_TIMED_OUT', 'timeout', false],
    ['ERR_TIMED_OUT', 'timeout', true],
    ['ERR_CONNECTION_RESET', 'reset', true],
    ['ERR_CONNECTION_CLOSED', 'reset', true],
    ['ERR_EMPTY_RESPONSE', 'reset', true],
    ['ERR_NETWORK_CHANGED', 'reset', true],
    ['ERR_CERT_AUTHORITY_INVALID', 'tls', false],
    ['ERR_CERT_DATE_INVALID', 'tls', false],
    ['ERR_SSL_PROTOCOL_ERROR', 'tls', true],
    ['ERR_ABORTED', 'aborted', true],
    ['ERR_SOMETHING_NEW', 'other', true],
  ] as const)('%s', ([code, reason, sent]) => {
    expect(readFetchFailure(new Error(`net::${code}`))).toEqual({ kind: 'unreachable', reason, sent })
  })

  test('a request that no network service took was not sent; one that it took with it may have been', () => {
    const gone = Object.assign(new Error('There is no network service.'), { code: 'NETWORK_SERVICE_GONE' })
    expect(readFetchFailure(gone)).toEqual({ kind: 'unreachable', reason: 'other', sent: false })
    expect(readFetchFailure(new Error('net::ERR_FAILED'))).toMatchObject({ sent: true })
  })

  test('a refused redirect is told from a failing network', () => {
    const error = new Error("Attempted to redirect, but redirect policy was 'error'")
    expect(readFetchFailure(error)).toEqual({ kind: 'redirected' })
    expect(readFetchFailure(new Error('Redirect was cancelled'))).toEqual({ kind: 'redirected' })
  })
})

describe('Node’s errors', () => {
  const caused = (properties: object) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), properties) })

  test.for([
    [{ code: 'ENOTFOUND' }, 'dns', false],
    [{ code: 'EAI_AGAIN' }, 'dns', false],
    [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'refused', false],
    [{ code: 'ENETUNREACH', syscall: 'connect' }, 'offline', false],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'timeout', false],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, 'timeout', true],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'timeout', false],
    [{ code: 'ECONNRESET', syscall: 'read' }, 'reset', true],
    [{ code: 'EPIPE', syscall: 'write' }, 'reset', true],
    [{ code: 'CERT_HAS_EXPIRED' }, 'tls', false],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls', false],
    [{ code: 'EPROTO', syscall: 'write' }, 'tls', true],
    [{ code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }, 'tls', true],
    [{ code: 'HPE_INVALID_CONSTANT' }, 'other', true],
  ] as const)('%j', ([properties, reason, sent]) => {
    expect(readFetchFailure(caused(properties))).toEqual({ kind: 'unreachable', reason, sent })
  })

  test('when both families were tried and refused, nothing was sent', () => {
    const refused = (address: string) =>
      Object.assign(new Error(address), { code: 'ECONNREFUSED', syscall: 'connect' })
    const error = new TypeError('fetch failed', {
      cause: new AggregateError([refused('::1'), refused('127.0.0.1')]),
    })
    expect(readFetchFailure(error)).toEqual({ kind: 'unreachable', reason: 'refused', sent: false })
  })

  test('what is no error at all is of unknown effect', () => {
    expect(readFetchFailure('no')).toEqual({ kind: 'unreachable', reason: 'other', sent: true })
  })

  test('errors that cause each other end', () => {
    const [a, b] = [new Error('a'), new Error('b')]
    a.cause = b
    b.cause = a
    expect(readFetchFailure(a)).toEqual({ kind: 'unreachable', reason: 'other', sent: true })
  })
})
