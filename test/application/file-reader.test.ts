// Files are read in a thread: the process goes on meanwhile, secrets arrive, and whatever a file is, the reading ends.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFileReader } from '#application/file-reader.ts'
import { runInThread } from '#base/node/thread.ts'
import { Secret } from '#engine/domain/secret.ts'
import { NO_CHOICES } from '#import/import-dialect.ts'
import type { Backup } from '#vault/backup/backup.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { attemptLine } from '#vault/backup/backup-records.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { consumer, fileOf, PASSPHRASE, profile, serviceApp, target } from '../vault/support/backups.ts'
import { anAttempt, aPair, NOW, temporaryFolder } from '../vault/support/builders.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { CHEAP_SCRYPT } from '../vault/support/opened.ts'
import { directReader } from './support/direct-reader.ts'

let thread: Bundle
beforeAll(async () => {
  thread = await bundle('src/main/bootstrap/reader-thread.ts')
})
afterAll(() => thread.remove())

const never = new AbortController().signal

function stage() {
  const clock = new FakeClock()
  const reader = createFileReader({
    run: (request, signal) => runInThread(thread.path, request, signal),
    clock,
  })
  return { clock, reader }
}

async function attemptsOf({ history }: Backup) {
  const all = []
  for await (const attempts of history()) all.push(...attempts)
  return all
}

async function written(lines: Iterable<string>): Promise<string> {
  const path = join(temporaryFolder(), 'some.satm-backup')
  async function* some() {
    yield* lines
  }
  await writeBackupFile(path, some(), { passphrase: PASSPHRASE, cost: CHEAP_SCRYPT, now: NOW })
  return path
}

/** One row of a list of service apps, with `bytes` of a secret that is too long. */
function rowOf(n: number, bytes: number): string {
  return `Org ${n},app-${n},client-${n},${'s'.repeat(bytes)},org-${n}`
}
const csvOf = (rows: number, bytes: number) =>
  ['name,app id,client id,secret,org id', ...Array.from({ length: rows }, (_, n) => rowOf(n, bytes))].join(
    '\n',
  )

describe('a backup read in a thread', () => {
  test('is what it is read in this one, secrets, hashes and history included', async () => {
    const { reader } = stage()
    const pair = JSON.parse(JSON.stringify(aPair('one'))) as object
    const tokens = {
      accessToken: 'canary-access',
      refresh: { ...aPair('one').refresh, token: 'canary-refresh' },
    }
    const records = [
      serviceApp('sa'),
      profile('p', { pair: { ...pair, ...tokens } }),
      ...Array.from({ length: 600 }, (_, n) => profile(`p${n}`)),
      target('t', 'p'),
      consumer('c', ['p']),
      { kind: 'webhook', value: { url: 'https://hooks.example/', secret: 'canary-webhook' } },
      ...Array.from({ length: 700 }, (_, n) => JSON.parse(attemptLine(anAttempt(`a${n}`))) as object),
    ]
    const path = await fileOf(records)
    const [here, there] = [
      await directReader.backup(path, PASSPHRASE, never),
      await reader.backup(path, PASSPHRASE, never),
    ]
    if (here.kind !== 'ok' || there.kind !== 'ok') throw new Error('not read')
    expect({ ...there.backup, history: null }).toEqual({ ...here.backup, history: null })
    const [, change] = there.backup.changes
    if (change?.kind !== 'profile-saved') throw new Error('no profile')
    expect(change.profile.pair?.accessToken).toBeInstanceOf(Secret)
    expect(change.profile.pair?.accessToken?.reveal()).toBe('canary-access')
    expect(change.profile.pair?.refresh?.token.reveal()).toBe('canary-refresh')
    expect(there.backup.delivery.webhook?.secret.reveal()).toBe('canary-webhook')
    expect(await attemptsOf(there.backup)).toEqual(await attemptsOf(here.backup))
    // A restore that failed is tried again.
    expect(await attemptsOf(there.backup)).toHaveLength(700)
  })

  test('says why it cannot be read as it does in this one', async () => {
    const { reader } = stage()
    const path = await fileOf([])
    expect(await reader.backup(path, new Secret('not the passphrase'), never)).toMatchObject({
      kind: 'passphrase-wrong',
    })
    writeFileSync(path, readFileSync(path).subarray(0, -1))
    expect(await reader.backup(path, PASSPHRASE, never)).toMatchObject({ kind: 'damaged' })
    expect(await reader.backup(temporaryFolder(), PASSPHRASE, never)).toMatchObject({ kind: 'unreadable' })
  })
})

describe('an import read in a thread', () => {
  test('is what it is read in this one', async () => {
    const { reader } = stage()
    const file = join(temporaryFolder(), 'orgs.csv')
    writeFileSync(file, csvOf(600, 20))
    for (const source of [
      { file },
      { text: csvOf(3, 8) },
      { text: 'WEBEX_SERVICE_APP_ACCESS_TOKEN=canary' },
      { text: '{"a":' },
      { file: temporaryFolder() },
    ]) {
      const [here, there] = [
        await directReader.importContent(source, NO_CHOICES, never),
        await reader.importContent(source, NO_CHOICES, never),
      ]
      expect(there).toEqual(here)
      if (there.kind === 'tokens') expect(there.accessToken?.reveal()).toBe('canary')
      if (there.kind === 'profiles') expect(there.candidates.at(-1)?.clientSecret?.reveal()).toMatch(/^s+$/)
    }
  })
})

describe('while a large file is read', () => {
  type Reader = ReturnType<typeof stage>['reader']
  type Read = (reader: Reader) => Promise<{ readonly kind: string }>
  test.each<[string, () => Promise<Read>]>([
    [
      'a list of 20 MB',
      async () => {
        const file = join(temporaryFolder(), 'orgs.csv')
        writeFileSync(file, csvOf(9_999, 2000))
        return (reader) => reader.importContent({ file }, NO_CHOICES, never)
      },
    ],
    [
      'a backup with 60 000 attempts',
      async () => {
        const path = await written(Array.from({ length: 60_000 }, (_, n) => attemptLine(anAttempt(`a${n}`))))
        return (reader) => reader.backup(path, PASSPHRASE, never)
      },
    ],
  ])('the event loop goes on: %s', async (_, prepare) => {
    const read = await prepare()
    /** The share of the time of reading in which this thread works. */
    const shareOf = async (reader: Reader) => {
      const before = performance.eventLoopUtilization()
      const { kind } = await read(reader)
      expect(['ok', 'profiles']).toContain(kind)
      return performance.eventLoopUtilization(before).utilization
    }
    expect(await shareOf(stage().reader)).toBeLessThan(0.5)
    // In this thread it would be nearly all of it.
    expect(await shareOf(directReader)).toBeGreaterThan(0.5)
  })
})

describe('reading ends', () => {
  /** Takes many seconds: half a million attempts. */
  const long = () =>
    written(
      (function* () {
        const line = attemptLine(anAttempt('a')).repeat(1000)
        for (let n = 0; n < 500; n++) yield line
      })(),
    )

  test('when it is canceled, at once, and another can begin', async () => {
    const { reader } = stage()
    const [path, canceled] = [await long(), new AbortController()]
    const reading = reader.backup(path, PASSPHRASE, canceled.signal)
    canceled.abort()
    expect(await reading).toMatchObject({ kind: 'stopped', sentence: 'Canceled. Nothing was changed.' })
    expect(await reader.backup(path, PASSPHRASE, canceled.signal)).toMatchObject({ kind: 'stopped' })
    expect((await reader.backup(await fileOf([]), PASSPHRASE, never)).kind).toBe('ok')
  })

  test('after two minutes', async () => {
    const { reader, clock } = stage()
    const reading = reader.backup(await long(), PASSPHRASE, never)
    await clock.advance(120_000)
    expect(await reading).toMatchObject({
      kind: 'stopped',
      sentence: 'Reading this file was stopped after 2 minutes. Nothing was changed. Choose another file.',
    })
  })

  test('when the thread is short of memory, and this process is not', async () => {
    const file = join(temporaryFolder(), 'greedy.mjs')
    writeFileSync(file, 'const all = []; for (;;) all.push(new Array(1000).fill(Math.random()))')
    const reader = createFileReader({
      run: (request, signal) => runInThread(file, request, signal, 32),
      clock: new FakeClock(),
    })
    expect(await reader.importContent({ text: 'a' }, NO_CHOICES, never)).toEqual({
      kind: 'refused',
      sentence: 'Reading this file needs too much memory. Nothing was changed. Choose another file.',
    })
  })

  test('when the thread fails, with an error that has nothing of the file in it', async () => {
    const canary = randomBytes(8).toString('hex')
    const [missing, mute] = [join(temporaryFolder(), 'missing.mjs'), join(temporaryFolder(), 'mute.mjs')]
    writeFileSync(mute, '')
    for (const file of [missing, mute]) {
      const reader = createFileReader({
        run: (request, signal) => runInThread(file, request, signal),
        clock: new FakeClock(),
      })
      const failed = await reader
        .importContent({ text: canary }, NO_CHOICES, never)
        .catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(Error)
      expect(String(failed)).not.toContain(canary)
    }
  })
})
