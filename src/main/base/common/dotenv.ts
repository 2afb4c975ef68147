// Dotenv grammar: the entries of an env file and where each value is, what a value means, and how one is written. Reads
// exactly what the package dotenv reads, with its fallbacks (an unclosed quote is part of an unquoted value), in time
// linear in the text.

const LONGEST_NAME = 120

/** As every shell and every reader of env files takes it (POSIX, Base Definitions 3.216). */
export function isVariableName(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
}

/** `NAME=` at the beginning of a line. Blanks of that line alone: over line ends it would take the square of their number. */
const ASSIGNMENT = /^[^\S\r\n\u2028\u2029]*(?:export[^\S\r\n\u2028\u2029]+)?[\w.-]+[^\S\r\n\u2028\u2029]*=/m

/** Whether a text looks like an env file. Stricter than `entriesOf`, which takes `name: value` for an entry as well. */
export function hasAssignment(text: string): boolean {
  return ASSIGNMENT.test(text)
}

export interface Entry {
  readonly name: string
  /** Where the name begins. */
  readonly start: number
  /** The value with its quotes, without the space around it; `from === to` for an empty one. */
  readonly from: number
  readonly to: number
}

/** An entry's name and what parts it from the value: `NAME=`, `export NAME =`, `NAME: `. */
const HEAD = /((?:export\s+)?)([\w.-]+)(?:\s*=|:(?:\r\n|\s))/y
const SPACE = /\s*/y
const UNQUOTED = /[^#\r\n]*/y
/** What may follow a closing quote: space, then the end of the line or a comment. */
const AFTER_QUOTED = /[^\S\r\n\u2028\u2029]*(?:[#\r\n\u2028\u2029]|$)/y
const LINE_OPENING_QUOTE = /^['"`]/gm
const LINE_CLOSING_QUOTE = /['"`]$/gm
const LINE_END = /[\r\n\u2028\u2029]|$/g

/** In the order of the file, duplicates included. Of bytes, the text is what `searchable` of the env editor returns. */
export function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = []
  for (let at = endOf(SPACE, text, 0); at < text.length; ) {
    HEAD.lastIndex = at
    const head = HEAD.exec(text)
    let end = at
    if (head !== null) {
      const lead = head[1] ?? ''
      const name = head[2] ?? ''
      const { from, to, after } = valueAt(text, HEAD.lastIndex)
      entries.push({ name, start: at + lead.length, from, to })
      end = after
    }
    at = endOf(SPACE, text, endOfLine(text, end))
  }
  return entries
}

/** What dotenv makes of a value as it is written. */
export function meaningOf(written: string): string {
  const trimmed = written.replace(/\r\n?/g, '\n').trim()
  const bare = withoutQuotes(trimmed)
  return trimmed.startsWith('"') ? bare.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : bare
}

/**
 * `text.replace(/^(['"`])([\s\S]*)\1$/gm, '$2')`, as dotenv has it, in linear time: a quote that begins a line goes with
 * the last one of its kind that ends a line, and with all between them.
 */
function withoutQuotes(text: string): string {
  const lastOf = new Map([...text.matchAll(LINE_CLOSING_QUOTE)].map(({ 0: quote, index }) => [quote, index]))
  let result = ''
  let from = 0
  for (const { 0: quote, index } of text.matchAll(LINE_OPENING_QUOTE)) {
    const close = lastOf.get(quote) ?? -1
    if (index < from || close <= index) continue
    result += text.slice(from, index) + text.slice(index + 1, close)
    from = close + 1
  }
  return result + text.slice(from)
}

/** The line a character stands on, from 1. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split(/\r\n|\r|\n/).length
}

function valueAt(
  text: string,
  start: number,
): { readonly from: number; readonly to: number; readonly after: number } {
  const from = endOf(SPACE, text, start)
  const quote = text[from]
  if (quote === "'" || quote === '"' || quote === '`') {
    const close = closingQuote(text, quote, from)
    if (close !== null) return { from, to: close + 1, after: close + 1 }
  }
  const after = endOf(UNQUOTED, text, start)
  const value = text.slice(start, after)
  const lead = value.length - value.trimStart().length
  return value.trim() === ''
    ? { from: start, to: start, after }
    : { from: start + lead, to: start + value.trimEnd().length, after }
}

/** The first quote without a backslash before it; failing that, the last one with. */
function closingQuote(text: string, quote: string, open: number): number | null {
  const escaped: number[] = []
  let at = text.indexOf(quote, open + 1)
  for (; at !== -1 && at > open + 1 && text[at - 1] === '\\'; at = text.indexOf(quote, at + 1)) {
    escaped.push(at)
  }
  const inOrder = at === -1 ? escaped.reverse() : [at, ...escaped.reverse()]
  return inOrder.find((close) => matches(AFTER_QUOTED, text, close + 1)) ?? null
}

function endOfLine(text: string, at: number): number {
  LINE_END.lastIndex = at
  LINE_END.test(text)
  return LINE_END.lastIndex
}

function matches(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at
  return sticky.test(text)
}

/** Where a sticky pattern that always matches stops. */
function endOf(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  sticky.test(text)
  return sticky.lastIndex
}

/** Means the same unquoted to dotenv, sh, Docker, systemd and python-dotenv. Every Webex token is such a value. */
const PLAIN = /^[A-Za-z0-9_\-./:@%+,=]*$/

/** Writes a value; `current` is how the old one is written, quotes included. */
export type Way = (current: string) => string

/**
 * The ways a value can be written, best first; whether dotenv reads it back in its place is for the caller to try. A
 * plain value keeps the quotes it finds. Of the others, single quotes come first: sh and Docker Compose leave `$` and
 * backslashes in them alone. Backticks are known to dotenv only.
 */
export function waysToWrite(value: string): readonly Way[] {
  if (PLAIN.test(value)) return [(current) => inQuotes(value, quotesOf(current)), () => value]
  const escaped = value.replaceAll('\r', '\\r').replaceAll('\n', '\\n')
  return [
    ...["'", '"', '`'].filter((quote) => !value.includes(quote)).map((quote) => inQuotes(value, quote)),
    inQuotes(escaped, '"'),
    value,
  ]
    .filter((written) => meaningOf(written) === value)
    .map((written) => () => written)
}

function inQuotes(value: string, quote: string): string {
  return quote + value + quote
}

function quotesOf(written: string): string {
  return /^(['"`])[\s\S]*\1$/.exec(written)?.[1] ?? ''
}
