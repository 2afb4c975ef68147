import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { deleteData } from '#application/data-removal.ts'
import { readLaunch } from '#bootstrap/launch-options.ts'

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

test('nothing of the app stays, not even the copies it has kept', () => {
  filled()
  deleteData(launch)
  expect(existsSync(userData)).toBe(false)
})

test('what a person keeps in that folder stays', () => {
  filled('notes.txt')
  deleteData(launch)
  expect(readdirSync(userData)).toEqual(['notes.txt'])
})
