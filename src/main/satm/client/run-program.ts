// `satm exec`: runs a program with the token in its environment, and passes it every signal exactly once.
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { childProcess } from './app-connection.ts'
import { CliError } from './exit-codes.ts'

/** A terminal sends these to the program too; passed on they would arrive twice. */
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const PASSED_ON: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM']
    : ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']

/** Resolves with what a shell would give as its exit code. Rejects with `CliError` when it cannot be run. */
export function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  atKeyboard: () => boolean,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Before it begins: a signal must not end us and leave it alone.
    let child: ChildProcess | null = null
    const stopListening = passSignals(atKeyboard, (signal) => child?.kill(signal))
    try {
      child = childProcess().spawn(program, args, { stdio: 'inherit', env })
    } catch (error) {
      // Arguments that are too long, a file in the place of a folder: thrown, not emitted as an event.
      stopListening()
      return reject(notRun(program, error as NodeJS.ErrnoException))
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      stopListening()
      reject(notRun(program, error))
    })
    child.once('exit', (code, signal) => {
      stopListening()
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
    })
  })
}

function passSignals(atKeyboard: () => boolean, pass: (signal: NodeJS.Signals) => void): () => void {
  const signals = [...PASSED_ON, ...FROM_KEYBOARD]
  const listener = (signal: NodeJS.Signals) => {
    const isSentByTerminal = FROM_KEYBOARD.includes(signal) && atKeyboard()
    if (!isSentByTerminal) pass(signal)
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** POSIX 2.8.2: 127 when there is none, 126 when it is no program. */
function notRun(program: string, { code, message }: NodeJS.ErrnoException): CliError {
  if (code === 'ENOENT') return new CliError(127, `No program named “${program}” was found.`)
  if (code === 'EACCES' || code === 'ENOEXEC')
    return new CliError(126, `“${program}” cannot be run: ${message}.`)
  return new CliError(126, `“${program}” could not be started: ${message}.`)
}

/**
 * Whether a Ctrl-C is sent to us, and so to every program of our process group, by the terminal itself. Standard input
 * does not tell: in `cat list | satm exec …` it is a pipe. `streams`: what decides where the system does not tell, as
 * Linux does.
 */
export function atKeyboard(
  streams: readonly { readonly isTTY?: boolean }[],
  stat: string | null = ownStat(),
): boolean {
  return stat === null ? streams.some(({ isTTY }) => isTTY === true) : isInForeground(stat)
}

/**
 * proc(5), /proc/pid/stat: after the program's name, which may hold anything, come state, parent, process group,
 * session, terminal (0: none) and the terminal's foreground group.
 */
function isInForeground(stat: string): boolean {
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return terminal !== '0' && group === foreground
}

function ownStat(): string | null {
  try {
    return readFileSync('/proc/self/stat', 'utf8')
  } catch {
    return null
  }
}
