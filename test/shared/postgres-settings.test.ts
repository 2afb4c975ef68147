// Where the database is: what leaves this computer is encrypted, and nothing of a URL is in a refusal.
import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'
import { postgresSettings } from '#vault/shared/postgres-settings.ts'
import { type Postgres, startPostgres } from './support/postgres.ts'

const settingsOf = (text: string) => {
  const read = postgresSettings(text)
  if (read.kind === 'refused') throw new Error(read.sentence)
  return read.settings
}

describe('a connection string', () => {
  test.each([
    [
      'postgresql://satm:p%40ss@db.example.com:6432/vault',
      { host: 'db.example.com', port: 6432, password: 'p@ss' },
    ],
    [
      'postgres://db.example.com/vault?sslmode=require',
      { ssl: { rejectUnauthorized: true }, database: 'vault' },
    ],
    ['postgresql://[2001:db8::1]/vault', { host: '2001:db8::1', ssl: { rejectUnauthorized: true } }],
    [' postgresql://satm@localhost/vault\n', { host: 'localhost', port: 5432, user: 'satm' }],
    ['postgresql:///vault?host=/run/postgresql', { host: '/run/postgresql', database: 'vault' }],
    ['postgresql://satm@[::1]/vault', { host: '::1' }],
  ])('%s', (text, settings) => {
    expect(settingsOf(text)).toMatchObject(settings)
  })

  test.each([
    ['user', 'postgresql://100%canary:pw@db.example.com/vault'],
    ['password', 'postgresql://satm:100%canary@db.example.com/vault'],
    ['database', 'postgresql://satm@db.example.com/100%canary'],
  ])('a percent sign that stands for itself in the %s is refused with what to do', (_, text) => {
    const read = postgresSettings(text)
    expect(read).toEqual({ kind: 'refused', sentence: expect.stringContaining('%25') })
    expect(JSON.stringify(read)).not.toContain('canary')
  })

  test.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('%s needs no encryption', (host) => {
    expect(settingsOf(`postgresql://${host}/vault`).ssl).toBeUndefined()
    expect(settingsOf(`postgresql://${host}/vault?sslmode=verify-full`).ssl).toMatchObject({
      rejectUnauthorized: true,
    })
  })

  test.each([
    [
      'another computer without encryption',
      'postgresql://u:secret@db.example.com/v?sslmode=disable',
      /encrypted only/,
    ],
    ['encryption if there is some', 'postgresql://u:secret@10.0.0.1/v?sslmode=prefer', /encrypted only/],
    [
      'a name that only looks local',
      'postgresql://u:secret@localhost.example.com/v?sslmode=disable',
      /encrypted only/,
    ],
    ['keywords instead of a URL', 'host=db user=u password=secret', /not a PostgreSQL URL/],
    ['another scheme', 'mysql://u:secret@db/v', /not a PostgreSQL URL/],
    ['nothing', '', /not a PostgreSQL URL/],
    ['a parameter that would be ignored', 'postgresql://u:secret@db/v?options=-csecret', /not supported/],
    ['a certificate that is not there', 'postgresql://u:secret@db/v?sslrootcert=/nowhere', /cannot be read/],
    ['a socket that is to be encrypted', 'postgresql:///v?host=/run&sslmode=require', /socket/],
  ])('%s is refused', (_name, text, sentence) => {
    const read = postgresSettings(text)
    expect(read).toMatchObject({ kind: 'refused', sentence: expect.stringMatching(sentence) })
    expect(JSON.stringify(read)).not.toContain('secret')
  })
})

describe('a server with a certificate', () => {
  let postgres: Postgres
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync('/tmp/satm-tls-')
    certificate('ours', 'localhost')
    certificate('other', 'localhost')
    certificate('elsewhere', 'db.example.com')
    postgres = await startPostgres({ tcp: true })
  })
  afterAll(async () => {
    await postgres.remove()
    rmSync(folder, { recursive: true })
  })

  function certificate(name: string, host: string): void {
    const [key, pem] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      pem,
      ...subject,
    ]
    execFileSync('openssl', args, { stdio: 'ignore' })
  }

  /** The server presents this one from now on. */
  async function present(name: string): Promise<void> {
    for (const [end, as] of [
      ['key', 'server.key'],
      ['pem', 'server.crt'],
    ]) {
      const path = join(postgres.folder, 'data', as ?? '')
      copyFileSync(join(folder, `${name}.${end}`), path)
      execFileSync('chmod', ['600', path])
      if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534)
    }
    await postgres.program('psql', ['-d', 'postgres', '-c', 'ALTER SYSTEM SET ssl = on'])
    await postgres.program('psql', ['-d', 'postgres', '-c', 'SELECT pg_reload_conf()'])
    await expect
      .poll(() =>
        postgres.program('psql', ['-d', 'postgres', '-Atc', 'SHOW ssl']).then((text) => text.trim()),
      )
      .toBe('on')
  }

  async function encrypted(trusts: string): Promise<unknown> {
    const trusted = join(folder, `${trusts}.pem`)
    const { port, user } = postgres.connection
    const url = `postgresql://${user}@localhost:${port}/postgres?sslmode=verify-full&sslrootcert=${trusted}`
    const db = postgresConnection(settingsOf(url))
    try {
      return (await db.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'))[0]?.ssl
    } finally {
      await db.close()
    }
  }

  test('is talked to encrypted, and refused with a certificate of anybody else, or of another name', async () => {
    await present('ours')
    expect(await encrypted('ours')).toBe(true)
    await expect(encrypted('other')).rejects.toMatchObject({ name: 'StoreFailure' })
    await present('elsewhere')
    await expect(encrypted('elsewhere')).rejects.toMatchObject({ name: 'StoreFailure' })
  })

  test('without encryption is not talked to when it is asked for', async () => {
    await postgres.program('psql', ['-d', 'postgres', '-c', 'ALTER SYSTEM SET ssl = off'])
    await postgres.program('psql', ['-d', 'postgres', '-c', 'SELECT pg_reload_conf()'])
    await expect(encrypted('ours')).rejects.toMatchObject({ name: 'StoreFailure' })
  })
})
