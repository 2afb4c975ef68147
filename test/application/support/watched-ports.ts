// What this thread does to the outside, call by call: files it may change, connections, processes. The calls go through.
import childProcess, { ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

export interface Watched {
  /** Kind and first words of each call. */
  readonly calls: readonly string[]
  stop(): void
}

const ONE_PATH = [
  ...[
    'appendFile',
    'chmod',
    'chown',
    'createWriteStream',
    'lchown',
    'lutimes',
    'mkdir',
    'mkdtemp',
    'rm',
    'rmdir',
  ],
  ...['truncate', 'unlink', 'utimes', 'writeFile'],
] as const
const TWO_PATHS = ['copyFile', 'cp', 'link', 'rename', 'symlink'] as const
const READING = [undefined, 'r', 'rs', fs.constants.O_RDONLY]

type Table = Record<string, unknown>
type Call = (this: unknown, ...given: unknown[]) => unknown

/** `isFine`: paths that may be written. */
export function watchPorts(
  isFine: (path: string) => boolean,
  seen: (call: string) => void = () => {},
): Watched {
  const calls: string[] = []
  const undo: (() => void)[] = []
  const note = (call: string) => {
    calls.push(call)
    seen(call)
  }
  const watch = (table: object, name: string, look: (given: readonly unknown[]) => string | null) => {
    const owner = table as Table
    const original = owner[name]
    if (typeof original !== 'function') return
    owner[name] = function (this: unknown, ...given: unknown[]) {
      const call = look(given)
      if (call !== null) note(call)
      return (original as Call).apply(this, given)
    }
    undo.push(() => {
      owner[name] = original
    })
  }
  const writing = (name: string, paths: readonly unknown[]) =>
    paths.every((path) => typeof path === 'number' || isFine(String(path)))
      ? null
      : `${name} ${paths.join(' ')}`
  const isReading = (flags: unknown) =>
    READING.includes(flags as string) ||
    typeof flags === 'function' ||
    (typeof flags === 'number' && (flags & 3) === 0)

  for (const table of [fs, fs.promises]) {
    for (const suffix of ['', 'Sync']) {
      for (const name of ONE_PATH) {
        watch(table, name + suffix, ([path]) =>
          writing(name, typeof path === 'object' && path !== null ? [0] : [path]),
        )
      }
      for (const name of TWO_PATHS) watch(table, name + suffix, (given) => writing(name, given.slice(0, 2)))
      watch(table, `open${suffix}`, ([path, flags]) => (isReading(flags) ? null : writing('open', [path])))
    }
  }
  watch(net.Socket.prototype, 'connect', ([to]) => `connect ${JSON.stringify(to)}`)
  watch(net.Server.prototype, 'listen', () => 'listen')
  watch(ChildProcess.prototype, 'spawn', () => 'spawn')
  for (const name of ['spawnSync', 'execFileSync', 'execSync']) watch(childProcess, name, () => name)
  syncBuiltinESMExports()
  return {
    calls,
    stop() {
      for (const restore of undo) restore()
      syncBuiltinESMExports()
    },
  }
}
