// npm run test:compat: the tests that need no Electron, on the parts of the Electron in package.json that can be had without
// it: its Node.js, from the npm registry, and its Chromium's major, from Debian. Linux x64.
import path from 'node:path'
import { buildIfStale } from './build/build.mjs'
import { declared } from './electron-runtime/declared.mjs'
import { nodeRuntime } from './package/node-runtime.mjs'
import { ensureLocalhost } from './prepare/localhost.mjs'
import { privateDesktopNeeds, testNeeds } from './prepare/needs.mjs'
import { preparePackages } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { capture, run } from './run/child.mjs'
import { orExplain } from './run/or-explain.mjs'

await orExplain(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('"npm run test:compat" runs on Linux x64: the npm registry has no other Node.js for it.')
  await preparePackages([...privateDesktopNeeds, ...testNeeds])
  await ensureLocalhost()
  const { executable: node } = await nodeRuntime(process.env)
  await buildIfStale(['app', 'programs'])
  const versions = { node: await versionOf(node), chromium: await versionOf('chromium') }
  const wrong = Object.entries(versions).find(
    ([part, version]) => majorOf(version) !== Reflect.get(declared, part),
  )
  if (wrong !== undefined) throw new Error(mismatch(...wrong))
  console.log(`Node.js ${versions.node} and Chromium ${versions.chromium}, for Electron ${declared.electron}`)
  return run(node, [path.join(projectRoot, 'scripts', 'run', 'compat.mjs'), ...process.argv.slice(2)])
})

/** @param {string} command */
async function versionOf(command) {
  const { stdout } = await capture(command, ['--version'])
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? 'none'
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.', 1)[0])
}

/**
 * @param {string} part
 * @param {string} version
 */
function mismatch(part, version) {
  const wanted = `Electron ${declared.electron} has ${part} ${Reflect.get(declared, part)}, and here is ${version}.`
  return part === 'chromium'
    ? `${wanted} Install Debian's newest: sudo apt-get update && sudo apt-get install -y chromium`
    : `${wanted} Pin another one in scripts/package/node-runtime.mjs.`
}
