// PostgreSQL settings: where the shared vault's database is, from a connection URL. Whatever leaves this computer is encrypted, and
// the server's certificate is checked.
import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { isLoopback } from '#base/node/loopback.ts'

export type PostgresSettings =
  | { readonly kind: 'settings'; readonly settings: pg.ClientConfig }
  /** `sentence`: what is wrong with it, and what to do. It has nothing of the URL in it. */
  | { readonly kind: 'refused'; readonly sentence: string }

const EXAMPLE = 'postgresql://satm:PASSWORD@db.example.com/satm'
const DEFAULT_PORT = 5432

/** Of libpq; all three check the certificate and its name here. */
const ENCRYPTED = ['require', 'verify-ca', 'verify-full']
const KNOWN = ['host', 'sslmode', 'sslrootcert']

const LONE_PERCENT =
  'The connection string has a percent sign that stands for itself. Write it as %25 in the user, the password and the database.'

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS; `host`: also a folder, as a parameter. */
export function postgresSettings(text: string): PostgresSettings {
  const trimmed = text.trim()
  // A URL of another scheme may have no host, which a folder takes the place of.
  const isUrl = /^postgres(ql)?:\/\//.test(trimmed)
  const url = isUrl
    ? trimmed.replace(/^postgres(ql)?:/, 'http:').replace(/^http:\/\/\//, 'http://localhost/')
    : ''
  if (!URL.canParse(url))
    return refused(`The connection string is not a PostgreSQL URL. It looks like ${EXAMPLE}`)
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const decoded = [username, password, pathname.slice(1)].map(decodedPart)
  const [user, secret, database] = decoded
  if (decoded.includes(null)) return refused(LONE_PERCENT)
  const unknown = [...searchParams.keys()].find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    return refused(
      `The connection string has a parameter that is not supported. Supported are ${KNOWN.join(', ')}.`,
    )
  const host = searchParams.get('host') ?? hostname.replace(/^\[|\]$/g, '')
  const isSocket = host.startsWith('/')
  const base = {
    host,
    port: port === '' ? DEFAULT_PORT : Number(port),
    ...(user ? { user } : {}),
    ...(secret ? { password: secret } : {}),
    ...(database ? { database } : {}),
  }
  const mode = searchParams.get('sslmode')
  const isLocal = isSocket || isLoopback(host) || host === '::1'
  if (isLocal && (mode === null || mode === 'disable')) return { kind: 'settings', settings: base }
  if (isSocket) return refused('A connection through a socket is not encrypted. Leave out sslmode.')
  if (mode !== null && !ENCRYPTED.includes(mode))
    return refused(
      'A database on another computer is reached encrypted only, and its certificate is checked. Leave out sslmode, or use sslmode=verify-full.',
    )
  const file = searchParams.get('sslrootcert')
  const authorities = file === null || file === 'system' ? {} : certificatesIn(file)
  if (authorities === null)
    return refused('The file that sslrootcert names cannot be read. Name a file with certificates in PEM.')
  return { kind: 'settings', settings: { ...base, ssl: { rejectUnauthorized: true, ...authorities } } }
}

/** null: a percent sign begins no character. */
function decodedPart(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function certificatesIn(file: string): { readonly ca: string } | null {
  try {
    const ca = readFileSync(file, 'utf8')
    return ca.includes('-----BEGIN CERTIFICATE-----') ? { ca } : null
  } catch {
    return null
  }
}

function refused(sentence: string): PostgresSettings {
  return { kind: 'refused', sentence }
}
