// A server as a process of its own: a vault with the service apps of a simulated Webex, and `satm serve` over it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { buildIfStale } from '../../../scripts/build/build.mjs'
import { PASSPHRASE } from './server-vault.ts'

export const SATM = path.resolve(import.meta.dirname, '../../../out/satm/index.js')

/** To be called before the first server of a test file. */
export const buildServer = () => buildIfStale(['programs'])

export interface Place {
  readonly folder: string
  readonly passphraseFile: string
  readonly env: NodeJS.ProcessEnv
}

/** Gone when the test is over. */
export function aPlace(env: NodeJS.ProcessEnv = {}): Place {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-server-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const passphraseFile = path.join(root, 'passphrase')
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 })
  return {
    folder: path.join(root, 'data'),
    passphraseFile,
    env: { PATH: process.env.PATH, HOME: root, SATM_OPERATIONS_LISTEN: 'off', ...env },
  }
}

export async function aWebex(options: SimulatorOptions = {}): Promise<Simulator> {
  const webex = await startSimulator({ apps: 1, orgs: 1, ...options })
  onTestFinished(() => webex.close())
  return webex
}

export interface LogLine {
  readonly time: string
  readonly level: string
  readonly event: string
  readonly [field: string]: unknown
}

export interface Server {
  readonly child: ChildProcess
  readonly place: Place
  /** All it has printed so far. */
  readonly out: () => string
  readonly err: () => string
  readonly log: () => readonly LogLine[]
  /** Resolves with the first line of this event. */
  logged(event: string): Promise<LogLine>
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | string>
  /** Resolves with how it ended. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

export async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Ended with the test. */
export async function aServer(place: Place, args: readonly string[] = []): Promise<Server> {
  const { folder, passphraseFile, env } = place
  const port = await aFreePort()
  const usual = [
    '--data-folder',
    folder,
    '--passphrase-file',
    passphraseFile,
    '--listen',
    `127.0.0.1:${port}`,
  ]
  const child = spawn(process.execPath, [SATM, 'serve', ...usual, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout?.on('data', (bytes: Buffer) => {
    printed.out += bytes.toString()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    printed.err += bytes.toString()
  })
  const ended = once(child, 'close').then(([code, signal]): number | string => signal ?? code)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const log = () =>
    printed.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line): LogLine => JSON.parse(line))
  const lineOf = (event: string) => log().find((line) => line.event === event)
  return {
    child,
    place,
    out: () => printed.out,
    err: () => printed.err,
    log,
    async logged(event) {
      await expect
        .poll(
          () =>
            lineOf(event) === undefined && child.exitCode !== null
              ? printed
              : (lineOf(event)?.event ?? printed.out),
          {
            timeout: 30_000,
            interval: 20,
          },
        )
        .toBe(event)
      const found = lineOf(event)
      if (found === undefined) throw new Error(`no ${event}`)
      return found
    },
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** satm as a program, over the server's socket. */
export async function satm(
  place: Place,
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [SATM, ...args, '--no-start', '--data-folder', place.folder], {
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout?.on('data', (bytes: Buffer) => {
    printed.out += bytes.toString()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    printed.err += bytes.toString()
  })
  const [code] = await once(child, 'close')
  return { code, ...printed }
}
