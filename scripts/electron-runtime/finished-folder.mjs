// A folder that is either whole or not there: filled under another name, then renamed.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

const MAKING = '.making-'
/** What a killed run left behind is removed when it is this old, ms. */
const ABANDONED = 60 * 60 * 1000

/**
 * Two processes may do this at once: both fill a folder of their own, the first rename wins, both go on.
 * @param {string} folder
 * @param {(making: string) => Promise<void>} fill
 */
export async function finishedFolder(folder, fill) {
  const parent = path.dirname(folder)
  await mkdir(parent, { recursive: true })
  await removeAbandoned(parent)
  const making = await mkdtemp(path.join(parent, MAKING))
  try {
    await fill(making)
    await rename(making, folder).catch((error) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/**
 * What is run from a folder must be nobody else's to write. A folder of ours that others may write is mended: the
 * umask of many systems (002) makes such ones.
 * @param {readonly string[]} folders
 * @throws if one belongs to somebody else
 */
export async function keepOthersOut(folders) {
  const own = process.getuid?.()
  if (own === undefined) return
  for (const folder of folders) {
    const { uid, mode } = await stat(folder)
    if (uid !== own && uid !== 0)
      throw new Error(
        `${folder} belongs to another user, who could replace the program in it. Set SATM_CACHE_DIR to a folder of your own.`,
      )
    if ((mode & 0o022) !== 0) await chmod(folder, mode & ~0o022 & 0o7777)
  }
}

/** @param {string} parent */
async function removeAbandoned(parent) {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(MAKING)) continue
    const folder = path.join(parent, name)
    const changed = await stat(folder).catch(() => undefined)
    if (changed && Date.now() - changed.mtimeMs > ABANDONED)
      await rm(folder, { recursive: true, force: true })
  }
}
