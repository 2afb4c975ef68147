// The official binary: the one the installed electron package has, or the one its installer can fetch.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { capture } from '../run/child.mjs'

/** The download of about 110 MB gets this long, ms; its own connect and idle limits are much shorter. */
const DOWNLOAD_LIMIT = 15 * 60 * 1000
const GITHUB = 'https://github.com/'

/**
 * @param {string} electronPackage its folder in node_modules
 * @returns {Promise<import('./resolve.mjs').Found | import('./resolve.mjs').Absent>}
 */
export async function installedOfficial(electronPackage) {
  const relative = await readFile(path.join(electronPackage, 'path.txt'), 'utf8').catch(() => undefined)
  if (relative === undefined) return { kind: 'absent', why: 'the electron package has no binary yet' }
  const executable = path.join(electronPackage, 'dist', relative.trim())
  if (existsSync(executable))
    return { kind: 'found', executable, why: 'the official binary of the installed electron package' }
  return { kind: 'absent', why: "the electron package's binary is incomplete" }
}

/**
 * Asks the download host for a sign of life first: where it is out of reach, the answer comes in seconds.
 * A failure is not remembered beyond this run.
 * @param {string} electronPackage
 * @param {{ env: NodeJS.ProcessEnv, patience: number }} options patience: ms for the sign of life
 * @returns {Promise<import('./resolve.mjs').Found | import('./resolve.mjs').Absent>}
 */
export async function downloadOfficial(electronPackage, { env, patience }) {
  const installer = path.join(electronPackage, 'install.js')
  if (!existsSync(installer)) return { kind: 'absent', why: 'the electron package is not installed' }
  const host = env.ELECTRON_MIRROR || env.npm_config_electron_mirror || GITHUB
  const unreachable = env.ELECTRON_GET_USE_PROXY ? undefined : await whyUnreachable(host, patience)
  if (unreachable !== undefined)
    return { kind: 'absent', why: `${new URL(host).host} cannot be reached (${unreachable})` }
  process.stderr.write(`Downloading the official Electron from ${new URL(host).host} ...\n`)
  const { code, all } = await capture(process.execPath, [installer], { env, timeout: DOWNLOAD_LIMIT })
  if (code !== 0) return { kind: 'absent', why: `the official download failed (${lastError(all)})` }
  const installed = await installedOfficial(electronPackage)
  return installed.kind === 'found'
    ? { ...installed, why: 'the official binary, just downloaded' }
    : installed
}

/**
 * Any HTTP answer counts as reachable.
 * @param {string} url
 * @param {number} patience ms
 * @returns {Promise<string | undefined>} the reason, or undefined if it answers
 */
async function whyUnreachable(url, patience) {
  try {
    await fetch(new URL(url).origin, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    if (error.name === 'TimeoutError') return `no answer in ${patience / 1000} s`
    return error.cause instanceof Error ? error.cause.message : error.message
  }
}

/** @param {string} output */
function lastError(output) {
  const line = output.split('\n').find((text) => /error/i.test(text))
  return line?.trim() ?? 'no output'
}
