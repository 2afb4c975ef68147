// Whether this desktop shows tray icons. On Linux that is a StatusNotifierWatcher on the session bus; GNOME has none.
import { busNameHasOwner, type Run, runBriefly } from '../system/dbus.ts'
import { hasSessionBus } from '../system/keyring.ts'

export interface TraySituation {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly run: Run
}

/** Where nobody can be asked the answer is no: minimising a window loses nothing, hiding it might. */
export function trayHostIsThere(situation: TraySituation = ownSituation()): boolean {
  const { platform, env, run } = situation
  if (platform !== 'linux') return true
  return hasSessionBus(env) && busNameHasOwner('org.kde.StatusNotifierWatcher', run) === true
}

function ownSituation(): TraySituation {
  return { platform: process.platform, env: process.env, run: runBriefly }
}
