// Start at login: an autostart entry on Linux, the system's own list elsewhere.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { app } from 'electron'
import { autostartEntry } from './autostart-entry.ts'

/** Tells a start at login from one by hand. */
export const LOGIN_ARGUMENT = '--started-at-login'

/** Flatpak and Snap keep autostart to themselves and cannot be asked. */
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
  writeFileSync(file, autostartEntry(app.name, [...ownCommand(), LOGIN_ARGUMENT]), { mode: 0o600 })
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
