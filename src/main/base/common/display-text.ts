// Display text: somebody else's text, such as a name, among ours. What follows from the direction of its letters is in
// Unicode Standard Annex 9, the bidirectional algorithm.

/**
 * Control and format characters, line ends, what turns text around, and half of a character. The joiners inside a word are
 * letters' form in Persian, Hindi and emoji.
 */
export const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'gu')
/** The blocks of the scripts that are written from right to left: Unicode Character Database, DerivedBidiClass.txt. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** What cannot be seen, or turns text around, by its code. A restored name may contain it; none that is typed does. */
export function printable(text: string): string {
  return text.replaceAll(ALL_UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/**
 * A name inside a sentence or beside another one. What is written from right to left gets isolates around it (FIRST STRONG
 * ISOLATE … POP DIRECTIONAL ISOLATE), so that it changes the order of nothing but itself, and no line begins with it.
 */
export function isolated(text: string): string {
  const shown = printable(text)
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown
}

/** A service app in one org, on one line. */
export function nameWithOrg({
  name,
  orgName,
}: {
  readonly name: string
  readonly orgName: string | null
}): string {
  return orgName === null ? isolated(name) : `${isolated(name)} · ${isolated(orgName)}`
}

/** What happened, without what to do, for a line that is short or leads to where the rest is. */
export function firstSentence(text: string): string {
  return text.split(/(?<=[.!?])\s+(?=\p{Lu})/u, 1)[0] ?? text
}

/** For programs, which read a sentence without drawing it, and terminals, where few know isolates. */
export function withoutIsolates(text: string): string {
  return text.replaceAll(/[\u2068\u2069]/g, '')
}
