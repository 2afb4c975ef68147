// A real PostgreSQL for tests and the demo: its own folder and socket, an unprivileged user, gone when its owner is.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

export interface PostgresOptions {
  /** Off, a crash of the machine may lose commits, and a kill of the server does not. */
  readonly fsync?: boolean
  /** On a free port of 127.0.0.1 as well, without a password; its socket alone otherwise. */
  readonly tcp?: boolean
  /** More of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Postgres {
  /** Of the data; sockets lie in `folder`/socket. */
  readonly folder: string
  /** Of its main process; null: it is not running. */
  pid(): number | null
  /** For `pg`, as a superuser. */
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }
  /** Runs a program of PostgreSQL (`pg_dump`, `psql`, …) against it; resolves with what it printed. */
  program(name: string, args?: readonly string[]): Promise<string>
  /** Starts it again after `stop` or `crash`. */
  start(): Promise<void>
  /** In order. */
  stop(): Promise<void>
  /** As `kill -9` of its main process; the others end when they notice. */
  crash(): Promise<void>
  /** It keeps its connections and answers nothing until it goes on. */
  pause(): void
  goOn(): void
  /** A running standby that follows it by streaming replication. */
  standby(options?: PostgresOptions): Promise<Postgres>
  /** Of a standby. */
  promote(): Promise<void>
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

const USER = 'satm'
/** `nobody`: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
const START_TIMEOUT = 30_000

/** Settings that only make a throw-away server quicker. */
const FAST = {
  autovacuum: 'off',
  max_connections: '100',
  shared_buffers: '32MB',
  wal_level: 'replica',
  log_min_messages: 'warning',
  unix_socket_permissions: '0700',
}

/** The newest one that Debian's packages have put on this machine. */
function programs(): string {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).map(Number) : []
  const found = versions
    .sort((one, other) => other - one)
    .map((version) => join(root, String(version), 'bin'))
    .find((folder) => existsSync(join(folder, 'postgres')))
  if (found === undefined)
    throw new Error('PostgreSQL is not installed. Install it: sudo apt-get install postgresql')
  return found
}

export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const folder = ownedFolder()
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  await run(join(programs(), 'initdb'), initdb, { ...UNPRIVILEGED, cwd: folder })
  return serverIn(folder, options)
}

function ownedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'satm-pg-'))
  if (UNPRIVILEGED.uid !== undefined) chownSync(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  chmodSync(folder, 0o700)
  return folder
}

async function serverIn(folder: string, options: PostgresOptions): Promise<Postgres> {
  const bin = programs()
  const data = join(folder, 'data')
  const port = options.tcp === true ? await freePort() : 5432
  writeFileSync(join(data, 'postgresql.auto.conf'), configuration(folder, port, options), { flag: 'a' })
  const connection = { host: folder, port, user: USER, database: 'postgres' }
  const program = async (name: string, args: readonly string[] = []) => {
    const place = ['-h', folder, '-p', String(port), '-U', USER]
    const { stdout } = await run(join(bin, name), [...place, ...args], { maxBuffer: 2 ** 30, cwd: '/' })
    return stdout
  }
  let server: Server | null = null
  const start = async () => {
    const until = performance.now() + START_TIMEOUT
    do server = await launched(bin, data)
    while (!(await isAnswering(connection, server, until)))
  }
  const end = async (how: 'SIGINT' | 'SIGKILL') => {
    const ending = server
    server = null
    await ending?.end(how)
  }
  const postgres: Postgres = {
    folder,
    pid: () => server?.pid ?? null,
    connection,
    program,
    start,
    stop: () => end('SIGINT'),
    crash: () => end('SIGKILL'),
    pause: () => signal(server, 'SIGSTOP'),
    goOn: () => signal(server, 'SIGCONT'),
    standby: async (changes = {}) => {
      const copy = ownedFolder()
      const args = ['-D', join(copy, 'data'), '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
      const place = ['-h', folder, '-p', String(port), '-U', USER]
      await run(join(bin, 'pg_basebackup'), [...place, ...args], { ...UNPRIVILEGED, cwd: copy })
      return serverIn(copy, changes)
    },
    promote: async () => {
      await run(join(bin, 'pg_ctl'), ['promote', '-w', '-D', data], { ...UNPRIVILEGED, cwd: folder })
    },
    remove: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await start()
  return postgres
}

function configuration(folder: string, port: number, { fsync = false, tcp, settings }: PostgresOptions) {
  const all = {
    ...FAST,
    fsync: fsync ? 'on' : 'off',
    port: String(port),
    listen_addresses: tcp === true ? '127.0.0.1' : '',
    unix_socket_directories: folder,
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('')
}

/** To its main process and all others. */
function signal(server: Server | null, name: 'SIGSTOP' | 'SIGCONT'): void {
  if (server === null) throw new Error('PostgreSQL is not running')
  const parentOf = (pid: string) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    } catch {
      return null
    }
  }
  const others = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === server.pid)
  for (const pid of [server.pid, ...others.map(Number)]) process.kill(pid, name)
}

interface Server {
  readonly pid: number
  /** What it has printed so far. */
  readonly printed: () => string
  readonly hasEnded: () => boolean
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<void>
}

/** Ends the server when standard input ends, which it does whenever this process does. */
const KEEPER = `exec 3<&0
"$0" -D "$1" 3<&- & server=$!
echo $server
(cat <&3 >/dev/null 2>&1; kill -INT $server 2>/dev/null) & wait $server`

async function launched(bin: string, data: string): Promise<Server> {
  const keeper = spawn('/bin/sh', ['-c', KEEPER, join(bin, 'postgres'), data], {
    ...UNPRIVILEGED,
    cwd: data,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
  let printed = ''
  keeper.stderr.on('data', (chunk) => {
    printed += chunk
  })
  const pid = await firstLine(keeper)
  return {
    pid,
    printed: () => printed,
    hasEnded: () => keeper.exitCode !== null || keeper.signalCode !== null,
    end: async (signal) => {
      // Its other processes end with the main one, once they notice.
      if (signal === 'SIGKILL') process.kill(pid, signal)
      else keeper.stdin.end()
      await ended
      keeper.stdin.end()
    },
  }
}

function firstLine({ stdout }: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    stdout?.once('data', (line) => resolve(Number(line)))
    stdout?.once('close', () => reject(new Error('PostgreSQL could not be started')))
  })
}

/** False: processes of the one before have not noticed yet that it was killed. */
async function isAnswering(
  connection: Postgres['connection'],
  server: Server,
  until: number,
): Promise<boolean> {
  for (;;) {
    const client = new pg.Client(connection)
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      const isLate = performance.now() > until
      if (server.hasEnded() && !isLate && server.printed().includes('is still in use')) return false
      if (server.hasEnded() || isLate) throw new Error(`PostgreSQL does not answer: ${server.printed()}`)
      await delay(20)
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer()
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      listener.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('no free port'))
      })
    })
  })
}
