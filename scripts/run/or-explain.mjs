// The frame of every command here: its exit code, an error as a sentence instead of a stack, and an end
// when npm ends.

/** @param {() => Promise<number | void>} command */
export async function orExplain(command) {
  endWithNpm()
  try {
    const code = await command()
    if (typeof code === 'number') process.exitCode = code
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

/**
 * npm passes SIGTERM to a shell of its own, which dies of it and tells nobody: its child, which is us, would
 * live on as an orphan. So the shell's end is taken for the signal.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const shell = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  watch.unref()
}
