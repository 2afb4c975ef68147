// The tree that every Linux package is made of: `usr/` as it is installed, each file with the mode and time it keeps.
import { existsSync } from 'node:fs'
import {
  chmod,
  cp,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { flipReleaseFuses } from '../release/fuses.mjs'
import { makeArchive } from './app-archive.mjs'
import { billOfMaterials, notices } from './bill-of-materials.mjs'
import { desktopFiles } from './desktop-files.mjs'
import { nodeRuntime } from './node-runtime.mjs'
import { makeSatm } from './satm-executable.mjs'
import { makeServer, unitFiles } from './server-files.mjs'

/**
 * @typedef {import('./release.mjs').Release} Release
 *
 * @typedef {object} Tree
 * @property {Release} release
 * @property {string} root  holds `usr`
 * @property {string} app  the app's folder below the root, without a slash at its beginning
 * @property {string} bill  the bill of materials, as JSON
 */

/** Of the runtime, what the app does not need: an app of its own, and what only names it. */
const LEFT_OUT = ['resources', 'version', 'LICENSE']
const PROGRAM = 0o755
const SANDBOX_HELPER = 'chrome-sandbox'

/**
 * @param {Release} release
 * @param {string} work an existing folder, for this alone
 * @returns {Promise<Tree>}
 */
export async function makeTree(release, work) {
  const root = path.join(work, 'tree')
  const app = `usr/lib/${release.name}`
  const folder = path.join(root, app)
  const node = await nodeRuntime(process.env)
  await mkdir(folder, { recursive: true })

  const runtime = path.dirname(release.executable)
  await cp(runtime, folder, {
    recursive: true,
    filter: (file) => !LEFT_OUT.includes(path.relative(runtime, file)),
  })
  await cp(path.join(runtime, 'LICENSE'), path.join(folder, 'LICENSE.electron.txt'))
  await rename(path.join(folder, path.basename(release.executable)), path.join(folder, release.name))
  await mkdir(path.join(folder, 'resources'))
  const archive = path.join(folder, 'resources', 'app.asar')
  await makeArchive(archive, {
    work: await mkdtemp(path.join(work, 'app-')),
    desktopName: `${release.name}.desktop`,
    electron: release.executable,
  })
  await makeServer(path.join(folder, 'resources'))
  await flipReleaseFuses(path.join(folder, release.name))

  await makeSatm(path.join(folder, 'satm'), {
    node: node.executable,
    version: release.version,
    work: await mkdtemp(path.join(work, 'satm-')),
  })
  await cp(node.licence, path.join(folder, 'LICENSE.node.txt'))

  const bill = await billOfMaterials(release, { node: node.executable, app: folder })
  await writeFile(path.join(folder, 'sbom.cdx.json'), bill)
  await writeFile(path.join(folder, 'third-party-notices.txt'), notices())
  for (const [file, content] of Object.entries({ ...(await desktopFiles(release, app)), ...unitFiles() })) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), content)
  }
  await mkdir(path.join(root, 'usr/bin'))
  for (const program of [release.name, 'satm'])
    await symlink(`../lib/${release.name}/${program}`, path.join(root, 'usr/bin', program))

  await settle(root, release.time)
  return { release, root, app, bill }
}

/**
 * Whatever umask and clock made them: folders and programs 0755, other files and libraries 0644, the sandbox's helper
 * set-uid.
 * @param {string} root
 * @param {number} time seconds since the epoch
 */
export async function settle(root, time) {
  // What is inside first: it changes the time of its folder.
  const all = [root, ...(await entriesBelow(root))].reverse()
  for (const file of all) {
    const found = await lstat(file)
    if (!found.isSymbolicLink()) {
      const isProgram = found.isDirectory() || ((found.mode & 0o100) !== 0 && !/\.so(\.\d+)?$/.test(file))
      await chmod(file, path.basename(file) === SANDBOX_HELPER ? 0o4755 : isProgram ? PROGRAM : 0o644)
    }
    await lutimes(file, time, time)
  }
}

/**
 * @param {string} root
 * @returns {Promise<readonly string[]>} files, links and folders, each folder before what is in it
 */
export async function entriesBelow(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.map((entry) => path.join(entry.parentPath, entry.name)).sort()
}

/**
 * A copy for one package, which may add to it: its files are the tree's own.
 * @param {Tree} tree
 * @param {string} root must not be there
 * @param {Readonly<Record<string, string | Buffer>>} more by path; a program where it begins with `#!`
 */
export async function treeWith({ root: original, release }, root, more) {
  await cp(original, root, {
    recursive: true,
    verbatimSymlinks: true,
    async filter(from, to) {
      if (!(await lstat(from)).isFile()) return true
      await link(from, to)
      return false
    },
  })
  for (const [file, content] of Object.entries(more)) {
    const target = path.join(root, file)
    await mkdir(path.dirname(target), { recursive: true })
    if (existsSync(target)) await rm(target)
    await writeFile(target, content, { mode: content.toString().startsWith('#!') ? PROGRAM : 0o644 })
  }
  await settle(root, release.time)
}
