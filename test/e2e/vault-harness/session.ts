// Login sessions with a real gnome-keyring in each of its states, and the harness inside them.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { bundle } from '../../vault/support/bundle.ts'
import { BUS_CONFIG } from '../support/login-session.ts'
import type { Opened, Order } from './order.ts'

const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Unlocks (or, the first time, makes) the keyring that lies in XDG_DATA_HOME. */
export const UNLOCK = 'printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null'
/** Closes the keyring as the desktop's lock does. */
const KEYRING = {
  unlocked: UNLOCK,
  locked: 'gnome-keyring-daemon --start --components=secrets --daemonize >/dev/null',
  absent: ':',
} as const

export interface Session {
  readonly keyring: keyof typeof KEYRING
  /** The keyring's files; one folder is one login over the years. */
  readonly home: string
  /** As Chromium is told, or as it chooses by itself. */
  readonly passwordStore?: 'gnome-libsecret' | 'kwallet5' | 'basic'
}

export interface VaultHarness {
  folder(name: string): string
  copy(from: string, name: string): string
  open(session: Session, orders: readonly Order[]): Promise<readonly Opened[]>
  remove(): void
}

export async function vaultHarness(): Promise<VaultHarness> {
  for (const tool of ['dbus-run-session', 'gnome-keyring-daemon']) needs(tool)
  const program = await bundle(path.join(import.meta.dirname, 'main.ts'))
  const place = mkdtempSync(path.join(tmpdir(), 'satm-keyring-'))
  const app = path.dirname(program.path)
  writeFileSync(
    path.join(app, 'package.json'),
    JSON.stringify({ name: 'vault-harness', version: '1.0.0', type: 'module', main: 'program.mjs' }),
  )
  // A bus that starts nothing by itself: what nobody started is not there.
  const busConfig = path.join(place, 'bus.conf')
  writeFileSync(busConfig, BUS_CONFIG)
  const folder = (name: string) => {
    const created = path.join(place, name)
    mkdirSync(created, { recursive: true })
    return created
  }
  let sessions = 0
  return {
    folder,
    copy(from, name) {
      const target = path.join(place, name)
      cpSync(from, target, { recursive: true })
      return target
    },
    async open({ keyring, home, passwordStore }, orders) {
      sessions += 1
      const script = `${KEYRING[keyring]}; exec "$@"`
      const store = passwordStore === undefined ? [] : [`--password-store=${passwordStore}`]
      const userData = `--user-data-dir=${folder(`electron-${sessions}`)}`
      const electron = [runtime(), ...sandboxSwitch, ...store, app, userData]
      const session = [
        '--config-file',
        busConfig,
        '--',
        'sh',
        '-c',
        script,
        'session',
        ...withDisplay(electron),
      ]
      const stdout = await finished(session, {
        ...process.env,
        DBUS_SESSION_BUS_ADDRESS: undefined,
        GNOME_KEYRING_CONTROL: undefined,
        XDG_CURRENT_DESKTOP: undefined,
        XDG_DATA_HOME: folder(home),
        XDG_RUNTIME_DIR: folder(`runtime-${sessions}`),
        SATM_HARNESS_ORDERS: JSON.stringify(orders),
      })
      return stdout
        .split('\n')
        .flatMap((line) => (line.startsWith('opened ') ? [JSON.parse(line.slice(7))] : []))
    },
    remove() {
      program.remove()
      rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** What it printed. The whole session ends with it, or after a minute. */
async function finished(session: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('dbus-run-session', session, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)]
  try {
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(60_000) })
    if (code !== 0) throw new Error(`the session ended with ${code}`)
    return await stdout
  } catch (cause) {
    kill(child.pid)
    throw new Error(`The harness did not finish:\n${await stdout}${await stderr}`, { cause })
  }
}

async function collected(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}

/** The group of our own session: bus, keyring, X server and Electron. */
function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}

function withDisplay(command: readonly string[]): readonly string[] {
  if (process.env.DISPLAY) return command
  needs('xvfb-run')
  return ['xvfb-run', '--auto-servernum', ...command]
}

function needs(tool: string): void {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' })
  } catch {
    throw new Error(`${tool} is missing: apt-get install dbus gnome-keyring xvfb xauth`)
  }
}

function runtime(): string {
  const executable = process.env.SATM_ELECTRON
  if (executable === undefined || executable === '') {
    throw new Error(
      'SATM_ELECTRON is not set: run "npm test", or SATM_ELECTRON=$(npm run --silent electron-path)',
    )
  }
  return executable
}
