// On a desktop Chromium does not know it takes no keyring at all, even with one running; it has to be told before `ready`.
import { busNameHasOwner, type Run, runBriefly } from './dbus.ts'

const SECRET_SERVICE = 'org.freedesktop.secrets'

/** Desktops for which Chromium picks a keyring by itself (base/nix/xdg_util.cc). */
const KNOWN_DESKTOPS = new Set([
  'budgie',
  'cosmic',
  'deepin',
  'gnome',
  'gnome-classic',
  'kde',
  'pantheon',
  'ukui',
  'unity',
  'x-cinnamon',
  'xfce',
])

export interface KeyringSituation {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The person gave `--password-store` already. */
  readonly chosen: boolean
  readonly run: Run
}

/** The value for `--password-store`, or null to leave the choice to Chromium. Takes at most a few seconds, usually 10 ms. */
export function passwordStoreSwitch(situation: KeyringSituation = ownSituation()): string | null {
  const { platform, env, chosen, run } = situation
  if (platform !== 'linux' || chosen || !hasSessionBus(env)) return null
  const desktops = (env.XDG_CURRENT_DESKTOP ?? '').toLowerCase().split(':')
  if (desktops.some((desktop) => KNOWN_DESKTOPS.has(desktop))) return null
  return busNameHasOwner(SECRET_SERVICE, run) === true ? 'gnome-libsecret' : null
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
