// The end of what a command said: bounded, whatever it says.

const MOST_BYTES = 64 * 1024
/** More than a person reads in a sentence. */
const MOST_LINES = 3
const LONGEST_LINE = 200
const LONGEST_SECRET = 8 * 1024

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
      .map((line) => redact(plain(line)))
      .filter((line) => line !== '')
      .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
      .join(' / ')
  )
}

/** ECMA-48's control sequences, then what is left of control and format characters. */
function plain(line: string): string {
  return line
    .replace(CONTROL_SEQUENCE, '')
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
}

/** Put together, so that no control character stands here. */
const CONTROL_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, 'g')
