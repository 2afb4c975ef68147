// Pasted text: whether it is one value or several, and what copying added to one.

/** Begins like JSON, or like JSON with a comment before it. */
const JSON_START = /^(?:[[{]|\/[/*])/
/** `CLIENT_ID=…`, `"clientSecret": …`: names of values that a config file has. */
const NAMED_VALUE =
  /^\W{0,5}(?:(?:export|set)\s+)?(?:env:)?\w{0,64}(?:id|secret|token|password)["']?\s*[:=]\s*[^\s=]/i
/** Several lines, or cells of a table. */
const SEPARATED = /[\n\r\t\u2028\u2029]/
/** White space, and what is not seen (Unicode: Default_Ignorable_Code_Point). */
const EDGE = /[\s\p{Default_Ignorable_Code_Point}]/u
/** A value in its quotes or angle brackets, with the punctuation of the line it was in. */
const QUOTED = /^(?:"([^"]+)"|'([^']+)'|`([^`]+)`|“([^”]+)”|<([^<>]+)>)[,;]?$/

/** A file, a part of one or rows of a table: it belongs into no field as it is. */
export function hasSeveralValues(text: string): boolean {
  const trimmed = trimEdges(text)
  return SEPARATED.test(trimmed) || JSON_START.test(trimmed) || NAMED_VALUE.test(trimmed)
}

/** A name keeps its quotes. */
export function trimCopied(text: string, isName: boolean): string {
  const trimmed = trimEdges(text)
  const inner = isName
    ? undefined
    : QUOTED.exec(trimmed)
        ?.slice(1)
        .find((each) => each !== undefined)
  return inner === undefined ? trimmed : trimEdges(inner)
}

function trimEdges(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && EDGE.test(text.charAt(from))) from += 1
  while (from < to && EDGE.test(text.charAt(to - 1))) to -= 1
  return text.slice(from, to)
}
