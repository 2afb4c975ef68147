// Characters beyond ASCII as escapes: V8 keeps the text of a program as long as it runs, and with two bytes for each
// character if one of them needs that.

/** @returns {import('vite').Plugin} */
export function asciiOnly() {
  return {
    name: 'ascii-only',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type === 'asset') continue
        // There an escape would be something else.
        if (/\\[^\0-\x7f]|String\.raw`[^`]*[^\0-\x7f]/.test(output.code))
          this.error(`${output.fileName} has a character that cannot be written as an escape.`)
        output.code = output.code.replace(/[^\0-\x7f]/g, escaped)
      }
    },
  }
}

/** @param {string} unit of UTF-16 */
function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
