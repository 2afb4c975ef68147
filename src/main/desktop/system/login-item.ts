// Start at login: a freedesktop.org autostart file on Linux, the system's own list elsewhere.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { app } from 'electron'

/** Tells a start at login from a manual one. */
export const LOGIN_ARGUMENT = '--started-at-login'

/** Flatpak and Snap manage autostart themselves. */
export function canStartAtLogin(): boolean {
  return !(process.env.FLATPAK_ID || process.env.SNAP)
}

/** Throws what the file system says when the entry cannot be written. */
export function setStartAtLogin(enabled: boolean): void {
  if (!canStartAtLogin()) return
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: enabled, args: [LOGIN_ARGUMENT] })
    return
  }
  const file = path.join(autostartFolder(), 'service-app-token-manager.desktop')
  if (!enabled) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  // A new file: nothing is written through a link, and none keeps an owner or mode of before.
  rmSync(file, { force: true })
  const entry = autostartEntry(app.name, [...ownCommand(), LOGIN_ARGUMENT])
  writeFileSync(file, entry, { mode: 0o600, flag: 'wx' })
}

function autostartFolder(): string {
  const config = process.env.XDG_CONFIG_HOME || path.join(os.homedir(), '.config')
  return path.join(config, 'autostart')
}

/** An AppImage is mounted somewhere else each time; an unpackaged app needs its folder as argument. */
function ownCommand(): readonly string[] {
  const image = process.env.APPIMAGE
  if (image !== undefined && image !== '') return [image]
  return app.isPackaged ? [process.execPath] : [process.execPath, app.getAppPath()]
}

/** Desktop Entry Specification 1.5. `command` is the program and its arguments, unquoted. */
export function autostartEntry(name: string, command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.5',
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
  return `"${inQuotes.replaceAll('\\', '\\\\')}"`
}
