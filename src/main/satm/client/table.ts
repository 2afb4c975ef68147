// Table: columns for a person, lines with tabs for a program.
import { eastAsianWidth } from 'get-east-asian-width'
import type { ProfileState } from '#engine/domain/view-model.ts'
import { type Color, colored, plain, type Style } from './print.ts'

export interface Cell {
  readonly text: string
  readonly color?: Color
}

/** Below it a column says too little; a time is as long. */
const NARROWEST = 16
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

/** As many columns as fit; of these the widest give way first. The first one stays in any case. */
function fitting(widths: readonly number[], columns: number): readonly number[] {
  const total = (some: readonly number[]) =>
    some.reduce((sum, width) => sum + width, GAP.length * (some.length - 1))
  let fit = [...widths]
  while (fit.length > 1 && total(fit.map((width) => Math.min(width, NARROWEST))) > columns)
    fit = fit.slice(0, -1)
  while (total(fit) > columns) {
    const widest = Math.max(...fit)
    if (widest === 1) break
    fit[fit.indexOf(widest)] = widest - 1
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
