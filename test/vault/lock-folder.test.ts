import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lockFolder } from '../../src/main/vault/lock-folder.ts'
import { temporaryFolder } from './support/builders.ts'

test('a second owner is refused until the first one lets go', () => {
  const folder = temporaryFolder()
  const first = lockFolder(folder)
  expect(first.kind).toBe('held')
  expect(lockFolder(folder).kind).toBe('taken')
  if (first.kind === 'held') first.release()
  const second = lockFolder(folder)
  expect(second.kind).toBe('held')
  if (second.kind === 'held') second.release()
})

test('two data folders do not lock each other out', () => {
  const [one, other] = [lockFolder(temporaryFolder()), lockFolder(temporaryFolder())]
  expect([one.kind, other.kind]).toEqual(['held', 'held'])
  for (const lock of [one, other]) if (lock.kind === 'held') lock.release()
})

test('an owner that was killed blocks nobody', async () => {
  const folder = temporaryFolder()
  const owner = await ownerInAnotherProcess(join(folder, 'instance.lock'))
  expect(lockFolder(folder).kind).toBe('taken')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const lock = lockFolder(folder)
  expect(lock.kind).toBe('held')
  if (lock.kind === 'held') lock.release()
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
