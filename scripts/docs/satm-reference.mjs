// Reference of the command line: docs/satm.md, made of the texts that `satm --help` prints.

/**
 * @typedef {object} CommandLine
 * @property {readonly string[]} commandNames
 * @property {(of: any) => string} helpText  of a command; null: of the whole
 */

/**
 * @param {CommandLine} commandLine
 * @returns {string} the whole document
 */
export function satmReference({ commandNames, helpText }) {
  return [
    '# satm',
    '<!-- Written by "npm run docs". What it says is in src/main/satm/client/command-table.ts, option-table.ts and help.ts. -->',
    'The command line of the app, as `satm --help` prints it. The [user guide](guide.md#the-command-line-satm) says how it reaches the app.',
    fenced(helpText(null)),
    ...commandNames.flatMap((name) => [`## satm ${name}`, fenced(helpText(name))]),
  ]
    .join('\n\n')
    .concat('\n')
}

/** @param {string} text */
function fenced(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``
}
