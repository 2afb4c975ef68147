// Terminal: what the command line prints to, and how it asks the app.
import type { Refreshed, SatmReplies } from '../protocol.ts'
import type { SatmRequest } from '../server/request-parser.ts'
import type { AskingForToken } from './command-line.ts'
import type { ConnectionOptions } from './option-values.ts'
import { plain, type Style } from './print.ts'
import type { TerminalInput } from './terminal-input.ts'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly style: Style
  /** Asked when a signal has come: whether a keyboard sends its signals to the whole process group. */
  readonly atKeyboard: () => boolean
  out(text: string): void
  /** To standard error, with its line feed. */
  complain(line: string): void
  /** In one line of the terminal, over the one before; empty: none any more. Nowhere where there is no terminal. */
  progress(text: string): void
  /** Opened when it is needed. */
  input(): Promise<TerminalInput>
}

export function complain(terminal: Terminal, sentence: string): void {
  terminal.complain(`satm: ${plain(sentence)}\n`)
}

/** To standard error, for a person: what to do next. */
export function hint(terminal: Terminal, text: string): void {
  terminal.complain(`${plain(text)}\n`)
}

export type Ask = <R extends SatmRequest>(
  reaching: ConnectionOptions,
  request: R,
  progress?: (refreshed: Refreshed) => void,
) => Promise<SatmReplies[R['kind']]>

export const tokenRequest = ({ profile, minTtl }: Pick<AskingForToken, 'profile' | 'minTtl'>) =>
  ({ kind: 'token', profile, minTtl }) as const
