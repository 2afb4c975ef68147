// Hook environment: the variables a command gets; enough for everyday commands and the tools of secret stores, and nothing
// of this app's own.
import type { DeliverableToken } from '../delivery-handler.ts'

/**
 * Where things are and in which way, never a secret: no VAULT_TOKEN, AWS_SECRET_ACCESS_KEY or GH_TOKEN, whose sign-ins lie in
 * files that these lead to. Without Electron's, Node's and the loader's variables, which would change what the commands are.
 */
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
  // Folders of configurations, where they are not the usual ones.
  'XDG_CONFIG_HOME',
  'XDG_CONFIG_DIRS',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  // The network: a proxy may have its password here, as for every program of this user.
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // The tools of the secret stores.
  'KUBECONFIG',
  ...['VAULT', 'BAO'].flatMap((tool) =>
    ['ADDR', 'NAMESPACE', 'CACERT', 'CAPATH', 'TLS_SERVER_NAME', 'CONFIG_PATH'].map(
      (name) => `${tool}_${name}`,
    ),
  ),
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CA_BUNDLE',
  'GH_HOST',
  'GH_CONFIG_DIR',
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
