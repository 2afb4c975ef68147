import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { packagesMatchLock } from '../../scripts/prepare/npm-packages.mjs'
import { tempFolder } from './support/temp-folder.ts'

const locked = { '': { version: '1.0.0' }, 'node_modules/a': { version: '2.0.0' } }
const installed = { 'node_modules/a': { version: '2.0.0' } }

test('a fresh clone has no packages yet', async () => {
  expect(await packagesMatchLock(checkout({ locked }))).toBe(false)
})

test('an installed lock file needs nothing', async () => {
  expect(await packagesMatchLock(checkout({ locked, installed }))).toBe(true)
})

test('another version in the lock file wants an install', async () => {
  const newer = { ...locked, 'node_modules/a': { version: '2.1.0' } }
  expect(await packagesMatchLock(checkout({ locked: newer, installed }))).toBe(false)
})

test('a package more in the lock file wants an install', async () => {
  const more = { ...locked, 'node_modules/b': { version: '1.0.0' } }
  expect(await packagesMatchLock(checkout({ locked: more, installed }))).toBe(false)
})

test("another platform's optional package may be missing", async () => {
  const optional = { ...locked, 'node_modules/b-win32': { version: '1.0.0', optional: true } }
  expect(await packagesMatchLock(checkout({ locked: optional, installed }))).toBe(true)
})

function checkout({ locked, installed }: { locked: object; installed?: object }): string {
  const root = tempFolder()
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: locked }))
  mkdirSync(path.join(root, 'node_modules'))
  if (installed)
    writeFileSync(path.join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }))
  return root
}
