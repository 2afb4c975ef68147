// Listen address: where the endpoint listens. Other machines reach it under TLS alone: an address that is not loopback
// cannot be had without a certificate and the key that belongs to it.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Instant } from '#engine/domain/model.ts'
import { createTlsServer } from './tls-server.ts'

/** PEM texts: the certificate, followed by those of its chain, and its key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** Files that belong together and that the TLS library takes. */
export interface ServerCertificate extends TlsFiles {
  readonly expiresAt: Instant
  /** A `Host` header, with or without a port, names it. */
  isNamed(host: string): boolean
}

export type ListenAddress =
  /** Both families of this computer, without TLS. */
  | { readonly kind: 'loopback'; readonly port: number }
  | ({ readonly kind: 'network'; readonly port: number } & NetworkAddress)

export interface NetworkAddress {
  /** An address of this computer, a name of one, or `0.0.0.0` or `::` for all of them. */
  readonly host: string
  readonly certificate: ServerCertificate
  /** Here, so that the app, which listens on loopback alone, does not load TLS. */
  readonly createServer: typeof createTlsServer
}

export type ListenAddressResult =
  | { readonly kind: 'address'; readonly address: ListenAddress }
  | { readonly kind: 'refused'; readonly problem: string }

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

export function listenAddress(asked: {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | null
}): ListenAddressResult {
  const host = asked.host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const { port, tls } = asked
  if (tls === null) {
    if (LOOPBACK.includes(host)) return { kind: 'address', address: { kind: 'loopback', port } }
    const problem = `Listening on ${host} needs TLS, since other computers reach it: give --tls-cert and --tls-key, or listen on 127.0.0.1.`
    return { kind: 'refused', problem }
  }
  const certificate = readCertificate(tls)
  if (typeof certificate === 'string') return { kind: 'refused', problem: certificate }
  return { kind: 'address', address: { kind: 'network', port, ...networkAddress(host, certificate) } }
}

export function networkAddress(host: string, certificate: ServerCertificate): NetworkAddress {
  return { host, certificate, createServer: createTlsServer }
}

/** A sentence where these files cannot be used. One that has expired can: it is exchanged while the server runs. */
export function readCertificate(files: TlsFiles): ServerCertificate | string {
  const leaf = attempt(() => new X509Certificate(files.cert))
  if (leaf instanceof Error) {
    return 'The TLS certificate is no PEM text. Give a file that begins with -----BEGIN CERTIFICATE-----, with the certificates of its chain after it.'
  }
  const key = attempt(() => createPrivateKey(files.key))
  if (key instanceof Error) {
    return /ENCRYPTED/.test(files.key)
      ? 'The TLS key is protected by a passphrase. Write it to a file without one (openssl pkey -in KEY -out NEW) that only the server’s user can read.'
      : 'The TLS key is no PEM text of a private key. Give a file that begins with -----BEGIN PRIVATE KEY-----.'
  }
  if (!leaf.checkPrivateKey(key)) {
    return 'The TLS key does not belong to the TLS certificate. Give the key it was issued for, and in the certificate’s file the server’s own certificate before those of its chain.'
  }
  const context = attempt(() => createSecureContext(files))
  if (context instanceof Error) {
    const reason = 'reason' in context ? ` (${context.reason})` : ''
    return `The TLS certificate cannot be used${reason}. Issue one with a key of today’s strength: 2048 bits of RSA, or P-256.`
  }
  return {
    ...files,
    expiresAt: Date.parse(leaf.validTo),
    isNamed(host) {
      const name = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host)
      const [, bracketed, plain] = name ?? []
      const bare = bracketed ?? plain
      if (bare === undefined) return false
      return isIP(bare) === 0 ? leaf.checkHost(bare) !== undefined : leaf.checkIP(bare) !== undefined
    },
  }
}

function attempt<T>(work: () => T): T | Error {
  try {
    return work()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
