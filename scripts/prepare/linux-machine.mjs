// What this Linux machine has: libraries the loader finds, commands on the PATH, the right to install.
import { constants, existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'
import { capture } from '../run/child.mjs'

/**
 * @param {readonly import('./needs.mjs').Need[]} needs
 * @returns {Promise<readonly import('./needs.mjs').Need[]>}
 */
export async function unmet(needs) {
  const libraries = await knownLibraries()
  /** @param {import('./needs.mjs').Need} need */
  const isThere = ({ kind, anyOf }) => {
    if (kind === 'library') return anyOf.some((name) => libraries.has(name))
    return kind === 'file' ? anyOf.some((file) => existsSync(file)) : anyCommand(anyOf)
  }
  const missing = []
  for (const need of needs) if (!(await isThere(need))) missing.push(need)
  return missing
}

/** @param {readonly string[]} names */
export async function anyCommand(names) {
  for (const name of names) if (await hasCommand(name)) return true
  return false
}

/**
 * How a command is run as root: directly, by a sudo that asks for no password, or not at all.
 * @returns {Promise<readonly string[] | undefined>} what to put before the command
 */
export async function rootPrefix() {
  if (process.getuid?.() === 0) return []
  const { code } = await capture('sudo', ['-n', 'true'])
  return code === 0 ? ['sudo', '-n'] : undefined
}

/**
 * Shared libraries that an executable is linked to and that the loader does not find.
 * @param {string} executable
 */
export async function missingLibraries(executable) {
  const { stdout } = await capture('ldd', [executable])
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '')
}

async function knownLibraries() {
  const { stdout } = await capture('/sbin/ldconfig', ['-p'])
  return new Set([...stdout.matchAll(/^\s*(\S+) \(/gm)].map((match) => match[1]))
}

/** @param {string} name */
async function hasCommand(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const executable = await access(path.join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return true
  }
  return false
}
