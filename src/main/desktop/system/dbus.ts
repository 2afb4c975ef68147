// One synchronous question to the session bus, by whichever small tool is there. Electron has no D-Bus of its own to ask.
import { spawnSync } from 'node:child_process'

export type Said =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed' }
  /** No such program here: another one may be asked. */
  | { readonly kind: 'absent' }

export type Run = (command: string, args: readonly string[]) => Said

const LONGEST_MS = 1_000

export const runBriefly: Run = (command, args) => {
  const { status, stdout, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: LONGEST_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return { kind: 'absent' }
  return status === 0 ? { kind: 'text', text: stdout } : { kind: 'failed' }
}

const BUS = 'org.freedesktop.DBus'
const BUS_PATH = '/org/freedesktop/DBus'

/** Whether somebody owns `name` on the session bus; null when nobody could be asked. Takes a second at most. */
export function busNameHasOwner(name: string, run: Run): boolean | null {
  for (const [command, ...args] of questions(name)) {
    const said = run(command, args)
    if (said.kind === 'absent') continue
    return said.kind === 'text' ? /\btrue\b/.test(said.text) : null
  }
  return null
}

/** The same question in the words of each tool that may be installed. */
function questions(name: string): readonly (readonly [string, ...string[]])[] {
  const method = `${BUS}.NameHasOwner`
  return [
    ['dbus-send', '--session', '--print-reply=literal', `--dest=${BUS}`, BUS_PATH, method, `string:${name}`],
    ['gdbus', 'call', '--session', `--dest=${BUS}`, `--object-path=${BUS_PATH}`, `--method=${method}`, name],
    ['busctl', '--user', 'call', BUS, BUS_PATH, BUS, 'NameHasOwner', 's', name],
  ]
}
