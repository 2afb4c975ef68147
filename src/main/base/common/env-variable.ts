// Names of environment variables.

const LONGEST_NAME = 120

/** As every shell and every reader of env files takes it (POSIX, Base Definitions 3.216). */
export function isVariableName(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
}
