// A login session of a test's own: its bus, and a real gnome-keyring in the state that the test wants.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, vi } from 'vitest'
import { createMessageBus } from '#desktop/system/message-bus.ts'
import { systemClock } from '#desktop/system/system-clock.ts'

export const PASSWORD = 'pw'

export interface LoginSession {
  readonly env: Readonly<Record<string, string>>
  /** Starts the keyring, which stays locked. */
  start(): Promise<void>
  /** As PAM at the sign-in: starts the keyring where it does not run, makes it the first time, and unlocks it. */
  unlock(): Promise<void>
  /** As the desktop does. */
  lock(): Promise<void>
  /** Removes the keyring with all that is in it. */
  remove(): Promise<void>
  /** Ends the keyring, and nothing else of the session. */
  stop(): Promise<void>
  end(): Promise<void>
}

/** Of a bus that starts nothing: what nobody started is not there. */
export const BUS_CONFIG = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

const SERVICE = {
  destination: 'org.freedesktop.secrets',
  path: '/org/freedesktop/secrets',
  interface: 'org.freedesktop.Secret.Service',
}
const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
/** An operation of the daemon's control socket, as PAM uses it (gkd-control-codes.h). */
const UNLOCK = 1

/** `home`: the keyring's file lies in it, over all sessions. `installs`: the bus starts the services of this machine. */
export async function loginSession(home: string, installs: boolean): Promise<LoginSession> {
  const runtime = mkdtempSync(path.join(home, 'runtime-'))
  const config = path.join(runtime, 'bus.conf')
  writeFileSync(config, BUS_CONFIG)
  const own = { XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: path.join(home, 'data') }
  const which = installs ? '--session' : `--config-file=${config}`
  const broker = spawn('dbus-daemon', [which, '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...own },
  })
  const [line] = (await once(broker.stdout, 'data')) as [Buffer]
  const address = line.toString().trim()
  const env = { ...own, DBUS_SESSION_BUS_ADDRESS: address }
  const bus = createMessageBus({ address, clock: systemClock(), failed: () => undefined })
  const socket = path.join(runtime, 'keyring', 'control')

  const run = async (input: string, how: '--start' | '--unlock') => {
    const daemon = `exec gnome-keyring-daemon ${how} --components=secrets --daemonize`
    const { status } = spawnSync('sh', ['-c', daemon], {
      env: { ...process.env, ...env },
      input,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    if (status !== 0)
      throw new Error(`gnome-keyring-daemon ended with ${status}: apt-get install gnome-keyring`)
    await vi.waitFor(collection, { timeout: 10_000 })
  }
  const collection = async () => String((await bus.call({ ...SERVICE, member: 'ReadAlias' }, 'default'))[0])
  return {
    env,
    start: () => run('', '--start'),
    async unlock() {
      if (existsSync(socket)) await control(socket, UNLOCK, PASSWORD)
      else await run(PASSWORD, '--unlock')
    },
    async lock() {
      await bus.call({ ...SERVICE, member: 'Lock' }, [await collection()])
    },
    async remove() {
      const target = { destination: SERVICE.destination, interface: 'org.freedesktop.Secret.Collection' }
      await bus.call({ ...target, path: await collection(), member: 'Delete' })
    },
    async stop() {
      const [pid] = await bus.call({ ...BUS, member: 'GetConnectionUnixProcessID' }, SERVICE.destination)
      process.kill(Number(pid), 'SIGTERM')
      await vi.waitFor(() => expect(existsSync(socket)).toBe(false), { timeout: 10_000 })
    },
    async end() {
      bus.close()
      if (broker.exitCode !== null || broker.signalCode !== null) return
      const exit = once(broker, 'exit')
      broker.kill()
      await exit
    },
  }
}

/** One byte comes first, with which the daemon learns who asks. Rejects when it does not do it. */
async function control(path: string, operation: number, ...texts: readonly string[]): Promise<void> {
  const uint32 = (value: number) => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value)
  const args = texts.flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)])
  const packet = Buffer.concat([uint32(operation), ...args])
  const socket = connect(path)
  socket.write(Buffer.concat([Buffer.of(0), uint32(packet.length + 4), packet]))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  if (answer.readUInt32BE(4) !== 0) throw new Error(`The keyring refused ${operation}.`)
}

/** Where a person's keyring lies over several sessions. */
export function keyringHome(): { readonly path: string; remove(): void } {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-login-'))
  return {
    path: home,
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
}
