// satm as a program and the app's side over a real engine, with a real socket between them.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { writeNote } from '#satm/app-location.ts'
import { showCounts, showFailures, showProgress } from '#satm/client/refresh-report.ts'
import { showHistory } from '#satm/client/show.ts'
import type { Refreshed, SatmReplies } from '#satm/protocol.ts'
import { invalidGrant, unauthorised } from '../engine/support/answers.ts'
import { DAY, failWith, HOUR, MINUTE, makePair } from '../engine/support/world.ts'
import { anAttempt } from '../vault/support/builders.ts'
import {
  program,
  type Ran,
  type Running,
  removeProgram,
  running,
  satm,
  satmProgram,
} from './support/running.ts'

let app: Running
const run = (...args: string[]): Promise<Ran> => satm(app, args)
const tokenOf = (id: string) => app.world.profile(id).pair?.accessToken?.reveal() ?? ''

beforeEach(async () => {
  app = await running({
    profiles: [
      { id: 'p1', name: 'Orders', orgName: 'Acme', targetOrgId: 'org-1' },
      { id: 'p2', name: 'Queue', orgName: 'Acme', targetOrgId: 'org-1', serviceAppId: 'app-b' },
      { id: 'p3', name: 'Queue', orgName: 'Beta', targetOrgId: 'org-2', serviceAppId: 'app-b' },
    ],
  })
})
afterEach(() => app.close())
afterAll(removeProgram)

test.skipIf(process.platform === 'win32').each([0o777, 0o1777])(
  'a note of this user in a folder that others can write is refused with a sentence: %o',
  async (mode) => {
    chmodSync(app.folder, mode)
    const { code, out, err } = await run('token', 'Orders')
    expect([code, out]).toEqual([4, ''])
    expect(err).toContain('Other users of this computer can change')
    chmodSync(app.folder, 0o700)
    expect((await run('token', 'Orders')).code).toBe(0)
  },
)

describe('satm token', () => {
  test('prints the token and a line feed, and nothing else', async () => {
    expect(await run('token', 'Orders')).toEqual({ code: 0, out: `${tokenOf('p1')}\n`, err: '' })
  })

  test('takes an id, and name@org where a name is there for several orgs', async () => {
    expect((await run('token', 'p3')).out).toBe(`${tokenOf('p3')}\n`)
    expect((await run('token', 'Queue@Beta')).out).toBe(`${tokenOf('p3')}\n`)
    expect((await run('token', 'queue@org-1')).out).toBe(`${tokenOf('p2')}\n`)
  })

  test('names the candidates when a name is ambiguous or unknown', async () => {
    expect(await run('token', 'Queue')).toEqual({
      code: 3,
      out: '',
      err: 'satm: More than one service app is named “Queue”. Use one of: Queue@Acme, Queue@Beta\n',
    })
    expect(await run('token', 'Order')).toEqual({
      code: 3,
      out: '',
      err: 'satm: No service app named “Order”. Did you mean: Orders?\n',
    })
  })

  test('of many candidates names ten and counts the rest', async () => {
    await app.close()
    const profiles = Array.from({ length: 40 }, (_, at) => ({
      id: `p${at}`,
      name: 'Queue',
      orgName: `Org ${at}`,
      targetOrgId: `org-${at}`,
    }))
    app = await running({ profiles })
    for (const [asked, told] of [
      ['Queue', 'Use one of: Queue@Org 0, '],
      ['Qeue', 'Did you mean: Queue@Org 0, '],
      ['zzz', 'There are: Queue@Org 0, '],
    ] as const) {
      const { code, err } = await run('token', asked)
      expect(code).toBe(3)
      expect(err).toContain(told)
      expect(err).toMatch(/Queue@Org 9 … and 30 more\??\n$/)
    }
  })

  test('refreshes first what would not live long enough', async () => {
    const before = tokenOf('p1')
    await app.world.clock.advance(DAY)
    expect((await run('token', 'Orders', '--min-ttl', '6d')).out).toBe(`${before}\n`)
    app.world.clock.sleep(8 * DAY)
    const { out, code } = await run('token', 'Orders', '--min-ttl', '6d')
    expect(code).toBe(0)
    expect(out).not.toBe(`${before}\n`)
    expect(out).toBe(`${tokenOf('p1')}\n`)
  })

  test('refuses what no refresh could give, without asking Webex', async () => {
    const ran = await run('token', 'Orders', '--min-ttl', '20d')
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain('7 d at most')
    expect(app.world.cloud.calls.refresh).toBe(0)
  })

  test('gives Webex’s words and the tracking id when a refresh fails', async () => {
    failWith(app.world, 'refresh', invalidGrant, 'client-a')
    failWith(app.world, 'application', unauthorised)
    app.world.clock.sleep(15 * DAY)
    const ran = await run('token', 'Orders')
    expect(ran).toMatchObject({ code: 5, out: '' })
    expect(ran.err).toMatch(/^satm: .*Control Hub.* \(tracking id TRACK_1\)\n$/)
  })

  test('gives a token in its last minute all the same when it cannot be refreshed', async () => {
    failWith(app.world, 'refresh', invalidGrant, 'client-a')
    failWith(app.world, 'application', unauthorised)
    app.world.clock.sleep(14 * DAY - MINUTE / 2)
    expect(await run('token', 'Orders')).toMatchObject({ code: 0, out: `${tokenOf('p1')}\n` })
    expect(await run('token', 'Orders', '--min-ttl', '2m')).toMatchObject({ code: 5, out: '' })
  })
})

describe('satm env and exec', () => {
  test('a shell that runs the line has the variable', async () => {
    const { out } = await run('env', 'Orders')
    expect(out).toBe(`export WEBEX_SERVICE_APP_ACCESS_TOKEN='${tokenOf('p1')}'\n`)
    expect((await run('env', 'Orders', '--shell', 'dotenv', '--variable', 'T')).out).toBe(
      `T=${tokenOf('p1')}\n`,
    )
  })

  test('a program finds the token in its environment, beside what was there', async () => {
    const print =
      'process.stdout.write([process.env.WEBEX_SERVICE_APP_ACCESS_TOKEN, process.env.OTHER].join())'
    const ran = await satmProgram(app, ['exec', 'Orders', '--', process.execPath, '-e', print], {
      OTHER: 'kept',
    })
    expect(ran).toEqual({ code: 0, out: `${tokenOf('p1')},kept`, err: '' })
  })

  test('it ends as the program does', async () => {
    const ended = async (...command: string[]) =>
      (await satmProgram(app, ['exec', 'Orders', '--', ...command])).code
    expect(await ended('sh', '-c', 'exit 37')).toBe(37)
    expect(await ended('sh', '-c', 'kill -9 $$')).toBe(137)
    expect(await ended('sh', '-c', 'kill $$')).toBe(143)
    expect(await ended('no-such-program-at-all')).toBe(127)
    writeFileSync(path.join(app.folder, 'plain'), 'text', { mode: 0o600 })
    expect(await ended(path.join(app.folder, 'plain'))).toBe(126)
    expect(await ended(path.join(app.folder, 'plain', 'in-a-file'))).toBe(126)
    expect(await ended('echo', 'x'.repeat(120_000))).toBe(0)
    expect(await ended('n'.repeat(5_000))).toBe(126)
  })

  test('what is after -- is the program’s alone', async () => {
    const ran = await satmProgram(app, [
      'exec',
      'Orders',
      '--',
      'sh',
      '-c',
      'echo "$@"',
      'x',
      '--help',
      '--',
      '-v',
    ])
    expect(ran.out).toBe('--help -- -v\n')
  })

  test('nothing runs without a token', async () => {
    const mark = path.join(app.folder, 'ran')
    expect((await run('exec', 'nobody', '--', 'touch', mark)).code).toBe(3)
    await expect(access(mark)).rejects.toThrow('ENOENT')
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const)('%s reaches the program', async (signal) => {
    const { path: script } = await program()
    const told = `trap 'echo got; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`
    const child = spawn(process.execPath, [script, 'exec', 'Orders', '--', 'bash', '-c', told], {
      env: { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder },
      stdio: ['ignore', 'pipe', 'inherit'],
      // Away from the terminal that the tests may run in: from there Ctrl-C would come by itself.
      detached: true,
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    await expect.poll(() => out, { timeout: 10_000 }).toContain('ready')
    child.kill(signal)
    expect(await once(child, 'close')).toEqual([9, null])
    expect(out).toContain('got')
  })
})

describe('satm list, status and history', () => {
  test('a list has a line for each, separated by tabs for a program', async () => {
    const { out, code } = await run('list')
    expect(code).toBe(0)
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(
      rows.map(([name, org, state, expires]) => [name, org, state, expires?.replace('13 d 23 h', '14 d')]),
    ).toEqual([
      ['Orders', 'Acme', 'healthy', '2026-01-15T00:00:00.000Z'],
      ['Queue@Acme', 'Acme', 'healthy', '2026-01-15T00:00:00.000Z'],
      ['Queue@Beta', 'Beta', 'healthy', '2026-01-15T00:00:00.000Z'],
    ])
  })

  test('JSON is one document', async () => {
    const list = JSON.parse((await run('list', '--json')).out)
    expect(list.profiles.map(({ reference }: { reference: string }) => reference)).toHaveLength(3)
    const { profile } = JSON.parse((await run('status', 'Orders', '--json')).out)
    expect(profile).toMatchObject({ id: 'p1', state: 'healthy' })
  })

  test('status counts and names', async () => {
    expect((await run('status')).out).toContain('3 healthy')
    expect((await run('status', 'Orders')).out).toMatch(
      /^name +Orders\norg +Acme \(org-1\)\nstate +healthy\n/,
    )
  })

  test('history has the tiers that were gone through', async () => {
    const lift = failWith(app.world, 'refresh', invalidGrant)
    await run('refresh', 'Orders')
    lift()
    await run('refresh', 'Queue@Acme')
    const lines = (await run('history')).out.trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('Queue\tAcme\tmanual\t1 ✓\trenewed')
    expect(lines[1]).toContain('1 ✗ grant-dead → 2 ✓')
    expect((await run('history', 'Orders')).out.trimEnd().split('\n')).toHaveLength(1)
    expect((await run('history', '--limit', '1')).out.trimEnd().split('\n')).toHaveLength(1)
  })

  test('history says at its end why each was made, and in JSON by its code', async () => {
    await run('refresh', 'Orders')
    await app.world.clock.advance(9 * DAY)
    const rows = (await run('history', 'Orders')).out.trimEnd().split('\n')
    expect(rows.map((row) => row.split('\t').at(-1)?.replace(/\d\d/, 'NN'))).toEqual([
      'At NN % of its lifetime',
      'Requested manually',
    ])
    // By place the others stand where they were.
    expect(rows.map((row) => row.split('\t').length)).toEqual([11, 11])
    const { attempts } = JSON.parse((await run('history', 'Orders', '--json')).out)
    expect(attempts).toMatchObject([
      { reason: { code: 'lifetime-share' }, reasonMessage: rows[0]?.split('\t').at(-1) },
      { reason: { code: 'requested', by: 'person' }, reasonMessage: 'Requested manually' },
    ])
  })

  test('history of an older app, or of a newer one with another reason, is shown as well', () => {
    const { reason: _reason, ...older } = anAttempt('a')
    const shown = (attempt: SatmReplies['history']['attempts'][number]) =>
      showHistory({ now: 0, attempts: [attempt] }, { terminal: false, colors: false })
    expect(shown(older)).toMatch(/\tROUTER_1\t\t\n$/)
    expect(shown({ ...older, reason: null, reasonMessage: null })).toMatch(/\tROUTER_1\t\t\n$/)
    expect(shown({ ...older, reasonMessage: 'At full moon' })).toMatch(/\tROUTER_1\t\tAt full moon\n$/)
    const text = { terminal: false, colors: false }
    const made = { ...older, computer: 'tokens1 (3f2a)' }
    const both = showHistory({ now: 0, attempts: [made, older] }, text)
      .trimEnd()
      .split('\n')
    expect(both.map((row) => row.split('\t').at(11))).toEqual(['tokens1 (3f2a)', '–'])
    const person = showHistory({ now: 0, attempts: [made] }, { ...text, terminal: true }).split('\n')[0]
    expect(person).toMatch(/ REASON +COMPUTER +TIERS /)
    const head = showHistory({ now: 0, attempts: [older] }, { terminal: true, colors: false }).split('\n')[0]
    expect(head).toMatch(/^TIME +NAME +CUSTOMER +OUTCOME +WHY +REASON +TIERS /)
    const narrow = showHistory({ now: 0, attempts: [older] }, { terminal: true, colors: false, columns: 60 })
    expect(narrow.split('\n')[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}/)
  })

  test('every time in JSON and YAML is in ISO 8601', async () => {
    await run('refresh', '--all')
    for (const words of [['list'], ['status'], ['status', 'Orders'], ['history']]) {
      const { out } = await run(...words, '--json')
      const numbers: number[] = []
      JSON.parse(out, (_, value) => {
        if (typeof value === 'number') numbers.push(value)
        return value
      })
      expect(numbers.filter((number) => number > Date.UTC(2000, 0))).toEqual([])
      expect((await run(...words, '-o', 'yaml')).out).not.toMatch(/: \d{12,}$/m)
    }
  })

  test('no token is in any of them', async () => {
    await run('refresh', '--all')
    const outputs = await Promise.all(
      ['list', 'status', 'history'].flatMap((command) => [run(command), run(command, '--json')]),
    )
    const all = outputs.map(({ out, err }) => out + err).join('')
    for (const id of ['p1', 'p2', 'p3']) expect(all).not.toContain(tokenOf(id))
    expect(all).not.toMatch(/secret-|refresh-token/)
  })
})

describe('satm refresh', () => {
  test('of many that fail alike is one line with their number, and others one each', () => {
    const failed = (reference: string, result: string, sentence: string): Refreshed => ({
      reference,
      result,
      sentence,
      outcome: 'failed',
      tier: null,
      trackingId: `T_${reference}`,
      now: 0,
      expiresAt: null,
      of: 400,
    })
    const many = Array.from({ length: 150 }, (_, at) => failed(`a@${at}`, 'client', 'The secret is wrong.'))
    const lines = showFailures([
      failed('x', 'store', 'The disk is full.'),
      ...many,
      failed('y@Acme', 'scope', 'Not authorized in Acme.'),
      failed('y@Beta', 'scope', 'Not authorized in Beta.'),
    ])
    expect(lines).toEqual([
      '150 failed: The secret is wrong. (tracking id T_a@0) These are: a@0, a@1, a@2, a@3, a@4, a@5, a@6, a@7, a@8, a@9 … and 140 more',
      '2 failed: y@Acme: Not authorized in Acme. (tracking id T_y@Acme) Likewise: y@Beta',
      'x: The disk is full. (tracking id T_x)',
    ])
    expect(showCounts({ renewed: 250, unchanged: 0, failed: 150, needPerson: 0 })).toBe(
      '250 renewed, 150 failed',
    )
    expect(showProgress(many.slice(0, 3))).toBe('3 of 400 refreshed, 3 failed')
    // An older app says neither how many there are nor what the last call came to.
    const { of: _of, result: _result, ...older } = failed('x', '', 'The disk is full.')
    expect(showProgress([older])).toBe('1 refreshed, 1 failed')
    expect(showFailures([older, { ...older, reference: 'y' }])).toEqual([
      '2 failed: The disk is full. (tracking id T_x) These are: x, y',
    ])
  })

  test('tells of a full disk once and at once, and sends nothing', async () => {
    app.world.vault.unprovable = new StoreFailure('disk-full', 'No space left on the device.')
    expect(await run('refresh', '--all')).toEqual({
      code: 1,
      out: '',
      err: 'satm: The disk is full, so a new token could not be stored. Nothing was sent to Webex; make room on the disk.\n',
    })
    expect(app.world.attempts).toEqual([])
    app.world.vault.mend()
    expect((await run('refresh', '--all')).code).toBe(0)
  })

  test('tells of a network that answers in place of Webex, and sends nothing', async () => {
    app.world.cloud.webexIsThere = false
    app.world.engine.doubtWebex()
    const ran = await run('refresh', 'Orders')
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(/^satm: A proxy or sign-in page is answering instead of Webex .*\.\n$/)
    expect(app.world.cloud.calls.refresh).toBe(0)
    app.world.cloud.webexIsThere = true
    expect((await run('refresh', 'Orders')).code).toBe(0)
  })

  test('tells of it as well while Webex is being looked for in vain', async () => {
    app.world.cloud.webexIsThere = false
    app.world.engine.doubtWebex()
    await app.world.engine.webexIsThere()
    app.world.cloud.options = { ...app.world.cloud.options, latency: HOUR }
    const began = app.world.clock.monotonic()
    const ran = await run('refresh', 'Orders')
    expect(app.world.clock.monotonic() - began).toBeLessThan(MINUTE)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain('A proxy or sign-in page is answering instead of Webex')
    expect(app.world.cloud.calls.refresh).toBe(0)
  })

  test('says what came of one', async () => {
    expect(await run('refresh', 'Orders')).toEqual({
      code: 0,
      out: 'Orders: renewed by tier 1, valid for 14 d\n',
      err: '',
    })
  })

  test('that is called off, or asked of an app that ends, may work later', async () => {
    await app.world.engine.stop()
    const ran = await run('refresh', '--all')
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(
      /^satm: 3 failed: Not refreshed: .*Try again\. These are: Orders, Queue@Acme, Queue@Beta\nsatm: 3 failed\n$/,
    )
    expect(app.unexpected).toEqual([])
  })

  test('of all says each that failed on standard error', async () => {
    failWith(app.world, 'refresh', invalidGrant, 'client-a')
    failWith(app.world, 'application', unauthorised, 'APP_a')
    const { code, out, err } = await run('refresh', '--all')
    expect(code).toBe(5)
    expect(out.trimEnd().split('\n').toSorted()).toEqual([
      'Queue@Acme: renewed by tier 1, valid for 14 d',
      'Queue@Beta: renewed by tier 1, valid for 14 d',
    ])
    expect(err).toMatch(/^satm: Orders: .*tracking id TRACK_1\)\nsatm: 2 renewed, 1 failed\n$/)
  })
})

test('status --watch shows each change of state, once, until it is interrupted', async () => {
  const { path: script } = await program()
  const child = spawn(process.execPath, [script, 'status', '--watch', '--json'], {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const paused = () => [...out.matchAll(/"paused": (\d)/g)].map(([, count]) => Number(count))
  await expect.poll(paused, { timeout: 10_000 }).toEqual([0])
  await run('pause', 'Orders')
  await expect.poll(paused, { timeout: 10_000 }).toEqual([0, 1])
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([null, 'SIGINT'])
})

const anIncident = (more: Partial<Incident>): Incident => ({
  key: 'undelivered:app-b',
  code: 'undelivered',
  level: 'warning',
  title: 'Tokens of “Queue” not delivered',
  sentence: 'The file cannot be written.',
  fix: null,
  owner: 'you',
  serviceApp: null,
  profileIds: ['p1'],
  customers: 1,
  deadline: null,
  trackingId: null,
  since: 0,
  ...more,
})

test('what is snoozed counts for one service app as little as for all', async () => {
  failWith(app.world, 'refresh', invalidGrant, 'client-a')
  failWith(app.world, 'application', unauthorised, 'APP_a')
  expect((await run('refresh', 'Orders')).code).toBe(5)
  const checked = async (...incidents: Incident[]) => {
    app.around.incidents = incidents
    const codes = [await run('status', '--check'), await run('status', 'Orders', '--check')]
    return codes.map(({ code }) => code)
  }
  const cause = app.world.engine.view().incidents.filter(({ level }) => level !== 'information')
  const snoozed = cause.map((incident) => ({ ...incident, snoozedUntil: HOUR }))
  expect(await checked(...cause)).toEqual([5, 5])
  expect(await checked(...snoozed)).toEqual([0, 0])
  expect(await checked(...snoozed, anIncident({}))).toEqual([5, 5])
  expect(await checked(...cause, anIncident({ snoozedUntil: HOUR }))).toEqual([5, 5])
})

test('a pipe that was closed early hides no problem', async () => {
  const { path: script } = await program()
  const ended = async (...args: string[]) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.destroy()
    const [code] = await once(child, 'close')
    return code
  }
  expect(await ended('status', '--check')).toBe(0)
  app.around.incidents = [anIncident({})]
  expect(await ended('status', '--check')).toBe(5)
  expect(await ended('list')).toBe(0)
})

test('status --watch ends with the app', async () => {
  const { path: script } = await program()
  const child = spawn(process.execPath, [script, 'status', '--watch'], {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder, SATM_APP: '/bin/false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child.stdout, 'data')
  await app.close()
  expect(await once(child, 'close')).toEqual([4, null])
  app = await running({ profiles: [] })
})

describe('what changes something', () => {
  test('pause and resume are of the service app alone, and stored', async () => {
    expect(await run('pause', 'Queue@Beta')).toEqual({ code: 0, out: 'Queue@Beta: paused\n', err: '' })
    const paused = ['p1', 'p2', 'p3'].map((id) => app.world.engine.fleet().profiles.get(id)?.paused)
    expect(paused).toEqual([false, false, true])
    expect((await run('list', '--state', 'paused', '-q')).out).toBe('Queue@Beta\n')
    expect((await run('resume', 'Queue@Beta')).out).toBe('Queue@Beta: resumed\n')
    expect((await run('list', '--state', 'paused', '-q')).out).toBe('')
  })

  test('a pause that cannot be stored is told, and changes nothing', async () => {
    app.world.vault.unprovable = new StoreFailure('disk-full', 'No space left on the device.')
    app.world.vault.failing = new StoreFailure('disk-full', 'No space left on the device.')
    expect(await run('pause', 'Orders')).toMatchObject({ code: 1, out: '', err: /No space left/ })
  })

  test('a pause of all has an end', async () => {
    await run('pause', '--all', '--for', '1h')
    const { allPausedUntil, now } = app.world.engine.view()
    expect(Math.abs((allPausedUntil ?? 0) - now - HOUR)).toBeLessThan(MINUTE)
    expect((await run('status')).out).toContain('all, until ')
    await run('resume', '--all')
    expect(app.world.engine.view().allPausedUntil).toBeNull()
  })

  test('a file is imported once, whose path is from where satm runs', async () => {
    const file = path.join(app.folder, 'more.csv')
    const secret = 'ab'.repeat(32)
    writeFileSync(
      file,
      `name,app id,client id,client secret,target org id,org name\nCoral,C123,C1234567890abcdef,${secret},11111111-2222-4333-8444-555555555551,Coral Ltd\n`,
    )
    const relative = path.relative('', file)
    const dry = await run('import', relative, '--dry-run')
    expect(dry).toMatchObject({ code: 0, err: '' })
    expect(app.world.engine.fleet().profiles.size).toBe(3)
    expect(await run('import', relative)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/1 of 1 imported\n$/),
    })
    expect((await run('list', '--app', 'Coral', '-q')).out).toBe('Coral\n')
    const again = await run('import', relative)
    expect(again).toMatchObject({ code: 5, out: expect.stringMatching(/0 of 1 imported, 1 rejected\n$/) })
    const printed = [dry, again, await run('import', relative, '-o', 'yaml')].map(({ out, err }) => out + err)
    expect(printed.join('')).not.toContain(secret)
  })

  test.each([
    ['a folder', (folder: string) => folder],
    ['a device', () => '/dev/zero'],
    [
      'a pipe that nobody writes to',
      (folder: string) => {
        execFileSync('mkfifo', [path.join(folder, 'pipe')])
        return path.join(folder, 'pipe')
      },
    ],
    ['nothing', () => ''],
  ])('an import of %s is refused with a sentence', async (_, of) => {
    const ran = await run('import', of(app.folder))
    expect([2, 5]).toContain(ran.code)
    expect(ran.err).toMatch(/^satm: .+\n$/)
    expect(app.world.engine.fleet().profiles.size).toBe(3)
    expect(app.unexpected).toEqual([])
  })

  test('the window is opened at the service app', async () => {
    await run('open')
    await run('open', 'Queue@Beta')
    expect(app.around.opened).toEqual([{ kind: 'list' }, { kind: 'profile', profileId: 'p3' }])
    app.state = 'closed'
    // There a person can unlock it.
    expect((await run('open')).code).toBe(0)
    expect((await run('open', 'Orders')).code).toBe(5)
  })
})

describe('when the app cannot answer', () => {
  test('a closed vault needs a person', async () => {
    app.state = 'closed'
    expect(await run('token', 'Orders')).toEqual({
      code: 5,
      out: '',
      err: 'satm: The keyring is locked. Unlock it.\n',
    })
  })

  /** The app has run with it, and was killed. */
  const left = (...parts: readonly string[]) => {
    const folder = path.join(app.folder, ...parts)
    mkdirSync(folder, { mode: 0o700, recursive: true })
    writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: null })
    return folder
  }

  test('an app that does not run is said to be, with its folder, when it must not be started', async () => {
    const folder = left('elsewhere')
    const ran = await satm({ ...app, folder }, ['list', '--no-start'])
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain(`not running with the data folder ${folder}.`)
  })

  test('exec with several tokens starts it once', async () => {
    const folder = left('elsewhere')
    const [started, fake] = [path.join(folder, 'started'), path.join(folder, 'app')]
    writeFileSync(fake, `#!/bin/sh\necho started >> '${started}'\nexit 1\n`, { mode: 0o755 })
    const args = ['exec', '--as', 'a=A', '--as', 'b=B', '--as', 'c=C', '--', 'true']
    expect(await satm({ ...app, folder }, args, { SATM_APP: fake })).toMatchObject({ code: 4 })
    expect(readFileSync(started, 'utf8')).toBe('started\n')
  })

  test('an app that ends at its start is told at once', async () => {
    const ran = await satm({ ...app, folder: left('elsewhere') }, ['list'], { SATM_APP: '/bin/false' })
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain('could not start')
    expect(ran.err).toContain('(exit code 1)')
  })

  test('without a display nothing is started, and the reason is told', async () => {
    const folder = left('elsewhere')
    writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: [process.execPath, '-e', '0'] })
    const ran = await satm({ ...app, folder }, ['list'])
    expect(ran).toMatchObject({ code: 4, out: '', err: expect.stringContaining('names a display') })
    expect(ran.err).toContain(folder)
  })

  test.each([
    ['that is mistyped', (folder: string) => `${folder}x`, 'There is no data folder'],
    ['whose parent is missing', (folder: string) => path.join(folder, 'a', 'b'), 'There is no data folder'],
    ['that is a file', (folder: string) => path.join(folder, 'satm.json'), 'never run with the data folder'],
    [
      'that is another program’s',
      (folder: string) => {
        const other = path.join(folder, 'other-program')
        mkdirSync(other, { recursive: true })
        return other
      },
      'never run with the data folder',
    ],
    ['that shell has not expanded', () => '~/data', `There is no data folder ${process.cwd()}/~/data.`],
  ])('a folder %s is named, and nothing is started or made there', async (_, of, told) => {
    const other = { ...app, folder: of(app.folder) }
    const before = existsSync(other.folder) && statSync(other.folder).mtimeMs
    const env = { SATM_APP: '/bin/false', DISPLAY: ':0' }
    const ran = await satm(other, ['list'], env)
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain(told)
    expect(ran.err).toContain(`${path.resolve(other.folder)}`)
    expect(ran.err).toMatch(/Check SATM_DATA_FOLDER\.\n$/)
    const option = await satm(app, ['list', '--data-folder', other.folder], env)
    expect(option.err).toMatch(/Check --data-folder\.\n$/)
    expect(existsSync(other.folder) && statSync(other.folder).mtimeMs).toBe(before)
  })

  test('a default folder in which the app never ran is named, with what to do', async () => {
    const env = {
      SATM_DATA_FOLDER: '',
      XDG_CONFIG_HOME: path.join(app.folder, 'config'),
      SATM_APP: '/bin/false',
    }
    const ran = await satm(app, ['list'], env)
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain(path.join(app.folder, 'config', 'service-app-token-manager'))
    expect(ran.err).toContain('Start the app once')
    expect(existsSync(env.XDG_CONFIG_HOME)).toBe(false)
  })

  test('every spelling of the folder reaches its app', async () => {
    const link = `${app.folder}-link`
    symlinkSync(app.folder, link)
    onTestFinished(() => rmSync(link))
    for (const folder of [
      path.relative('', app.folder),
      `${app.folder}/`,
      link,
      `${link}/`,
      `${link}/../${path.basename(link)}`,
    ]) {
      expect(await satm({ ...app, folder }, ['token', 'Orders'])).toMatchObject({ code: 0 })
      expect(await satm(app, ['token', 'Orders', '--data-folder', folder])).toMatchObject({ code: 0 })
    }
  })

  test('a copy of a data folder does not lead to the app of the folder it was copied from', async () => {
    const copy = path.join(app.folder, 'copy')
    mkdirSync(copy, { mode: 0o700 })
    copyFileSync(path.join(app.folder, 'satm.json'), path.join(copy, 'satm.json'))
    const ran = await satm({ ...app, folder: copy }, ['token', 'Orders', '--no-start'])
    expect(ran).toMatchObject({ code: 4, out: '', err: expect.stringContaining(copy) })
  })

  test.each([
    ['cut short', '{"socket":"/x'],
    ['empty', ''],
  ])('a note that was %s leads to a start, not to another reason', async (_, text) => {
    const folder = left('elsewhere')
    writeFileSync(path.join(folder, 'satm.json'), text)
    const ran = await satm({ ...app, folder }, ['list'], { SATM_APP: '/bin/false' })
    expect(ran.err).toContain(`could not start with the data folder ${folder}`)
  })

  test('the note of an older version, without a data folder in it, is read', async () => {
    const note = { socket: app.socket, command: null }
    writeFileSync(path.join(app.folder, 'satm.json'), JSON.stringify(note), { mode: 0o600 })
    expect(await run('token', 'Orders')).toMatchObject({ code: 0 })
  })

  test('an app that runs and cannot be reached is told within 3 s', async () => {
    const folder = left('elsewhere')
    // As Chromium leaves it at the start of the instance that is running.
    symlinkSync('host-1', path.join(folder, 'SingletonLock'))
    lutimesSync(path.join(folder, 'SingletonLock'), 0, 0)
    const began = performance.now()
    const ran = await satm({ ...app, folder }, ['list'], { SATM_APP: '/bin/true' })
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain(`already running with the data folder ${folder}`)
  })

  test('a file in the place of the socket is told at once', async () => {
    await app.close()
    const folder = left('elsewhere')
    writeFileSync(path.join(folder, 'satm.sock'), 'precious')
    const ran = await satm({ ...app, folder }, ['list'], { SATM_APP: '/bin/true' })
    expect(ran).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/satm\.sock is not a socket.*Remove it/),
    })
    app = await running({ profiles: [] }, app.folder)
  })

  test('a link in the place of the socket is not followed', async () => {
    const elsewhere = path.join(app.folder, 'other')
    mkdirSync(elsewhere, { mode: 0o700 })
    symlinkSync(app.socket, path.join(elsewhere, 'satm.sock'))
    const note = { socket: path.join(elsewhere, 'satm.sock'), command: null }
    writeFileSync(path.join(elsewhere, 'satm.json'), JSON.stringify(note), { mode: 0o600 })
    const ran = await satm({ ...app, folder: elsewhere }, ['token', 'Orders'])
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain('is not a socket')
  })

  test('a folder that others may write to is not trusted', async () => {
    chmodSync(app.folder, 0o777)
    expect(await run('token', 'Orders')).toMatchObject({ code: 4, out: '' })
  })

  test('an answer that does not come is not waited for for ever', async () => {
    app.world.cloud.options = { ...app.world.cloud.options, latency: HOUR }
    const ran = await run('refresh', 'Orders', '--timeout', '1s')
    expect(ran).toMatchObject({ code: 4, out: '' })
    expect(ran.err).toContain('--timeout')
    await app.world.clock.advance(2 * HOUR)
  })
})

test('the wrong usage is told in one line, with where to read on', async () => {
  const { code, out, err } = await run('token')
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toBe('satm: satm token needs the name of a service app. See satm token --help.\n')
})

test('a token of unknown lifetime is given unless a time was asked for', async () => {
  await app.close()
  const pair = makePair({ origin: 'pasted', expiresAt: null })
  app = await running({ profiles: [{ id: 'p1', name: 'Orders', pair }], start: false })
  expect((await run('token', 'Orders')).out).toBe('access-0\n')
})

test('what was paused by a person is not refreshed by a program', async () => {
  await app.close()
  app = await running({ profiles: [{ id: 'p1', name: 'Orders', paused: true }], age: 13 * DAY + 23 * HOUR })
  const ran = await run('token', 'Orders', '--min-ttl', '2h')
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toContain('paused')
  expect(app.world.cloud.calls.refresh).toBe(0)
})

test.each([
  ['a disk that is full is told in one line', 'satm --help > /dev/full', 1, /^satm: .*ENOSPC.*\n$/],
  ['who reads no complaints has the exit code', 'satm nonsense 2>&1 >/dev/full | exec 0<&-', 2, /^$/],
  ['who has read enough is no failure', 'satm --help | exec 0<&-', 0, /^$/],
])('%s', async (_, line, code, told) => {
  const { path: script } = await program()
  const satmFunction = `satm() { sleep 0.2; "$NODE" "$SCRIPT" "$@"; }; ${line}; exit "\${PIPESTATUS[0]}"`
  const child = spawn('bash', ['-c', satmFunction], {
    env: { PATH: process.env.PATH, NODE: process.execPath, SCRIPT: script },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  expect(await once(child, 'close')).toEqual([code, null])
  expect(err).toMatch(told)
})

test('names from outside cannot move the cursor', async () => {
  await app.close()
  app = await running({ profiles: [{ id: 'p1', name: 'a\u001b[2Jb\u009bc\td' }] })
  // Nobody can type that name: its id is what can be given back.
  expect((await run('list')).out.split('\t')[0]).toBe('p1')
  expect((await run('status', 'p1')).out).toContain('a�[2Jb�c�d')
  const { out } = await run('list', '--json')
  expect(['\u001b', '\u009b'].filter((control) => out.includes(control))).toEqual([])
})
