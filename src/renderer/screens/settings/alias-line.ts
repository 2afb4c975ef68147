/** The line for a shell's profile that makes `satm` the command, quoted for that shell. */
export function aliasLine(command: string, platform: string): string {
  if (/^win/i.test(platform)) return `Set-Alias satm '${command.replaceAll("'", "''")}'`
  // The alias is read twice: as the value of the alias, then as the command it stands for.
  const word = /^[\w@%+=:,./-]+$/.test(command) ? command : `"${command.replaceAll(/["$\\`]/g, '\\$&')}"`
  return `alias satm=${quoted(word)}`
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
