// Hook messages: how a command ended, in words.
import type { Duration } from '#engine/domain/model.ts'

export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'too-long'; readonly limit: Duration }
  /** The shell itself; `code`: the system's. */
  | { readonly kind: 'not-started'; readonly code: string }
  | { readonly kind: 'broken-off' }

/** Where the output is to be read: nothing of it may stand in a sentence, which is stored and shown in clear. */
export function withoutOutput(sentence: string, hasOutput: boolean): string {
  return hasOutput ? `${sentence} Its output is in the delivery history.` : `${sentence} No output.`
}

/** null: it went well. */
export function endingSentence(ending: Ending): string | null {
  switch (ending.kind) {
    case 'exit':
      return exited(ending.code)
    case 'signal':
      return `The command was ended by ${ending.signal}.`
    case 'too-long':
      return `The command took longer than ${seconds(ending.limit)} and was ended with all it had started. Give it more time, or let it start its work in the background.`
    case 'not-started':
      return `The system's shell could not be started (${ending.code}). ${startingAgain(ending.code)}`
    case 'broken-off':
      return 'The app stopped before the command had ended. The command runs again when the app does.'
  }
}

function startingAgain(code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'Check that your home folder is there, where commands run, and the shell itself (/bin/sh; cmd.exe on Windows).'
    case 'EACCES':
    case 'EPERM':
      return 'Check that the app may enter your home folder and run the shell (/bin/sh; cmd.exe on Windows).'
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return 'Too many programs are running on this computer: close some. The command is retried automatically.'
    default:
      return 'Press Deliver now; if this stays, restart the app.'
  }
}

/** What the shell itself means by a number (POSIX, Shell Command Language, 2.8.2); 9009 is cmd's. */
function exited(code: number): string | null {
  if (code === 0) return null
  if (code === 127 || code === 9009)
    return `The command was not found (exit code ${code}). Write its whole path.`
  if (code === 126)
    return 'The command is there but may not be run (exit code 126). Make it executable, or name its interpreter.'
  return `The command failed with exit code ${code}.`
}

function seconds(duration: Duration): string {
  const count = Math.round(duration / 1000)
  return count === 1 ? '1 second' : `${count} seconds`
}
