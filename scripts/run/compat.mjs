// The tests that need no Electron, under the Node.js that runs this file; their children get the same one.
import { runVitest } from './vitest.mjs'

const PROJECTS = ['engine', 'adapters', 'renderer']

const only = process.argv.slice(2)
const counts = await runVitest('', [...PROJECTS.map((name) => `--project=${name}`), ...only])
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
