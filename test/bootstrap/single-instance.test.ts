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

  test('belongs to an instance that could not be told, where Electron knows it by another name', () => {
    expect(take(true, taken)).toEqual({ kind: 'theirs', told: false })
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

  test('that cannot be locked is left to Electron’s lock, and nothing in it is removed', () => {
    const folder = folderLeftBehind()
    expect(take(true, failed, folder)).toEqual({ kind: 'ours' })
    expect(take(false, failed, folder)).toEqual({ kind: 'theirs', told: true })
    expect(isThere(path.join(folder, 'SingletonLock'))).toBe(true)
  })
})
