// D-Bus messages as bytes (D-Bus specification 0.43, "Type System" and "Message Protocol"): method calls are written, and
// whatever a bus sends is read. The bus has checked each message before it passes it on.

export interface BusMessage {
  readonly type: 'call' | 'reply' | 'error' | 'signal'
  /** Of the call that this answers; 0: of none. */
  readonly replyTo: number
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly errorName: string
  /** The bus's own name of the one it is for; empty: for everybody. */
  readonly destination: string
  /** Variants are unpacked, dictionaries are Maps, 64-bit integers numbers. */
  readonly body: readonly unknown[]
}

export interface BusCall {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
}

const TYPES: Readonly<Record<number, BusMessage['type']>> = { 1: 'call', 2: 'reply', 3: 'error', 4: 'signal' }
const LITTLE_ENDIAN = 0x6c
const FIXED_HEADER = 16

/** A text, or a list of object paths: nothing else is asked with. */
export type Argument = string | readonly string[]

export function encodeCall(serial: number, call: BusCall, args: readonly Argument[]): Buffer {
  const body = new Writer()
  for (const arg of args) {
    if (typeof arg === 'string') body.text(arg)
    else body.paths(arg)
  }
  const header = new Writer()
  header.bytes.push(LITTLE_ENDIAN, 1, 0, 1)
  header.uint32(body.bytes.length)
  header.uint32(serial)
  const fields = new Writer()
  const field = (code: number, type: string, write: () => void) => {
    fields.align(8)
    fields.bytes.push(code)
    fields.signature(type)
    write()
  }
  field(1, 'o', () => fields.text(call.path))
  field(2, 's', () => fields.text(call.interface))
  field(3, 's', () => fields.text(call.member))
  field(6, 's', () => fields.text(call.destination))
  const types = args.map((arg) => (typeof arg === 'string' ? 's' : 'ao')).join('')
  if (types !== '') field(8, 'g', () => fields.signature(types))
  header.uint32(fields.bytes.length)
  const whole = new Writer()
  whole.bytes.push(...header.bytes, ...fields.bytes)
  whole.align(8)
  return Buffer.from([...whole.bytes, ...body.bytes])
}

/** Bytes of the message that begins here; null: its beginning has not arrived yet. */
export function messageLength(bytes: Buffer): number | null {
  if (bytes.length < FIXED_HEADER) return null
  const { view, little } = viewOf(bytes)
  return aligned(FIXED_HEADER + view.getUint32(12, little), 8) + view.getUint32(4, little)
}

/** Throws a `RangeError` when the bytes are no message. */
export function decodeMessage(bytes: Buffer): BusMessage {
  const reader = new Reader(bytes, FIXED_HEADER - 4)
  const fields = new Map(reader.read('a(yv)') as readonly [number, unknown][])
  const text = (code: number) => String(fields.get(code) ?? '')
  reader.align(8)
  const body: unknown[] = []
  for (const type of typesOf(text(8))) body.push(reader.read(type))
  return {
    type: TYPES[bytes[1] ?? 0] ?? 'call',
    path: text(1),
    interface: text(2),
    member: text(3),
    errorName: text(4),
    replyTo: Number(fields.get(5) ?? 0),
    destination: text(6),
    body,
  }
}

const aligned = (at: number, to: number) => Math.ceil(at / to) * to

function viewOf(bytes: Buffer): { readonly view: DataView; readonly little: boolean } {
  return {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    little: bytes[0] === LITTLE_ENDIAN,
  }
}

class Writer {
  readonly bytes: number[] = []

  align(to: number): void {
    while (this.bytes.length % to !== 0) this.bytes.push(0)
  }

  uint32(value: number): void {
    this.align(4)
    this.bytes.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24)
  }

  text(value: string): void {
    const utf8 = Buffer.from(value)
    this.uint32(utf8.length)
    this.bytes.push(...utf8, 0)
  }

  paths(values: readonly string[]): void {
    const list = new Writer()
    for (const value of values) list.text(value)
    this.uint32(list.bytes.length)
    this.bytes.push(...list.bytes)
  }

  signature(value: string): void {
    this.bytes.push(value.length, ...Buffer.from(value), 0)
  }
}

/** The complete types that a signature lists. */
function typesOf(signature: string): readonly string[] {
  const types: string[] = []
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at)
    types.push(signature.slice(at, end))
    at = end
  }
  return types
}

function endOfType(signature: string, start: number): number {
  const code = signature[start]
  if (code === undefined) throw new RangeError('A signature ends within a type.')
  if (code === 'a') return endOfType(signature, start + 1)
  if (code !== '(' && code !== '{') return start + 1
  let at = start + 1
  while (signature[at] !== ')' && signature[at] !== '}') at = endOfType(signature, at)
  return at + 1
}

const ALIGNMENT: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
}
const alignmentOf = (type: string) => ALIGNMENT[type[0] ?? ''] ?? 4

class Reader {
  private readonly view: DataView
  private readonly little: boolean

  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {
    const { view, little } = viewOf(bytes)
    this.view = view
    this.little = little
  }

  align(to: number): void {
    this.at = aligned(this.at, to)
  }

  /** A value of one complete type. */
  read(type: string): unknown {
    this.align(alignmentOf(type))
    switch (type[0]) {
      case 'y':
        return this.view.getUint8(this.skip(1))
      case 'b':
        return this.uint32() !== 0
      case 'n':
        return this.view.getInt16(this.skip(2), this.little)
      case 'q':
        return this.view.getUint16(this.skip(2), this.little)
      case 'i':
        return this.view.getInt32(this.skip(4), this.little)
      case 'u':
      case 'h':
        return this.uint32()
      case 'x':
        return Number(this.view.getBigInt64(this.skip(8), this.little))
      case 't':
        return Number(this.view.getBigUint64(this.skip(8), this.little))
      case 'd':
        return this.view.getFloat64(this.skip(8), this.little)
      case 's':
      case 'o':
        return this.text(this.uint32())
      case 'g':
        return this.text(this.view.getUint8(this.skip(1)))
      case 'v':
        return this.read(String(this.read('g')))
      case '(':
      case '{':
        return typesOf(type.slice(1, -1)).map((member) => this.read(member))
      case 'a':
        return this.array(type.slice(1))
      default:
        throw new RangeError(`There is no type ${type}.`)
    }
  }

  private array(element: string): unknown {
    const length = this.uint32()
    this.align(alignmentOf(element))
    const end = this.at + length
    const values: unknown[] = []
    while (this.at < end) values.push(this.read(element))
    return element.startsWith('{') ? new Map(values as [unknown, unknown][]) : values
  }

  private uint32(): number {
    return this.view.getUint32(this.skip(4), this.little)
  }

  private text(length: number): string {
    // A zero byte follows the text.
    const start = this.skip(length + 1)
    if (this.at > this.bytes.length) throw new RangeError('A message ends within a text.')
    return this.bytes.toString('utf8', start, start + length)
  }

  private skip(length: number): number {
    const start = this.at
    this.at += length
    return start
  }
}
