// How a value can be written, best way first. Whether dotenv reads it back in its place is for the editor to try.
import { meaningOf } from './dotenv.ts'

/** Means the same unquoted to dotenv, sh, Docker, systemd and python-dotenv. Every Webex token is such a value. */
const PLAIN = /^[A-Za-z0-9_\-./:@%+,=]*$/

/** Writes a value; `current` is how the old one is written, quotes included. */
export type Way = (current: string) => string

/**
 * A plain value keeps the quotes it finds. Of the others, single quotes come first: sh and Docker Compose leave `$` and
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
