// Type-ahead: the one of several that begins with what is typed, for menus and drop-down lists.
import type { KeyboardEvent } from 'react'
import { keyOf } from './shortcut.ts'

export interface Typed {
  readonly text: string
  /** `timeStamp` of its last letter, ms. */
  readonly at: number
}

export const NOTHING_TYPED: Typed = { text: '', at: Number.NEGATIVE_INFINITY }

/** Letters typed within this time of the one before are one text, ms. */
const TYPED_TOGETHER = 1000

/** What is typed with this key; null: it is no letter. A blank is one only where it continues a text. */
export function typedWith(event: KeyboardEvent, { text, at }: Typed): Typed | null {
  const pending = event.timeStamp - at > TYPED_TOGETHER ? '' : text
  const key = keyOf(event)
  const isLetter = key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey
  if (!isLetter || (key === ' ' && pending === '')) return null
  return { text: pending + key, at: event.timeStamp }
}

/** Index of the next that begins with the text, -1 for none; a letter typed again goes on to the next that begins with it. */
export function indexTyped(text: string, at: number, words: readonly string[]): number {
  const isRepeated = [...text].every((letter) => letter === text[0])
  const from = isRepeated ? at + 1 : Math.max(0, at)
  const start = isRepeated ? text.slice(0, 1) : text
  const order = [...words.keys()].map((_, place) => (from + place) % words.length)
  return order.find((index) => words[index]?.toLowerCase().startsWith(start)) ?? -1
}
