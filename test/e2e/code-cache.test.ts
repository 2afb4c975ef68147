// The code cache of the built app: the same bytes each time, and taken by the V8 of Electron's main process as it usually runs.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CACHE_SUFFIX, wrapped } from '#base/node/code-cache.ts'
import { makeCodeCache } from '../../scripts/build/code-cache/make.mjs'
import { sandboxArguments } from '../../scripts/run/electron.mjs'
import { runtime } from '../bench/app/probed.ts'
import { tempFolder } from '../scripts/support/temp-folder.ts'

const built = path.resolve(import.meta.dirname, '../../out/main')

test('is the same wherever it is made, and fits', async () => {
  const folders = [await made(), await made()]
  const [one = [], other] = folders.map(cachesOf)
  expect(one.map(({ file }) => file.replace(/-[\w-]{8}\.cjs/, '.cjs'))).toEqual(
    expect.arrayContaining(['start.cjs.cache', 'chunks/run.cjs.cache', 'chunks/opening.cjs.cache']),
  )
  expect(other).toEqual(one)
  expect(refusedIn(folders[0] ?? '')).toEqual([])
})

async function made(): Promise<string> {
  const folder = tempFolder()
  const isBuilt = (file: string) => !file.endsWith(CACHE_SUFFIX)
  cpSync(built, folder, { recursive: true, filter: isBuilt })
  await makeCodeCache(runtime(), folder)
  return folder
}

function cachesOf(folder: string) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith(CACHE_SUFFIX))
    .sort()
    .map((file) => ({ file, hash: hashOf(path.join(folder, file)) }))
}

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Which of them Electron's main process refuses. */
function refusedIn(folder: string): unknown {
  const app = tempFolder()
  const texts = cachesOf(folder).map(({ file }) => {
    const source = path.join(folder, file.slice(0, -CACHE_SUFFIX.length))
    return { file: path.join(folder, file), text: wrapped(readFileSync(source, 'utf8')) }
  })
  writeFileSync(path.join(app, 'texts.json'), JSON.stringify(texts))
  const manifest = { name: 'reader', version: '1.0.0', type: 'module', main: 'main.mjs' }
  writeFileSync(path.join(app, 'package.json'), JSON.stringify(manifest))
  writeFileSync(path.join(app, 'main.mjs'), READER)
  const args = [...sandboxArguments(), app, `--user-data-dir=${tempFolder()}`]
  execFileSync(runtime(), args, { stdio: 'ignore' })
  return JSON.parse(readFileSync(path.join(app, 'refused.json'), 'utf8'))
}

const READER = `
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Script } from 'node:vm'
import { app } from 'electron'

const texts = JSON.parse(readFileSync(path.join(import.meta.dirname, 'texts.json'), 'utf8'))
const isRefused = ({ file, text }) => new Script(text, { cachedData: readFileSync(file) }).cachedDataRejected
writeFileSync(path.join(import.meta.dirname, 'refused.json'), JSON.stringify(texts.filter(isRefused)))
app.exit(0)
`
