import { lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { takeFolder } from '#bootstrap/single-instance.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { LockTaking } from '#vault/db/folder-lock.ts'

const held: LockTaking = { kind: 'held', folder: '/nowhere', anew: true }
const taken: LockTaking = { kind: 'taken' }
const failed: LockTaking = {
  kind: 'failed',
  failure: new StoreFailure('read-only', 'Read only.'),
  part: 'folder',
}

function folderLeftBehind(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-take-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync('another-host-4711', path.join(folder, 'SingletonLock'))
  symlinkSync('/', path.join(folder, 'SingletonSocket'))
  return folder
}

const isThere = (file: string) => lstatSync(file, { throwIfNoEntry: false }) !== undefined

describe('a data folder', () => {
  const take = (first: boolean, lock: LockTaking, dataFolder = folderLeftBehind()) =>
    takeFolder({ dataFolder, requestInstance: () => first, lock: { take: () => lock } })

  test('is taken when nobody has it', () => {
    expect(take(true, held)).toEqual({ kind: 'ours' })
  })

  test('belongs to the first instance, which was told of the second', () => {
    expect(take(false, taken)).toEqual({ kind: 'theirs', told: true })
  })

  test.each([
    ['whose end is awaited', held, { kind: 'ours' }],
    ['that does not end', taken, { kind: 'theirs', told: false }],
  ] as const)('belongs to an instance that nobody can notify, and %s', (_what, later, taking) => {
    const dataFolder = folderLeftBehind()
    rmSync(path.join(dataFolder, 'SingletonSocket'))
    const waits: unknown[] = []
    const asked: LockTaking['kind'][] = []
    const lock = {
      take(wait?: number) {
        waits.push(wait)
        return wait === undefined ? taken : later
      },
    }
    const requestInstance = () => asked.push(lock.take(0).kind) > 0
    expect(takeFolder({ dataFolder, lock, requestInstance })).toEqual(taking)
    expect(waits.slice(0, 2)).toEqual([undefined, 10_000])
    // Never while another process has the folder: it would take the lock that the first one is about to make.
    expect(asked).not.toContain('taken')
  })

  test('is waited for when its owner ended while it was being notified', () => {
    const lock = { take: (wait?: number) => (wait === undefined ? taken : held) }
    expect(takeFolder({ dataFolder: folderLeftBehind(), lock, requestInstance: () => true })).toEqual({
      kind: 'ours',
    })
  })

  test('is not barred by an owner that was killed: what it left behind goes away', () => {
    const folder = folderLeftBehind()
    let barred: boolean | null = null
    const taking = takeFolder({
      dataFolder: folder,
      lock: { take: () => held },
      requestInstance: () => {
        barred = isThere(path.join(folder, 'SingletonLock'))
        return !barred
      },
    })
    expect([taking, barred]).toEqual([{ kind: 'ours' }, false])
  })

  test('that is taken loses nothing of its owner', () => {
    const folder = folderLeftBehind()
    take(false, taken, folder)
    expect(isThere(path.join(folder, 'SingletonLock'))).toBe(true)
  })

  test('in which neither lock can be taken ends the start with the reason, not as if somebody had been notified', () => {
    const folder = folderLeftBehind()
    rmSync(path.join(folder, 'SingletonSocket'))
    expect(() => take(false, failed, folder)).toThrow('Read only.')
  })

  test('that cannot be locked is left to Electron’s lock, and nothing in it is removed', () => {
    const folder = folderLeftBehind()
    expect(take(true, failed, folder)).toEqual({ kind: 'ours' })
    expect(take(false, failed, folder)).toEqual({ kind: 'theirs', told: true })
    expect(isThere(path.join(folder, 'SingletonLock'))).toBe(true)
  })
})
