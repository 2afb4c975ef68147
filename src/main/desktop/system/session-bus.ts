// What the session bus of a Linux desktop tells: whether a keyring is there, and a host for tray icons. Electron cannot
// ask it, so one of the small tools for it does.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

export type ToolResult =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed' }
  /** No such program here: another one may be asked. */
  | { readonly kind: 'absent' }

export type RunTool = (command: string, args: readonly string[]) => ToolResult

/** Where the app runs, and how a tool is run there. */
export interface Situation {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly run: RunTool
}

const LONGEST_MS = 1_000

export const runTool: RunTool = (command, args) => {
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

/** Whether somebody owns `name` on the session bus; null when the bus cannot be asked. Takes a second at most. */
export function busNameHasOwner(name: string, run: RunTool): boolean | null {
  const answer = callBus('NameHasOwner', [name], run)
  return answer === null ? null : /\btrue\b/.test(answer)
}

/** Also a service that the bus starts as soon as somebody calls it, as Chromium does. */
function isOnBusOrInstalled(name: string, run: RunTool): boolean | null {
  const hasOwner = busNameHasOwner(name, run)
  if (hasOwner !== false) return hasOwner
  const installed = callBus('ListActivatableNames', [], run)
  return installed === null ? null : installed.split(/[\s'",[\]()]+/).includes(name)
}

/** The bus's own answer, as the first of the tools that is installed prints it; null: it cannot be asked. */
function callBus(method: string, names: readonly string[], run: RunTool): string | null {
  for (const [command, ...args] of calls(method, names)) {
    const said = run(command, args)
    if (said.kind === 'absent') continue
    return said.kind === 'text' ? said.text : null
  }
  return null
}

/** The same call in the words of each tool that may be installed. */
function calls(method: string, names: readonly string[]): readonly (readonly [string, ...string[]])[] {
  const member = `${BUS}.${method}`
  const typed = names.map((name) => `string:${name}`)
  const signature = names.length === 0 ? [] : ['s'.repeat(names.length)]
  return [
    ['dbus-send', '--session', '--print-reply=literal', `--dest=${BUS}`, BUS_PATH, member, ...typed],
    [
      'gdbus',
      'call',
      '--session',
      `--dest=${BUS}`,
      `--object-path=${BUS_PATH}`,
      `--method=${member}`,
      ...names,
    ],
    ['busctl', '--user', 'call', BUS, BUS_PATH, BUS, method, ...signature, ...names],
  ]
}

const SECRET_SERVICE = 'org.freedesktop.secrets'

/** Desktops for which Chromium picks a keyring automatically (base/nix/xdg_util.cc, key_storage_util_linux.cc). */
const KNOWN_DESKTOPS = new Set(['deepin', 'gnome', 'kde', 'pantheon', 'ukui', 'unity', 'x-cinnamon', 'xfce'])
/** Where XDG_CURRENT_DESKTOP is missing Chromium guesses by these; a second guess could pick another keyring. */
const OLDER_SIGNS = ['DESKTOP_SESSION', 'GNOME_DESKTOP_SESSION_ID', 'KDE_FULL_SESSION']

/** KWallet as Chromium looks for it, by KDE_SESSION_VERSION, on KDE; it takes no other keyring where this one is missing. */
function kwalletOf({ KDE_SESSION_VERSION: version = '' }: Situation['env']): string {
  return `org.kde.kwalletd${version === '5' || version === '6' ? version : ''}`
}

/** By KWallet's own switch; a person's file goes before the system's. */
function isKwalletOff({ XDG_CONFIG_HOME = '', HOME = '' }: Situation['env']): boolean {
  for (const folder of [XDG_CONFIG_HOME || path.join(HOME, '.config'), '/etc/xdg']) {
    try {
      const settings = readFileSync(path.join(folder, 'kwalletrc'), 'utf8')
      const [, isOn] = /^\[Wallet\][^[]*^Enabled\s*=\s*(\w+)/m.exec(settings) ?? []
      if (isOn !== undefined) return isOn === 'false'
    } catch {
      // Usually there is none.
    }
  }
  return false
}

/**
 * On a desktop Chromium does not know it uses no keyring at all, even with one running, and on KDE only KWallet, even
 * without one; it has to be told before `ready`. The value for `--password-store`, or null to leave the choice to Chromium;
 * `chosen`: the person gave one already. Takes some 10 ms, a few seconds where the bus
 * does not answer.
 */
export function passwordStoreSwitch(
  situation: Situation & { readonly chosen: boolean } = {
    ...ownSituation(),
    chosen: process.argv.some((argument) => argument.startsWith('--password-store')),
  },
): string | null {
  const { platform, env, chosen, run } = situation
  if (platform !== 'linux' || chosen || !hasSessionBus(env)) return null
  const desktops = (env.XDG_CURRENT_DESKTOP ?? '').split(':').map((desktop) => desktop.toLowerCase())
  if (desktops[0] === '' && OLDER_SIGNS.some((sign) => (env[sign] ?? '') !== '')) return null
  if (desktops.includes('kde')) {
    // What cannot be asked is left to Chromium.
    if (!isKwalletOff(env) && isOnBusOrInstalled(kwalletOf(env), run) !== false) return null
  } else if (desktops.some((desktop) => KNOWN_DESKTOPS.has(desktop))) return null
  return isOnBusOrInstalled(SECRET_SERVICE, run) === true ? 'gnome-libsecret' : null
}

/** Without a bus the tools would try to start one. */
export function hasSessionBus(env: Situation['env']): boolean {
  return (env.DBUS_SESSION_BUS_ADDRESS ?? '') !== '' || (env.XDG_RUNTIME_DIR ?? '') !== ''
}

/**
 * Whether this desktop shows tray icons: on Linux a StatusNotifierWatcher on the session bus, which GNOME has not.
 * Where it cannot be asked the answer is no: minimising a window loses nothing, hiding it might.
 */
export function trayHostIsThere(situation: Situation = ownSituation()): boolean {
  const { platform, env, run } = situation
  if (platform !== 'linux') return true
  return hasSessionBus(env) && busNameHasOwner('org.kde.StatusNotifierWatcher', run) === true
}

function ownSituation(): Situation {
  return { platform: process.platform, env: process.env, run: runTool }
}
