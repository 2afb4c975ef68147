// Building what is stale: out/ remembers a hash of everything it was made from.
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { alone } from '../run/alone.mjs'
import { run, tool } from '../run/child.mjs'

/** @typedef {'app' | 'programs'} Part  the Electron app; the programs that run on plain Node */

/** The oldest runtime the app must run on decides what the compiler may leave as it is. */
export const buildTarget = { ELECTRON_MAJOR_VER: '33' }
const INPUTS = [
  'src',
  'resources',
  'scripts/build',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
]

/** Names the runtime that the code cache in out/ is of. */
export const cacheStamp = path.join(projectRoot, 'out', 'code-cache.made-by')

/** @param {readonly Part[]} parts */
export async function buildIfStale(parts) {
  const inputs = await hashOf(INPUTS)
  const stale = await staleOf(parts, inputs)
  if (stale.length === 0) return
  await alone('build', async () => {
    for (const part of await staleOf(parts, inputs)) await build(part, inputs)
  })
}

/** @param {readonly Part[]} parts */
export async function rebuild(parts) {
  const inputs = await hashOf(INPUTS)
  await alone('build', async () => {
    for (const part of parts) await build(part, inputs)
  })
}

/**
 * @param {Part} part
 * @param {string} inputs
 */
async function build(part, inputs) {
  await forgetBuild(part)
  const env = { ...process.env, ...buildTarget, NODE_ENV: 'production' }
  for (const [command, args] of commandsOf(part)) {
    const code = await run(command, args, { env, output: 'to-stderr' })
    if (code !== 0) throw new Error(`Building the ${part} ended with exit code ${code}: see above.`)
  }
  await writeFile(stamp(part), inputs)
}

/** @param {Part} part */
function commandsOf(part) {
  const quiet = ['build', '--logLevel', 'warn']
  if (part === 'app') return [tool('electron-vite/bin/electron-vite.js', quiet)]
  return ['programs', 'server'].map((name) =>
    tool('vite/bin/vite.js', [...quiet, '--config', `scripts/build/${name}.config.mjs`]),
  )
}

/**
 * What lies in out/ is no longer what a build made of the sources.
 * @param {Part} part
 */
export async function forgetBuild(part) {
  await rm(stamp(part), { force: true })
  if (part === 'app') await rm(cacheStamp, { force: true })
}

/**
 * @param {readonly Part[]} parts
 * @param {string} inputs
 * @returns {Promise<readonly Part[]>}
 */
async function staleOf(parts, inputs) {
  const builtFrom = await Promise.all(parts.map((part) => readFile(stamp(part), 'utf8').catch(() => '')))
  return parts.filter((_, index) => builtFrom[index] !== inputs)
}

/** @param {Part} part */
export function stamp(part) {
  return path.join(projectRoot, 'out', `${part}.built-from`)
}

/**
 * @param {readonly string[]} inputs files and folders below the project
 * @returns {Promise<string>}
 */
async function hashOf(inputs) {
  const hash = createHash('sha256')
  for (const input of inputs)
    for (const file of await filesOf(path.join(projectRoot, input)))
      hash
        .update(`${path.relative(projectRoot, file)}\0`)
        .update(await readFile(file))
        .update('\0')
  return hash.digest('hex')
}

/** @param {string} input */
async function filesOf(input) {
  const entries = await readdir(input, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries === undefined) return [input]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}
