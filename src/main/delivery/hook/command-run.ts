// Command run: one command in the system's shell, with an input and a time limit. It ends with all it has started.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Ending } from './hook-messages.ts'
import { OutputTail } from './output-tail.ts'

export interface Command {
  readonly command: string
  readonly env: Record<string, string>
  readonly cwd: string
  readonly input: string
  readonly timeLimit: Duration
  /**
   * Whether its standard output is kept apart, as `printed`. It may be a secret then, so it is no part of `output`.
   */
  readonly printsSecret: boolean
}

export interface CommandRun {
  readonly ending: Ending
  /** The end of what it said, as it is. */
  readonly output: string
  /** null: more than any token, or not kept. */
  readonly printed: Buffer | null
}

/** For what is still in the pipe once the shell has ended; a program it left running may hold the pipe for ever. */
const LAST_WORDS: Duration = 250
/** More than the longest token. */
const MOST_PRINTED_BYTES = 64 * 1024

/** Never rejects. `signal`: breaks it off. */
export function runCommand(
  { clock, platform }: { readonly clock: Pick<Clock, 'after'>; readonly platform: NodeJS.Platform },
  { command, env, cwd, input, timeLimit, printsSecret }: Command,
  signal: AbortSignal,
): Promise<CommandRun> {
  // It may have been broken off after the command before this one had ended.
  if (signal.aborted) return Promise.resolve({ ending: { kind: 'broken-off' }, output: '', printed: null })
  return new Promise((resolve) => {
    const tail = new OutputTail()
    const printed: Buffer[] = []
    let printedBytes = 0
    const child = start(command, platform, { cwd, env })
    let ending: Ending | null = null
    const nobodyWaits = () => {
      cancelLimit()
      signal.removeEventListener('abort', breakOff)
    }
    const finish = () => {
      nobodyWaits()
      cancelLastWords()
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.stdin?.destroy()
      resolve({
        ending: ending ?? { kind: 'not-started', code: 'unknown' },
        output: tail.text(),
        printed: printsSecret && printedBytes <= MOST_PRINTED_BYTES ? Buffer.concat(printed) : null,
      })
    }
    const stop = (why: Ending) => {
      ending ??= why
      killTree(child, platform)
    }
    const breakOff = () => stop({ kind: 'broken-off' })
    const cancelLimit = clock.after(timeLimit, () => stop({ kind: 'too-long', limit: timeLimit }))
    let cancelLastWords = () => {}

    signal.addEventListener('abort', breakOff)
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!printsSecret) return tail.add(chunk)
      printedBytes += chunk.length
      if (printedBytes <= MOST_PRINTED_BYTES) printed.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk))
    child.once('error', (error) => {
      ending ??= { kind: 'not-started', code: 'code' in error ? String(error.code) : 'unknown' }
      if (child.pid === undefined) finish()
    })
    child.once('exit', (code, by) => {
      ending ??= by === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal: by }
      // What it left running in the background is meant to run.
      nobodyWaits()
      cancelLastWords = clock.after(LAST_WORDS, finish)
    })
    child.once('close', finish)
    // A command that does not read its input is no failure.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

function start(
  command: string,
  platform: NodeJS.Platform,
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): ChildProcess {
  if (platform === 'win32') {
    // cmd has its own idea of quotes: /s takes exactly the outer pair off, and nothing else may be added.
    const shell = env.ComSpec ?? env.COMSPEC ?? 'cmd.exe'
    return spawn(shell, ['/d', '/s', '/c', `"${command}"`], {
      cwd,
      env,
      windowsVerbatimArguments: true,
      windowsHide: true,
    })
  }
  // A process group of its own, so that all of it can be ended.
  return spawn('/bin/sh', ['-c', command], { cwd, env, detached: true })
}

/** Kills the command with all it has started: on Unix the shell leads a process group of its own. */
function killTree(child: ChildProcess, platform: NodeJS.Platform): void {
  const { pid } = child
  if (pid === undefined) return
  if (platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true, stdio: 'ignore' }).on(
      'error',
      () => child.kill('SIGKILL'),
    )
    return
  }
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
