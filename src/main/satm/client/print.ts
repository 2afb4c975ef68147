// What is printed: for a person or a program, colors on a terminal only, and never a control character from outside.
import { printable, withoutIsolates } from '#base/common/display-text.ts'

export interface Style {
  /** A person looks at it. */
  readonly terminal: boolean
  readonly colors: boolean
  /** How many characters fit on a line; missing: as many as there are. */
  readonly columns?: number
}

/** NO_COLOR and a dumb terminal ask for none (no-color.org). */
export function styleOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const terminal = stream.isTTY === true
  const columns = terminal && stream.columns ? { columns: stream.columns } : {}
  return { terminal, colors: terminal && !env.NO_COLOR && env.TERM !== 'dumb', ...columns }
}

/** Names and sentences come from elsewhere: none may move the cursor or change the terminal. */
export function plain(text: string): string {
  return withoutIsolates(text).replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}

/** As `plain`, with each such character by its code: a person has to see all of it. */
export function printed(text: string): string {
  return printable(withoutIsolates(text))
}

/** Of one column a character, and short of the last column: a line that wraps could not be written over. */
export const inOneRow = (text: string, columns = Number.POSITIVE_INFINITY): string =>
  text.slice(0, Math.max(0, columns - 1))

export type Color = 'red' | 'yellow' | 'green' | 'dim'

const CODES: Readonly<Record<Color, number>> = { red: 31, yellow: 33, green: 32, dim: 2 }

export function colored(text: string, color: Color | undefined, { colors }: Style): string {
  return color === undefined || !colors ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`
}
