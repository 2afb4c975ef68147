// Starts the app, or a bare window, without any debugger.
import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface Probed {
  readonly pid: number
  /** ms from spawning it to the paint of what was to be seen. */
  readonly seenAfter: Promise<number>
  /** Closes its windows, as a person does. */
  closeWindows(): void
  /** What JavaScript holds in main and in its window after a forced garbage collection, MiB; 0: no window. */
  heaps(): Promise<{ readonly main: number; readonly renderer: number }>
  /** Sends a request from its window, as a press of a button does. */
  request(name: string, input: Readonly<Record<string, unknown>>): void
  end(): Promise<void>
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

export const launchArguments = (dataFolder: string, app = root) =>
  [...sandboxSwitch, app, `--user-data-dir=${dataFolder}`] as const

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
  return {
    pid: child.pid ?? 0,
    seenAfter,
    closeWindows: () => child.stdin.write('close\n'),
    async heaps() {
      child.stdin.write('heaps\n')
      for await (const [line] of on(lines, 'line', { close: ['close'] })) {
        const [, main, renderer] = /^heaps ([\d.]+) ([\d.]+)$/.exec(line) ?? []
        if (main !== undefined && renderer !== undefined)
          return { main: Number(main), renderer: Number(renderer) }
      }
      throw new Error(`It ended:\n${said}`)
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
