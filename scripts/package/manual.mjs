// The manual pages (man-pages(7)): satm's is made of its own table of commands.
import path from 'node:path'
import { runnerImport } from 'vite'
import { projectRoot } from '../project.mjs'

/**
 * Of satm's table of commands, what a page needs.
 * @typedef {object} Tables
 * @property {Readonly<Record<string, { summary: string, arguments: string, options: readonly string[], details: readonly string[], examples: readonly string[], actionRows?: readonly (readonly [string, string])[] }>>} commands
 * @property {Readonly<Record<string, { value: string | null, short?: string, help: string }>>} options
 * @property {readonly string[]} COMMON
 * @property {readonly (readonly [code: string, meaning: string])[]} EXIT_MEANINGS
 * @property {readonly (readonly [name: string, meaning: string])[]} ENVIRONMENT
 */

/** @param {import('./release.mjs').Release} release */
export function appManual({ name, title, summary, version, time }) {
  return page({ name, title, summary, version, time, section: '1' }, [
    ['SYNOPSIS', `.B ${name}\n[\\fIOPTION\\fR ...]`],
    [
      'DESCRIPTION',
      roff(
        `The ${title} renews the access tokens of Webex service apps ahead of time and gives them to programs. It keeps running in the tray when its window is closed. Programs and people at a terminal get tokens by satm(1).`,
      ),
    ],
    [
      'OPTIONS',
      rows([
        ['--user-data-dir=FOLDER', 'keep the data in this folder'],
        ['--hidden', 'start in the tray'],
        ['--demo', 'run against a simulated Webex, with a data folder that is removed at the end'],
      ]),
    ],
    [
      'FILES',
      rows([
        [
          `~/.config/${name}`,
          'the data: the encrypted vault, preferences and the log. Removing the package leaves it.',
        ],
      ]),
    ],
    ['SEE ALSO', '.BR satm (1)'],
  ])
}

/** @param {import('./release.mjs').Release} release */
export async function satmManual({ title, version, time }) {
  const { commands, options, COMMON, EXIT_MEANINGS, ENVIRONMENT } = await tables()
  /** @param {readonly string[]} names */
  const optionRows = (names) =>
    rows(
      Object.entries(options).flatMap(([name, { value, short, help }]) => {
        const written = `--${name}${value === null ? '' : ` ${value}`}`
        return names.includes(name) ? [[short === undefined ? written : `-${short}, ${written}`, help]] : []
      }),
    )
  const described = Object.entries(commands).map(([name, command]) => {
    const { summary, arguments: given, details, options: own, examples, actionRows = [] } = command
    return [
      `.SS "satm ${name}${own.length > 0 ? ' [OPTIONS]' : ''}${given === '' ? '' : ` ${roff(given)}`}"`,
      roff(sentence(summary)),
      ...details.map((text) => `.PP\n${roff(text)}`),
      ...(actionRows.length > 0 ? [rows(actionRows)] : []),
      ...(own.length > 0 ? [optionRows(own)] : []),
      '.PP\n.nf',
      ...examples.map((example) => `  ${roff(example)}`),
      '.fi',
    ].join('\n')
  })
  return page(
    {
      name: 'satm',
      title,
      summary: 'give programs the access tokens of Webex service apps',
      version,
      time,
      section: '1',
    },
    [
      ['SYNOPSIS', '.B satm\n\\fICOMMAND\\fR [\\fIOPTION\\fR ...]'],
      [
        'DESCRIPTION',
        roff(
          `satm gives programs and people at a terminal the access tokens that the ${title} keeps alive. It uses the running app, or starts it in the tray.`,
        ),
      ],
      ['COMMANDS', described.join('\n')],
      ['OPTIONS OF EVERY COMMAND', optionRows(COMMON)],
      ['EXIT STATUS', rows(EXIT_MEANINGS)],
      ['ENVIRONMENT', rows(ENVIRONMENT)],
    ],
  )
}

/** @returns {Promise<Tables>} */
async function tables() {
  const folder = path.join(projectRoot, 'src/main/satm/client')
  /** @type {import('vite').InlineConfig} */
  const config = { configFile: false, logLevel: 'error', root: projectRoot }
  const modules = await Promise.all(
    ['option-table.ts', 'command-table.ts', 'help.ts'].map((file) =>
      runnerImport(path.join(folder, file), config),
    ),
  )
  return Object.assign({}, ...modules.map(({ module }) => module))
}

/**
 * @param {{ name: string, title: string, summary: string, version: string, time: number, section: string }} about
 * @param {readonly (readonly [heading: string, body: string])[]} sections
 */
function page({ name, title, summary, version, time, section }, sections) {
  const date = new Date(time * 1000).toISOString().slice(0, 10)
  const head = `.TH ${name.toUpperCase()} ${section} "${date}" "${title} ${version}"`
  const body = sections.map(([heading, text]) => `.SH ${heading}\n${text}`)
  return `${[head, '.SH NAME', `${name} \\- ${roff(summary)}`, ...body].join('\n')}\n`
}

/** @param {readonly (readonly [term: string, meaning: string])[]} list */
function rows(list) {
  return list.map(([term, meaning]) => `.TP\n.B ${roff(term)}\n${roff(sentence(meaning))}`).join('\n')
}

/** @param {string} text */
function sentence(text) {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

/**
 * groff_char(7): a hyphen that can be copied, no line that is taken for a request, and ASCII, which groff reads in every locale.
 * @param {string} text
 */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(/[^\p{ASCII}]/gu, (char) => {
      const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase()
      return `\\[u${hex.padStart(4, '0')}]`
    })
}
