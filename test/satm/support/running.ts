// The app's side over a real engine, and satm as a process of its own beside it.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createDataSources } from '#application/data-sources.ts'
import { createImports } from '#application/import-service-apps.ts'
import { createSatmCommands } from '#application/satm-commands.ts'
import type { Place } from '#contract/contract.ts'
import { createTokenSupply } from '#delivery/endpoint/token-supply.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { writeNote } from '#satm/app-location.ts'
import { runSatm as satmHere } from '#satm/client/satm.ts'
import type { TerminalInput } from '#satm/client/terminal-input.ts'
import type { Check, SharedVaultStanding } from '#satm/protocol.ts'
import type { SatmApp } from '#satm/server/commands.ts'
import { startSatmServer } from '#satm/server/socket-server.ts'
import { directReader } from '../../application/support/direct-reader.ts'
import { makeWorld, type World, type WorldOptions } from '../../engine/support/world.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { type Administered, administered } from './administration.ts'

export const userId = process.getuid?.() ?? null

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly world: World
  readonly folder: string
  readonly socket: string
  /** Errors no answer was meant to have. */
  readonly unexpected: unknown[]
  /** What runs, or why nothing does. */
  state: 'open' | 'closed'
  readonly around: Around
  readonly administered: Administered
  close(): Promise<void>
}

/** What the app does beside the engine, as a test has it. */
export interface Around {
  delivery: { delivered: number; unverified: number; of: number }
  checks: readonly Check[]
  version: string
  isServer: boolean
  readonly opened: Place[]
  readonly written: { readonly how: 'copy' | 'move'; readonly file: string; readonly passphrase: string }[]
  leftOut: number
  incidents: readonly Incident[] | null
  sharedVault: SharedVaultStanding | null
  /** Why the history cannot be read. */
  historyFailure: Error | null
}

const anAround = (): Around => ({
  delivery: { delivered: 0, unverified: 0, of: 0 },
  checks: [],
  version: '1.2.3',
  isServer: false,
  opened: [],
  written: [],
  leftOut: 0,
  incidents: null,
  sharedVault: null,
  historyFailure: null,
})

/** What is pasted into satm, in parts; no terminal. */
function pasted(parts: readonly string[]): TerminalInput {
  const left = [...parts]
  return {
    isTerminal: false,
    read: async () => left.shift() ?? null,
    readHidden: async () => null,
    interrupted: new Promise(() => {}),
    close: () => undefined,
  }
}

export function aFolder(): string {
  return realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-line-')))
}

export async function running(options: WorldOptions, folder = aFolder()): Promise<Running> {
  const world = makeWorld(options)
  const unexpected: unknown[] = []
  const socket = path.join(folder, 'satm.sock')
  const it = { state: 'open' as Running['state'], around: anAround(), administered: administered(world) }
  const server = await startSatmServer({
    app: appOf(world, folder, () => it.state, it.around, it.administered),
    socket,
    userId,
    clock: world.clock,
    unexpected: (error) => unexpected.push(error),
  })
  writeNote(folder, { socket, command: null })
  return Object.assign(it, {
    world,
    folder,
    socket,
    unexpected,
    async close() {
      await server.close()
      await world.engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

export function appOf(
  world: World,
  dataFolder: string,
  state: () => Running['state'],
  around: Around = anAround(),
  administration: Administered = administered(world),
): SatmApp {
  return {
    get version() {
      return around.version
    },
    get isServer() {
      return around.isServer
    },
    commands: createSatmCommands({
      fleet: () => ({
        ...world.engine.view(),
        ...(around.incidents === null ? {} : { incidents: around.incidents }),
      }),
      deliver: async () => around.delivery,
      targetsOf: () => [],
      importOf: (file) =>
        createImports({
          engine: () => world.engine,
          reader: directReader,
          idClock: { now: world.engine.now, newId: randomUUID },
          dialogs: { fileToOpen: async () => file, fileToSave: async () => null },
        }),
      writing: () => ({
        write: (file, passphrase) => written(around, { how: 'copy', file, passphrase: passphrase.reveal() }),
        move: (file, passphrase) => written(around, { how: 'move', file, passphrase: passphrase.reveal() }),
      }),
      openAt: (place) => void around.opened.push(place),
      examine: async () => around.checks,
      administration: async () => administration.administration,
    }),
    dataFolder,
    tokens: createTokenSupply(world.clock, 20_000),
    ready: async () => undefined,
    holdsRenewals: () => false,
    now: () => 0,
    delay: (ms) => new Promise((resolve) => void world.clock.after(ms, () => resolve())),
    core: () =>
      state() === 'closed'
        ? null
        : {
            engine: world.engine,
            unreadable: [],
            dataSources: createDataSources(() => world.engine),
            history: async ({ profileId, limit }) => {
              if (around.historyFailure !== null) throw around.historyFailure
              return world.attempts
                .filter(
                  ({ subject }) =>
                    profileId === null || (subject.kind === 'profile' && subject.profileId === profileId),
                )
                .toReversed()
                .slice(0, limit)
            },
            sharedVault: () => around.sharedVault,
          },
    whyClosed: () => 'The keyring is locked. Unlock it.',
  }
}

async function written(around: Around, one: Around['written'][number]) {
  around.written.push(one)
  const { leftOut } = around
  return { path: one.file, serviceApps: 1, customers: 3, managers: 1, attempts: 88, leftOut }
}

let built: Promise<Bundle> | null = null

/** Built once for a test file; `removeProgram` at its end. */
export function program(): Promise<Bundle> {
  built ??= bundle(path.resolve(import.meta.dirname, '../../../src/main/satm/client/main.ts'))
  return built
}

export async function removeProgram(): Promise<void> {
  ;(await built)?.remove()
  built = null
}

/** satm in this process, as `main.ts` calls it; without `exec`, which would print here. */
export async function satm(
  { world, folder }: Pick<Running, 'world' | 'folder'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: readonly string[] = [],
): Promise<Ran> {
  const said = { out: '', err: '' }
  const code = satmHere(args, {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: folder, ...env },
    version: '1.2.3',
    style: { terminal: false, colors: false },
    atKeyboard: () => false,
    out(text) {
      said.out += text
    },
    complain(line) {
      said.err += line
    },
    progress: () => undefined,
    input: async () => pasted(input),
  })
  return { code: await keptGoing(world, code), ...said }
}

/** What is typed or pasted; null: satm does not wait for it yet. */
export type Input = () => string | null

/** The returned function is called until there is something to type. */
export function typing(input: Input, type: (text: string) => void): () => void {
  let isTyped = false
  return () => {
    const text = isTyped ? null : input()
    if (text === null) return
    isTyped = true
    type(text)
  }
}

/** satm as a program. */
export async function satmProgram(
  { world, folder }: Pick<Running, 'world' | 'folder'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: Input = () => '',
): Promise<Ran> {
  const { path: script } = await program()
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: folder, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // Whoever has ended reads no more.
  child.stdin.on('error', () => undefined)
  const type = typing(input, (text) => child.stdin.end(text))
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  const [code] = await keptGoing(world, once(child, 'close'), (clock) => {
    type()
    return inStep(clock)
  })
  return { code, ...said }
}

/** Virtual time goes on, and with it whatever the engine waits for. */
async function keptGoing<T>(
  world: World,
  work: Promise<T>,
  step = (clock: World['clock']) => clock.advance(1),
): Promise<T> {
  let ended = false
  void work.finally(() => {
    ended = true
  })
  while (!ended) await step(world.clock)
  return work
}

/** Not so fast that a process of its own, on a busy computer, has no time left to send its request. */
export async function inStep(clock: World['clock']): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  await clock.advance(5)
}
