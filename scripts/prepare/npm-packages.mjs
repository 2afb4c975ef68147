// The npm packages of the lock file, installed once and again only when it names others.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { alone } from '../run/alone.mjs'
import { npm, run } from '../run/child.mjs'

/**
 * No package here needs an install script (native code comes prebuilt inside its tarball), so none is run.
 * Electron declares a newer Node than we ask for; that is a warning of npm's, not an error.
 * @param {string} root the project's, or of a tool that needs packages of its own
 * @param {readonly string[]} more flags of npm's
 */
export async function ensureNpmPackages(root = projectRoot, more = []) {
  if (await packagesMatchLock(root)) return
  await alone('npm-packages', () => install(root, more))
}

/**
 * @param {string} root
 * @param {readonly string[]} more
 */
async function install(root, more) {
  if (await packagesMatchLock(root)) return
  const lock = path.join(path.relative(projectRoot, root), 'package-lock.json')
  process.stderr.write(`Installing the npm packages of ${lock} ...\n`)
  const flags = ['--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error', ...more]
  const [command, args] = npm(['ci', ...flags, '--prefix', root])
  const code = await run(command, args, { output: 'to-stderr' })
  if (code !== 0) throw new Error(`"npm ci" ended with exit code ${code}: see above. Nothing else was tried.`)
}

/**
 * Compares the lock file with what npm says it installed (it writes `.package-lock.json` last, so a killed
 * install leaves none). Optional packages are other platforms' and may be missing.
 * @param {string} root
 */
export async function packagesMatchLock(root) {
  const wanted = await lockedPackages(path.join(root, 'package-lock.json'))
  const present = await lockedPackages(path.join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional === true || present[name]?.version === entry.version,
  )
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { version?: string, optional?: boolean }> | undefined>}
 */
async function lockedPackages(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8')).packages
  } catch {
    return undefined
  }
}
