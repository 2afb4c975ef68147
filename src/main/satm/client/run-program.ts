// `satm exec`: a program with the token in its environment, and nothing of satm to be noticed beside it.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Stop } from './exit-codes.ts'

/** A terminal sends these to the program by itself; sent again they would come twice. */
const FROM_KEYBOARD: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']
const PASSED_ON: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM']
    : ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']

/** Resolves with what a shell would give as its exit code. Rejects with `Stop` when it cannot be run. */
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
      child = spawn(program, args, { stdio: 'inherit', env })
    } catch (error) {
      // Arguments that are too long, a file in the place of a folder: thrown, not told by an event.
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
  const listeners = [...PASSED_ON, ...FROM_KEYBOARD].map((signal) => {
    const comesByItself = () => FROM_KEYBOARD.includes(signal) && atKeyboard()
    return { signal, listener: () => (comesByItself() ? undefined : pass(signal)) }
  })
  for (const { signal, listener } of listeners) process.on(signal, listener)
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener)
  }
}

/** POSIX 2.8.2: 127 when there is none, 126 when it is no program. */
function notRun(program: string, { code, message }: NodeJS.ErrnoException): Stop {
  if (code === 'ENOENT') return new Stop(127, `There is no program “${program}”.`)
  if (code === 'EACCES' || code === 'ENOEXEC') return new Stop(126, `“${program}” cannot be run: ${message}.`)
  return new Stop(126, `“${program}” could not be started: ${message}.`)
}
