// The texts of --help.
import type { CommandName } from './command-facts.ts'
import { commandNames, commands } from './command-table.ts'
import { COMMON, type OptionName, options } from './option-table.ts'

const WIDTH = 80

/** For the manual page as well. */
export const EXIT_MEANINGS: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'failed; a retry may succeed'],
  ['2', 'wrong usage'],
  ['3', 'no such service app, or the name is ambiguous'],
  ['4', 'the app is not running and could not be started, or the app or server does not respond'],
  ['5', 'a person is needed, mostly in the app'],
  ['6', 'satm serve: the vault could not be opened'],
  ['7', 'satm serve: the app or another server uses the data folder'],
  ['8', 'satm serve: a port is taken'],
]

/** What satm reads of its environment: name and meaning. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['SATM_DATA_FOLDER', 'the data folder of the app, as --data-folder'],
  ['SATM_NO_START', 'set to 1, the app is never started, as with --no-start'],
  ['SATM_TIMEOUT', 'how long to wait for a response, as --timeout'],
  ['SATM_SERVER', 'the server to ask, as --server; --data-folder goes before it'],
  ['SATM_CONSUMER_FILE', 'the file with the secret of a consumer, as --consumer-file'],
  ['SATM_CA_FILE', 'the file of certificate authorities, as --ca-file'],
  ['SATM_APP', 'the executable to start when the app is not running'],
  ['NO_COLOR', 'set to anything, nothing is colored'],
]

export function helpText(of: CommandName | null): string {
  return of === null ? wholeHelp() : helpOf(of)
}

function wholeHelp(): string {
  return lines(
    ...wrapped(
      'satm gives programs and people at a terminal the access tokens that Service App Token Manager keeps alive. It uses the running app, or starts it in the tray.',
      WIDTH,
    ),
    '',
    'Usage: satm COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...commandNames.map((name) => row(name, commands[name].summary)),
    '',
    'Options of every command:',
    ...COMMON.map(optionRow),
    optionRow('version'),
    '',
    'Exit codes:',
    ...EXIT_MEANINGS.map(([code, meaning]) => row(code, meaning)),
    '',
    'Environment variables:',
    ...ENVIRONMENT.map(([name, meaning]) => row(name, meaning)),
    '',
    ...wrapped('satm also works while the app’s window is locked, so that programs run unattended.', WIDTH),
    'Run satm COMMAND --help for more.',
  )
}

function helpOf(name: CommandName): string {
  const { summary, arguments: args, details, options: own, examples, actionRows = [] } = commands[name]
  return lines(
    `satm ${name}: ${summary}.`,
    '',
    `Usage: satm ${name} [OPTIONS]${args === '' ? '' : ` ${args}`}`,
    ...details.flatMap((text) => ['', ...wrapped(text, WIDTH)]),
    ...(actionRows.length === 0 ? [] : ['', 'Actions:']),
    ...actionRows.map(([typed, help]) => row(typed, help)),
    '',
    'Options:',
    ...own.map(optionRow),
    ...COMMON.map(optionRow),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  )
}

function optionRow(name: OptionName): string {
  const { value, short, help } = options[name]
  const written = `${short === undefined ? '' : `-${short}, `}--${name}${value === null ? '' : ` ${value}`}`
  return row(written, help)
}

function row(left: string, right: string): string {
  const told = wrapped(right, WIDTH - 26)
  // What is too long for its column has a line of its own.
  const [first = '', ...more] = left.length > 23 ? ['', ...told] : told
  const heads = `  ${left.padEnd(23)} ${first}`.trimEnd()
  return [heads, ...more.map((text) => `${' '.repeat(26)}${text}`)].join('\n')
}

function wrapped(text: string, width: number): readonly string[] {
  const result: string[] = []
  for (const word of text.split(' ')) {
    const last = result.at(-1)
    if (last === undefined || last.length + word.length + 1 > width) result.push(word)
    else result[result.length - 1] = `${last} ${word}`
  }
  return result
}

const lines = (...all: readonly string[]) => `${all.join('\n')}\n`
