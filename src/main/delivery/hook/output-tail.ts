// Output tail: the end of a command's output, of bounded length and without pieces of a token.
import type { Secret } from '#engine/domain/secret.ts'

const MOST_BYTES = 64 * 1024
/** More than a person reads in a sentence. */
const MOST_LINES = 3
const LONGEST_LINE = 200
const LONGEST_SECRET = 8 * 1024
/** What is kept to be looked up, as UTF-8. */
const MOST_KEPT_BYTES = 2 * 1024

export class OutputTail {
  #chunks: Buffer[] = []
  #size = 0
  #isCut = false

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    // Not at each chunk: joining costs as much as what is kept.
    if (this.#size > 2 * MOST_BYTES) this.#trim()
  }

  text(): string {
    this.#trim()
    const text = (this.#chunks[0] ?? Buffer.alloc(0)).toString('utf8')
    if (!this.#isCut) return text
    // What the cut went through may be a secret that is not whole any more, and would not be known again.
    const lineEnd = text.indexOf('\n')
    return lineEnd === -1 ? text.slice(LONGEST_SECRET) : text.slice(lineEnd + 1)
  }

  #trim(): void {
    const whole = Buffer.concat(this.#chunks)
    this.#isCut ||= whole.length > MOST_BYTES
    const kept = whole.subarray(-MOST_BYTES)
    this.#chunks = [kept]
    this.#size = kept.length
  }
}

/** The last lines as one line: redacted, without colors, control characters or what turns text around. */
export function lastLines(text: string, redact: (line: string) => string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  return (
    lines
      .slice(-MOST_LINES)
      // A color in the middle of a secret must not hide it.
      .map((line) => redact(plain(line).replaceAll('\t', ' ').trim()))
      .filter((line) => line !== '')
      .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
      .join(' / ')
  )
}

/** The end of it as a terminal would show it. Cut only when it is redacted: half a secret would not be known again. */
export function keptOutput(text: string, redact: (line: string) => string): string {
  const lines: string[] = []
  let size = 0
  for (const line of text.trimEnd().split('\n').toReversed()) {
    if (size > MOST_KEPT_BYTES) break
    const safe = redact(plain(lastDrawn(line))).trimEnd()
    lines.unshift(safe)
    size += Buffer.byteLength(safe) + 1
  }
  return endOf(lines.join('\n').replace(/^\n+/, ''))
}

function endOf(text: string): string {
  const whole = Buffer.from(text)
  if (whole.length <= MOST_KEPT_BYTES) return text
  // Half a line is better than none; half a character is not.
  const end = whole.subarray(-MOST_KEPT_BYTES).toString('utf8')
  return `…${end.replace(/^\uFFFD+/, '')}`
}

/** Progress is drawn over itself. */
function lastDrawn(line: string): string {
  const drawn = line.replace(/(?<!\r)\r+$/, '')
  return drawn.slice(drawn.lastIndexOf('\r') + 1)
}

/** Without what only a terminal understands, which could stand in the middle of a secret; tabs stay. */
function plain(line: string): string {
  return line
    .replace(CONTROL_SEQUENCE, '')
    .replace(OVERSTRUCK, '')
    .replace(/[^\P{Cc}\t]|\p{Cf}/gu, ' ')
}

/** Put together, so that no control character stands here. */
const ESCAPE = String.fromCharCode(27)
const BELL = String.fromCharCode(7)
/** ECMA-48: control sequences, then control strings with their end (links, titles), then the short ones. */
const CONTROL_SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[[0-9;:?]*[ -/]*[@-~]|[\\]PX^_][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)|[ -/]*[0-~])`,
  'g',
)
/** Bold and underlined as printers once did it. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'gu')

/** Fewer characters in a row are found in innocent words as well. */
const SHORTEST_PART = 6
const REDACTED = '[redacted]'

/**
 * The returned function replaces each run of characters that occurs in one of `secrets`: a part that a command printed is
 * still part of a token.
 */
export function withoutPartsOf(...secrets: readonly (Secret | null)[]): (text: string) => string {
  const pieces = new Set<string>()
  for (const secret of secrets) {
    for (const piece of piecesOf(secret?.reveal() ?? '')) pieces.add(piece)
  }
  return (text) => {
    let result = ''
    let from = 0
    for (let at = 0; at + SHORTEST_PART <= text.length; at += 1) {
      if (!pieces.has(text.slice(at, at + SHORTEST_PART))) continue
      let end = at + SHORTEST_PART
      while (pieces.has(text.slice(end + 1 - SHORTEST_PART, end + 1))) end += 1
      result += text.slice(from, at) + REDACTED
      from = end
      at = end - 1
    }
    return result + text.slice(from)
  }
}

function piecesOf(secret: string): readonly string[] {
  const count = Math.max(0, secret.length + 1 - SHORTEST_PART)
  return Array.from({ length: count }, (_, at) => secret.slice(at, at + SHORTEST_PART))
}
