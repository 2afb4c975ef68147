// Hook environment: the variables a command gets; enough for everyday commands, and nothing of this app's own.
import type { DeliverableToken } from '../delivery-handler.ts'

/** Without Electron's, Node's and the loader's variables, which would change what the commands are. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  // Desktop sessions: `systemctl --user`, `notify-send`.
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'SSH_AUTH_SOCK',
  // Windows; without SystemRoot hardly a program starts.
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERNAME',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
])

export type Environment = Readonly<Record<string, string | undefined>>

/** `pass`: how the token is passed. The other variables are no secrets. */
export function hookEnvironment(
  own: Environment,
  token: DeliverableToken,
  pass: 'environment' | 'stdin',
): Record<string, string> {
  return {
    ...passedOn(own),
    SATM_PROFILE: token.profileName,
    SATM_ORG_ID: token.orgId,
    SATM_EXPIRES_AT: token.expiresAt === null ? '' : new Date(token.expiresAt).toISOString(),
    ...(pass === 'environment' ? { WEBEX_SERVICE_APP_ACCESS_TOKEN: token.accessToken.reveal() } : {}),
  }
}

/** What every command gets, with or without a token. */
export function passedOn(own: Environment): Record<string, string> {
  const entries = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isPassedOn(entry[0]),
  )
  return Object.fromEntries(entries)
}

/** Windows spells them as it likes. */
function isPassedOn(name: string): boolean {
  return PASSED_ON.has(name.toUpperCase()) || name.startsWith('LC_')
}
