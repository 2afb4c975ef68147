// What V8 compiled beforehand is used where it fits; where not, the source is.
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CACHE_SUFFIX, type CacheUse, loadCode } from '#base/node/code-cache.ts'
import { compiled } from '../../scripts/build/code-cache/compiled.mjs'
import { tempFolder } from '../scripts/support/temp-folder.ts'

test('a file and what it requires are loaded once, from the cache', () => {
  const { entry, part } = program()
  for (const file of [entry, part]) writeCache(file)
  const { exports, uses } = load(entry)
  expect(exports).toEqual({ sum: 3, sep: path.sep, same: true, own: part })
  expect(uses).toEqual({ 'start.cjs': 'used', 'part.cjs': 'used' })
})

test('without a cache the source is compiled', () => {
  const { exports, uses } = load(program().entry)
  expect(exports).toMatchObject({ sum: 3 })
  expect(uses).toEqual({ 'start.cjs': 'absent', 'part.cjs': 'absent' })
})

test('a cache of another text, of another V8 or cut short is left alone', () => {
  const { entry, part } = program()
  writeCache(entry)
  writeFileSync(entry, `${readFileSync(entry, 'utf8')}exports.sum += 1\n`)
  writeCache(part)
  truncateSync(`${part}${CACHE_SUFFIX}`, 300)
  expect(load(entry)).toMatchObject({
    exports: { sum: 4 },
    uses: { 'start.cjs': 'refused', 'part.cjs': 'refused' },
  })

  // A text that this process has not compiled: V8 would take what it has of it.
  writeFileSync(part, `${readFileSync(part, 'utf8')}// other\n`)
  const data = compiled(readFileSync(part, 'utf8'), 'part.cjs')
  // Its second number says which V8 made it.
  data.writeUInt32LE(data.readUInt32LE(4) + 1, 4)
  writeFileSync(`${part}${CACHE_SUFFIX}`, data)
  expect(load(entry)).toMatchObject({ exports: { sum: 4 }, uses: { 'part.cjs': 'refused' } })
})

test('what fails is reported with its file and line', () => {
  const { entry, part } = program()
  writeFileSync(part, `"use strict"\n\nthrow new Error('broken')\n`)
  writeCache(part)
  const failure = catching(() => load(entry))
  expect(failure).toMatchObject({ message: 'broken' })
  expect(failure instanceof Error && failure.stack).toMatch(/part\.cjs:3:/)
})

function program() {
  const folder = tempFolder()
  const entry = path.join(folder, 'start.cjs')
  const part = path.join(folder, 'chunks', 'part.cjs')
  mkdirSync(path.dirname(part))
  const lines = [
    '"use strict";const part = require("./chunks/part.cjs")',
    'const { sep } = require("node:path")',
    'Object.assign(exports, { sum: part.add(1, 2), sep, same: require("./chunks/part.cjs") === part, own: part.own })',
    '',
  ]
  writeFileSync(entry, lines.join('\n'))
  writeFileSync(part, '"use strict";module.exports = { add: (a, b) => a + b, own: __filename }\n')
  return { entry, part }
}

function writeCache(file: string): void {
  writeFileSync(
    `${file}${CACHE_SUFFIX}`,
    compiled(readFileSync(file, 'utf8'), `built/${path.basename(file)}`),
  )
}

function load(entry: string) {
  const uses: Record<string, CacheUse> = {}
  const exports = loadCode(entry, (file, use) => {
    uses[path.basename(file)] = use
  })
  return { exports, uses }
}

function catching(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
