// The app's side over a real engine, and satm as a process of its own beside it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createDataSources } from '#application/data-sources.ts'
import { createTokenSupply } from '#delivery/endpoint/token-supply.ts'
import { writeNote } from '#satm/app-location.ts'
import { runSatm as satmHere } from '#satm/client/satm.ts'
import type { SatmApp } from '#satm/server/commands.ts'
import { startSatmServer } from '#satm/server/socket-server.ts'
import { makeWorld, type World, type WorldOptions } from '../../engine/support/world.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'

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
  close(): Promise<void>
}

export function aFolder(): string {
  return realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-line-')))
}

export async function running(options: WorldOptions, folder = aFolder()): Promise<Running> {
  const world = makeWorld(options)
  const unexpected: unknown[] = []
  const socket = path.join(folder, 'satm.sock')
  const it = { state: 'open' as Running['state'] }
  const server = await startSatmServer({
    app: appOf(world, folder, () => it.state),
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

export function appOf(world: World, dataFolder: string, state: () => Running['state']): SatmApp {
  return {
    version: '1.2.3',
    dataFolder,
    tokens: createTokenSupply(world.clock, 20_000),
    ready: async () => undefined,
    delay: (ms) => new Promise((resolve) => void world.clock.after(ms, () => resolve())),
    core: () =>
      state() === 'closed'
        ? null
        : {
            engine: world.engine,
            unreadable: [],
            dataSources: createDataSources(() => world.engine),
            history: async ({ profileId, limit }) =>
              world.attempts
                .filter(
                  ({ subject }) =>
                    profileId === null || (subject.kind === 'profile' && subject.profileId === profileId),
                )
                .toReversed()
                .slice(0, limit),
          },
    whyClosed: () => 'The keyring is locked. Unlock it.',
  }
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
  })
  return { code: await keptGoing(world, code), ...said }
}

/** satm as a program. */
export async function satmProgram(
  { world, folder }: Pick<Running, 'world' | 'folder'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { path: script } = await program()
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString()
  })
  const [code] = await keptGoing(world, once(child, 'close'))
  return { code, ...said }
}

/** Virtual time goes on, and with it whatever the engine waits for. */
async function keptGoing<T>(world: World, work: Promise<T>): Promise<T> {
  let ended = false
  void work.finally(() => {
    ended = true
  })
  while (!ended) await world.clock.advance(1)
  return work
}
