// Output tail: the end of a command's output, of bounded length and without pieces of a token.
import { findPartsOf, redactEncoded } from '#base/common/encoded-text.ts'
import type { Secret } from '#engine/domain/secret.ts'

/** All of it is redacted, so that a secret in any encoding is whole when it is looked for. */
const MOST_BYTES = 16 * 1024
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

/**
 * The end of it as a terminal would show it. `redact` gets all of it, since a secret may be folded over lines; it is cut only
 * then, since half a secret would not be known again.
 */
export function keptOutput(text: string, redact: (text: string) => string): string {
  const lines = text.trimEnd().split('\n')
  const shown = lines.map((line) => plain(lastDrawn(line)).trimEnd()).join('\n')
  return endOf(redact(shown).replace(/^\n+/, ''))
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

/**
 * The returned function replaces whatever occurs in one of `secrets`, in any encoding: a part that a command printed is
 * still part of a token.
 */
export function withoutPartsOf(...secrets: readonly (Secret | null)[]): (text: string) => string {
  const find = findPartsOf(
    secrets.flatMap((secret) => secret?.reveal() ?? []),
    SHORTEST_PART,
  )
  return (text) => redactEncoded(text, '[redacted]', find)
}
