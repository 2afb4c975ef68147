// The desktop's side of the conversation: Debian's python3-dbusmock plays tray host, notification server and logind.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { vi } from 'vitest'

const PYTHON = '/usr/bin/python3'
const runFile = promisify(execFile)

export interface Place {
  readonly bus: 'session' | 'system'
  readonly name: string
  readonly path: string
  readonly interface: string
}

export interface MockService {
  /** The arguments of each call of `method` so far. */
  calls(method: string): Promise<readonly (readonly unknown[])[]>
  emit(signal: string, signature: string, values: readonly unknown[]): Promise<void>
  stop(): Promise<void>
}

/** Answers with what the method answered, as JSON has it; rejects with the bus's words. */
export async function call(
  { bus, name, path: object, interface: from }: Place,
  method: string,
  signature = '',
  values: readonly unknown[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<unknown> {
  const question = { bus, name, path: object, interface: from, method, signature, arguments: values }
  const script = path.join(import.meta.dirname, 'bus.py')
  const { stdout } = await runFile(PYTHON, [script, JSON.stringify(question)], { env })
  return JSON.parse(stdout)
}

/** `template`: dbusmock's own service of that name; null: an empty object that methods are added to. */
export async function startMock(
  place: Place,
  template: { readonly name: string; readonly parameters?: object } | null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<MockService> {
  const what =
    template === null
      ? [place.name, place.path, place.interface]
      : ['--template', template.name, '--parameters', JSON.stringify(template.parameters ?? {})]
  const bus = place.bus === 'system' ? ['--system'] : []
  const child = spawn(PYTHON, ['-m', 'dbusmock', ...bus, ...what], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  })
  const mock = { ...place, interface: 'org.freedesktop.DBus.Mock' }
  const complaint = firstComplaint(child)
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null)
        throw new Error(`dbusmock is missing (apt-get install python3-dbusmock): ${complaint()}`)
      await call(mock, 'GetCalls', '', [], env)
    },
    { timeout: 20_000, interval: 100 },
  )
  return {
    calls: async (method) => {
      const calls = (await call(mock, 'GetMethodCalls', 's', [method], env)) as [number, unknown[]][]
      return calls.map(([, values]) => values)
    },
    emit: async (signal, signature, values) => {
      await call(mock, 'EmitSignal', 'sssav', [place.interface, signal, signature, values], env)
    },
    stop: () => ended(child),
  }
}

export const TRAY_HOST: Place = {
  bus: 'session',
  name: 'org.kde.StatusNotifierWatcher',
  path: '/StatusNotifierWatcher',
  interface: 'org.kde.StatusNotifierWatcher',
}

/** A panel that shows tray icons. */
export async function startTrayHost(): Promise<MockService> {
  const host = await startMock(TRAY_HOST, null)
  const mock = { ...TRAY_HOST, interface: 'org.freedesktop.DBus.Mock' }
  await call(mock, 'AddMethod', 'sssss', [TRAY_HOST.interface, 'RegisterStatusNotifierItem', 's', '', ''])
  await call(mock, 'AddProperty', 'ssv', [TRAY_HOST.interface, 'IsStatusNotifierHostRegistered', true])
  return host
}

export const NOTIFICATIONS: Place = {
  bus: 'session',
  name: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.Notifications',
}

export function startNotificationServer(capabilities = 'body actions'): Promise<MockService> {
  return startMock(NOTIFICATIONS, { name: 'notification_daemon', parameters: { capabilities } })
}

/** A screen saver of the name that a desktop gives it; `ActiveChanged` is its signal. */
export function startScreenSaver(name: string): Promise<MockService> {
  return startMock({ bus: 'session', name, path: `/${name.replaceAll('.', '/')}`, interface: name }, null)
}

const LOGIND: Place = {
  bus: 'system',
  name: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
}

export interface Logind extends MockService {
  addSession(id: string, userId: number): Promise<void>
  /** `method` of the session: Lock and Unlock send those signals, SetLockedHint changes the property. */
  inSession(id: string, method: string, ...values: readonly boolean[]): Promise<void>
}

export async function startLogind(env: NodeJS.ProcessEnv): Promise<Logind> {
  const service = await startMock(LOGIND, { name: 'logind' }, env)
  const mock = { ...LOGIND, interface: 'org.freedesktop.DBus.Mock' }
  return {
    ...service,
    addSession: async (id, userId) => {
      await call(mock, 'AddSession', 'ssusb', [id, 'seat0', userId, `user${userId}`, true], env)
    },
    inSession: async (id, method, ...values) => {
      const session = { ...LOGIND, path: `${LOGIND.path}/session/${id}`, interface: `${LOGIND.name}.Session` }
      await call(session, method, 'b'.repeat(values.length), values, env)
    },
  }
}

/** A bus of the test's own that plays the system bus; the app finds it by the returned variables. */
export async function startSystemBus(): Promise<{
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}> {
  if (!existsSync(PYTHON)) throw new Error('Python is missing: apt-get install python3-dbusmock')
  const child = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error('dbus-daemon is missing: apt-get install dbus', { cause })),
    )
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
  })
  return { env: { DBUS_SYSTEM_BUS_ADDRESS: address }, stop: () => ended(child) }
}

function firstComplaint(child: ChildProcess): () => string {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.on('error', (error) => {
    said += error.message
  })
  return () => said.trim()
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await exit
}
