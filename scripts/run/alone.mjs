// One process at a time: two commands started together must not install or build over each other.
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheFolder, projectRoot } from '../project.mjs'

/**
 * Does a piece of work on this checkout while no other process of ours does work of that name on it.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  const checkout = createHash('sha256').update(projectRoot).digest('hex').slice(0, 12)
  return holding(path.join(cacheFolder(process.env), 'locks', `${checkout}-${name}`), work)
}

/**
 * @template T
 * @param {string} lock the lock file's path; it holds the owner's process id
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function holding(lock, work) {
  const mine = `${lock}.${randomUUID()}`
  await mkdir(path.dirname(lock), { recursive: true })
  await writeFile(mine, String(process.pid))
  try {
    // A hard link appears whole and fails if the name is taken.
    while (!(await link(mine, lock).then(() => true, isTaken))) await ownerGone(lock)
    return await work().finally(() => rm(lock, { force: true }))
  } finally {
    await rm(mine, { force: true })
  }
}

/** @param {NodeJS.ErrnoException} error */
function isTaken(error) {
  if (error.code === 'EEXIST') return false
  throw error
}

/**
 * Waits a moment; a dead owner's lock is removed.
 * @param {string} lock
 */
async function ownerGone(lock) {
  const owner = Number(await readFile(lock, 'utf8').catch(() => '0'))
  if (owner !== 0 && !isRunning(owner)) await rm(lock, { force: true })
  else await sleep(200)
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
