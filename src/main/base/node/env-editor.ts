// Env editor: sets variables in the bytes of an env file. Nothing else of it changes, and the result is read back before it
// is returned: every new value, and every other entry as it was.

import {
  type Entry,
  entriesOf,
  isVariableName,
  lineOf,
  meaningOf,
  type Way,
  waysToWrite,
} from '../common/dotenv.ts'

export interface EnvValue {
  /** Letters, digits and `_`, beginning with no digit. */
  readonly name: string
  readonly value: { reveal(): string }
}

export type EnvEdit =
  | { readonly kind: 'edited'; readonly bytes: Uint8Array; readonly changed: boolean }
  /** Nothing can be written as things are; the sentence says what to do and holds no value. */
  | { readonly kind: 'refused'; readonly sentence: string }

/** An env file being edited: its bytes, and what is in them. */
interface Draft extends Text {
  readonly bytes: Uint8Array
  readonly entries: readonly Entry[]
}

interface Splice {
  readonly from: number
  readonly to: number
  readonly written: string
}

/**
 * Sets each name to its value. A name that occurs several times gets the value everywhere: dotenv takes the last
 * one, sh too, others the first. A missing name is appended. A value that is there already stays as it is written.
 */
export function editEnv(bytes: Uint8Array, values: readonly EnvValue[]): EnvEdit {
  const problem = problemWith(values)
  if (problem !== null) return refused(problem)
  const first = draftOf(bytes)
  if (first.kind === 'not-text') return refused(first.sentence)
  let draft: Draft = first
  for (const { name, value } of values) {
    const spread = draft.entries.find((entry) => entry.name === name && isSpread(draft.text, entry))
    if (spread !== undefined) return refused(spreadOut(name, lineOf(draft.text, spread.start)))
    const next = withValue(draft, name, value.reveal())
    if (next === null) return refused(unwritable(name))
    draft = next
  }
  return { kind: 'edited', bytes: draft.bytes, changed: draft !== first }
}

function problemWith(values: readonly EnvValue[]): string | null {
  const seen = new Set<string>()
  for (const { name } of values) {
    if (!isVariableName(name)) {
      // Not quoted: it could be a token that was pasted into the wrong field.
      return 'The name of a variable must consist of letters, digits and _, and not begin with a digit.'
    }
    if (seen.has(name)) return `${name} is used for two values. Use a different name for each.`
    seen.add(name)
  }
  return null
}

/** The draft itself when there is nothing to change; null when the value cannot be written so that it is read back. */
function withValue(draft: Draft, name: string, value: string): Draft | null {
  const ours = draft.entries.filter((entry) => entry.name === name)
  const wrong = ours.filter((entry) => meaningOf(written(draft, entry)) !== value)
  if (ours.length > 0 && wrong.length === 0) return draft
  for (const way of waysToWrite(value)) {
    const splices =
      ours.length === 0
        ? [appended(draft.text, name, way)]
        : wrong.map((entry) => replaced(draft, entry, way))
    const next = spliced(draft, splices)
    if (next !== null && isRight(draft, next, name, value)) return next
  }
  return null
}

function replaced(draft: Draft, entry: Entry, way: Way): Splice {
  const value = way(written(draft, entry))
  // Most readers take a `#` for a comment only after a space.
  return { from: entry.from, to: entry.to, written: draft.text[entry.to] === '#' ? `${value} ` : value }
}

function appended(text: string, name: string, way: Way): Splice {
  const newline = dominantNewline(text)
  const isWhole = text.trim() === '' || text.endsWith('\n') || text.endsWith('\r')
  const at = text.length
  return { from: at, to: at, written: `${isWhole ? '' : newline}${name}=${way('')}${newline}` }
}

function spliced(draft: Draft, splices: readonly Splice[]): Draft | null {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { from, to, written } of splices) {
    parts.push(draft.bytes.subarray(at, from), Buffer.from(written))
    at = to
  }
  const next = draftOf(Buffer.concat([...parts, draft.bytes.subarray(at)]))
  return next.kind === 'text' ? next : null
}

/**
 * Quotes can reach over lines, so a value can change how others are read. Right are the same entries in the same order,
 * ours with the value, the others as they were.
 */
function isRight(before: Draft, after: Draft, name: string, value: string): boolean {
  const isThere = before.entries.some((entry) => entry.name === name)
  if (after.entries.length !== before.entries.length + (isThere ? 0 : 1)) return false
  return after.entries.every((entry, n) => {
    const { name: old, from, to } = before.entries[n] ?? { name, from: 0, to: 0 }
    if (entry.name !== old) return false
    if (old === name) return meaningOf(written(after, entry)) === value && !isSpread(after.text, entry)
    return after.text.slice(entry.from, entry.to) === before.text.slice(from, to)
  })
}

/** A value on another line than its name: dotenv allows it, sh reads something else. */
function isSpread(text: string, { start, from }: Entry): boolean {
  return /[\r\n\u2028\u2029]/.test(text.slice(start, from))
}

function draftOf(bytes: Uint8Array): Draft | NotText {
  const read = searchable(bytes)
  return read.kind === 'not-text' ? read : { ...read, bytes, entries: entriesOf(read.text) }
}

function written({ bytes }: Draft, { from, to }: Entry): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8')
}

function unwritable(name: string): string {
  return `The value of ${name} cannot be written so that it would be read back from this file, or the file has a quote that is never closed. Look through the file, or use another one.`
}

function spreadOut(name: string, line: number): string {
  return `The value of ${name} begins on another line than its name (line ${line}), which programs read differently. Write both on one line.`
}

function refused(sentence: string): EnvEdit {
  return { kind: 'refused', sentence }
}

interface Text {
  readonly kind: 'text'
  readonly text: string
}

interface NotText {
  readonly kind: 'not-text'
  readonly sentence: string
}

/**
 * The bytes as text to search, one character for each byte, so that an index is an offset. Each byte of a space or line
 * end of Unicode becomes one; all else beyond ASCII is a letter without meaning. Bytes that are not UTF-8 do no harm:
 * they are neither read nor changed.
 */
export function searchable(bytes: Uint8Array): Text | NotText {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (startsWith(raw, 0xff, 0xfe) || startsWith(raw, 0xfe, 0xff)) return notText('it is in UTF-16')
  if (raw.includes(0)) return notText('it contains zero bytes, like programs, pictures and UTF-16 text')
  return { kind: 'text', text: withUnicodeSpaces(raw.toString('latin1')) }
}

/** The newline most lines end with; a file of one line gets a plain one. */
export function dominantNewline(text: string): string {
  const plain = count(text, '\n')
  const both = count(text, '\r\n')
  if (plain === 0 && text.includes('\r')) return '\r'
  return both > plain - both ? '\r\n' : '\n'
}

/** `\s` of JavaScript beyond ASCII, in UTF-8: the separators U+2028 and U+2029 end a line, the others do not. */
function withUnicodeSpaces(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1
  return latin1
    .replace(/\xe2\x80[\xa8\xa9]/g, '\u2028\u2028\u2028')
    .replace(/\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf/g, '   ')
    .replace(/\xc2\xa0/g, '  ')
    .replaceAll('\xa0', '\xa1')
}

function count(text: string, part: string): number {
  let found = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found += 1
  return found
}

function startsWith(bytes: Buffer, first: number, second: number): boolean {
  return bytes[0] === first && bytes[1] === second
}

function notText(reason: string): NotText {
  return {
    kind: 'not-text',
    sentence: `This is not a plain text file: ${reason}. Save it as UTF-8 text, or choose another file.`,
  }
}
