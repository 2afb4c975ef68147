// Common name: what a service app is called whose customers' names begin alike.

/** What the names of one app's profiles begin with, cut at a word; the first name where they share nothing. */
export function commonName(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  let shared = first
  for (const name of names) {
    // Of hundreds of names only a few end it earlier; the others take one comparison.
    if (name.startsWith(shared)) continue
    let same = 0
    while (same < length && name[same] === first[same]) same += 1
    length = same
    shared = first.slice(0, length)
  }
  if (length === first.length) return first
  const words = first.slice(0, length).replace(LAST_WORD, '').replace(LAST_SEPARATORS, '')
  return words === '' ? first : words
}

/** Each begins where the run it ends with begins, so that it is tried once for a run, not for each character of it. */
const LAST_WORD = /(?<![^\s\-–—·:/(,])[^\s\-–—·:/(,]+$/
const LAST_SEPARATORS = /(?<![\s\-–—·:/(,])[\s\-–—·:/(,]+$/
