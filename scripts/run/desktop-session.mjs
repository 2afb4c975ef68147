// A desktop of its own for one program, on Linux without a display: session bus, unlocked keyring, X server.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from './child.mjs'

/** What bus and keyring write on their standard error (who asked for which service) is kept apart from the program's. */
const BUS = `exec dbus-run-session -- sh -c "$@" 3>&2 2>"$XDG_RUNTIME_DIR/said"`

/**
 * Runs inside the bus; the keyring's password is nobody's secret, it protects a folder that is thrown away. The X server would
 * start anew whenever its last client leaves, and refuse who connects meanwhile (Xserver(1), `-noreset`).
 */
const SESSION = `
printf test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 3>&-
exec xvfb-run --auto-servernum --server-args='-screen 0 1440x1000x24 -nolisten tcp -noreset' "$@" 2>&3 3>&-
`

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./child.mjs').TerminalOptions} [terminal]
 * @returns {Promise<number>} the program's exit code
 */
export async function inDesktopSession(command, args, env, terminal = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-session-'))
  const session = {
    ...env,
    XDG_RUNTIME_DIR: folder,
    XDG_DATA_HOME: path.join(folder, 'data'),
    DISPLAY: undefined,
    WAYLAND_DISPLAY: undefined,
    DBUS_SESSION_BUS_ADDRESS: undefined,
  }
  try {
    const line = ['-c', BUS, 'desktop-bus', SESSION, 'desktop-session', command, ...args]
    const code = await run('sh', line, { ...terminal, env: session, input: 'none', group: true })
    if (code !== 0) process.stderr.write(await readFile(path.join(folder, 'said'), 'utf8').catch(() => ''))
    return code
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}
