// The frame of every command here: its exit code, and an error as a sentence instead of a stack.

/** @param {() => Promise<number | void>} command */
export async function orExplain(command) {
  try {
    const code = await command()
    if (typeof code === 'number') process.exitCode = code
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
