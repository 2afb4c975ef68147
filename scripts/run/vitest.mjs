// Runs all test projects and counts what came of them.
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { runWithElectron } from './electron.mjs'

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
  const said = LANES.map((_, index) => path.join(folder, `said-${index}`))
  const counts = await Promise.all(
    LANES.map(({ projects, gentle }, index) => {
      const args = projects.map((project) => `--project=${project}`)
      const output = index === 0 ? 'inherit' : openSync(said[index] ?? '', 'w')
      return runOnce(electron, args, path.join(folder, `report-${index}.json`), { output, gentle })
    }),
  )
  for (const text of said.slice(1)) process.stdout.write(await readFile(text, 'utf8'))
  return counts.reduce(sumOf)
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
