// The command `satm backup` over a real socket: what reaches the app, what is printed, and whose file the passphrase may be in.
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aFolder, type Ran, type Running, running, satm } from './support/running.ts'

let app: Running
let folder: string
let secret: string
const run = (...args: string[]): Promise<Ran> => satm(app, ['backup', ...args, '--passphrase-file', secret])

beforeEach(async () => {
  app = await running({ profiles: [{ id: 'one' }] })
  folder = aFolder()
  secret = path.join(folder, 'passphrase')
  writeFileSync(secret, ' words of mine, with blanks \n', { mode: 0o600 })
})
afterEach(() => app.close())

test('writes a copy to an absolute path, under the passphrase as it stands in the file', async () => {
  expect(await run('all.satm-backup')).toEqual({
    code: 0,
    out: `${path.resolve('all.satm-backup')}: 1 service app for 3 customers, 1 token manager, 88 attempts\n`,
    err: '',
  })
  expect(app.around.written).toEqual([
    { how: 'copy', file: path.resolve('all.satm-backup'), passphrase: ' words of mine, with blanks ' },
  ])
})

test('takes a passphrase without the byte order mark that some editors write, as a server does', async () => {
  writeFileSync(secret, '\ufeffwords of mine, with blanks\r\n')
  expect((await run('all')).code).toBe(0)
  expect(app.around.written).toMatchObject([{ passphrase: 'words of mine, with blanks' }])
})

test('moves, says that nothing is renewed here any more, and what is not in the file', async () => {
  app.around.leftOut = 2
  const { out, err, code } = await run('/srv/all.satm-backup', '--move')
  expect([code, app.around.written[0]?.how]).toEqual([0, 'move'])
  expect(out).toMatch(/^\/srv\/all\.satm-backup: /)
  expect(err).toMatch(/2 records that could not be read/)
  expect(err).toMatch(/Nothing is renewed here any more/)
})

test('a closed app says why, and nothing is written', async () => {
  app.state = 'closed'
  expect(await run('all', '--move')).toMatchObject({ code: 5, err: expect.stringContaining('keyring') })
  expect(app.around.written).toEqual([])
})

describe('is refused before the app is asked', () => {
  test.each([
    ['no file', ['backup'], /needs the name of a file/],
    ['no passphrase', ['backup', 'all'], /--passphrase-file FILE/],
    ['two files', ['backup', 'all', 'more'], /takes one name/],
  ])('with %s', async (_, args, message) => {
    expect(await satm(app, args)).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })

  test.each([
    [
      'that others can read',
      () => chmodSync(secret, 0o640),
      /can be read or changed by others \(mode 0640\)\. Run: chmod 600/,
    ],
    ['that others can change', () => chmodSync(secret, 0o602), /can be read or changed by others/],
    ['that is empty', () => writeFileSync(secret, '\n'), /is empty/],
    ['with several lines', () => writeFileSync(secret, 'one\ntwo\n'), /alone, on one line/],
    [
      'that is no UTF-8',
      () => writeFileSync(secret, Buffer.from('words of mine \xff', 'latin1')),
      /alone, on one line/,
    ],
    ['that is too long', () => writeFileSync(secret, 'x'.repeat(1025)), /1024 characters at most/],
  ])('with a passphrase file %s', async (_, change, message) => {
    change()
    const { code, err } = await run('all')
    expect([code === 0, err]).toEqual([false, expect.stringMatching(message)])
    expect(err).not.toContain('words of mine')
    expect(app.around.written).toEqual([])
  })

  test('with a passphrase file that is not there', async () => {
    secret = path.join(folder, 'none')
    expect(await run('all')).toMatchObject({ code: 5, err: expect.stringContaining('is not there') })
  })

  test('with a passphrase file of another user', async () => {
    // Only root can give a file away; for anybody else, one of root's that all can read.
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(secret, 65_534, 65_534)
    else secret = '/etc/passwd'
    const { code, err } = await run('all')
    expect([code, err]).toEqual([5, expect.stringMatching(isRoot ? /another user/ : /by others/)])
  })
})
