import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderLock, inTurn } from '#vault/db/folder-lock.ts'
import { temporaryFolder } from './support/builders.ts'

test('a second owner is refused until the first one lets go', () => {
  const folder = temporaryFolder()
  const [first, second] = [folderLock(folder), folderLock(folder)]
  expect(first.take()).toMatchObject({ kind: 'held', anew: true })
  expect(second.take().kind).toBe('taken')
  expect(first.take()).toMatchObject({ kind: 'held', anew: false })
  first.release()
  expect(second.take().kind).toBe('held')
  second.release()
})

test('a folder is made with what leads to it, and where none can be made that is said at once', () => {
  const folder = join(temporaryFolder(), 'one', 'two', 'three')
  const lock = folderLock(folder)
  expect(lock.take().kind).toBe('held')
  expect(statSync(join(folder, '..')).mode & 0o777).toBe(0o700)
  lock.release()
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const dangling = join(temporaryFolder(), 'link')
  symlinkSync('/nowhere/at/all', dangling)
  for (const place of [
    '/proc/no-such-place/vault',
    '/proc/no-such-place',
    file,
    join(file, 'below'),
    dangling,
  ]) {
    expect(folderLock(place).take().kind).toBe('failed')
  }
})

test('two data folders do not lock each other out', () => {
  const locks = [folderLock(temporaryFolder()), folderLock(temporaryFolder())]
  expect(locks.map((lock) => lock.take().kind)).toEqual(['held', 'held'])
  for (const lock of locks) lock.release()
})

test('an owner that was killed blocks nobody', async () => {
  const folder = temporaryFolder()
  const owner = await ownerInAnotherProcess(join(folder, 'instance.lock'))
  const lock = folderLock(folder)
  expect(lock.take().kind).toBe('taken')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(lock.take().kind).toBe('held')
  lock.release()
})

test('waits for an owner that is ending', async () => {
  const folder = temporaryFolder()
  const owner = await ownerInAnotherProcess(join(folder, 'instance.lock'))
  const lock = folderLock(folder)
  expect(lock.take(20).kind).toBe('taken')
  spawn('sh', ['-c', `sleep 0.3; kill -KILL ${owner.pid}`])
  expect(lock.take(20_000).kind).toBe('held')
  lock.release()
})

test('what is done in turn waits for the process whose turn it is, and needs no folder', async () => {
  const folder = temporaryFolder()
  const other = await ownerInAnotherProcess(join(folder, 'start.lock'))
  spawn('sh', ['-c', `sleep 0.3; kill -KILL ${other.pid}`])
  const began = performance.now()
  expect(inTurn(folder, () => performance.now() - began)).toBeGreaterThan(200)
  expect(inTurn('/proc/no-such-place', () => 'done')).toBe('done')
})

async function ownerInAnotherProcess(path: string) {
  const libsql = createRequire(import.meta.url).resolve('libsql')
  const script = `const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(path)});
    db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => db, 1e6)`
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  return owner
}
