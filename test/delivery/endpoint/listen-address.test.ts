// Where a server may listen, and with which files.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listenAddress, readCertificate, type TlsFiles } from '#delivery/endpoint/listen-address.ts'
import { type Authority, createAuthority } from './support/certificates.ts'

let authority: Authority
let files: TlsFiles

beforeAll(() => {
  authority = createAuthority()
  files = authority.issue('DNS:tokens.example,IP:192.0.2.1,IP:2001:db8::1')
})
afterAll(() => authority.end())

const port = 7286

test.each(['127.0.0.1', 'localhost', '::1', '[::1]', 'LocalHost'])('%s needs no TLS', (host) => {
  expect(listenAddress({ host, port, tls: null })).toEqual({
    kind: 'address',
    address: { kind: 'loopback', port },
  })
})

test.each(['0.0.0.0', '::', '192.0.2.1', 'tokens.example', '127.0.0.2', 'localhost.example', '', '127.1'])(
  '"%s" without TLS is refused',
  (host) => {
    expect(listenAddress({ host, port, tls: null })).toMatchObject({
      kind: 'refused',
      problem: expect.stringContaining('--tls-cert'),
    })
    expect(listenAddress({ host, port, tls: files })).toMatchObject({
      address: { kind: 'network', host, port },
    })
  },
)

describe('files that cannot be used:', () => {
  const other = () => authority.issue('DNS:other.example')
  test.each<[string, () => TlsFiles, RegExp]>([
    ['no certificate', () => ({ ...files, cert: 'x' }), /certificate is no PEM/],
    ['the key in place of the certificate', () => ({ ...files, cert: files.key }), /certificate is no PEM/],
    ['no key', () => ({ ...files, key: '' }), /key is no PEM/],
    ['the certificate in place of the key', () => ({ ...files, key: files.cert }), /key is no PEM/],
    ['the key of another one', () => ({ ...files, key: other().key }), /does not belong/],
    [
      'the authority first',
      () => ({ ...files, cert: authority.ca + files.cert }),
      /before those of its chain/,
    ],
    [
      'a key under a passphrase, as OpenSSL writes it',
      () => {
        const made = other()
        const encrypted = authority.openssl('pkey', '-in', 'key.pem', '-aes256', '-passout', 'pass:satm')
        return { ...made, key: encrypted }
      },
      /passphrase/,
    ],
    [
      'a key under a passphrase, as it was written before',
      () => {
        const made = other()
        const encrypted = authority.openssl('ec', '-in', 'key.pem', '-aes256', '-passout', 'pass:satm')
        return { ...made, key: encrypted }
      },
      /passphrase/,
    ],
  ])('%s', (_, given, sentence) => {
    const problem = readCertificate(given())
    expect(problem).toMatch(sentence)
    expect(problem).not.toContain('BEGIN EC')
  })

  test('a key of 512 bits', () => {
    const weak = [
      '-newkey',
      'rsa:512',
      '-nodes',
      '-subj',
      '/CN=weak',
      '-keyout',
      'weak.key',
      '-out',
      'weak.pem',
    ]
    authority.openssl('req', '-x509', ...weak)
    const read = (name: string) => authority.openssl('pkey', '-in', name)
    const cert = authority.openssl('x509', '-in', 'weak.pem')
    expect(readCertificate({ cert, key: read('weak.key') })).toMatch(/key too small.*2048 bits/)
  })
})

test('a chain, the end of the certificate and its names are read', () => {
  const certificate = readCertificate({ ...files, cert: files.cert + authority.ca })
  if (typeof certificate === 'string') throw new Error(certificate)
  const days = (certificate.expiresAt - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(1.9)
  expect(days).toBeLessThan(2.1)
  for (const host of [
    'tokens.example',
    'Tokens.Example:443',
    '192.0.2.1:7286',
    '[2001:db8::1]:7286',
    '[2001:db8:0::1]',
  ])
    expect([host, certificate.isNamed(host)]).toEqual([host, true])
  for (const host of [
    '',
    ':443',
    'example',
    '192.0.2.2',
    '2001:db8::1',
    '[tokens.example]',
    'tokens.example:',
    'tokens.example:443:1',
    'a@tokens.example',
    'tokens.example/',
    'tokens.example,x',
  ])
    expect([host, certificate.isNamed(host)]).toEqual([host, false])
})
