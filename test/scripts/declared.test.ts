import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { declared } from '../../scripts/electron-runtime/declared.mjs'
import { pinnedNode } from '../../scripts/package/node-runtime.mjs'

const json = (file: string) =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../..', file), 'utf8'))

test('the parts that the compatibility lane asks for are those of the Electron in package.json', () => {
  expect(declared.electron).toBe(json('package.json').devDependencies.electron)
  // By the table that comes with the build tools.
  const chromiumOf = json('node_modules/electron-to-chromium/full-versions.json')
  expect(chromiumOf[declared.electron]).toMatch(new RegExp(`^${declared.chromium}\\.`))
  expect(pinnedNode.version).toMatch(new RegExp(`^${declared.node}\\.\\d+\\.\\d+$`))
})
