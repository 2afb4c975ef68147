import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { endOfSupport } from '#application/app-view.ts'

const NOW = Date.UTC(2026, 10, 29)

test('an Electron whose last fixes have come is told apart from one that gets them', () => {
  expect(endOfSupport('33.2.1', NOW)).toBe(Date.UTC(2025, 3, 29, 12))
  expect(endOfSupport('42.11.18', NOW)).toBe(Date.UTC(2026, 9, 20, 12))
  expect(endOfSupport('43.8.12', NOW)).toBeNull()
  expect(endOfSupport('43.8.12', Date.UTC(2027, 0, 6))).toBe(Date.UTC(2027, 0, 5, 12))
})

test.each(['45.4.1', '99.0.0', '12.0.0', '', 'nightly', '__proto__', 'constructor.1'])(
  'nothing is said of %j, of which nothing is known',
  (version) => {
    expect(endOfSupport(version, Date.UTC(2099, 0, 1))).toBeNull()
  },
)

test('the Electron that the project declares is none of which it is known that it has ended', () => {
  const manifest = readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')
  expect(endOfSupport(JSON.parse(manifest).devDependencies.electron, NOW)).toBeNull()
})
