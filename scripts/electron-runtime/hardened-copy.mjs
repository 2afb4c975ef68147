// A copy of a runtime with the fuses of a release, for a person's run. The runtime itself stays as it is: tests, demo and
// development need what these fuses close. Needs the project's npm packages: import it after they are there.
import { createHash } from 'node:crypto'
import { constants, existsSync, readFileSync } from 'node:fs'
import { cp, link, lstat, mkdir, realpath, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { flipCheckoutFuses } from '../release/fuses.mjs'
import { finishedFolder, keepOthersOut } from './finished-folder.mjs'

/**
 * Made once for each runtime, and again when that was replaced. Everything but the file with the fuses is a hard link to
 * the runtime's own, so a copy takes the room of that one file.
 * @param {string} executable of the runtime
 * @param {{ cache: string, platform?: NodeJS.Platform }} options
 * @returns {Promise<string>} the copy's executable
 */
export async function hardenedCopy(executable, { cache, platform = process.platform }) {
  const original = await realpath(executable)
  const runtime = platform === 'darwin' ? path.resolve(original, '../../..') : path.dirname(original)
  const folder = path.join(cache, 'electron', `hardened-${await identityOf(original, platform)}`)
  const place = path.join(folder, path.basename(runtime))
  const copy = path.join(place, path.relative(runtime, original))
  await mkdir(path.dirname(folder), { recursive: true })
  await keepOthersOut([cache, path.dirname(folder)])
  if (existsSync(copy)) {
    await keepOthersOut([folder, place])
    return copy
  }
  await finishedFolder(folder, async (making) => {
    const made = path.join(making, path.basename(runtime))
    // A bundle of macOS is signed anew, which writes into more files than one: there it is a clone.
    const filter = platform === 'darwin' ? () => true : linkedBut(original, platform)
    await cp(runtime, made, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter,
    })
    await flipCheckoutFuses(path.join(made, path.relative(runtime, original)), platform)
  })
  return copy
}

/**
 * For `cp`: it copies `fused` and makes the folders; every other file is linked here.
 * @param {string} fused
 * @param {NodeJS.Platform} platform
 */
function linkedBut(fused, platform) {
  /**
   * @param {string} from
   * @param {string} to
   */
  return async (from, to) => {
    if (from === fused || !(await lstat(from)).isFile()) return true
    try {
      await link(from, to)
      return false
    } catch {
      // Another file system, or another owner's file: the sandbox's helper has to stay root's, so it is no copy.
      if (platform === 'win32') return true
      await symlink(from, to)
      return false
    }
  }
}

/**
 * Another runtime, another version of it in the same place, or other fuses give another folder.
 * @param {string} original
 * @param {NodeJS.Platform} platform
 */
async function identityOf(original, platform) {
  const framework = '../../Frameworks/Electron Framework.framework/Electron Framework'
  const fused = platform === 'darwin' ? path.resolve(original, framework) : original
  const { size, mtimeMs } = await stat(fused)
  const hash = createHash('sha256').update(JSON.stringify([original, size, mtimeMs]))
  for (const file of ['hardened-copy.mjs', '../release/fuses.mjs'])
    hash.update(readFileSync(new URL(file, import.meta.url)))
  return hash.digest('hex').slice(0, 12)
}
