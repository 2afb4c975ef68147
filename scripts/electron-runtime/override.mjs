// The runtime a person chose: ELECTRON_OVERRIDE_DIST_PATH, the electron package's own variable.
import { existsSync } from 'node:fs'
import path from 'node:path'

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} [platform]
 * @returns {Promise<import('./resolve.mjs').Found | import('./resolve.mjs').Absent>}
 * @throws if the folder holds no Electron: a choice is never passed over in silence
 */
export async function chosenFolder(env, platform = process.platform) {
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH
  if (!folder) return { kind: 'absent', why: 'ELECTRON_OVERRIDE_DIST_PATH is not set' }
  const executable = path.resolve(folder, executableIn(platform))
  if (existsSync(executable))
    return { kind: 'found', executable, why: `${folder}, named by ELECTRON_OVERRIDE_DIST_PATH` }
  throw new Error(
    `ELECTRON_OVERRIDE_DIST_PATH names ${folder}, but there is no ${executableIn(platform)} in it. Correct or unset it.`,
  )
}

/**
 * Where the executable lies in a folder that holds an Electron.
 * @param {NodeJS.Platform} platform
 */
export function executableIn(platform) {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return platform === 'win32' ? 'electron.exe' : 'electron'
}
