// The bytes of an env file as text to search: one character for each byte, so that an index is an offset.

export type TextBytes =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'not-text'; readonly sentence: string }

/**
 * Spaces and line ends of Unicode stand as such in every byte of theirs; all else beyond ASCII is a letter of no
 * meaning. Bytes that are no UTF-8 do no harm: they are neither read nor changed.
 */
export function searchable(bytes: Uint8Array): TextBytes {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (startsWith(raw, 0xff, 0xfe) || startsWith(raw, 0xfe, 0xff)) return notText('it is in UTF-16')
  if (raw.includes(0)) return notText('it holds zero bytes, as programs, pictures and UTF-16 text do')
  return { kind: 'text', text: withUnicodeSpaces(raw.toString('latin1')) }
}

/** The newline most lines end with; a file of one line gets a plain one. */
export function dominantNewline(text: string): string {
  const plain = count(text, '\n')
  const both = count(text, '\r\n')
  if (plain === 0 && text.includes('\r')) return '\r'
  return both > plain - both ? '\r\n' : '\n'
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'utf8')
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

function notText(reason: string): TextBytes {
  return {
    kind: 'not-text',
    sentence: `This is not a plain text file: ${reason}. Save it as UTF-8 text, or choose another file.`,
  }
}
