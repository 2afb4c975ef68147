// Debian packages: those of a list of needs that this machine still lacks, installed if we may.
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { capture, run } from '../run/child.mjs'
import { anyCommand, rootPrefix, unmet } from './linux-machine.mjs'

/**
 * Does nothing on macOS and Windows, nor where nothing is missing.
 * @param {readonly import('./needs.mjs').Need[]} needs
 * @throws with the one line to run, if something is missing and may not be installed from here
 */
export async function ensureDebianPackages(needs) {
  if (process.platform !== 'linux') return
  const missing = await unmet(needs)
  if (missing.length === 0) return
  if (!(await anyCommand(['apt-get']))) throw new Error(notDebian(missing))
  const prefix = await rootPrefix()
  if (prefix === undefined) throw new Error(notAllowed(await candidates(missing)))
  await install(missing, prefix)
  const left = await unmet(missing)
  if (left.length > 0) throw new Error(`Still missing after apt-get install: ${names(left)}`)
}

/**
 * The package lists are fetched only if they do not know a package or the install with them fails.
 * @param {readonly import('./needs.mjs').Need[]} missing
 * @param {readonly string[]} prefix
 */
async function install(missing, prefix) {
  const log = path.join(await mkdtemp(path.join(tmpdir(), 'satm-apt-')), 'apt-get.log')
  const output = openSync(log, 'a')
  /** @param {readonly string[]} args */
  const aptGet = (...args) => {
    const line = [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=120',
      ...args,
    ]
    const [command = 'env', ...rest] = [...prefix, ...line]
    return run(command, rest, { output, input: 'none' })
  }
  process.stderr.write(`Installing Debian packages for ${names(missing)} (log: ${log}) ...\n`)
  for (const update of [false, true]) {
    if (update && (await aptGet('update')) !== 0) break
    const packages = await candidates(missing)
    if (packages.some(({ known }) => !known)) continue
    const wanted = packages.map(({ name }) => name)
    if ((await aptGet('install', '-y', '--no-install-recommends', ...wanted)) === 0) return
  }
  throw new Error(`apt-get failed; the end of ${log}:\n${readFileSync(log, 'utf8').slice(-2000)}`)
}

/**
 * For each need the first package that apt knows, else the last one of its names.
 * @param {readonly import('./needs.mjs').Need[]} missing
 * @returns {Promise<readonly { name: string, known: boolean }[]>}
 */
async function candidates(missing) {
  const chosen = []
  for (const { packages } of missing) {
    let candidate = { name: packages.at(-1) ?? '', known: false }
    for (const name of packages) {
      if (candidate.known) break
      if ((await capture('apt-cache', ['show', name])).code === 0) candidate = { name, known: true }
    }
    chosen.push(candidate)
  }
  return chosen
}

/** @param {readonly { name: string }[]} packages */
function notAllowed(packages) {
  const list = packages.map(({ name }) => name).join(' ')
  return `Debian packages are missing. Run this once, then the same command again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${list}`
}

/** @param {readonly import('./needs.mjs').Need[]} missing */
function notDebian(missing) {
  return `This Linux has no apt-get, so nothing was installed. Install what provides ${names(missing)} (on Debian: ${missing.map(({ packages }) => packages.at(-1)).join(' ')}), then run the same command again.`
}

/** @param {readonly import('./needs.mjs').Need[]} needs */
function names(needs) {
  return needs.map(({ anyOf }) => anyOf[0]).join(', ')
}
