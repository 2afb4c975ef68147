// On a desktop Chromium does not know it takes no keyring at all, even with one running; it has to be told before `ready`.
import { busNameHasOwner, type Run, runBriefly } from './dbus.ts'

const SECRET_SERVICE = 'org.freedesktop.secrets'

/** Desktops for which Chromium picks a keyring by itself (base/nix/xdg_util.cc, key_storage_util_linux.cc). */
const KNOWN_DESKTOPS = new Set(['deepin', 'gnome', 'kde', 'pantheon', 'ukui', 'unity', 'x-cinnamon', 'xfce'])
/** Where XDG_CURRENT_DESKTOP is missing Chromium guesses by these; a second guess could pick another keyring. */
const OLDER_SIGNS = ['DESKTOP_SESSION', 'GNOME_DESKTOP_SESSION_ID', 'KDE_FULL_SESSION']

export interface KeyringSituation {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The person gave `--password-store` already. */
  readonly chosen: boolean
  readonly run: Run
}

/** The value for `--password-store`, or null to leave the choice to Chromium. Takes some 10 ms, a second at most. */
export function passwordStoreSwitch(situation: KeyringSituation = ownSituation()): string | null {
  const { platform, env, chosen, run } = situation
  if (platform !== 'linux' || chosen || !hasSessionBus(env)) return null
  const desktops = env.XDG_CURRENT_DESKTOP ?? ''
  if (desktops === '' && OLDER_SIGNS.some((sign) => (env[sign] ?? '') !== '')) return null
  if (desktops.split(':').some((desktop) => KNOWN_DESKTOPS.has(desktop.toLowerCase()))) return null
  return busNameHasOwner(SECRET_SERVICE, run) === true ? 'gnome-libsecret' : null
}

/** `absent`: nobody on the session bus keeps secrets, so what Electron calls locked is missing. Else it cannot tell. */
export function secretService(run: Run = runBriefly): 'absent' | 'unknown' {
  return busNameHasOwner(SECRET_SERVICE, run) === false ? 'absent' : 'unknown'
}

/** Without a bus the tools would try to start one. */
export function hasSessionBus(env: KeyringSituation['env']): boolean {
  return (env.DBUS_SESSION_BUS_ADDRESS ?? '') !== '' || (env.XDG_RUNTIME_DIR ?? '') !== ''
}

function ownSituation(): KeyringSituation {
  return {
    platform: process.platform,
    env: process.env,
    chosen: process.argv.some((argument) => argument.startsWith('--password-store')),
    run: runBriefly,
  }
}
