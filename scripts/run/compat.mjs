// The tests that need no Electron, under the Node.js that runs this file; their children get the same one.
import { runVitest } from './vitest.mjs'

const PROJECTS = ['engine', 'adapters', 'renderer']

// It reads the sources, and takes long.
const LEFT_OUT = '--exclude=test/electronegativity.test.ts'

const only = process.argv.slice(2)
const counts = await runVitest('', [...PROJECTS.map((name) => `--project=${name}`), LEFT_OUT, ...only])
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
