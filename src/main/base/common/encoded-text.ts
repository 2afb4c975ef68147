// Encoded text: finds what is written with separators in between, in escapes, in hex, base64 or base32, or as a dump of
// bytes. Each reading of a text knows where its characters stand in it, so that what is found there can be taken out.

/** Ranges of a reading, each from its first character to the one behind its last. */
export type Find = (reading: string) => Iterable<readonly [from: number, to: number]>

/** Encodings within encodings that are looked through. */
const DEEPEST = 2
/** Fewer readable characters in a row are no text: any bytes have some. */
const SHORTEST_RUN = 6
/** Six characters in hex. Most texts of the log are shorter. */
const SHORTEST_ENCODED = 12

/**
 * `text` with `mark` in place of each range that `find` finds in it or in one of its readings, which have letters and digits
 * alone, in lower case.
 */
export function redactEncoded(text: string, mark: string, find: Find): string {
  const ranges: (readonly [number, number])[] = []
  const written = asWritten(text)
  const look = ({ text: reading, starts, ends }: Reading) => {
    for (const [from, to] of find(reading)) ranges.push([starts[from] ?? 0, ends[to - 1] ?? 0])
  }
  look(written)
  for (const reading of readingsOf(written, new ReadingBuilder(text.length), DEEPEST)) look(reading)
  if (ranges.length === 0) return text
  let result = ''
  let done = 0
  for (const [start, end] of ranges.sort((one, other) => one[0] - other[0])) {
    if (start >= done) result += text.slice(done, start) + mark
    done = Math.max(done, end)
  }
  return result + text.slice(done)
}

/** As a reading has it: the letters and digits of ASCII alone, in lower case. */
export function withoutSeparators(text: string): string {
  return text.replace(/[^a-z0-9]+/gi, '').toLowerCase()
}

/** Finds what occurs in one of `secrets`, from `shortest` characters on; a secret that is shorter, as a whole. */
export function findPartsOf(secrets: readonly string[], shortest: number): Find {
  const parts = new Map<number, Set<string>>()
  for (const secret of secrets.map(withoutSeparators)) {
    const length = Math.min(secret.length, shortest)
    if (length < SHORTEST_RUN) continue
    const alike = parts.get(length) ?? new Set()
    for (let at = 0; at + length <= secret.length; at += 1) alike.add(secret.slice(at, at + length))
    parts.set(length, alike)
  }
  return function* find(reading) {
    for (const [length, alike] of parts) {
      for (let at = 0; at + length <= reading.length; at += 1) {
        if (!alike.has(reading.slice(at, at + length))) continue
        let end = at + length
        while (alike.has(reading.slice(end + 1 - length, end + 1))) end += 1
        yield [at, end]
        at = end - 1
      }
    }
  }
}

interface Reading {
  readonly text: string
  /** By character: where in the original what stands for it begins and ends. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** `builder`: with room for as many characters, and free again after each call. */
function* readingsOf(reading: Reading, builder: ReadingBuilder, depth: number): Generator<Reading> {
  yield lettersOf(reading, builder)
  if (depth === 0 || reading.text.length < SHORTEST_ENCODED) return
  const words = wordsOf(reading)
  const decoded = [
    unescaped(reading, builder),
    unnumbered(reading, builder),
    ...DIGITS.flatMap((digits) => {
      const found = digitsIn(reading, digits)
      return Array.from({ length: digits.group }, (_, phase) =>
        decodedDigits(reading, builder, digits.bits, found.subarray(phase)),
      )
    }),
    ...(words.length < SHORTEST_RUN / 2
      ? []
      : WORDS.map((word) => decodedWords(reading, builder, words, word))),
  ]
  for (const one of decoded) if (one !== null) yield* readingsOf(one, builder, depth - 1)
}

/** Takes a reading down, with at most as many characters as what it is read from. */
class ReadingBuilder {
  readonly #codes: Uint16Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  #size = 0
  #runStart = 0

  constructor(longest: number) {
    this.#codes = new Uint16Array(longest)
    this.#starts = new Int32Array(longest)
    this.#ends = new Int32Array(longest)
  }

  add(code: number, start: number, end: number): void {
    this.#codes[this.#size] = code
    this.#starts[this.#size] = start
    this.#ends[this.#size] = end
    this.#size += 1
  }

  /** Of decoded bytes only what is readable stays. A zero byte stands between the letters of UTF-16. */
  addByte(byte: number, start: number, end: number): void {
    if (byte >= 0x20 && byte < 0x7f) this.add(byte, start, end)
    else if (byte !== 0) this.endRun()
  }

  endRun(): void {
    if (this.#size - this.#runStart < SHORTEST_RUN) this.#size = this.#runStart
    this.#runStart = this.#size
  }

  /** null: nothing is in it. The next one begins empty. */
  build(): Reading | null {
    const size = this.#size
    this.#size = 0
    this.#runStart = 0
    if (size === 0) return null
    let text = ''
    for (let at = 0; at < size; at += 4096) {
      text += String.fromCharCode(...this.#codes.subarray(at, Math.min(at + 4096, size)))
    }
    return { text, starts: this.#starts.slice(0, size), ends: this.#ends.slice(0, size) }
  }
}

function asWritten(text: string): Reading {
  const [starts, ends] = [new Int32Array(text.length), new Int32Array(text.length)]
  for (let at = 0; at < text.length; at += 1) {
    starts[at] = at
    ends[at] = at + 1
  }
  return { text, starts, ends }
}

const NOTHING: Reading = { text: '', starts: new Int32Array(), ends: new Int32Array() }

function lettersOf({ text, starts, ends }: Reading, builder: ReadingBuilder): Reading {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const isUpper = code >= 0x41 && code <= 0x5a
    if (isUpper || (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) {
      builder.add(isUpper ? code + 0x20 : code, starts[at] ?? 0, ends[at] ?? 0)
    }
  }
  return builder.build() ?? NOTHING
}

/** URLs and forms, JSON and other languages, HTML, quoted-printable. What has no number stands for a separator. */
const ESCAPE =
  /%([0-9a-f]{2})|\\u\{?([0-9a-f]{4})\}?|\\x([0-9a-f]{2})|&#x([0-9a-f]{1,4});|=([0-9a-f]{2})|&#(\d{1,5});|\\([0-3][0-7]{2})|\\[a-z"'\\/]|&[a-z]{2,6};|=\r?\n/gi
const [HEX_GROUPS, DECIMAL_GROUP] = [5, 6]
const SPACE = 0x20
/** What begins an escape itself, where a text was encoded twice. */
const BEGINNINGS: Readonly<Record<string, number>> = { '\\\\': 0x5c, '&amp;': 0x26 }

/** As `nl`, `cat -n` and `grep -n` begin each line. */
const LINE_NUMBER = /^[ \t]*\d+[ \t:.)|-]+/gm

/** null: no line has a number. */
function unnumbered(reading: Reading, builder: ReadingBuilder): Reading | null {
  const numbers = [...reading.text.matchAll(LINE_NUMBER)]
  if (numbers.length < 2) return null
  let done = 0
  for (const { 0: number, index } of numbers) {
    copy(reading, builder, done, index)
    done = index + number.length
  }
  copy(reading, builder, done, reading.text.length)
  return builder.build()
}

function copy({ text, starts, ends }: Reading, builder: ReadingBuilder, from: number, to: number): void {
  for (let at = from; at < to; at += 1) builder.add(text.charCodeAt(at), starts[at] ?? 0, ends[at] ?? 0)
}

/** null: there is no escape in it. */
function unescaped(reading: Reading, builder: ReadingBuilder): Reading | null {
  const { text, starts, ends } = reading
  let done = 0
  for (const match of text.matchAll(ESCAPE)) {
    copy(reading, builder, done, match.index)
    done = match.index + match[0].length
    const group = match.findIndex((digits, index) => index > 0 && digits !== undefined)
    const base = group <= HEX_GROUPS ? 16 : group === DECIMAL_GROUP ? 10 : 8
    const code = group === -1 ? (BEGINNINGS[match[0]] ?? SPACE) : Number.parseInt(match[group] ?? '', base)
    builder.add(code, starts[match.index] ?? 0, ends[done - 1] ?? 0)
  }
  if (done === 0) return null
  copy(reading, builder, done, text.length)
  return builder.build()
}

interface Digits {
  /** By the code of the character; -1: none. */
  readonly values: Int8Array
  readonly bits: number
  /** So many digits are whole bytes. */
  readonly group: number
}

function digits(alphabets: readonly string[], bits: number, group: number): Digits {
  const values = new Int8Array(128).fill(-1)
  for (const alphabet of alphabets) {
    for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value
  }
  return { values, bits, group }
}

const [UPPER, LOWER] = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz']
/** RFC 4648. */
const DIGITS: readonly Digits[] = [
  digits(['0123456789abcdef', '0123456789ABCDEF'], 4, 2),
  digits([`${UPPER}${LOWER}0123456789+/`, `${UPPER}${LOWER}0123456789-_`], 6, 4),
  digits([`${UPPER}234567`, `${LOWER}234567`], 5, 8),
]

/** What each digit stands for, and the place of it. Whatever is no digit is a separator. */
function digitsIn({ text }: Reading, { values, bits }: Digits): Int32Array {
  const found = new Int32Array(text.length)
  const zero = '0'.charCodeAt(0)
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const digit = code < 128 ? (values[code] ?? -1) : -1
    // 0x63, 0x61.
    if (digit === -1 || (bits === 4 && code === zero && (text.charCodeAt(at + 1) | SPACE) === 0x78)) continue
    found[count] = (at << PLACE) | digit
    count += 1
  }
  return found.subarray(0, count)
}

/** Bits for a digit beside its place: texts have less than 2^25 characters. */
const PLACE = 6

/** From the first of `found` on: what comes before may belong to something else. */
function decodedDigits(
  { starts, ends }: Reading,
  builder: ReadingBuilder,
  bits: number,
  found: Int32Array,
): Reading | null {
  let [held, value, start] = [0, 0, 0]
  for (const one of found) {
    const at = one >> PLACE
    if (held === 0) start = starts[at] ?? 0
    value = ((value << bits) | (one & 0x3f)) & 0xffff
    held += bits
    if (held < 8) continue
    held -= 8
    builder.addByte((value >> held) & 0xff, start, ends[at] ?? 0)
    start = starts[at] ?? 0
  }
  builder.endRun()
  return builder.build()
}

interface Word {
  readonly shape: RegExp
  readonly base: 8 | 10 | 16 | 2
  /** The lowest comes first, as the processors of today have it. */
  readonly bytes: number
}

/** What `od`, `hexdump` and `xxd` print, and lists of bytes as programs do. Bytes in hex are read as digits. */
const WORDS: readonly Word[] = [
  { shape: /^[0-3][0-7]{2}$/, base: 8, bytes: 1 },
  { shape: /^[01][0-7]{5}$/, base: 8, bytes: 2 },
  { shape: /^[0-3][0-7]{10}$/, base: 8, bytes: 4 },
  { shape: /^[01][0-7]{21}$/, base: 8, bytes: 8 },
  { shape: /^\d{1,3}$/, base: 10, bytes: 1 },
  { shape: /^\d{4,5}$/, base: 10, bytes: 2 },
  { shape: /^\d{6,10}$/, base: 10, bytes: 4 },
  { shape: /^\d{11,20}$/, base: 10, bytes: 8 },
  { shape: /^[0-9a-f]{4}$/i, base: 16, bytes: 2 },
  { shape: /^[0-9a-f]{8}$/i, base: 16, bytes: 4 },
  { shape: /^[0-9a-f]{16}$/i, base: 16, bytes: 8 },
  { shape: /^[01]{8}$/, base: 2, bytes: 1 },
]
const PREFIXES = { 2: '0b', 8: '0o', 10: '', 16: '0x' } as const
const WORD = /(?<![0-9a-z])(?:0x)?([0-9a-f]{1,22})(?![0-9a-z])/gi

function wordsOf({ text }: Reading): readonly RegExpExecArray[] {
  return [...text.matchAll(WORD)].filter(([, digits = '']) => /\d/.test(digits))
}

function decodedWords(
  { starts, ends }: Reading,
  builder: ReadingBuilder,
  words: readonly RegExpExecArray[],
  { shape, base, bytes }: Word,
): Reading | null {
  for (const { 0: whole, 1: digits = '', index } of words) {
    if (!shape.test(digits)) continue
    let value = BigInt(PREFIXES[base] + digits)
    for (let n = 0; n < bytes; n += 1) {
      builder.addByte(Number(value & 0xffn), starts[index] ?? 0, ends[index + whole.length - 1] ?? 0)
      value >>= 8n
    }
  }
  builder.endRun()
  return builder.build()
}
