// Arguments: what is meant by what was typed, and how it is printed.
import { describe, expect, test } from 'vitest'
import { SECRET_STORE_IDS, SECRET_STORES } from '#contract/secret-stores.ts'
import { countStates } from '#engine/domain/view-model.ts'
import { readCommandLine } from '#satm/client/command-line.ts'
import { commandNames } from '#satm/client/command-table.ts'
import { helpText } from '#satm/client/help.ts'
import { STATES, STORES } from '#satm/client/option-table.ts'
import { inOneRow, styleOf } from '#satm/client/print.ts'
import { displayWidth, shortened, table } from '#satm/client/table.ts'

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
      output: { format: 'table', fields: null },
      choice: { states: null, app: null, customer: null, sort: null },
      isQuiet: false,
      reaching: { dataFolder: '/srv/x', start: false, timeout: 5000 },
    })
  })

  test('takes a name that begins with a dash after --', () => {
    expect(read('token --min-ttl 5m -- -orders')).toMatchObject({ kind: 'token', profile: '-orders' })
  })

  test('of exec leaves the program its own arguments', () => {
    expect(read('exec orders --variable T -- node -e 1 --json -- --help')).toMatchObject({
      kind: 'exec',
      tokens: [{ profile: 'orders', variable: 'T' }],
      program: ['node', '-e', '1', '--json', '--', '--help'],
    })
  })

  test('takes options from the environment, behind those that were typed', () => {
    const env = { SATM_TIMEOUT: '7s', SATM_NO_START: '1' }
    expect(readCommandLine(['list'], env)).toMatchObject({ reaching: { start: false, timeout: 7000 } })
    expect(readCommandLine(['list', '--timeout', '9s'], env)).toMatchObject({ reaching: { timeout: 9000 } })
    for (const unset of ['', '0', 'no'])
      expect(readCommandLine(['list'], { SATM_NO_START: unset })).toMatchObject({ reaching: { start: true } })
    expect(readCommandLine(['list'], { SATM_TIMEOUT: 'soon' })).toMatchObject({
      kind: 'wrong',
      message: 'SATM_TIMEOUT must be a duration such as 90s, 10m, 1h30m or 2d, not “soon”.',
    })
  })

  test.each([
    ['list --json', null],
    ['list --json name,state', ['name', 'state']],
    ['list --json=name,state', ['name', 'state']],
    ['history orders --json name --limit 3', ['name']],
    ['history --json orders', null],
  ])('%s prints JSON, of the fields that are named', (line, fields) => {
    expect(read(line)).toMatchObject({ output: { format: 'json', fields } })
  })

  test('after --json a word that is no field stays the name it was', () => {
    expect(read('history --json orders')).toMatchObject({ profile: 'orders' })
    expect(read('status --json orders')).toMatchObject({ profile: 'orders' })
  })

  test('of exec gives each token a variable of its own', () => {
    const both = [
      { profile: 'a=b', variable: 'B' },
      { profile: 'queue@acme', variable: 'C' },
    ]
    expect(read('exec --as a=b=B --as queue@acme=C -- node')).toMatchObject({ tokens: both })
    expect(read('exec orders --as queue@acme=C --variable T -- node')).toMatchObject({
      tokens: [{ profile: 'orders', variable: 'T' }, both[1]],
    })
  })

  test('names the integration to connect, and its credentials where they are new', () => {
    expect(read('connect')).toEqual({ kind: 'connect', manager: null, client: null, reaching })
    expect(read('connect --name Ours --client-id C1 --client-secret-file /f')).toMatchObject({
      manager: 'Ours',
      client: { clientId: 'C1', file: '/f' },
    })
    expect(read('connect --client-id C1')).toMatchObject({ client: { clientId: 'C1', file: null } })
  })

  test('says what is confirmed', () => {
    expect(read('confirm --list')).toMatchObject({ confirmed: null, isSure: false })
    expect(read('confirm --all --yes')).toMatchObject({ confirmed: 'all', isSure: true })
    expect(read('confirm renewals 0a1b')).toMatchObject({ confirmed: ['renewals', '0a1b'] })
  })

  test('says what becomes of a consumer', () => {
    expect(read('consumers list')).toMatchObject({ consumers: { action: 'list' } })
    expect(read('consumers add ci --service-app a --service-app b@c')).toMatchObject({
      consumers: { action: 'add', name: 'ci', profiles: ['a', 'b@c'] },
    })
    expect(read('deliveries list')).toMatchObject({ wanted: { action: 'list', profile: null } })
    expect(read('deliveries add a --secret-store aws --set region=r --set secretId=a=b -y')).toMatchObject({
      wanted: {
        action: 'add',
        profile: 'a',
        isSure: true,
        choice: { store: 'aws', fields: { region: 'r', secretId: 'a=b' }, file: null, command: null },
      },
    })
    expect(read('deliveries edit d1 --time-limit 1m')).toMatchObject({
      wanted: { action: 'edit', id: 'd1', choice: { timeLimit: 60_000, command: null } },
    })
    expect(read('consumers remove ci')).toMatchObject({ consumers: { action: 'remove', name: 'ci' } })
  })

  describe('names a server', () => {
    const server = { url: new URL('https://t.example:7286'), consumerFile: '/c', caFile: null }

    test('by options', () => {
      const line = '--server https://t.example:7286 --consumer-file /c token orders'
      expect(read(line)).toMatchObject({ kind: 'token', reaching: { server } })
      expect(read(`list --server https://t.example:7286/ --consumer-file /c --ca-file /ca`)).toMatchObject({
        reaching: { server: { ...server, caFile: '/ca' } },
      })
      expect(read('env a --server http://127.0.0.1:7286 --consumer-file /c')).toMatchObject({ kind: 'env' })
    })

    test('by the environment, unless a data folder is named', () => {
      const env = { SATM_SERVER: 'https://t.example:7286', SATM_CONSUMER_FILE: '/c', SATM_CA_FILE: '' }
      expect(readCommandLine(['exec', 'a', '--', 'true'], env)).toMatchObject({ reaching: { server } })
      expect(readCommandLine(['list', '--data-folder', '/d'], env)).not.toHaveProperty('reaching.server')
      expect(readCommandLine(['doctor'], env)).not.toHaveProperty('reaching.server')
      expect(readCommandLine(['status'], env)).toMatchObject({
        kind: 'wrong',
        message: expect.stringMatching(
          /^satm status works only with the app or server of this computer, and SATM_SERVER names another/,
        ),
      })
    })

    test.each([
      ['http elsewhere', 'http://t.example:7286', /must begin with https:/],
      [
        'http on a name that only begins like this computer',
        'http://localhost.example',
        /must begin with https:/,
      ],
      [
        'a secret in it',
        'https://user:s3cret@t.example',
        /must be https:\/\/HOST:PORT, without anything after/,
      ],
      ['a path', 'https://t.example/v1/token', /without anything after it/],
      ['a query', 'https://t.example/?a=b', /without anything after it/],
      ['an empty query', 'https://t.example/?', /without anything after it/],
      ['another scheme', 'ftp://t.example', /without anything after it/],
      ['no scheme', 't.example:7286', /without anything after it/],
      ['nothing', '', /without anything after it/],
    ])('never %s', (_, url, message) => {
      const wrong = readCommandLine(['token', 'a', '--server', url, '--consumer-file', '/c'])
      expect(wrong).toMatchObject({ kind: 'wrong', message: expect.stringMatching(message) })
      expect(JSON.stringify(wrong)).not.toContain('s3cret')
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
    ['an unknown command', 'tokens', 'Unknown command “tokens”. Did you mean token?'],
    ['an unknown option', 'token orders --minttl 1m', "Unknown option '--minttl'. Did you mean --min-ttl?"],
    ['an option of another command', 'token orders --json', 'satm token has no option --json.'],
    ['an option without its value', 'token orders --min-ttl', "Option '--min-ttl <value>' argument missing."],
    [
      'a server without a consumer',
      'token a --server https://h',
      'A server needs the secret of a consumer: name its file with --consumer-file or SATM_CONSUMER_FILE.',
    ],
    [
      'a server and a folder',
      'list --server https://h --data-folder /d',
      'Use either --server or --data-folder.',
    ],
    ['a consumer without a server', 'list --consumer-file /c', '--consumer-file is for --server.'],
    [
      'a server for what none answers',
      'refresh a --server https://h',
      'satm refresh has no option --server.',
    ],
    ['nothing to confirm', 'confirm', 'Use --list, --all, or the IDs of what satm confirm --list shows.'],
    [
      'all and one to confirm',
      'confirm --all 0a1b',
      'Use --list, --all, or the IDs of what satm confirm --list shows.',
    ],
    ['a yes to one', 'confirm 0a1b --yes', '--yes is for --all.'],
    ['no such action', 'consumers show', 'Say list, add or remove: satm consumers add NAME.'],
    ['a consumer without a name', 'consumers add', 'satm consumers add needs the name of a consumer.'],
    [
      'two consumers',
      'consumers remove a b',
      'satm consumers remove takes one name, not “b” as well. Put a name with spaces in quotes.',
    ],
    [
      'service apps of what is removed',
      'consumers remove a --service-app b',
      '--service-app is for satm consumers add.',
    ],
    ['no action', 'deliveries', 'satm deliveries needs an action: list, add, edit, remove.'],
    ['no such delivery action', 'deliveries lst', 'satm deliveries has no action “lst”. Did you mean list?'],
    ['a delivery of nobody', 'deliveries add', 'satm deliveries add needs the name of a service app.'],
    [
      'a delivery to nowhere',
      'deliveries add a',
      'Say where to: --file FILE, --command COMMAND, or --secret-store STORE.',
    ],
    ['a delivery to two', 'deliveries add a --file f --command c', 'Use either --file or --command.'],
    [
      'a variable of a command',
      'deliveries add a --command c --variable V',
      '--variable is not for --command.',
    ],
    [
      'a delivery without its ID',
      'deliveries remove',
      'satm deliveries remove needs the ID of a delivery. See satm deliveries list.',
    ],
    [
      'a file of what is removed',
      'deliveries remove d1 --file f',
      '--file is for satm deliveries add and edit.',
    ],
    [
      'another secret store',
      'deliveries edit d1 --set path=a',
      'Another secret store is another delivery: remove this one and add it.',
    ],
    [
      'a field without a value',
      'deliveries add a --secret-store aws --set region',
      '--set must be FIELD=VALUE, not “region”.',
    ],
    [
      'a field twice',
      'deliveries add a --secret-store aws --set region=a --set region=b',
      '--set region was given twice.',
    ],
    [
      'a secret without its client ID',
      'connect --client-secret-file /f',
      '--client-secret-file needs --client-id.',
    ],
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
    ['a state nobody is in', 'list --state broken', /^--state must be one of healthy, .*, not “broken”\.$/],
    ['a state with a slip', 'list --state healthy,expird', /Did you mean expired\?$/],
    ['an order that is none', 'list --sort age', /^--sort must be one of name, customer/],
    ['a format that is none', 'list -o xml', '-o must be one of table, json, yaml, csv, not “xml”.'],
    ['a format that a status has not', 'status -o csv', /^satm status is no table/],
    ['two formats', 'list -o yaml --json', 'Use either -o or --json.'],
    ['names in a format', 'list -q -o yaml', 'Use either -q or another format.'],
    [
      'a field that is none',
      'list --json nme',
      /^satm list has no field “nme”. Did you mean name\? Fields: /,
    ],
    ['one of several that is none', 'list --json name,stat', /no field “stat”. Did you mean state\?/],
    ['a field of the other list', 'list --json name,tier', /no field “tier”/],
    ['a status watched and checked', 'status --watch --check', 'Use either --check or --watch.'],
    ['a pause of all without an end', 'pause --all', /^Use --for with --all/],
    ['a pause of one with an end', 'pause orders --for 1h', /^Use --for with --all/],
    ['a pause that is too long', 'pause --all --for 2d', '--for must be 1 d at most.'],
    ['a pause of nobody', 'pause', 'Name one service app, or use --all.'],
    ['a vault without an action', 'vault', /^satm vault needs an action: create, join, /],
    ['an action that a vault has not', 'vault jion', 'satm vault has no action “jion”. Did you mean join?'],
    ['one that every object has', 'vault constructor', /^satm vault has no action/],
    ['a member without a key', 'vault add-member ci', /^satm vault add-member takes NAME and KEY\./],
    ['a name for who joins', 'vault join me', 'satm vault join takes nothing more.'],
    ['an option of another command', 'vault status --all', 'satm vault has no option --all.'],
    ['a file without a name', 'import', 'satm import needs the name of a file.'],
    ['a token for no variable', 'exec --as orders -- env', '--as must be PROFILE=NAME, not “orders”.'],
    ['a token for nobody', 'exec --as =A -- env', '--as must be PROFILE=NAME, not “=A”.'],
    ['a token for no name of a variable', 'exec --as a=A-B -- env', /^--as must consist of letters/],
    ['two tokens in one variable', 'exec --as a=A --as b=A -- env', /^Two tokens are to be in A\./],
    ['a variable without its service app', 'exec --as a=A --variable B -- env', /^--variable is for PROFILE/],
    [
      'too many tokens',
      `exec ${Array.from({ length: 21 }, (_, at) => `--as a=A${at}`).join(' ')} -- env`,
      'A program can get 20 tokens at most.',
    ],
    ['a limit out of range', 'history --limit 0', '--limit must be a number from 1 to 1000, not “0”.'],
  ])('%s is told', (_, line, message) => {
    const wrong = read(line)
    const told = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(wrong).toMatchObject({ kind: 'wrong', message: told })
  })
})

test('states are those of the app', () => {
  expect([...STATES].toSorted()).toEqual(Object.keys(countStates([])).toSorted())
})

test('secret stores and their fields are those of the app', () => {
  expect([...STORES]).toEqual(SECRET_STORE_IDS)
  const told = helpText('deliveries').replace(/\s+/g, ' ')
  for (const id of SECRET_STORE_IDS)
    expect(told).toMatch(
      new RegExp(`${id}[^;.]* ${SECRET_STORES[id].fields.map(({ name }) => name).join(', ')}[;.]`),
    )
})

test('the help names what satm reads of its environment', () => {
  for (const name of [
    'SATM_DATA_FOLDER',
    'SATM_NO_START',
    'SATM_TIMEOUT',
    'SATM_SERVER',
    'SATM_CONSUMER_FILE',
    'SATM_CA_FILE',
    'SATM_APP',
    'NO_COLOR',
  ])
    expect(helpText(null)).toContain(`\n  ${name} `)
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

test.each(['status', 'refresh', 'pause', 'resume', 'history', 'open'])(
  'an empty name for %s is told',
  (name) => {
    const all = readCommandLine([name, ''])
    expect(all).toMatchObject({ kind: 'wrong', message: `The name that satm ${name} was given is empty.` })
  },
)

test('progress fits one row of any terminal', () => {
  const rows = [undefined, 80, 20, 1].map((columns) => inOneRow('120 of 400 refreshed, 3 failed', columns))
  const whole = '120 of 400 refreshed, 3 failed'
  expect(rows).toEqual([whole, whole, '120 of 400 refreshe', ''])
})

test('fields are named only where a command has some', () => {
  for (const name of commandNames)
    expect(helpText(name).includes('--json FIELDS')).toBe(
      ['list', 'history', 'data-sources', 'confirm', 'consumers', 'deliveries'].includes(name),
    )
})

describe('colors', () => {
  test('are for a terminal that wants them', () => {
    const terminal = { isTTY: true }
    expect(styleOf(terminal, { TERM: 'xterm' })).toEqual({ terminal: true, colors: true })
    expect(styleOf(terminal, { NO_COLOR: '1' }).colors).toBe(false)
    expect(styleOf(terminal, { TERM: 'dumb' }).colors).toBe(false)
    expect(styleOf({ ...terminal, columns: 90 }, {}).columns).toBe(90)
    expect(styleOf({ columns: 90 }, {}).columns).toBeUndefined()
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

  test('a table is as wide as the terminal: the widest columns are shortened, the last left out', () => {
    const rows = [[{ text: 'Orders data source of Acme' }, { text: '株式会社サンプル' }, { text: 'Healthy' }]]
    const lines = (columns: number) =>
      table(['NAME', 'ORG', 'STATE'], rows, { terminal: true, colors: false, columns }).trimEnd().split('\n')
    expect(lines(80)[1]).toBe('Orders data source of Acme  株式会社サンプル  Healthy')
    expect(lines(45)[1]).toBe('Orders data sourc…  株式会社サンプル  Healthy')
    expect(lines(40)[1]).toBe('Orders data source of…  株式会社サンプル')
    expect(lines(20)).toEqual(['NAME', 'Orders data source …'])
    for (const columns of [1, 2, 8, 20, 33, 40, 61])
      for (const line of lines(columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
    expect(shortened('👩‍💻👩‍💻👩‍💻', 5)).toBe('👩‍💻👩‍💻…')
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
