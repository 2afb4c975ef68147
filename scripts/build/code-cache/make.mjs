// The code cache of the built app: what the V8 of one Electron made of its files, beside them. Byte for byte the same each time.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectRoot } from '../../project.mjs'
import { alone } from '../../run/alone.mjs'
import { capture } from '../../run/child.mjs'
import { sandboxArguments } from '../../run/electron.mjs'
import { cacheStamp, stamp } from '../build.mjs'

const PATIENCE = 60_000

/**
 * @param {string} electron the very runtime that will run it; its fuses do not matter
 * @param {string} folder of the built main process
 */
export async function makeCodeCache(electron, folder) {
  const userData = await mkdtemp(path.join(tmpdir(), 'satm-code-cache-'))
  try {
    // V8 takes another seed for its hashes at each start, and the order of some data follows it.
    const switches = ['--js-flags=--hash-seed=1', `--user-data-dir=${userData}`]
    const { code, all } = await capture(electron, [...sandboxArguments(), ...switches, import.meta.dirname], {
      env: { ...process.env, SATM_CODE_FOLDER: folder },
      timeout: PATIENCE,
    })
    if (code !== 0)
      throw new Error(`Making the code cache of ${folder} ended with exit code ${code}:\n${all}`)
  } finally {
    await rm(userData, { recursive: true, force: true })
  }
}

/**
 * Of this checkout's build, unless this runtime has made it already.
 * @param {string} electron
 */
export async function codeCacheFor(electron) {
  await alone('build', async () => {
    const wanted = `${electron}\n${await readFile(stamp('app'), 'utf8')}`
    if ((await readFile(cacheStamp, 'utf8').catch(() => '')) === wanted) return
    await makeCodeCache(electron, path.join(projectRoot, 'out', 'main'))
    await writeFile(cacheStamp, wanted)
  })
}
