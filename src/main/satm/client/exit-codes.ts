// Exit codes, and the error that ends the run with one.
import { assertNever } from '#base/common/assert-never.ts'
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
} as const

export function exitCodeOf(code: SatmErrorCode): number {
  switch (code) {
    case 'failed':
    case 'internal':
      return EXIT.failed
    case 'no-such-profile':
    case 'ambiguous':
      return EXIT.noProfile
    case 'malformed':
    case 'other-version':
      return EXIT.unreachable
    case 'needs-person':
    case 'closed':
      return EXIT.needsPerson
    default:
      return assertNever(code)
  }
}

/** Ends the run with a code and a sentence for standard error. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'Stop'
    this.exitCode = exitCode
  }
}
