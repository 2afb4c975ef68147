// Text as it is compared: in any case, and in one of Unicode's spellings of each letter.

/** Normalising takes time with the square of the marks in a row. No name and no reference is as long. */
const LONGEST = 1000

/** One spelling of each letter, so that two names that look alike are alike (Unicode Standard Annex 15, NFC). */
export function composeText(text: string): string {
  return text.length > LONGEST ? text : text.normalize('NFC')
}

export function foldText(text: string): string {
  return composeText(text).toLowerCase()
}
