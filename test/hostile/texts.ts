// Texts made to keep a reader busy: one character for ever, and what reads as the beginning of something again and again.

/** Each part is repeated to the wanted length, between its head and its end. */
interface Hostile {
  readonly head?: string
  readonly part: string
  readonly end?: string
}

export const HOSTILE: Readonly<Record<string, Hostile>> = {
  ...Object.fromEntries(
    [...'\n\r \t"\'`\\=-0a<>/@.,;:#?&%{}[]()_+~$'].map((part) => [JSON.stringify(part), { part }]),
  ),
  'line ends of Windows': { part: '\r\n' },
  'spaces, then something': { part: ' ', end: 'x' },
  'line ends, then something': { part: '\n', end: 'x' },
  'carriage returns, then something': { part: '\r', end: 'x' },
  'slashes, then something': { part: '/', end: 'x' },
  'question marks, then a hash': { part: '?', end: '#' },
  'brackets and dashes, then something': { part: '( – ', end: 'x' },
  'letters, then a separator': { part: 'a', end: ' x' },
  'letters, then a hash': { part: 'a', end: '#' },
  'equal signs, then something': { part: '=', end: '!' },
  'an unclosed quote': { head: '"', part: 'a' },
  'an unclosed quote with escaped ones': { head: '"', part: '\\"' },
  'an unclosed quote in each line': { part: '"a\n' },
  'an unclosed quote after each separator': { head: "'", part: "a\u2028'" },
  'an unclosed string of escaped quotes': { head: '{"a":"', part: '\\"' },
  'an unclosed string of escaped quotes and a last backslash': { head: '{"a":"', part: '\\"', end: '\\' },
  'an unclosed string of backslashes': { head: '{"a":"', part: '\\\\', end: '\\' },
  'strings with escaped line ends': { part: '"\\\n' },
  'escaped quotes': { part: '\\"' },
  'signs of no number': { part: '-NaN' },
  'an entry that is never closed': { head: 'a=', part: '"\\" ' },
  'an entry on many lines': { head: 'a=`', part: "'a\n", end: '`' },
  'a value, then spaces, then something': { head: 'WEBEX_SERVICE_APP_ACCESS_TOKEN=a', part: ' ', end: 'x' },
  'spaces, then a comment that ends': { head: 'WEBEX_SERVICE_APP_ACCESS_TOKEN=', part: ' ', end: '#\u2028x' },
  'entries of one name': { part: 'a=1\n' },
  'entries with spaces': { head: 'a=', part: ' ', end: '\nx' },
  'a value, then spaces, again and again': { head: 'WEBEX_SERVICE_APP_ACCESS_TOKEN=', part: 'a ' },
  'names without values': { part: 'export a\n' },
  'words with line ends': { part: 'a\n' },
  'words with spaces between': { part: 'a   ' },
  'two columns': { part: 'a,b\n' },
  'quoted cells': { part: '"a";' },
  'beginnings of a JWT': { part: 'eyJ' },
  'beginnings of a JWT with dots': { part: 'eyJ.' },
  'beginnings of a JWT with dashes': { part: 'eyJaaaaaaaa-' },
  'beginnings of a token': { part: 'a_' },
  'tokens without their org': { part: `${'a'.repeat(16)}_P0A1_` },
  'names of secrets': { part: 'client_secret' },
  'names of secrets with spaces': { part: 'password    ' },
  'quoted names of secrets': { part: '"client_secret":"' },
  bearers: { part: 'Bearer ' },
  'hexadecimal digits': { part: '0a' },
  'ends of a UUID': { part: '0-' },
  'an ID of Webex': { head: 'ciscospark://us/', part: 'A/' },
  'base64 of an ID': { part: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL' },
  'percent signs': { part: '%25' },
  'terminal sequences': { part: '\u001b[' },
  'terminal strings': { part: '\u001b]' },
  'a terminal sequence without end': { head: '\u001b[', part: '0' },
  backspaces: { part: '\b' },
  'characters of several units': { part: '\u{1f469}\u200d' },
  'accents on one letter': { head: 'a', part: '\u0301\u0323' },
  'marks that turn text around': { part: '\u202e' },
  'nested lists': { part: '[' },
  'nested objects': { part: '{"a":' },
  'lists side by side': { head: '[', part: '[],', end: '[]]' },
  'a list of empty entries': { head: '[', part: '{},', end: '{}]' },
  'many keys': { head: '{"a":"', part: '\\n', end: '"}' },
  'a form field again and again': { part: 'state=&' },
  placeholders: { head: 'your', part: ' a', end: '1' },
  'a placeholder without its end': { head: '<', part: '>', end: 'a' },
}

export function textOf({ head = '', part, end = '' }: Hostile, length: number): string {
  return `${head}${part.repeat(Math.ceil(length / part.length))}${end}`
}
