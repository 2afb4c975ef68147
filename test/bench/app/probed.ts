// Starts the app, or a bare window, without any debugger.
import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface Running {
  readonly pid: number
  /** ms from spawning it to the paint of what was to be seen. */
  readonly seenAfter: Promise<number>
  end(): Promise<void>
}

/** On the screen, px. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Probed extends Running {
  /** Closes its windows, as a person does. */
  closeWindows(): void
  /** What JavaScript holds in main and in its window after a forced garbage collection, MiB; 0: no window. */
  heaps(): Promise<{ readonly main: number; readonly renderer: number }>
  /** Where what was to be seen is now. */
  place(): Promise<Place>
  /** Sends a request from its window, as a press of a button does. */
  request(name: string, input: Readonly<Record<string, unknown>>): void
}

interface DataFolder {
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
  /** More switches of the app. */
  readonly args?: readonly string[]
}

const root = path.resolve(import.meta.dirname, '../../..')
/** ms */
const PATIENCE = 60_000

export function startApp(folder: DataFolder, seen = '[aria-label="Service apps"] tbody a bdi'): Probed {
  return start(root, seen, folder)
}

export function startBare(dataFolder: string): Probed {
  return start(path.join(import.meta.dirname, 'bare'), '.seen', { dataFolder, env: {} })
}

/** Chromium refuses to sandbox what root runs; both are given the same. */
const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** `app`: its folder; null: the executable has its own. */
export const launchArguments = (dataFolder: string, app: string | null = root) =>
  [...sandboxSwitch, ...(app === null ? [] : [app]), `--user-data-dir=${dataFolder}`] as const

function start(app: string, seen: string, { dataFolder, env, args = [] }: DataFolder): Probed {
  const began = performance.timeOrigin + performance.now()
  const probe = path.join(import.meta.dirname, 'probe')
  const child = spawn(runtime(), [...launchArguments(dataFolder, probe), ...args], {
    env: { ...process.env, ...env, SATM_BENCH_APP: app, SATM_BENCH_SEEN: seen },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  const seenAfter = new Promise<number>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const [, at] = /^seen ([\d.]+)$/m.exec(said) ?? []
      if (at !== undefined) resolve(Number(at) - began)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${said}`)))
    setTimeout(() => reject(new Error(`Nothing was seen:\n${said}`)), PATIENCE).unref()
  })
  seenAfter.catch(() => undefined)
  const lines = createInterface(child.stdout)
  const answered = async (order: 'heaps' | 'place'): Promise<readonly number[]> => {
    child.stdin.write(`${order}\n`)
    for await (const [line] of on(lines, 'line', { close: ['close'] })) {
      const [name, ...numbers] = String(line).split(' ')
      if (name === order) return numbers.map(Number)
    }
    throw new Error(`It ended:\n${said}`)
  }
  return {
    pid: child.pid ?? 0,
    seenAfter,
    closeWindows: () => child.stdin.write('close\n'),
    async heaps() {
      const [main = 0, renderer = 0] = await answered('heaps')
      return { main, renderer }
    },
    async place() {
      const [x = 0, y = 0, width = 0, height = 0] = await answered('place')
      return { x, y, width, height }
    },
    request: (name, input) => child.stdin.write(`request ${JSON.stringify([name, input])}\n`),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.stdin.write('quit\n')
      await exit
    },
  }
}

export function runtime(): string {
  const executable = process.env.SATM_ELECTRON ?? ''
  if (executable === '') throw new Error('SATM_ELECTRON is not set: run "npm run bench -- app"')
  return executable
}
