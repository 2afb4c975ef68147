// Start at login: a freedesktop.org autostart file on Linux, the system's own list elsewhere; one entry for each data folder.
// What the entry says is the only record of it, since the desktop's tools and people change it as well.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { app } from 'electron'

/** Tells a start at login from a manual one. */
export const LOGIN_ARGUMENT = '--started-at-login'

export interface LoginItem {
  /** What the entry said when it was last read. */
  isOn(): boolean
  /** Reads the entry again. True: it says something else than before. */
  refresh(): boolean
  /** Throws with what is in the way; then the entry is as it was. */
  set(on: boolean): void
}

const APP_ID = 'service-app-token-manager'

/**
 * `command`: how this app is started, without its data folder; null: a demo, whose folder is deleted. `dataFolder`: the real
 * path.
 */
export function createLoginItem(command: readonly string[] | null, dataFolder: string): LoginItem {
  const whole = [...(command ?? []), `--user-data-dir=${dataFolder}`, LOGIN_ARGUMENT]
  const id = entryId(dataFolder)
  const entry = process.platform === 'linux' ? autostartFile(id, whole) : systemItem(id, whole)
  let isOn = command !== null && entry.read()
  return {
    isOn: () => isOn,
    refresh() {
      const before = isOn
      isOn = command !== null && entry.read()
      return isOn !== before
    },
    set(on) {
      if (command === null) throw new Error('A demo has no folder that could be opened again.')
      if (process.env.FLATPAK_ID || process.env.SNAP) {
        throw new Error(
          'Flatpak and Snap manage it themselves. Use the startup programs of the system’s settings.',
        )
      }
      try {
        entry.write(on)
      } finally {
        isOn = entry.read()
      }
    },
  }
}

interface Entry {
  read(): boolean
  write(on: boolean): void
}

function systemItem(name: string, [program = '', ...args]: readonly string[]): Entry {
  const item = { path: program, args }
  return {
    read: () => app.getLoginItemSettings(item).openAtLogin,
    write: (openAtLogin) => app.setLoginItemSettings({ ...item, name, openAtLogin }),
  }
}

function autostartFile(id: string, command: readonly string[]): Entry {
  const config = process.env.XDG_CONFIG_HOME || path.join(os.homedir(), '.config')
  const file = path.join(config, 'autostart', `${id}.desktop`)
  const write = (on: boolean) => {
    if (!on) return rmSync(file, { force: true })
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    // A new file: nothing is written through a link, and none keeps an owner or mode of before.
    const partial = `${file}.partial`
    rmSync(partial, { force: true })
    try {
      writeFileSync(partial, autostartEntry(app.name, command), { mode: 0o600, flag: 'wx' })
      renameSync(partial, file)
    } catch (error) {
      rmSync(partial, { force: true })
      throw error
    }
  }
  return {
    read() {
      try {
        return startsAtLogin(readFileSync(file, 'utf8'))
      } catch {
        return false
      }
    },
    write(on) {
      try {
        write(on)
      } catch (error) {
        const why = error instanceof Error && 'code' in error ? error.code : error
        throw new Error(
          `${file} cannot be ${on ? 'written' : 'removed'} (${why}). Make its folder writable for your account.`,
          { cause: error },
        )
      }
    },
  }
}

/** The usual data folder has the app's own name, as in versions that knew one entry only. */
function entryId(dataFolder: string): string {
  const usual = path.join(app.getPath('appData'), APP_ID)
  const isUsual = dataFolder === usual || dataFolder === realOf(usual)
  return isUsual ? APP_ID : `${APP_ID}-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 8)}`
}

function realOf(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}

/**
 * Whether the desktop starts what an entry names: Desktop Application Autostart Specification (`Hidden`), and the switch of
 * GNOME's and MATE's tools.
 */
export function startsAtLogin(entry: string): boolean {
  const values = new Map<string, string>()
  let group = ''
  for (const line of entry.split(/\r?\n/)) {
    if (line.startsWith('[')) group = line.trim()
    const [, key = '', value = ''] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (group === '[Desktop Entry]' && key !== '') values.set(key, value)
  }
  const isFalse = (key: string) => /^(false|0)$/i.test(values.get(key) ?? '')
  if (/^(true|1)$/i.test(values.get('Hidden') ?? '')) return false
  if (isFalse('X-GNOME-Autostart-enabled') || isFalse('X-MATE-Autostart-enabled')) return false
  return values.get('Type') === 'Application' && (values.get('Exec') ?? '') !== ''
}

/** Desktop Entry Specification; without its version, which older validators refuse. `command` is the program and its arguments, unquoted. */
export function autostartEntry(name: string, command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    `Name=${name}`,
    'Comment=Keeps the access tokens of Webex service apps alive',
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=service-app-token-manager',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * Two layers (section "The Exec key"): inside double quotes `"`, `` ` ``, `$` and `\` are escaped by a backslash, and
 * the string type then wants each backslash doubled; `%` starts a field code and is doubled too.
 */
function quoted(argument: string): string {
  const inQuotes = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  const doubled = inQuotes.replaceAll('\\', '\\\\')
  return `"${doubled.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
}
