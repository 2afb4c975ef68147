// One synchronous question to the session bus, by whichever small tool is there. Electron has no D-Bus of its own to ask.
import { spawnSync } from 'node:child_process'

/** Runs a program; null when it is absent, failed or took too long. */
export type Run = (command: string, args: readonly string[]) => string | null

const LONGEST_MS = 1_000

export const runBriefly: Run = (command, args) => {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: LONGEST_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout : null
}

/** Whether somebody owns `name` on the session bus; null when nobody could be asked. */
export function busNameHasOwner(name: string, run: Run): boolean | null {
  const bus = 'org.freedesktop.DBus'
  const answer =
    run('dbus-send', [
      '--session',
      '--print-reply=literal',
      `--dest=${bus}`,
      '/org/freedesktop/DBus',
      `${bus}.NameHasOwner`,
      `string:${name}`,
    ]) ??
    run('gdbus', [
      'call',
      '--session',
      `--dest=${bus}`,
      '--object-path=/org/freedesktop/DBus',
      `--method=${bus}.NameHasOwner`,
      name,
    ]) ??
    run('busctl', ['--user', 'call', bus, '/org/freedesktop/DBus', bus, 'NameHasOwner', 's', name])
  return answer === null ? null : /\btrue\b/.test(answer)
}
