// The simulator alone: its one line, its flags, its end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCommandLine } from '#simulator/cli/command-line.ts'
import { COMMANDS } from '#simulator/portal/portal.ts'
import { buildProgram, type Program, removeProgram, runToEnd, runUntilUp } from './support/program.ts'

describe('the program', () => {
  let program: Program
  beforeAll(async () => {
    program = await buildProgram()
  }, 60_000)
  afterAll(() => removeProgram(program))

  test('prints one JSON line with all credentials and ends with 0 on SIGTERM', async () => {
    const standing = await runUntilUp(program, '--port', '0')
    const { baseUrl, ...rest } = JSON.parse(standing.line)
    expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
    const text = expect.stringMatching(/./)
    const pair = { accessToken: text, refreshToken: text }
    const app = { name: text, appId: text, clientId: text, clientSecret: text }
    const org = { orgId: text, ...pair }
    expect(rest).toEqual({
      integration: {
        clientId: text,
        clientSecret: text,
        redirectUri: 'http://localhost:3000/callback',
        ...pair,
      },
      serviceApps: [
        { ...app, orgs: [org, org] },
        { ...app, orgs: [org] },
      ],
    })
    expect((await fetch(`${baseUrl}/dataSources/schemas`)).status).toBe(401)
    const ended = await standing.end('SIGTERM')
    expect(ended).toMatchObject({ code: 0, stderr: '', stdout: `${standing.line}\n` })
  })

  test('lives by its flags, answers its control, and ends on SIGINT too', async () => {
    const standing = await runUntilUp(
      program,
      ...['--access-ttl', '20', '--refresh-ttl', '300', '--no-rotate', '--apps', '1', '--orgs', '3'],
      ...['--dead-refresh-token', '1/2', '--fault', '{"kind":"status","endpoint":"rooms","status":503}'],
    )
    const { baseUrl, serviceApps } = JSON.parse(standing.line)
    const [app] = serviceApps
    const refresh = async (refreshToken: string) => {
      const answer = await fetch(`${baseUrl}/access_token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: app.clientId,
          client_secret: app.clientSecret,
          refresh_token: refreshToken,
        }),
      })
      return answer.json()
    }
    const [living, dead] = app.orgs
    expect(await refresh(living.refreshToken)).toMatchObject({
      expires_in: 20,
      refresh_token: living.refreshToken,
    })
    expect(await refresh(dead.refreshToken)).toMatchObject({ error: 'invalid_grant' })
    expect((await fetch(`${baseUrl}/rooms`)).status).toBe(503)
    const ledger = await fetch(new URL('/_control/ledger', baseUrl))
    expect((await ledger.json()).value.entries).toHaveLength(3)
    expect((await standing.end('SIGINT')).code).toBe(0)
  })

  test('explains itself', async () => {
    const { code, stdout } = await runToEnd(program, '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--access-ttl')
  })

  test.each([
    [['--bogus'], /--bogus/],
    [['stray'], /stray/],
    [['--port', '65536'], /--port has to be a whole number from 0 to 65535, not "65536"/],
    [['--access-ttl', '0'], /--access-ttl/],
    [['--deauthorised', '3/1'], /no service app 3/],
    [['--dead-refresh-token', '2/2'], /app 2 has no org 2/],
  ])('%j ends with 2, a sentence on stderr and nothing on stdout', async (flags, sentence) => {
    const ended = await runToEnd(program, ...flags)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(sentence)
  })

  test('ends with 1 if the port is taken', async () => {
    const standing = await runUntilUp(program)
    const { port } = new URL(JSON.parse(standing.line).baseUrl)
    const ended = await runToEnd(program, '--port', port)
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/EADDRINUSE/)
  })
})

describe('flags', () => {
  const optionsOf = (...flags: readonly string[]) => {
    const read = readCommandLine(flags)
    return read.kind === 'run' ? read.options : read
  }

  test('that are not given leave the defaults in force', () => {
    expect(optionsOf()).toEqual({ rotate: true, portal: true })
  })

  test.each([
    ['--port 8080', { port: 8080 }],
    ['--redirect-uri http://localhost:4000/back', { redirectUri: 'http://localhost:4000/back' }],
    ['--apps 3 --orgs 4', { apps: 3, orgs: 4 }],
    ['--access-ttl 1 --refresh-ttl 2', { accessTtl: 1, refreshTtl: 2 }],
    ['--manager-access-ttl 3 --manager-refresh-ttl 4', { managerAccessTtl: 3, managerRefreshTtl: 4 }],
    ['--no-rotate', { rotate: false }],
    ['--slide', { slide: true }],
    ['--unchanged-within 86400', { unchangedWithin: 86_400 }],
    ['--omit-refresh-token-tier1', { omitRefreshTokenTier1: true }],
    ['--omit-refresh-token-tier2', { omitRefreshTokenTier2: true }],
    ['--tier2-replaces-pair', { tier2ReplacesPair: true }],
    ['--dead-grant-answer webex-401', { deadGrantAnswer: 'webex-401' }],
    ['--bad-client-answer webex-400', { badClientAnswer: 'webex-400' }],
    ['--latency 200', { latency: 200 }],
    ['--date-skew=-5000', { dateSkew: -5000 }],
  ])('%s', (flags, options) => {
    expect(optionsOf(...flags.split(' '))).toMatchObject(options)
  })

  test('for troubles become troubles, in any number', () => {
    const read = readCommandLine([
      ...['--dead-refresh-token', '1/2', '--dead-refresh-token', '2/1', '--dead-access-token', '1/1'],
      ...[
        '--deauthorised',
        '1/1',
        '--regenerated-secret',
        '2',
        '--dead-integration',
        '--expired-integration-access',
      ],
    ])
    expect(read).toMatchObject({
      troubles: [
        { kind: 'dead-refresh-token', at: { app: 1, org: 2 } },
        { kind: 'dead-refresh-token', at: { app: 2, org: 1 } },
        { kind: 'dead-access-token', at: { app: 1, org: 1 } },
        { kind: 'deauthorised', at: { app: 1, org: 1 } },
        { kind: 'regenerated-secret', app: 2 },
        { kind: 'dead-integration' },
        { kind: 'expired-integration-access' },
      ],
    })
  })

  test.each([
    ['--access-ttl -5'],
    ['--access-ttl 1.5'],
    ['--access-ttl soon'],
    ['--latency'],
    ['--no-rotate=yes'],
    ['--redirect-uri localhost:3000'],
    ['--dead-grant-answer 500'],
    ['--deauthorised 1'],
    ['--deauthorised 1/2/3'],
    ['--deauthorised 0/1'],
    ['--regenerated-secret x'],
    ['--fault nonsense'],
    ['--fault {"kind":"nonsense"}'],
  ])('%s is wrong, and the message names the flag', (flags) => {
    const [flag = ''] = flags.split(/[ =]/)
    expect(readCommandLine(flags.split(' '))).toEqual({
      kind: 'wrong',
      message: expect.stringContaining(flag),
    })
  })
})

test('the help names every command of the control', async () => {
  const { HELP } = await import('#simulator/cli/command-line.ts')
  expect([...COMMANDS.keys()].filter((command) => !HELP.includes(command))).toEqual([])
})
