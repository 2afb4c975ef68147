// System tool: runs a program of the system and returns its output, within a time limit.
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'

export interface ToolAnswer {
  readonly code: number
  readonly output: string
}

/** In ms, for each run. */
const TIME_LIMIT = 5_000

export function toolOptions(env: NodeJS.ProcessEnv) {
  return {
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
    windowsHide: true,
    env,
    // Windows looks for programs in the current folder first, which must not be the one that is asked about.
    cwd: dirname(process.execPath),
  } as const
}

/** null: not installed, killed by a signal, or over the time limit. Never rejects. */
export function runTool(
  name: string,
  line: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ToolAnswer | null> {
  return new Promise((resolve) => {
    const child = execFile(name, line, toolOptions(env), (error, output) => {
      const code = error === null ? 0 : error.code
      resolve(typeof code === 'number' ? { code, output } : null)
    })
    child.stdin?.end()
  })
}
