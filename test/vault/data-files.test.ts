// A data file that was set aside is found and put back as it was.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lookInto, putBack, setAside } from '#vault/db/data-files.ts'
import { temporaryFolder } from './support/builders.ts'

const NOW = Date.UTC(2026, 2, 1, 12)

function withFile(content: string): string {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'vault.db'), content)
  return folder
}

test('of several data files set aside in one second the last one is the newest', () => {
  const folder = withFile('1')
  for (let n = 2; n <= 11; n += 1) {
    setAside(folder, NOW)
    writeFileSync(join(folder, 'vault.db'), String(n))
  }
  const last = setAside(folder, NOW)
  expect(lookInto(folder)).toEqual({ kind: 'set-aside', path: last })
  expect(readFileSync(last, 'utf8')).toBe('11')
})

test('the data file that is named is put back, whatever other file has a later date in its name', () => {
  const folder = withFile('old')
  setAside(folder, NOW + 86_400_000)
  writeFileSync(join(folder, 'vault.db'), 'current')
  const path = setAside(folder, NOW)
  putBack(folder, path)
  expect(readFileSync(join(folder, 'vault.db'), 'utf8')).toBe('current')
})

test('no set-aside data file is put back over a data file that is there', () => {
  const folder = withFile('old')
  const path = setAside(folder, NOW)
  writeFileSync(join(folder, 'vault.db'), 'new')
  putBack(folder, path)
  expect(readFileSync(join(folder, 'vault.db'), 'utf8')).toBe('new')
})
