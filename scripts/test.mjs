// npm test: everything that is checked, on a machine that may have nothing yet. The last line is the sum.
import path from 'node:path'
import { buildIfStale } from './build/build.mjs'
import { codeCacheFor } from './build/code-cache/make.mjs'
import { ensureLocalhost } from './prepare/localhost.mjs'
import { privateDesktopNeeds, testNeeds, windowNeeds } from './prepare/needs.mjs'
import { ensureNpmPackages } from './prepare/npm-packages.mjs'
import { prepareElectron, preparePackages } from './prepare/prepare.mjs'
import { projectRoot } from './project.mjs'
import { capture, tool } from './run/child.mjs'
import { orExplain } from './run/or-explain.mjs'
import { runVitest, sumLine } from './run/vitest.mjs'

/** @type {readonly { name: string, run: () => Promise<void> }[]} */
const checks = [
  { name: 'types', run: () => silent('typescript/bin/tsc', ['-b', '--pretty', 'false']) },
  { name: 'format and lint', run: () => silent('@biomejs/biome/bin/biome', ['check', '.']) },
  { name: 'nothing unused', run: () => silent('knip/bin/knip.js', []) },
  { name: 'build', run: () => buildIfStale(['app', 'programs']) },
]

await orExplain(async () => {
  const sum = await all().catch((error) => {
    console.error(error.message)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  console.log(sumLine(sum))
  return sum.failed === 0 ? 0 : 1
})

/** @returns {Promise<import('./run/vitest.mjs').Counts>} checks and tests together */
async function all() {
  await preparePackages([...windowNeeds, ...privateDesktopNeeds, ...testNeeds])
  await ensureLocalhost()
  const [electron, failedChecks] = await Promise.all([
    prepareElectron(),
    failing(),
    ensureNpmPackages(path.join(projectRoot, 'test', 'electronegativity')),
  ])
  // Tests run what a package has.
  if (!failedChecks.includes('build')) await codeCacheFor(electron)
  const tests = await runVitest(electron, process.argv.slice(2))
  for (const name of failedChecks) console.log(`Failed check: ${name}`)
  return {
    passed: tests.passed + checks.length - failedChecks.length,
    failed: tests.failed + failedChecks.length,
    skipped: tests.skipped,
  }
}

/** @returns {Promise<readonly string[]>} the names of the checks that fail; none waits for another */
async function failing() {
  const reasons = await Promise.all(
    checks.map(({ run }) =>
      run().then(
        () => undefined,
        (error) => String(error.message),
      ),
    ),
  )
  return checks.flatMap(({ name }, index) => {
    const reason = reasons[index]
    console.log(reason === undefined ? `✓ ${name}` : `✗ ${name}\n${reason}`)
    return reason === undefined ? [] : [name]
  })
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
