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
}

/** NO_COLOR and a dumb terminal ask for none (no-color.org). */
export function styleOf(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const terminal = stream.isTTY === true
  return { terminal, colors: terminal && !env.NO_COLOR && env.TERM !== 'dumb' }
}

/** Names and sentences come from elsewhere: none may move the cursor or change the terminal. */
export function plain(text: string): string {
  return withoutIsolates(text).replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}

/** As `JSON.stringify`, with the control characters it leaves escaped too. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/[\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

export interface Cell {
  readonly text: string
  readonly color?: Color
}

/** Aligned with a head for a person; separated by tabs without one for a program. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string {
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: plain(cell.text) })))
  if (!style.terminal) return clean.map((row) => `${row.map(({ text }) => text).join('\t')}\n`).join('')
  const widths = head.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => displayWidth(row[column]?.text ?? ''))),
  )
  const line = (cells: readonly Cell[]) =>
    `${cells
      .map((cell, column) => {
        const last = column === cells.length - 1
        const space = last ? '' : ' '.repeat((widths[column] ?? 0) - displayWidth(cell.text))
        return `${colored(cell.text, cell.color, style)}${space}`
      })
      .join('  ')}\n`
  return [head.map((text): Cell => ({ text, color: 'dim' })), ...clean].map(line).join('')
}

/** Made where it is needed: that takes a third as long as a start of satm. */
let characters: Intl.Segmenter | undefined

/** Columns that a text takes on a terminal (Unicode Standard Annex 11): two for CJK and emoji, none for a mark. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  characters ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  let width = 0
  for (const { segment } of characters.segment(text)) {
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

export function stateCell(state: ProfileState): Cell {
  const [text, color] = STATES[state]
  return { text, color }
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
