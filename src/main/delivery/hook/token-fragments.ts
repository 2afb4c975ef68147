// Takes pieces of a token out of a text: what a command shortens, folds or breaks in two is still of a token.
import type { Secret } from '#engine/domain/secret.ts'

/** Fewer characters in a row are found in innocent words as well. */
const SHORTEST_PART = 6
const REDACTED = '[redacted]'

/** What it returns replaces each run of characters that stands the same in one of `secrets`. */
export function withoutPartsOf(...secrets: readonly (Secret | null)[]): (text: string) => string {
  const pieces = new Set<string>()
  for (const secret of secrets) {
    for (const piece of piecesOf(secret?.reveal() ?? '')) pieces.add(piece)
  }
  return (text) => {
    let result = ''
    let from = 0
    for (let at = 0; at + SHORTEST_PART <= text.length; at += 1) {
      if (!pieces.has(text.slice(at, at + SHORTEST_PART))) continue
      let end = at + SHORTEST_PART
      while (pieces.has(text.slice(end + 1 - SHORTEST_PART, end + 1))) end += 1
      result += text.slice(from, at) + REDACTED
      from = end
      at = end - 1
    }
    return result + text.slice(from)
  }
}

function piecesOf(secret: string): readonly string[] {
  const count = Math.max(0, secret.length + 1 - SHORTEST_PART)
  return Array.from({ length: count }, (_, at) => secret.slice(at, at + SHORTEST_PART))
}
