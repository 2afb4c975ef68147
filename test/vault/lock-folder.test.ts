import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderLock } from '../../src/main/vault/lock-folder.ts'
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

async function ownerInAnotherProcess(path: string) {
  const libsql = createRequire(import.meta.url).resolve('libsql')
  const script = `const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(path)});
    db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => db, 1e6)`
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  return owner
}
