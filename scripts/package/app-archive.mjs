// The app's archive: what is built, its icons, and the packages with native code.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createPackageWithOptions } from '@electron/asar'
import { manifestOf } from '../build/bundled-packages.mjs'
import { makeCodeCache } from '../build/code-cache/make.mjs'
import { nativeModules } from '../build/native-modules.mjs'
import { projectRoot } from '../project.mjs'
import { updateFeedOf } from '../release/feed.mjs'

const BUILT = ['out/main', 'out/preload', 'out/renderer', 'resources/icons']
/** None of them runs there: the code cache in out/ may be of another runtime. */
const LEFT_OUT = /\.(d\.ts|md|svg|cjs\.cache)$/

/**
 * @param {string} target the file `app.asar`; native code comes beside it
 * @param {{ work: string, desktopName: string, electron: string }} parts `work`: an empty folder; `electron`: what will run it
 */
export async function makeArchive(target, { work, desktopName, electron }) {
  const { name, productName, version, description, license, author, type, main } = JSON.parse(
    readFileSync(path.join(projectRoot, 'package.json'), 'utf8'),
  )
  const manifest = { name, productName, version, description, license, author, type, main, desktopName }
  await writeFile(path.join(work, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const updateFeed = updateFeedOf(process.env)
  await mkdir(path.join(work, 'resources'))
  if (updateFeed !== null) await writeFile(path.join(work, 'resources', 'update-feed.json'), updateFeed)
  const folders = [...BUILT, ...nativePackages()]
  for (const folder of folders) {
    await mkdir(path.dirname(path.join(work, folder)), { recursive: true })
    await cp(path.join(projectRoot, folder), path.join(work, folder), {
      recursive: true,
      filter: (file) => !LEFT_OUT.test(file) || folder === 'out/renderer',
    })
  }
  await makeCodeCache(electron, path.join(work, 'out/main'))
  await createPackageWithOptions(work, target, { unpack: '*.node' })
}

/**
 * Folders below the project: the native modules and what they need on the machine that this runs on.
 * @returns {readonly string[]}
 */
export function nativePackages() {
  /** @type {Set<string>} */
  const found = new Set()
  /** @param {string} name */
  const add = (name) => {
    const folder = `node_modules/${name}`
    if (found.has(folder) || !existsSync(path.join(projectRoot, folder))) return
    const { dependencies = {}, optionalDependencies = {}, neon } = manifestOf(folder)
    // npm installs the one for another C library as well.
    if (neon?.abi === 'musl') return
    found.add(folder)
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed)
  }
  for (const name of nativeModules) add(name)
  return [...found].sort()
}
