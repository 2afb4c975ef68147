// Arguments: what is meant by what was typed, and how it is printed.
import { describe, expect, test } from 'vitest'
import { readCommandLine } from '#satm/client/command-line.ts'
import { commandNames } from '#satm/client/command-table.ts'
import { helpText } from '#satm/client/help.ts'
import { displayWidth, styleOf, table } from '#satm/client/print.ts'

const read = (line: string) => readCommandLine(line.split(' ').filter((word) => word !== ''))
const reaching = { dataFolder: null, start: true, timeout: 120_000 }

describe('a command line', () => {
  test('is read with its options in any order', () => {
    const expected = { kind: 'token', profile: 'orders', minTtl: 600_000, reaching }
    expect(read('token orders --min-ttl 10m')).toEqual(expected)
    expect(read('--min-ttl=10m token orders')).toEqual(expected)
  })

  test('names the app to ask', () => {
    expect(read('list --data-folder /srv/x --no-start --timeout 5s')).toEqual({
      kind: 'list',
      json: false,
      reaching: { dataFolder: '/srv/x', start: false, timeout: 5000 },
    })
  })

  test('takes a name that begins with a dash after --', () => {
    expect(read('token --min-ttl 5m -- -orders')).toMatchObject({ kind: 'token', profile: '-orders' })
  })

  test('of exec leaves the program its own arguments', () => {
    expect(read('exec orders --variable T -- node -e 1 --json -- --help')).toMatchObject({
      kind: 'exec',
      variable: 'T',
      program: ['node', '-e', '1', '--json', '--', '--help'],
    })
  })

  test.each([
    ['nothing', '', null],
    ['--help', '--help', null],
    ['help of a command', 'help token', 'token'],
    ['a command’s --help, however else it is wrong', 'token --help', 'token'],
    ['-h', 'exec -h', 'exec'],
  ])('%s asks for help', (_, line, of) => {
    expect(read(line)).toEqual({ kind: 'help', of })
  })

  test.each([
    ['an unknown command', 'tokens', 'Unknown command “tokens”.'],
    ['an unknown option', 'token orders --minttl 1m', "Unknown option '--minttl'."],
    ['an option of another command', 'token orders --json', 'satm token has no option --json.'],
    ['an option without its value', 'token orders --min-ttl', "Option '--min-ttl <value>' argument missing."],
    ['no profile', 'env', 'satm env needs the name of a service app.'],
    [
      'two names',
      'token a b',
      'satm token takes one name, not “b” as well. Put a name with spaces in quotes.',
    ],
    ['exec without --', 'exec a env', 'Put -- before the command: satm exec a -- env …'],
    ['exec without a program', 'exec a --', 'Add the command to run after --.'],
    ['refresh of nobody', 'refresh', 'Name one service app, or use --all.'],
    ['refresh of one and all', 'refresh a --all', 'Name one service app, or use --all.'],
    ['a command after -- elsewhere', 'list -- b', 'satm list takes no “b”.'],
    [
      'a shell nobody knows',
      'env a --shell csh',
      '--shell must be one of sh, fish, powershell, dotenv, not “csh”.',
    ],
    [
      'a variable no shell takes',
      'env a --variable A-B',
      '--variable must consist of letters, digits and _, and not begin with a digit; not “A-B”.',
    ],
    [
      'a time that is none',
      'token a --min-ttl soon',
      '--min-ttl must be a duration such as 90s, 10m, 1h30m or 2d, not “soon”.',
    ],
    ['a limit out of range', 'history --limit 0', '--limit must be a number from 1 to 1000, not “0”.'],
  ])('%s is told', (_, line, message) => {
    expect(read(line)).toMatchObject({ kind: 'wrong', message })
  })
})

test('every command has its help, and fits a terminal', () => {
  for (const name of [null, ...commandNames]) {
    const text = helpText(name)
    expect(text).toContain(name === null ? 'Exit codes:' : `Usage: satm ${name}`)
    if (name === null) for (const command of commandNames) expect(text).toContain(`\n  ${command} `)
    const [usage, examples] = text.split('\nExamples:\n')
    expect(Math.max(...(usage ?? '').split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(examples === undefined).toBe(name === null)
  }
})

describe('colors', () => {
  test('are for a terminal that wants them', () => {
    const terminal = { isTTY: true }
    expect(styleOf(terminal, { TERM: 'xterm' })).toEqual({ terminal: true, colors: true })
    expect(styleOf(terminal, { NO_COLOR: '1' }).colors).toBe(false)
    expect(styleOf(terminal, { TERM: 'dumb' }).colors).toBe(false)
    expect(styleOf({}, {})).toEqual({ terminal: false, colors: false })
  })

  test.for([
    ['Orders', 6],
    ['Müller', 6],
    ['Mu\u0308ller', 6],
    ['株式会社', 8],
    ['한국', 4],
    ['👩‍💻 team', 7],
    ['❤️', 2],
    ['🇩🇪', 2],
    ['می\u200cخواهم', 7],
  ] as const)('%s is %i columns wide', ([text, width]) => {
    expect(displayWidth(text)).toBe(width)
  })

  test('sentences have no isolates, and what turns text around is replaced', () => {
    const rows = [[{ text: 'The token of “\u2068הזמנות\u2069” has ended.' }, { text: '\u202egnp.exe' }]]
    expect(table(['N', 'M'], rows, { terminal: false, colors: false })).toBe(
      'The token of “הזמנות” has ended.\t\u{fffd}gnp.exe\n',
    )
  })

  test('columns line up by the width that is seen', () => {
    const rows = [
      [{ text: '株式会社' }, { text: 'x' }],
      [{ text: 'b' }, { text: 'y' }],
    ]
    expect(table(['N', 'M'], rows, { terminal: true, colors: false }).split('\n')).toEqual([
      'N         M',
      '株式会社  x',
      'b         y',
      '',
    ])
  })

  test('do not move the columns', () => {
    const rows = [
      [{ text: 'Ünïcode', color: 'red' as const }, { text: 'x' }],
      [{ text: 'b' }, { text: 'y' }],
    ]
    const lines = (colors: boolean) => table(['N', 'M'], rows, { terminal: true, colors }).split('\n')
    expect(lines(false)).toEqual(['N        M', 'Ünïcode  x', 'b        y', ''])
    expect(
      lines(true).map((text) =>
        text
          .split('\u001b')
          .map((part) => part.replace(/^\[\d+m/, ''))
          .join(''),
      ),
    ).toEqual(lines(false))
  })
})
