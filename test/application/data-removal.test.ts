import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createDataRemoval } from '#application/data-removal.ts'
import { readLaunch } from '#bootstrap/launch-options.ts'
import type { FolderLock } from '#vault/db/folder-lock.ts'

const userData = mkdtempSync(path.join(tmpdir(), 'satm-delete-'))
afterEach(() => rmSync(userData, { recursive: true, force: true }))

const launch = readLaunch({ switchValue: () => null, env: {}, userData, processId: 1 })

function filled(...others: readonly string[]): void {
  for (const folder of [launch.vaultFolder, launch.logFolder, launch.chromiumFolder])
    mkdirSync(folder, { recursive: true })
  const kept = ['vault/vault.db', 'vault/vault-kept-version-1.db', 'logs/app.log', 'preferences.json']
  for (const name of [...kept, 'preferences.json.broken-1', 'satm.json', ...others])
    writeFileSync(path.join(userData, name), 'x')
}

function stage(options: { readonly lock?: 'held' | 'taken'; readonly isOwnFolder?: boolean } = {}) {
  const { lock = 'held', isOwnFolder = false } = options
  const quits: string[] = []
  const removal = createDataRemoval({
    lock: { take: () => ({ kind: lock }) as ReturnType<FolderLock['take']> },
    places: launch,
    isOwnFolder,
    quit: () => quits.push('quit'),
  })
  return { removal, quits }
}

test('nothing of the app stays, not even the copies it has kept, once it has quit', () => {
  filled()
  const { removal, quits } = stage()
  removal.request()
  expect([quits, existsSync(launch.vaultFolder)]).toEqual([['quit'], true])
  removal.finish()
  expect(existsSync(userData)).toBe(false)
})

test('what a person keeps in that folder stays', () => {
  filled('notes.txt')
  const { removal } = stage()
  removal.request()
  removal.finish()
  expect(readdirSync(userData)).toEqual(['notes.txt'])
})

test('an app that quits without a request, or after all does not quit, deletes nothing', () => {
  filled()
  const { removal } = stage()
  removal.finish()
  removal.request()
  removal.withdraw()
  removal.finish()
  expect(existsSync(launch.vaultFolder)).toBe(true)
})

test('an instance that does not have the folder to itself deletes nothing and goes on', () => {
  filled()
  const { removal, quits } = stage({ lock: 'taken' })
  expect(() => removal.request()).toThrow(/in use by another instance/)
  removal.finish()
  expect([quits, existsSync(launch.vaultFolder)]).toEqual([[], true])
})

test('a folder of a demo goes with it, whatever is in it', () => {
  filled('notes.txt')
  stage({ isOwnFolder: true }).removal.finish()
  expect(existsSync(userData)).toBe(false)
})
