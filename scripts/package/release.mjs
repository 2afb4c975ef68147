// What is packaged: its names, its versions, the runtime in it, and the one time that every file in it has.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { installedOfficial } from '../electron-runtime/official.mjs'
import { projectRoot } from '../project.mjs'
import { capture, must } from '../run/child.mjs'

/**
 * @typedef {object} Release
 * @property {string} name  of package, program and folder
 * @property {string} title
 * @property {string} summary
 * @property {string} version  the app's
 * @property {string} packageVersion  for dpkg and rpm; a test package's sorts before that of the release
 * @property {boolean} isTest  made with another Electron than the pinned official one: not for use
 * @property {string} executable  of the runtime
 * @property {Readonly<Record<string, string>>} versions  of what is in the runtime
 * @property {string} pinnedElectron
 * @property {number} time  seconds since the epoch
 */

/**
 * @param {string} executable of the Electron runtime
 * @returns {Promise<Release>}
 */
export async function describeRelease(executable) {
  const { name, productName, description, version, devDependencies } = JSON.parse(
    readFileSync(path.join(projectRoot, 'package.json'), 'utf8'),
  )
  const versions = await versionsIn(executable)
  const official = await installedOfficial(path.join(projectRoot, 'node_modules', 'electron'))
  const isTest =
    official.kind === 'absent' ||
    path.resolve(official.executable) !== path.resolve(executable) ||
    versions.electron !== devDependencies.electron
  return {
    name,
    title: productName,
    summary: description.replace(/\.$/, ''),
    version,
    packageVersion: isTest ? `${version}~test` : version,
    isTest,
    executable,
    versions,
    pinnedElectron: devDependencies.electron,
    time: await releaseTime(process.env),
  }
}

/**
 * @param {Pick<Release, 'versions' | 'pinnedElectron' | 'isTest'>} release
 * @returns {string | null} null: it is no test package
 */
export function testNotice({ versions, pinnedElectron, isTest }) {
  if (!isTest) return null
  return `TEST PACKAGE, not for use: made with Electron ${versions.electron} instead of the official ${pinnedElectron}.`
}

/**
 * Lines of a description, which packages limit to 79 columns.
 * @param {string} text
 * @returns {readonly string[]}
 */
export function folded(text) {
  return text.match(/.{1,77}(?= |$)/g)?.map((line) => line.trim()) ?? []
}

/**
 * @param {string} executable a Node, or an Electron that may still be one
 * @returns {Promise<Readonly<Record<string, string>>>}
 */
export async function versionsIn(executable) {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  return JSON.parse((await must(executable, ['-p', 'JSON.stringify(process.versions)'], { env })).stdout)
}

/**
 * reproducible-builds.org, SOURCE_DATE_EPOCH: the commit's own time where it is not set.
 * @param {NodeJS.ProcessEnv} env
 */
async function releaseTime(env) {
  const given = env.SOURCE_DATE_EPOCH
  const time = Number(given || (await capture('git', ['log', '-1', '--format=%ct'])).stdout.trim())
  if (Number.isInteger(time) && time > 0) return time
  throw new Error(
    given
      ? `SOURCE_DATE_EPOCH has to be a number of seconds, not "${given}".`
      : 'The time of the release is unknown: run this in a checkout with git, or set SOURCE_DATE_EPOCH.',
  )
}
