// What the options and the environment of `satm serve` mean together, and what is refused.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import { readServeOptions } from '#daemon/serve-options.ts'

const read = (given: Record<string, string>, env: Record<string, string> = {}) =>
  readServeOptions(given, env, 7286)

describe('options of the server', () => {
  test('have defaults for everything but the passphrase', () => {
    expect(read({ 'passphrase-file': '/p' })).toEqual({
      dataFolder: null,
      passphraseFile: '/p',
      restore: null,
      shared: null,
      listen: { host: '127.0.0.1', port: 7286 },
      tls: null,
      operations: { host: '127.0.0.1', port: 9180 },
      logLevel: 'info',
    })
    expect(() => read({})).toThrow('needs the passphrase of the vault')
  })

  test('come from the environment as well, and the command line wins', () => {
    const env = {
      SATM_DATA_FOLDER: '/data',
      SATM_PASSPHRASE_FILE: '/p',
      SATM_LISTEN: '[::1]:8000',
      SATM_OPERATIONS_LISTEN: 'off',
      SATM_LOG_LEVEL: 'warn',
      SATM_TLS_CERT: '',
      STATE_DIRECTORY: '/var/lib/satm',
    }
    expect(read({ listen: '0.0.0.0:443', 'tls-cert': '/c', 'tls-key': '/k' }, env)).toEqual({
      dataFolder: '/data',
      passphraseFile: '/p',
      restore: null,
      shared: null,
      listen: { host: '0.0.0.0', port: 443 },
      tls: { certificate: '/c', key: '/k' },
      operations: null,
      logLevel: 'warn',
    })
  })

  test('are what systemd passes where nothing else is named', () => {
    const env = {
      STATE_DIRECTORY: '/var/lib/satm:/var/lib/other',
      CREDENTIALS_DIRECTORY: '/run/credentials/satm',
    }
    expect(read({}, env)).toMatchObject({
      dataFolder: '/var/lib/satm',
      passphraseFile: '/run/credentials/satm/satm-passphrase',
    })
  })

  test('name the shared vault by files, by variables, or by two credentials', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'satm-credentials-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const env = { CREDENTIALS_DIRECTORY: folder }
    const file = (name: string) => path.join(folder, name)
    expect(read({}, env).shared).toBeNull()
    writeFileSync(file('satm-database'), 'postgresql://')
    expect(() => read({}, env)).toThrow('pass both credentials, satm-database and satm-identity')
    writeFileSync(file('satm-identity'), 'AGE')
    expect(read({}, env).shared).toEqual({
      databaseFile: file('satm-database'),
      identityFile: file('satm-identity'),
    })
    expect(() => read({ restore: '/b' }, env)).toThrow('filled with satm vault move-in')
    const named = { SATM_DATABASE_FILE: '/d', SATM_IDENTITY_FILE: '/i' }
    expect(read({}, { ...env, ...named }).shared).toEqual({ databaseFile: '/d', identityFile: '/i' })
    expect(read({ 'identity-file': '/own' }, { ...env, ...named }).shared?.identityFile).toBe('/own')
    expect(() => read({ 'passphrase-file': '/p', 'database-file': '/d' })).toThrow('belong together')
  })

  test('take the passphrase of a backup from the same file unless another is named', () => {
    expect(read({ 'passphrase-file': '/p', restore: '/b' }).restore).toEqual({
      file: '/b',
      passphraseFile: '/p',
    })
    expect(read({ 'passphrase-file': '/p', restore: '/b', 'restore-passphrase-file': '/q' }).restore).toEqual(
      {
        file: '/b',
        passphraseFile: '/q',
      },
    )
  })

  test.each([
    ['a port alone', { listen: '8080' }, 'HOST:PORT'],
    ['a port that is none', { listen: '127.0.0.1:70000' }, 'HOST:PORT'],
    ['IPv6 without brackets', { 'operations-listen': '::1:80' }, 'HOST:PORT'],
    ['an empty option', { listen: '' }, '--listen is empty'],
    ['half of TLS', { 'tls-cert': '/c' }, 'belong together'],
    ['a level that is none', { 'log-level': 'debug' }, '--log-level is one of info, warn, error.'],
    ['a passphrase for no backup', { 'restore-passphrase-file': '/q' }, 'is for --restore'],
  ])('refuse %s', (_, given, sentence) => {
    expect(() => read({ 'passphrase-file': '/p', ...given })).toThrow(sentence)
  })
})

describe('the passphrase file', () => {
  const fileWith = (content: string | Buffer, mode = 0o600) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'satm-passphrase-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = path.join(folder, 'passphrase')
    writeFileSync(file, content)
    chmodSync(file, mode)
    return file
  }

  test.each([
    ['without a line break', 'a canary', 'a canary'],
    ['with one at its end', 'a canary\n', 'a canary'],
    ['with one of Windows', 'a canary\r\n', 'a canary'],
    ['with spaces, which belong to it', ' a canary ', ' a canary '],
    ['with a byte order mark, which does not', '\ufeffa canary', 'a canary'],
  ])('is read %s', (_, content, expected) => {
    expect(readPassphraseFile(fileWith(content)).reveal()).toBe(expected)
  })

  test.each([
    ['is empty', '', 'is empty'],
    ['has a line break alone', '\n', 'is empty'],
    ['has two lines', 'a canary\nof two lines\n', 'more than one line'],
    ['has two line breaks', 'a canary\n\n', 'more than one line'],
    ['is no text', Buffer.from([0x63, 0xff, 0xfe]), 'UTF-8'],
    ['is too large', 'x'.repeat(5000), 'larger than'],
    ['has more than can be typed', 'x'.repeat(1025), '1024 characters at most'],
  ])('is refused when it %s, without its content', (_, content, sentence) => {
    const file = fileWith(content)
    const refused = () => readPassphraseFile(file)
    expect(refused).toThrow(sentence)
    expect(refused).toThrow(file)
    expect(refused).not.toThrow('canary')
  })

  test.skipIf(process.platform === 'win32').each([0o644, 0o602, 0o601, 0o666])(
    'is refused when others can read or change it: %o',
    (mode) => {
      expect(() => readPassphraseFile(fileWith('a canary', mode))).toThrow('chmod 0600')
    },
  )

  test('is refused when it is missing or a folder', () => {
    expect(() => readPassphraseFile('/no/such/file')).toThrow('There is no passphrase file')
    const folder = path.join(path.dirname(fileWith('')), 'folder')
    mkdirSync(folder, { mode: 0o700 })
    expect(() => readPassphraseFile(folder)).toThrow('is not a file')
  })
})
