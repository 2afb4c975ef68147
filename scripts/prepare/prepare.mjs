// Brings a machine from a fresh clone to the point where Electron can start.
import { resolveElectron } from '../electron-runtime/resolve.mjs'
import { ensureDebianPackages } from './debian-packages.mjs'
import { missingLibraries } from './linux-machine.mjs'
import { ensureNpmPackages } from './npm-packages.mjs'

/**
 * What may be refused comes first, what takes long comes last.
 * @param {readonly import('./needs.mjs').Need[]} needs
 * @param {import('../electron-runtime/resolve.mjs').Use} [use]
 * @returns {Promise<string>} the runtime's executable
 */
export async function prepare(needs, use) {
  await preparePackages(needs)
  return prepareElectron(use)
}

/** @param {readonly import('./needs.mjs').Need[]} needs */
export async function preparePackages(needs) {
  await ensureDebianPackages(needs)
  await ensureNpmPackages()
}

/**
 * The packages must be there.
 * @param {import('../electron-runtime/resolve.mjs').Use} [use]
 * @returns {Promise<string>} the runtime's executable
 */
export async function prepareElectron(use) {
  const electron = await resolveElectron(process.env, use)
  const lacking = await whatLacks(electron)
  if (lacking !== undefined) throw new Error(lacking)
  return electron
}

/**
 * Says which libraries are missing, where Electron would die with the loader's message.
 * @param {string} electron
 * @returns {Promise<string | undefined>}
 */
export async function whatLacks(electron) {
  if (process.platform !== 'linux') return undefined
  const missing = await missingLibraries(electron)
  if (missing.length === 0) return undefined
  return `${electron} needs shared libraries that this machine lacks: ${missing.join(', ')}`
}
