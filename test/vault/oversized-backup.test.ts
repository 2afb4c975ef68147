// A backup made to fill the memory or to take for ever is refused within seconds, in a thread with little memory.
import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFileReader } from '#application/file-reader.ts'
import { runInThread } from '#base/node/thread.ts'
import { Meter } from '#vault/backup/backup-content.ts'
import { BACKUP_LIMITS, BackupTooLarge } from '#vault/backup/backup-file.ts'
import { SCRYPT_COST, stretch } from '#vault/crypto/passphrase.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { consumer, PASSPHRASE, readBackup, sealed } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { type Bundle, bundle } from './support/bundle.ts'

const MIB = 1024 * 1024
/** MiB. A quarter of what the app gives the thread. */
const LITTLE_HEAP = 256
/** ms, on a machine that is busy with other tests. */
const SECONDS = 15_000

let thread: Bundle
beforeAll(async () => {
  thread = await bundle('src/main/bootstrap/reader-thread.ts')
})
afterAll(() => thread.remove())

/** gzip (RFC 1952 section 2.2) may have several members, so a large content need not be packed whole. */
const packed = (part: Buffer, times: number) => Buffer.concat(Array(times).fill(gzipSync(part)))
const line = (record: object) => `${JSON.stringify(record)}\n`
const longName = (n: number) => line(consumer(`c${n}`, null, { name: 'x'.repeat(MIB - 400) }))

describe('a backup is refused within seconds and little memory:', () => {
  test.each<[string, string, () => Buffer]>([
    ['1.4 GB in one line', 'too-large', () => packed(Buffer.alloc(64 * MIB, 'a'), 22)],
    ['1.4 GB of empty lines', 'damaged', () => packed(Buffer.alloc(64 * MIB, '\n'), 22)],
    ['a million of empty parts', 'ok', () => packed(Buffer.alloc(0), 1_000_000)],
    [
      'a record without end',
      'too-large',
      () => gzipSync(line(consumer('c', null, { name: 'x'.repeat(2 * MIB) }))),
    ],
    [
      '130 MiB of records',
      'too-large',
      () => Buffer.concat(Array.from({ length: 130 }, (_, n) => gzipSync(longName(n)))),
    ],
    ['a million of brackets', 'damaged', () => gzipSync('['.repeat(MIB - 1))],
    ['bytes that are not packed', 'damaged', () => Buffer.alloc(MIB, 'a')],
    ['a part that is cut', 'damaged', () => packed(Buffer.alloc(64 * MIB, '\n'), 1).subarray(0, -100)],
  ])('%s is %s', async (_, kind, content) => {
    const path = await sealed(content())
    const reader = createFileReader({
      run: (request, signal) => runInThread(thread.path, request, signal, LITTLE_HEAP),
      clock: new FakeClock(),
    })
    const began = performance.now()
    const reading = await reader.backup(path, PASSPHRASE, new AbortController().signal)
    expect(reading.kind).toBe(kind)
    expect(performance.now() - began).toBeLessThan(SECONDS)
  })

  test('more attempts, records or bytes than there can be', () => {
    const attempts = new Meter()
    let fitting = 0
    while (attempts.hasRoomForAttempt('{}')) fitting += 1
    expect(fitting).toBe(BACKUP_LIMITS.attempts)
    const records = new Meter()
    for (let n = 0; n < BACKUP_LIMITS.records; n++) records.addRecord('{}')
    expect(() => records.addRecord('{}')).toThrow(BackupTooLarge)
    const bytes = new Meter()
    const part = 'x'.repeat(MIB)
    fitting = 0
    while (bytes.hasRoomForAttempt(part)) fitting += 1
    expect(fitting).toBe(BACKUP_LIMITS.bytes / MIB - 1)
  })
})

describe('what is no file, or too large for one, is refused unread:', () => {
  test.each<[string, string, (path: string) => void]>([
    [
      'a file of 2 GiB',
      'too-large',
      (path) => {
        writeFileSync(path, '')
        truncateSync(path, 2048 * MIB)
      },
    ],
    ['a pipe that nobody writes', 'unreadable', (path) => void execFileSync('mkfifo', [path])],
    ['a folder', 'unreadable', (path) => void execFileSync('mkdir', [path])],
    [
      'a link to a device without end',
      'unreadable',
      (path) => void execFileSync('ln', ['-s', '/dev/zero', path]),
    ],
    ['a link to itself', 'unreadable', (path) => void execFileSync('ln', ['-s', path, path])],
  ])('%s', async (_, kind, make) => {
    const path = join(temporaryFolder(), 'some.satm-backup')
    make(path)
    expect((await readBackup(path, PASSPHRASE)).kind).toBe(kind)
  })
})

describe('the work that a file may ask of scrypt', () => {
  test.each<[string, object]>([
    ['more memory than twice ours', { N: 2 ** 19, r: 8, p: 1 }],
    ['more time than twice ours', { N: 2 ** 17, r: 8, p: 3 }],
    ['all memory there is', { N: 2 ** 30, r: 8, p: 1 }],
    ['wide blocks', { N: 2, r: 2 ** 19, p: 1 }],
    ['many blocks', { N: 2, r: 1, p: 2 ** 19 }],
    ['no power of two', { N: 1000, r: 8, p: 1 }],
    ['nothing', { N: 1, r: 8, p: 1 }],
    ['a part of a block', { N: 1024, r: 1.5, p: 1 }],
    ['less than nothing', { N: 1024, r: 8, p: -1 }],
    ['no number', { N: 1024, r: 8, p: null }],
    ['a number in words', { N: '1024', r: 8, p: 1 }],
  ])('is not %s', async (_, cost) => {
    const began = performance.now()
    const path = await sealed(gzipSync(''), { head: { cost } })
    expect(['damaged', 'not-a-backup']).toContain((await readBackup(path, PASSPHRASE)).kind)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('may be twice ours, and may be less', async () => {
    const salt = Buffer.alloc(16)
    expect(await stretch(PASSPHRASE, salt, { ...SCRYPT_COST, p: 2 })).toHaveLength(32)
    expect(await stretch(PASSPHRASE, salt, { N: 2, r: 1, p: 1 })).toHaveLength(32)
  })
})
