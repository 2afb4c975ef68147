// Exit codes, and the error that ends the run with one.
import { constants } from 'node:os'
import type { SatmErrorCode } from '../protocol.ts'

export const EXIT = {
  ok: 0,
  /** It may work later. */
  failed: 1,
  usage: 2,
  /** No such service app, or more than one. */
  noProfile: 3,
  /** The app is not running and could not be started, or it does not answer. */
  unreachable: 4,
  /** It will not work before a person has done something in the app. */
  needsPerson: 5,
  /** Of `satm serve`, as the two below: the vault could not be opened. */
  closed: 6,
  folderTaken: 7,
  portTaken: 8,
} as const

/** For each error of the app. */
export const EXIT_OF: Readonly<Record<SatmErrorCode, number>> = {
  failed: EXIT.failed,
  internal: EXIT.failed,
  'no-such-profile': EXIT.noProfile,
  ambiguous: EXIT.noProfile,
  malformed: EXIT.unreachable,
  'other-version': EXIT.unreachable,
  'needs-person': EXIT.needsPerson,
  closed: EXIT.needsPerson,
}

/** As a shell has it for a program that a signal ended. */
export const interruptedBy = (signal: NodeJS.Signals): number => 128 + constants.signals[signal]

/** Ends the run with a code and a sentence for standard error. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'Stop'
    this.exitCode = exitCode
  }
}
