// The connection to a real bus of the test's own, with real programs on the other side of it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type BusSignal,
  createMessageBus,
  createMessageBuses,
  type MessageBus,
} from '#desktop/system/message-bus.ts'

const place = mkdtempSync(path.join(tmpdir(), 'satm-message-bus-'))
const DRIVER = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
const LOCKED = { interface: 'org.gnome.ScreenSaver', member: 'ActiveChanged' }
const CONNECT_AGAIN = 30_000

interface Bus {
  readonly address: string
  stop(): Promise<void>
}

let bus: Bus
let opened: MessageBus[] = []
/** What waits for its time, which the tests let come. */
let timers: { readonly delay: number; readonly wake: () => void }[] = []
let failures: unknown[] = []

const clock = {
  after(delay: number, wake: () => void) {
    const timer = { delay, wake }
    timers.push(timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  },
}

async function startBus(address?: string): Promise<Bus> {
  const own = address === undefined ? [] : [`--address=${address}`]
  const daemon: ChildProcess = spawn('dbus-daemon', ['--session', '--nofork', '--print-address', ...own], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const printed = await new Promise<string>((resolve, reject) => {
    daemon.once('error', (cause) =>
      reject(new Error('dbus-daemon is missing: apt-get install dbus', { cause })),
    )
    daemon.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()))
  })
  return {
    address: printed,
    stop: () =>
      new Promise((resolve) => {
        daemon.once('exit', () => resolve())
        daemon.kill()
      }),
  }
}

function connectTo(address: string | null): MessageBus {
  const connection = createMessageBus({ address, clock, failed: (error) => failures.push(error) })
  opened.push(connection)
  return connection
}

/** Sends a signal as any program can, with values as GVariant writes them. */
function emit(signal: string, ...more: readonly string[]): void {
  execFileSync('gdbus', ['emit', '--session', '--object-path=/some/place', `--signal=${signal}`, ...more], {
    env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: bus.address },
  })
}

/** Resolves when whatever was sent before has been delivered to `connection`. */
const caughtUp = (connection: MessageBus) => connection.call({ ...DRIVER, member: 'GetId' })

describe.runIf(process.platform === 'linux')('the message bus', () => {
  beforeAll(async () => {
    bus = await startBus()
  })
  afterEach(() => {
    for (const connection of opened) connection.close()
    opened = []
    timers = []
    failures = []
  })
  afterAll(async () => {
    await bus.stop()
    rmSync(place, { recursive: true, force: true })
  })

  test('answers calls, and several at once each with its own', async () => {
    const connection = connectTo(bus.address)
    const owned = (name: string) => connection.call({ ...DRIVER, member: 'NameHasOwner' }, name)
    expect(await Promise.all([owned('org.freedesktop.DBus'), owned('org.example.Nobody')])).toEqual([
      [true],
      [false],
    ])
    expect(await connection.call({ ...DRIVER, member: 'ListNames' })).toEqual([
      expect.arrayContaining(['org.freedesktop.DBus']),
    ])
    expect(await connection.property(DRIVER, 'Interfaces')).toContain('org.freedesktop.DBus.Monitoring')
    expect(timers).toEqual([])
  })

  test('says what it could not do, and goes on', async () => {
    const connection = connectTo(bus.address)
    const nobody = { ...DRIVER, destination: 'org.example.Nobody', member: 'GetId' }
    await expect(connection.call(nobody)).rejects.toThrow(/ServiceUnknown/)
    await expect(connection.call({ ...DRIVER, path: 'no path', member: 'GetId' })).rejects.toThrow(
      /closed|Disconnected/,
    )
    expect(await caughtUp(connection)).toHaveLength(1)
  })

  test('delivers the signals that match, with every kind of value, and no others', async () => {
    const connection = connectTo(bus.address)
    const heard: BusSignal[] = []
    connection.watch({ ...LOCKED, pathNamespace: '/some' }, (signal) => heard.push(signal))
    connection.watch({ ...LOCKED, path: '/another' }, () => heard.push({ path: 'wrong', body: [] }))
    connection.watch({ ...LOCKED, pathNamespace: '/som' }, () => heard.push({ path: 'wrong', body: [] }))
    await caughtUp(connection)
    emit('org.gnome.ScreenSaver.ActiveChanged', 'true')
    emit('org.gnome.ScreenSaver.WakeUpScreen')
    emit(
      'org.gnome.ScreenSaver.ActiveChanged',
      "{'a': <byte 7>, 'b': <[(int16 -2, uint16 65535), (1, 2)]>, 'c': <@a{ui} {1: -1}>}",
      "(int64 -5, uint64 9007199254740991, 1.5, 'R&D “π” 🙂', <<objectpath '/x'>>, @as [])",
      // Padding goes before the first element also where there is none.
      '(@a{sv} {}, uint32 3)',
    )
    await expect.poll(() => heard.length).toBe(2)
    expect(heard[0]).toEqual({ path: '/some/place', body: [true] })
    expect(heard[1]?.body).toEqual([
      new Map<string, unknown>([
        ['a', 7],
        [
          'b',
          [
            [-2, 65_535],
            [1, 2],
          ],
        ],
        ['c', new Map([[1, -1]])],
      ]),
      [-5, 9_007_199_254_740_991, 1.5, 'R&D “π” 🙂', '/x', []],
      [new Map(), 3],
    ])
  })

  test('delivers one signal once however many watch it, and none to whoever has stopped', async () => {
    const connection = connectTo(bus.address)
    const heard: string[] = []
    const stop = connection.watch(LOCKED, () => heard.push('first'))
    connection.watch(LOCKED, () => heard.push('second'))
    await caughtUp(connection)
    emit('org.gnome.ScreenSaver.ActiveChanged', 'true')
    await expect.poll(() => heard).toEqual(['first', 'second'])
    stop()
    emit('org.gnome.ScreenSaver.ActiveChanged', 'true')
    await expect.poll(() => heard).toEqual(['first', 'second', 'second'])
  })

  test('takes a signal that was sent to it alone, past what it watches, only where that is expected', async () => {
    const connection = connectTo(bus.address)
    const heard: BusSignal[] = []
    const directed: BusSignal[] = []
    connection.watch({ ...LOCKED, sender: 'org.example.Nobody' }, (signal) => heard.push(signal))
    const also = { ...LOCKED, sender: 'org.example.Nobody', alsoDirected: true } as const
    connection.watch(also, (signal) => directed.push(signal))
    await caughtUp(connection)
    const [names] = await connection.call({ ...DRIVER, member: 'ListNames' })
    const unique = (names as readonly string[]).filter((name) => name.startsWith(':'))
    expect(unique.length).toBeGreaterThan(0)
    for (const name of unique) emit('org.gnome.ScreenSaver.ActiveChanged', `--dest=${name}`, 'true')
    emit('org.gnome.ScreenSaver.ActiveChanged', 'true')
    await caughtUp(connection)
    expect([heard.length, directed.length]).toEqual([0, 1])
  })

  test('is found where it is not the first in the address', async () => {
    expect(await caughtUp(connectTo(`tcp:host=localhost,port=1;${bus.address}`))).toHaveLength(1)
  })

  test('reports once that there is none, and never where none is expected', async () => {
    const missing = connectTo(`unix:path=${path.join(place, 'nothing')}`)
    missing.watch(LOCKED, () => undefined)
    missing.watch({ ...LOCKED, path: '/x' }, () => undefined)
    await expect(caughtUp(missing)).rejects.toThrow(/ENOENT/)
    expect(failures).toEqual([expect.objectContaining({ name: 'BusError' })])
    const none = connectTo(null)
    none.watch(LOCKED, () => undefined)
    await expect(caughtUp(none)).rejects.toThrow('There is no bus.')
    expect(failures).toHaveLength(1)
  })

  test('watches again when the bus comes back, however long that takes', async () => {
    const address = `unix:path=${path.join(place, 'again')}`
    const first = await startBus(address)
    const connection = connectTo(address)
    const heard: BusSignal[] = []
    connection.watch({ interface: DRIVER.interface, member: 'NameOwnerChanged' }, (signal) =>
      heard.push(signal),
    )
    await caughtUp(connection)
    const waiting = connection.call({ ...DRIVER, destination: 'org.example.Slow', member: 'Never' })
    await Promise.all([expect(waiting).rejects.toThrow(), first.stop()])
    await expect.poll(() => timers.map(({ delay }) => delay)).toEqual([CONNECT_AGAIN])
    const tryAgain = () => {
      const [again] = timers
      timers = []
      again?.wake()
    }
    tryAgain()
    await expect.poll(() => timers.map(({ delay }) => delay)).toEqual([CONNECT_AGAIN])
    const second = await startBus(address)
    try {
      tryAgain()
      await expect.poll(() => caughtUp(connection)).toHaveLength(1)
      heard.length = 0
      await caughtUp(connectTo(address))
      await expect.poll(() => heard.length).toBeGreaterThan(0)
    } finally {
      await second.stop()
    }
  })

  describe('with something else behind the address', () => {
    /** Listens in place of a bus. */
    async function pretend(
      answer: (socket: Socket, text: string) => void,
      socketPath = path.join(place, `pretend-${Math.random()}`),
    ): Promise<{ address: string; stop(): void }> {
      const sockets: Socket[] = []
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.on('error', () => undefined)
        socket.on('data', (data) => answer(socket, data.toString('latin1')))
      })
      await new Promise<void>((resolve) => server.listen(socketPath, resolve))
      return {
        address: `unix:path=${socketPath}`,
        stop() {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      }
    }

    test.each([
      [
        'that refuses this user',
        (socket: Socket) => void socket.write('REJECTED DBUS_COOKIE_SHA1\r\n'),
        /refused/,
      ],
      ['that hangs up', (socket: Socket) => void socket.destroy(), /closed|ECONNRESET/],
      [
        'that sends no messages',
        (socket: Socket, text: string) =>
          void socket.write(text.startsWith('\0') ? 'OK 0\r\n' : Buffer.alloc(64, 7)),
        /too long|no message/,
      ],
      [
        'that announces a message of 2 GiB',
        (socket: Socket, text: string) =>
          void socket.write(
            text.startsWith('\0')
              ? 'OK 0\r\n'
              : Buffer.from([0x6c, 4, 0, 1, 0, 0, 0, 0x7f, 1, 0, 0, 0, 0, 0, 0, 0]),
          ),
        /too long/,
      ],
    ])('%s, a call fails and nothing else', async (_what, answer, message) => {
      const server = await pretend(answer)
      await expect(caughtUp(connectTo(server.address))).rejects.toThrow(message)
      expect(timers.filter(({ delay }) => delay !== CONNECT_AGAIN)).toEqual([])
      server.stop()
    })

    test('at an abstract address, that is where it connects', async () => {
      const name = `satm-${process.pid}`
      const server = await pretend((socket) => void socket.write('REJECTED\r\n'), `\0${name}`)
      await expect(caughtUp(connectTo(`unix:abstract=${name},guid=0`))).rejects.toThrow('refused')
      server.stop()
    })

    test('that lets in and then does not answer, a call ends with its time and the connection with it', async () => {
      let hasEnded = false
      const server = await pretend((socket, text) => {
        socket.once('close', () => {
          hasEnded = true
        })
        if (text.startsWith('\0')) socket.write('OK 0\r\n')
      })
      const connection = connectTo(server.address)
      connection.watch(LOCKED, () => undefined)
      const called = caughtUp(connection)
      await expect.poll(() => timers.length).toBe(1)
      // The time for the greeting has taken the place of that for the sign-in once it is sent.
      const [signIn] = timers
      await expect.poll(() => timers[0] !== signIn && timers.length === 1).toBe(true)
      timers[0]?.wake()
      await expect(called).rejects.toThrow('org.freedesktop.DBus did not answer.')
      await expect.poll(() => hasEnded).toBe(true)
      server.stop()
    })

    test('that never answers, a call ends with its time', async () => {
      const server = await pretend(() => undefined)
      const called = caughtUp(connectTo(server.address))
      await expect.poll(() => timers.length).toBe(1)
      timers[0]?.wake()
      await expect(called).rejects.toThrow('The bus did not answer.')
      server.stop()
    })
  })
})

test('the addresses are those of the environment, or the usual ones', async () => {
  const failed = (error: unknown) => failures.push(error)
  const { session } = createMessageBuses({ env: {}, clock, failed })
  await expect(caughtUp(session)).rejects.toThrow('There is no bus.')
  if (process.platform !== 'linux') return
  const env = { XDG_RUNTIME_DIR: '/nowhere', DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/elsewhere%20too' }
  const usual = createMessageBuses({ env, clock, failed })
  await expect(caughtUp(usual.session)).rejects.toThrow('/nowhere/bus')
  await expect(caughtUp(usual.system)).rejects.toThrow('/elsewhere too')
})
