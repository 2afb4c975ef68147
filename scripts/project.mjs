// Where things lie: this checkout, and the cache that outlives its node_modules.
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * `SATM_CACHE_DIR`, else a folder of ours below the platform's cache folder.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env) {
  if (env.SATM_CACHE_DIR) return path.resolve(env.SATM_CACHE_DIR)
  return path.join(platformCache(env), 'service-app-token-manager')
}

/** @param {NodeJS.ProcessEnv} env */
function platformCache(env) {
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches')
  if (process.platform === 'win32' && env.LOCALAPPDATA) return env.LOCALAPPDATA
  return path.join(homedir(), '.cache')
}
