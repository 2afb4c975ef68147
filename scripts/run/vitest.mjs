// Runs all test projects and counts what came of them.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectRoot } from '../project.mjs'
import { runWithElectron } from './electron.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string} electron
 * @param {readonly string[]} args vitest's own, such as a path
 * @returns {Promise<Counts>}
 */
export async function runVitest(electron, args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-vitest-'))
  const report = path.join(folder, 'report.json')
  const vitest = path.join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const code = await runWithElectron(electron, [vitest, 'run', ...reporters, ...args])
    return countReport(await readFile(report, 'utf8').catch(() => ''), code)
  } finally {
    await rm(folder, { recursive: true, force: true })
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
