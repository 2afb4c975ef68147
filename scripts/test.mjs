// npm test: everything that is checked, on a machine that may have nothing yet. The last line is the sum.
import { buildIfStale } from './build/build.mjs'
import { browserNeeds, privateDesktopNeeds, windowNeeds } from './prepare/needs.mjs'
import { prepare } from './prepare/prepare.mjs'
import { capture, tool } from './run/child.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runVitest } from './run/vitest.mjs'

/** @type {readonly { name: string, run: () => Promise<void> }[]} */
const checks = [
  { name: 'types', run: () => silent('typescript/bin/tsc', ['-b', '--pretty', 'false']) },
  { name: 'format and lint', run: () => silent('@biomejs/biome/bin/biome', ['check', '.']) },
  { name: 'nothing unused', run: () => silent('knip/bin/knip.js', []) },
  { name: 'build', run: () => buildIfStale(['app', 'programs']) },
]

await orExplain(async () => {
  const electron = await prepare([...windowNeeds, ...privateDesktopNeeds, ...browserNeeds])
  const failedChecks = await failing()
  const tests = await runVitest(electron, process.argv.slice(2))
  const passed = tests.passed + checks.length - failedChecks.length
  const failed = tests.failed + failedChecks.length
  for (const name of failedChecks) console.log(`Failed check: ${name}`)
  console.log(`${passed} passed, ${failed} failed, ${tests.skipped} skipped`)
  return failed === 0 ? 0 : 1
})

/** @returns {Promise<readonly string[]>} the names of the checks that fail */
async function failing() {
  const failed = []
  for (const { name, run } of checks) {
    const reason = await run().then(
      () => undefined,
      (error) => String(error.message),
    )
    console.log(reason === undefined ? `✓ ${name}` : `✗ ${name}\n${reason}`)
    if (reason !== undefined) failed.push(name)
  }
  return failed
}

/**
 * @param {string} file a tool below node_modules
 * @param {readonly string[]} args
 * @throws with all it said, if it is not content
 */
async function silent(file, args) {
  const { code, all } = await capture(...tool(file, args))
  if (code !== 0) throw new Error(all.trim())
}
