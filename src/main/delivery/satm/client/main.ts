// The command line as a program. It runs on plain Node, and what it needs of the app it asks the running one for.
import { readCommandLine } from './command-line.ts'
import { EXIT, Stop } from './exit-codes.ts'
import { perform } from './perform.ts'
import { plain, styleOf } from './print.ts'

/** The build puts the project's version in its place. */
const version = process.env.SATM_BUILT_VERSION ?? 'unbuilt'

async function main(): Promise<number> {
  const { stdout, stderr, stdin, env, argv } = process
  // `satm list | head` has had enough; that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(EXIT.ok)
  })
  const complain = (sentence: string) => void stderr.write(`satm: ${plain(sentence)}\n`)
  try {
    return await perform(readCommandLine(argv.slice(2)), {
      env,
      version,
      style: styleOf(stdout, env),
      keyboard: stdin.isTTY === true,
      out: (text) => void stdout.write(text),
      complain,
    })
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    return error instanceof Stop ? error.exitCode : EXIT.failed
  }
}

process.exitCode = await main()
