// Entry of the command line. It runs on plain Node, or as an executable of its own, and gets everything from the running app.
import { EXIT } from './exit-codes.ts'
import { inOneRow, styleOf } from './print.ts'
import { atKeyboard } from './run-program.ts'
import { runSatm } from './satm.ts'

// Standard error and input are opened when they are needed: that takes as long as the rest of the start.
const { stdout, env, argv } = process

function complain(line: string): void {
  const { stderr } = process
  // With standard error closed the exit code still tells.
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => undefined)
  stderr.write(line)
}

// `satm list | head` closes the pipe early; that is not a failure, and does not hide one.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
  complain(`satm: The output could not be written: ${error.message}.\n`)
  process.exit(EXIT.failed)
})

// Without a top-level await, which a program of one file (CommonJS) cannot have.
runSatm(argv.slice(2), {
  env,
  // The build puts the project's version in its place.
  version: process.env.SATM_BUILT_VERSION ?? 'unbuilt',
  style: styleOf(stdout, env),
  atKeyboard: () => atKeyboard([process.stdin, stdout, process.stderr]),
  out: (text) => void stdout.write(text),
  complain,
  progress(text) {
    const { stderr } = process
    // ECMA-48, EL: what was in the line before goes.
    if (stderr.isTTY) stderr.write(`\r\u001b[K${inOneRow(text, stderr.columns)}`)
  },
  input: async () => (await import('./terminal-input.ts')).openInput(process.stdin),
}).then((code) => {
  process.exitCode = code
})
