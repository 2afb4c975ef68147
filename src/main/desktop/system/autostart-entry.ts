// The text of a freedesktop.org autostart file (Desktop Entry Specification 1.5).

/** `command` is the program and its arguments, unquoted. */
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
 * Two layers (section "The Exec key"): inside double quotes `"`, `` ` ``, `$` and `\` are escaped by a backslash, and the
 * string type then wants each backslash doubled; `%` starts a field code and is doubled too.
 */
function quoted(argument: string): string {
  const inQuotes = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  return `"${inQuotes.replaceAll('\\', '\\\\')}"`
}
