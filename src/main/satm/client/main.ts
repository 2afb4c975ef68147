// Entry of the command line. It runs on plain Node and gets everything from the running app.
import { EXIT } from './exit-codes.ts'
import { styleOf } from './print.ts'
import { atKeyboard } from './run-program.ts'
import { runSatm } from './satm.ts'

const { stdout, stderr, stdin, env, argv } = process

// `satm list | head` closes the pipe early; that is not a failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  stderr.write(`satm: What was asked for could not be written: ${error.message}.\n`)
  process.exit(EXIT.failed)
})
// With standard error closed the exit code still tells.
stderr.on('error', () => undefined)

// Without a top-level await, which a program of one file (CommonJS) cannot have.
runSatm(argv.slice(2), {
  env,
  // The build puts the project's version in its place.
  version: process.env.SATM_BUILT_VERSION ?? 'unbuilt',
  style: styleOf(stdout, env),
  atKeyboard: () => atKeyboard([stdin, stdout, stderr]),
  out: (text) => void stdout.write(text),
  complain: (line) => void stderr.write(line),
}).then((code) => {
  process.exitCode = code
})
