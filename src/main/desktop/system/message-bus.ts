// Message bus: the app's own connection to a D-Bus bus of a Linux desktop, over which it asks services and receives their
// signals. It costs no process, and nothing while nobody speaks.
import { connect, type Socket } from 'node:net'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import {
  type Argument,
  type BusCall,
  type BusMessage,
  decodeMessage,
  encodeCall,
  messageLength,
} from './bus-message.ts'

/** Which signals; what is left out may be anything. */
export interface SignalMatch {
  readonly interface: string
  readonly member: string
  /** The well-known name of who sends it. Needed on the system bus, where every user can send. */
  readonly sender?: string
  readonly path?: string
  readonly pathNamespace?: string
  /** The first argument, a text. */
  readonly arg0?: string
  /** Also what is sent to this connection alone, and so past the bus's rules: anybody can have sent that. */
  readonly alsoDirected?: true
}

export interface BusSignal {
  readonly path: string
  readonly body: readonly unknown[]
}

export interface MessageBus {
  /** What the method returned. The bus starts a service that is installed. Rejects with a `BusError`. */
  call(call: BusCall, ...args: readonly Argument[]): Promise<readonly unknown[]>
  /** A property of an object; rejects with a `BusError`. */
  property(of: Omit<BusCall, 'member'>, name: string): Promise<unknown>
  /**
   * Calls `listener` for each such signal from now on, also of a service that appears later. Returns what stops it. Where
   * there is no bus nothing ever comes. A property that is asked for after this and changes later is not missed.
   */
  watch(match: SignalMatch, listener: (signal: BusSignal) => void): () => void
  close(): void
}

export class BusError extends Error {
  override readonly name = 'BusError'
}

/** No answer within `LONGEST_ANSWER`. */
export class BusTimeout extends BusError {}

interface MessageBusDependencies {
  /** As D-Bus writes it, such as unix:path=/run/user/1000/bus; null: there is no bus. */
  readonly address: string | null
  readonly clock: Pick<Clock, 'after'>
  /** The bus could not be reached, or refused a watch; called once. */
  readonly failed: (error: unknown) => void
}

export interface MessageBuses {
  /** Of the services that belong to this user's session. */
  readonly session: MessageBus
  /** Of the services of the machine. */
  readonly system: MessageBus
}

/** Nothing is connected before it is needed; off Linux there is no bus. */
export function createMessageBuses({
  env,
  ...rest
}: Omit<MessageBusDependencies, 'address'> & {
  readonly env: Readonly<Record<string, string | undefined>>
}): MessageBuses {
  const runtime = env.XDG_RUNTIME_DIR ?? ''
  const session = env.DBUS_SESSION_BUS_ADDRESS || (runtime === '' ? null : `unix:path=${runtime}/bus`)
  const system = env.DBUS_SYSTEM_BUS_ADDRESS || 'unix:path=/run/dbus/system_bus_socket'
  const bus = (address: string | null) =>
    createMessageBus({ ...rest, address: process.platform === 'linux' ? address : null })
  return { session: bus(session), system: bus(system) }
}

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}

/** For an answer. A service that has to be started first takes longer than one that is there. */
const LONGEST_ANSWER: Duration = 5_000
/** After a bus was lost that had been there. */
const CONNECT_AGAIN: Duration = 30_000
/** Bytes. The bus would pass on 128 MiB. */
const LONGEST_MESSAGE = 4 * 1024 * 1024

interface Watch {
  readonly match: SignalMatch
  readonly listener: (signal: BusSignal) => void
}

interface Connection {
  send(call: BusCall, args: readonly Argument[]): Promise<readonly unknown[]>
  /** It then counts as ended, not as lost. */
  end(): void
}

export function createMessageBus({ address, clock, failed }: MessageBusDependencies): MessageBus {
  const watches = new Set<Watch>()
  let connection: Promise<Connection> | null = null
  let isClosed = false
  let hasFailed = false

  const deliver = ({ interface: from, member, path, body, destination }: BusMessage) => {
    for (const { match, listener } of [...watches]) {
      if (destination !== '' && match.alsoDirected !== true) continue
      if (match.interface === from && match.member === member && isFrom(match, path, body)) {
        listener({ path, body })
      }
    }
  }
  const watchAgain = () => {
    if (isClosed || watches.size === 0) return
    clock.after(CONNECT_AGAIN, () => {
      const addAll = () => {
        for (const { match } of watches) addMatch(match)
      }
      connected().then(addAll, watchAgain)
    })
  }
  const lost = () => {
    connection = null
    watchAgain()
  }
  const open = async () => {
    if (address === null || isClosed) throw new BusError('There is no bus.')
    const opened = await openConnection(pathOf(address), clock, { signal: deliver, lost })
    try {
      await opened.send({ ...BUS, member: 'Hello' }, [])
      return opened
    } catch (error) {
      opened.end()
      throw error
    }
  }
  const connected = () => {
    connection ??= open().catch((error) => {
      connection = null
      throw error
    })
    return connection
  }
  const call: MessageBus['call'] = async (wanted, ...args) => (await connected()).send(wanted, args)
  const addMatch = (match: SignalMatch) => {
    if (address === null) return
    call({ ...BUS, member: 'AddMatch' }, ruleOf(match)).catch((error) => {
      if (!hasFailed) failed(error)
      hasFailed = true
    })
  }

  return {
    call,
    async property(of, name) {
      const properties = { ...of, interface: 'org.freedesktop.DBus.Properties', member: 'Get' }
      const [value] = await call(properties, of.interface, name)
      return value
    },
    watch(match, listener) {
      const watch = { match, listener }
      watches.add(watch)
      addMatch(match)
      return () => {
        if (!watches.delete(watch) || connection === null) return
        call({ ...BUS, member: 'RemoveMatch' }, ruleOf(match)).catch(() => undefined)
      }
    },
    close() {
      isClosed = true
      watches.clear()
      void connection?.then((to) => to.end()).catch(() => undefined)
    },
  }
}

function ruleOf({ pathNamespace, alsoDirected: _, ...match }: SignalMatch): string {
  const keys = Object.entries({ type: 'signal', ...match, path_namespace: pathNamespace })
  return keys.flatMap(([key, value]) => (value === undefined ? [] : [`${key}='${value}'`])).join(',')
}

/** The sender is left to the bus, which alone knows who owns a name. */
function isFrom({ path, pathNamespace, arg0 }: SignalMatch, from: string, body: readonly unknown[]): boolean {
  return (
    (path === undefined || path === from) &&
    (pathNamespace === undefined || from === pathNamespace || from.startsWith(`${pathNamespace}/`)) &&
    (arg0 === undefined || arg0 === body[0])
  )
}

/**
 * Of the first socket that the address lists (specification, "Server Addresses"). An abstract one begins with a zero; Node 20
 * does not find it, since it fills up the name. D-Bus 1.14 and later, and systemd, listen on a path.
 */
function pathOf(address: string): string {
  for (const one of address.split(';')) {
    const [transport, list = ''] = one.split(':', 2)
    const keys = new Map(list.split(',').map((pair) => pair.split('=', 2) as [string, string]))
    const abstract = keys.get('abstract')
    const path = keys.get('path') ?? (abstract === undefined ? undefined : `\0${abstract}`)
    if (transport === 'unix' && path !== undefined) return decodeURIComponent(path)
  }
  throw new BusError('The address of the bus names no socket.')
}

interface Waiting {
  readonly answered: (message: BusMessage) => void
  readonly failed: (error: BusError) => void
}

/** Authenticated as this process's user (specification, "Authentication Protocol", EXTERNAL). */
async function openConnection(
  path: string,
  clock: Pick<Clock, 'after'>,
  heard: { readonly signal: (message: BusMessage) => void; readonly lost: () => void },
): Promise<Connection> {
  const socket = connect({ path })
  const waiting = new Map<number, Waiting>()
  let serial = 0

  const within = (what: string, started: (waiting: Waiting) => void): Promise<BusMessage> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(LONGEST_ANSWER, () => reject(new BusTimeout(`${what} did not answer.`)))
      started({
        answered(message) {
          cancel()
          resolve(message)
        },
        failed(error) {
          cancel()
          reject(error)
        },
      })
    })

  const take = (message: BusMessage) => {
    if (message.type === 'signal') return heard.signal(message)
    const asked = waiting.get(message.replyTo)
    if (asked === undefined || (message.type !== 'reply' && message.type !== 'error')) return
    waiting.delete(message.replyTo)
    if (message.type === 'reply') asked.answered(message)
    else asked.failed(new BusError(`${message.errorName}: ${String(message.body[0] ?? '')}`))
  }

  const end = (error: BusError) => {
    socket.destroy()
    for (const asked of waiting.values()) asked.failed(error)
    waiting.clear()
  }

  await authenticate(socket, clock)
  socket.on('error', (error) => end(new BusError(error.message)))
  socket.on('close', () => {
    end(new BusError('The bus closed the connection.'))
    heard.lost()
  })
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (;;) {
      const length = messageLength(received)
      if (length !== null && length > LONGEST_MESSAGE) return end(new BusError('A message is too long.'))
      if (length === null || length > received.length) return
      const bytes = received.subarray(0, length)
      received = received.subarray(length)
      let message: BusMessage
      try {
        message = decodeMessage(bytes)
      } catch (error) {
        return end(new BusError('The bus sent what is no message.', { cause: error }))
      }
      take(message)
    }
  })

  return {
    async send(call, args) {
      serial += 1
      const mine = serial
      try {
        const { body } = await within(call.destination, (asked) => {
          waiting.set(mine, asked)
          socket.write(encodeCall(mine, call, args))
        })
        return body
      } finally {
        waiting.delete(mine)
      }
    },
    end() {
      socket.removeAllListeners('close')
      end(new BusError('The connection was closed.'))
    },
  }
}

function authenticate(socket: Socket, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: BusError | null) => {
      cancel()
      for (const event of ['error', 'close', 'data']) socket.removeAllListeners(event)
      if (error === null) return resolve()
      socket.destroy()
      reject(error)
    }
    const cancel = clock.after(LONGEST_ANSWER, () => settle(new BusTimeout('The bus did not answer.')))
    socket.once('error', (error) => settle(new BusError(error.message)))
    socket.once('close', () => settle(new BusError('The bus closed the connection.')))
    socket.once('data', (answer: Buffer) => {
      if (!answer.toString().startsWith('OK ')) return settle(new BusError('The bus refused this user.'))
      socket.write('BEGIN\r\n')
      settle(null)
    })
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    socket.write(`\0AUTH EXTERNAL ${user}\r\n`)
  })
}
