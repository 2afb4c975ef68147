// What satm asks a person: pasted into a real terminal or a pipe, typed unseen, agreed to, and interrupted.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { readCommandLine } from '#satm/client/command-line.ts'
import { confirmHeld } from '#satm/client/confirm-command.ts'
import { openSocket, sendRequest } from '#satm/client/socket-client.ts'
import type { Ask, Terminal } from '#satm/client/terminal.ts'
import { aHeldTarget } from './support/administration.ts'
import { inStep, program, type Running, removeProgram, running, satm } from './support/running.ts'
import { terminal } from './support/terminal.ts'

let app: Running

beforeEach(async () => {
  app = await running({ profiles: [{ id: 'p1', name: 'Orders' }] })
})
afterEach(() => app.close())
afterAll(removeProgram)

/** satm in a terminal; `until` waits until what was shown matches. */
async function opened(line: string) {
  const { path: script } = await program()
  // A terminal interrupts the shell as well.
  const it = terminal(`trap : INT; "$NODE" "$SCRIPT" ${line}; echo "exit=$?"`, {
    PATH: process.env.PATH,
    NODE: process.execPath,
    SCRIPT: script,
    SATM_DATA_FOLDER: app.folder,
    FOLDER: app.folder,
    TERM: 'xterm',
  })
  onTestFinished(() => it.close())
  const until = (wanted: RegExp) =>
    expect
      .poll(
        async () => {
          await inStep(app.world.clock)
          return it.shown()
        },
        { timeout: 10_000, interval: 5 },
      )
      .toMatch(wanted)
  return { ...it, until }
}

const urlOf = () => app.administered.connect.authorizationUrl()
const stateOf = (url = urlOf()) => new URL(url ?? 'none:').searchParams.get('state') ?? ''
const redirected = (query = 'code=c0de') => `http://localhost:3000/callback?${query}&state=${stateOf()}`
const CTRL_C = '\u0003'
const held = () => app.administered.targets.filter(({ state }) => state.held).length
const hold = () => {
  const hook = { kind: 'hook', command: 'notify', pass: 'stdin', timeLimit: 1000 } as const
  app.administered.targets = [
    aHeldTarget('p1', hook, 'a'),
    aHeldTarget('p1', { ...hook, command: 'other' }, 'b'),
  ]
}

describe('backup at a terminal', () => {
  test('asks for the passphrase twice without showing it, and writes nothing where the two differ', async () => {
    const it = await opened('backup all --move')
    await it.until(/Passphrase of the backup \(not shown\): /)
    it.type('canary words of mine\r')
    await it.until(/Repeat passphrase: /)
    it.type('canary words of yours\r')
    await it.until(/do not match\. Nothing was written\.\r\nexit=2/)
    expect(app.around.written).toEqual([])
    const again = await opened('backup all --move')
    await again.until(/not shown/)
    again.type('canary words of mine\r')
    await again.until(/Repeat/)
    again.type('canary words of mine\r')
    await again.until(/Nothing is renewed here any more.*exit=0/s)
    expect(app.around.written).toMatchObject([{ how: 'move', passphrase: 'canary words of mine' }])
    expect(it.shown() + again.shown()).not.toContain('canary')
  })

  test('writes nothing after Ctrl-C', async () => {
    const it = await opened('backup all')
    await it.until(/not shown/)
    it.type(CTRL_C)
    await it.until(/exit=130/)
    expect(app.around.written).toEqual([])
  })
})

describe('connect at a terminal', () => {
  test('takes an address that was broken into lines, after one that is of something else', async () => {
    const it = await opened('connect')
    await it.until(/Paste that address here/)
    it.type('https://example.com/\n')
    await it.until(/This is not the redirected URL.*Paste the address again, or press Ctrl-C/s)
    it.type(`  "${redirected().replace('&', '\n   &').replace('localhost', 'local\nhost')}"  \n`)
    await it.until(/integration: connected\r\nexit=0/)
    expect(app.administered.exchanges.map(({ code }) => code.reveal())).toEqual(['c0de'])
  })

  test('is canceled by Ctrl-C, and the next one has another URL', async () => {
    const it = await opened('connect')
    await it.until(/Paste that address here/)
    const before = urlOf()
    it.type(CTRL_C)
    await it.until(/Canceled\. Nothing was changed\.\r\nexit=130/)
    expect(app.administered.connect.state().kind).toBe('idle')
    const again = await opened('connect')
    await again.until(/Paste that address here/)
    expect(urlOf()).not.toBe(before)
  })

  test('asks for a client secret without showing it', async () => {
    const secret = '7c'.repeat(32)
    const it = await opened('connect --client-id Cnew')
    await it.until(/Client secret \(not shown\): /)
    it.type(`${secret}x\u007f\r`)
    await it.until(/Paste that address here/)
    it.type(`${redirected()}\n`)
    await it.until(/connected\r\nexit=0/)
    expect(it.shown()).not.toContain(secret.slice(0, 8))
    expect(app.administered.exchanges[0]?.credentials.clientSecret.reveal()).toBe(secret)
  })

  test('Ctrl-C ends the question for a client secret, and the terminal shows again what is typed', async () => {
    const it = await opened('connect --client-id Cnew; stty -a')
    await it.until(/Client secret \(not shown\): /)
    it.type(CTRL_C)
    await it.until(/[^-]icanon.*[^-]echo /s)
    expect(app.administered.connect.state().kind).toBe('idle')
  })
})

/** Virtual time goes on until there is something. */
const goingOn = (thing: () => unknown) =>
  expect
    .poll(
      async () => {
        await inStep(app.world.clock)
        return thing()
      },
      { interval: 5, timeout: 10_000 },
    )
    .not.toBeNull()

describe('connect in a pipe', () => {
  const piped = (line: string, more: readonly string[] = []) => satm(app, line.split(' '), {}, more)

  test('that ends leaves the authorization waiting, and the address can be pasted into the next one', async () => {
    const first = await piped('connect')
    expect(first).toMatchObject({ code: 1, err: expect.stringContaining('the same URL works') })
    const second = await piped('connect', ['nonsense', redirected()])
    expect(second).toMatchObject({ code: 0, err: expect.stringContaining('This is not the redirected URL') })
    expect(second.out.split('\n')[0]).toBe(first.out.trim())
  })

  test('tells what is longer than any URL from it, without sending it', async () => {
    const url = redirected(`code=${'x'.repeat(20_000)}`)
    expect(await piped('connect', [url])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is too long'),
    })
  })

  test('is interrupted as at a terminal, and one that was killed can be finished', async () => {
    const { path: script } = await program()
    const run = async (signal: NodeJS.Signals) => {
      const child = spawn(process.execPath, [script, 'connect'], {
        env: { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder },
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const closed = once(child, 'close')
      let ended: unknown[] | null = null
      void closed.then((all) => {
        ended = all
      })
      await goingOn(urlOf)
      await once(child.stdout, 'data')
      child.kill(signal)
      await goingOn(() => ended)
      return ended
    }
    expect(await run('SIGHUP')).toEqual([129, null])
    expect(urlOf()).toBeNull()
    expect(await run('SIGTERM')).toEqual([143, null])
    expect(urlOf()).toBeNull()
    await run('SIGKILL')
    const url = urlOf()
    expect(url).not.toBeNull()
    expect(await piped('connect', [redirected()])).toMatchObject({
      code: 0,
      out: expect.stringContaining(url ?? '-'),
    })
  })

  test('needs the file of a client secret, which nobody else can read', async () => {
    expect(await piped('connect --client-id Cnew')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--client-secret-file FILE'),
    })
    const file = path.join(app.folder, 'secret')
    writeFileSync(file, '9f'.repeat(32), { mode: 0o644 })
    const refused = await piped(`connect --client-id Cnew --client-secret-file ${file}`)
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('chmod 600') })
    expect(refused.err).not.toContain('9f9f')
  })
})

describe('confirm of all', () => {
  beforeEach(hold)

  test.each([
    ['y', 0, 0],
    ['YES', 0, 0],
    ['n', 1, 2],
    ['', 1, 2],
    ['yes please', 1, 2],
  ])('“%s” at a terminal', async (answer, code, left) => {
    const it = await opened('confirm --all')
    await it.until(/runs notify.*runs other.*Confirm all 2\? \[y\/N\] /s)
    it.type(`${answer}\n`)
    await it.until(new RegExp(`exit=${code}`))
    expect(held()).toBe(left)
  })

  test('Ctrl-C confirms nothing', async () => {
    const it = await opened('confirm --all')
    await it.until(/\[y\/N\] /)
    it.type(CTRL_C)
    await it.until(/exit=130/)
    expect(held()).toBe(2)
  })

  test.each(['confirm --all', 'confirm --all > "$FOLDER/list"', 'confirm --all < /dev/null'])(
    'without a person who sees the list confirms nothing: satm %s',
    async (line) => {
      const it = await opened(line === 'confirm --all' ? 'confirm --all | cat; exit 3' : line)
      await it.until(/Nothing was confirmed\. Without a terminal --all needs --yes\./)
      expect(held()).toBe(2)
    },
  )

  test('waits for slow commands, since the answer may have a secret that is told once', async () => {
    const command = readCommandLine(['confirm', '--all', '--yes', '--timeout', '1s'])
    if (command.kind !== 'confirm') throw new Error(command.kind)
    const waited: number[] = []
    const asked: Ask = async (reaching, request) => {
      if (request.kind === 'confirm') waited.push(reaching.timeout)
      return sendRequest(await openSocket(app.socket), request, reaching.timeout)
    }
    const silent = () => undefined
    const terminal: Terminal = {
      env: {},
      version: '1.2.3',
      style: { terminal: false, colors: false },
      atKeyboard: () => false,
      out: silent,
      complain: silent,
      progress: silent,
      input: () => Promise.reject(new Error('nobody is asked')),
    }
    expect(await confirmHeld(command, asked, terminal)).toBe(0)
    expect(waited).toEqual([15 * 60_000])
  })

  test('what comes to be held after the list was printed stays held', async () => {
    const it = await opened('confirm --all')
    await it.until(/\[y\/N\] /)
    const evil = { kind: 'hook', command: 'evil', pass: 'stdin', timeLimit: 1000 } as const
    app.administered.targets = [...app.administered.targets, aHeldTarget('p1', evil, 'c')]
    it.type('y\n')
    await it.until(/exit=0/)
    expect(app.administered.targets.map(({ state }) => state.held)).toEqual([false, false, true])
  })
})
