// Runs all test projects and counts what came of them.
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { runWithElectron } from './electron.mjs'
import { runAsOrdinaryUser } from './ordinary-user.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Groups of projects that have nothing in common once each has a desktop of its own: no port, no bus, no clipboard.
 * So they run at the same time. What lives in real time goes first when the processor is short. The first is shown
 * while it runs, the others when all have ended.
 */
const LANES = [
  { projects: ['e2e'], gentle: false },
  { projects: ['left-alone', 'packages'], gentle: false },
  { projects: ['engine', 'adapters', 'renderer'], gentle: true },
]

/**
 * What the user's ID or Chromium's sandbox matters to. Root runs it once more as an ordinary user, beside the rest of the
 * first lane; `npm run test:user` does so with all files.
 */
const ORDINARY = [
  'data-folder',
  'delivery',
  'desktop-system',
  'satm',
  'second-launch',
  'security',
  'vault-keyring',
].map((name) => `test/e2e/${name}.test.ts`)

/**
 * @param {string} electron
 * @param {readonly string[]} args vitest's own, such as a path
 * @returns {Promise<Counts>}
 */
export async function runVitest(electron, args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-vitest-'))
  try {
    // One desktop for all where it is the person's, and one run for a choice of tests.
    if (process.platform !== 'linux' || args.length > 0) {
      return await runOnce(electron, args, path.join(folder, 'report.json'))
    }
    return await runLanes(electron, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} electron
 * @param {string} folder for what they report
 */
async function runLanes(electron, folder) {
  const said = [...LANES.keys(), 'ordinary'].map((name) => path.join(folder, `said-${name}`))
  const [shown = '', ...others] = said
  const lanes = LANES.map(({ projects, gentle }, index) => {
    const args = projects.map((project) => `--project=${project}`)
    const output = said[index] === shown ? 'inherit' : openSync(said[index] ?? '', 'w')
    return runOnce(electron, args, path.join(folder, `report-${index}.json`), { output, gentle })
  })
  const isRoot = process.getuid?.() === 0
  const ordinary = async () => (isRoot ? runOrdinary(electron, said.at(-1) ?? '') : NOTHING)
  const counts = await Promise.all([...lanes, Promise.resolve(lanes.at(-1)).then(ordinary)])
  for (const text of others) process.stdout.write(await readFile(text, 'utf8').catch(() => ''))
  return counts.reduce(sumOf)
}

const NOTHING = { passed: 0, failed: 0, skipped: 0 }

/**
 * What is skipped here is counted where root runs it.
 * @param {string} electron
 * @param {string} said
 */
async function runOrdinary(electron, said) {
  const output = openSync(said, 'w')
  const code = await runAsOrdinaryUser(electron, ['scripts/test-user.mjs', ...ORDINARY], { output })
  return { ...countSum(await readFile(said, 'utf8'), code), skipped: 0 }
}

/**
 * @param {string} electron
 * @param {readonly string[]} args
 * @param {string} report where vitest writes it
 * @param {import('./child.mjs').TerminalOptions} [terminal]
 */
async function runOnce(electron, args, report, terminal = {}) {
  const vitest = path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await runWithElectron(electron, [vitest, 'run', ...reporters, ...args], {}, terminal)
  return countReport(await readFile(report, 'utf8').catch(() => ''), code)
}

/**
 * @param {Counts} one
 * @param {Counts} other
 * @returns {Counts}
 */
export function sumOf(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  }
}

/**
 * The last line of a command that runs tests.
 * @param {Counts} sum
 */
export function sumLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/**
 * Reads such a line.
 * @param {string} said everything the command wrote; without that line it died
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countSum(said, exitCode) {
  const found = /(?:^|\n)(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(said)
  if (found === null) return { ...NOTHING, failed: 1 }
  const [passed = 0, failed = 0, skipped = 0] = found.slice(1).map(Number)
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped }
}

/**
 * A run that died, ran nothing, or failed beside its tests counts as a failure of its own.
 * @param {string} report the JSON reporter's file: empty or cut off if the run died
 * @param {number} exitCode vitest's
 * @returns {Counts}
 */
export function countReport(report, exitCode) {
  const parsed = parse(report)
  if (parsed === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed
  const unloadable = testResults.filter(isUnloadable).length
  const failed = numFailedTests + unloadable
  const ranNothing = numPassedTests + failed === 0
  return {
    passed: numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || ranNothing) ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  }
}

/** @param {string} report */
function parse(report) {
  try {
    return JSON.parse(report)
  } catch {
    return undefined
  }
}

/**
 * A test file that failed before it could name its tests.
 * @param {{ status: string, assertionResults: readonly unknown[] }} file
 */
function isUnloadable({ status, assertionResults }) {
  return status === 'failed' && assertionResults.length === 0
}
