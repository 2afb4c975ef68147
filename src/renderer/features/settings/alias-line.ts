/**
 * The line for a shell's profile that makes `satm` a command. `command` is as it can be typed into that shell, its own
 * quotes included.
 */
export function aliasLine(command: string, platform: string): string {
  // In PowerShell a quoted text alone is a value, and no command.
  if (/^win/i.test(platform))
    return `function satm { ${command.startsWith('"') ? '& ' : ''}${command} @args }`
  // Double quotes where they are safe: single ones inside single ones are hard to read.
  const plain = /^[^"$`\\!]*$/.test(command)
  if (plain && command.includes("'")) return `alias satm="${command}"`
  return `alias satm='${command.replaceAll("'", `'\\''`)}'`
}
