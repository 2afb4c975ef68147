// What is printed: columns, colors on a terminal only, assignments for a shell, and never a control character from
// outside.
import { eastAsianWidth } from 'get-east-asian-width'
import { withoutIsolates } from '#base/common/display-text.ts'
import { editEnv } from '#base/node/env-editor.ts'
import type { ProfileState } from '#engine/domain/view-model.ts'
import type { ShellName } from './command-table.ts'

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

export interface Cell {
  readonly text: string
  readonly color?: Color
}

/** Below it a column says nothing any more. */
const NARROWEST = 8
const GAP = '  '

/** Aligned with a head for a person, and as wide as the terminal; separated by tabs without a head for a program. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string {
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: plain(cell.text) })))
  if (!style.terminal) return clean.map((row) => `${row.map(({ text }) => text).join('\t')}\n`).join('')
  const whole = head.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => displayWidth(row[column]?.text ?? ''))),
  )
  const widths = fitting(whole, style.columns ?? Number.POSITIVE_INFINITY)
  const line = (cells: readonly Cell[]) =>
    `${cells
      .slice(0, widths.length)
      .map((cell, column) => {
        const width = widths[column] ?? 0
        const text = shortened(cell.text, width)
        const last = column === widths.length - 1
        const space = last ? '' : ' '.repeat(width - displayWidth(text))
        return `${colored(text, cell.color, style)}${space}`
      })
      .join(GAP)}\n`
  return [head.map((text): Cell => ({ text, color: 'dim' })), ...clean].map(line).join('')
}

/** The widest columns give way first; of those that still do not fit the last are left out. */
function fitting(widths: readonly number[], columns: number): readonly number[] {
  const fit = [...widths]
  const over = () => fit.reduce((sum, width) => sum + width, (fit.length - 1) * GAP.length) - columns
  while (over() > 0) {
    const widest = Math.max(...fit)
    if (widest > NARROWEST) fit[fit.indexOf(widest)] = widest - 1
    else if (fit.length > 1) fit.pop()
    else break
  }
  return fit
}

/** At most `width` columns, with an ellipsis where something is left out. */
export function shortened(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  for (const { segment } of segments(text)) {
    if (displayWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

let characters: Intl.Segmenter | undefined

/** Made where it is needed: that takes a third as long as a start of satm. */
function segments(text: string): Intl.Segments {
  characters ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return characters.segment(text)
}

/** Columns that a text takes on a terminal (Unicode Standard Annex 11): two for CJK and emoji, none for a mark. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of segments(text)) {
    const isWideEmoji = /\p{Emoji_Presentation}|\ufe0f/u.test(segment)
    width += isWideEmoji ? 2 : eastAsianWidth(segment.codePointAt(0) ?? 0)
  }
  return width
}

export type Color = 'red' | 'yellow' | 'green' | 'dim'

const CODES: Readonly<Record<Color, number>> = { red: 31, yellow: 33, green: 32, dim: 2 }

export function colored(text: string, color: Color | undefined, { colors }: Style): string {
  return color === undefined || !colors ? text : `\u001b[${CODES[color]}m${text}\u001b[0m`
}

const STATES: Readonly<Record<ProfileState, readonly [string, Color]>> = {
  healthy: ['Healthy', 'green'],
  refreshing: ['Refreshing', 'green'],
  retrying: ['Retrying', 'yellow'],
  'needs-attention': ['Needs attention', 'red'],
  expired: ['Expired', 'red'],
  paused: ['Paused', 'dim'],
  'not-yet-issued': ['Not yet issued', 'yellow'],
}

/** In words for a person, its code for a program. */
export function stateCell(state: ProfileState, { terminal }: Style): Cell {
  const [text, color] = STATES[state]
  return { text: terminal ? text : state, color }
}

/**
 * A variable set in the language of a shell: whatever the value, it is read back as it is and nothing of it is run.
 * With its final line feed. `name`: letters, digits and `_`. Throws if the value cannot be written in that language.
 */
export function shellLine(shell: ShellName, name: string, value: string): string {
  // No environment can hold it.
  if (value.includes('\0')) throw new Error('The value contains a NUL character.')
  switch (shell) {
    case 'sh':
      // POSIX 2.2.2: nothing is special inside single quotes but their end.
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
    case 'fish':
      return `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'\n`
    case 'powershell':
      // It takes typographic quotes for quotes as well.
      return `$Env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'\n`
    case 'dotenv': {
      const edited = editEnv(new Uint8Array(), [{ name, value: { reveal: () => value } }])
      if (edited.kind === 'refused') throw new Error(edited.sentence)
      return Buffer.from(edited.bytes).toString('utf8')
    }
  }
}
