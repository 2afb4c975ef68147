// Starting the built app in Electron.
import { projectRoot } from '../project.mjs'
import { run } from './child.mjs'
import { inDesktopSession } from './desktop-session.mjs'

/**
 * Chromium refuses to sandbox what root runs; everybody else keeps the sandbox.
 * @returns {readonly string[]}
 */
export function sandboxArguments() {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : []
}

/**
 * @param {string} electron the runtime's executable
 * @param {readonly string[]} args the app's own
 */
export function runApp(electron, args) {
  return run(electron, [...sandboxArguments(), projectRoot, ...args])
}

/**
 * Runs a Node program that starts Electron by itself; it finds the executable in `SATM_ELECTRON`.
 * Linux gives it a desktop that disturbs nobody, other systems their own.
 * @param {string} electron
 * @param {readonly string[]} args the program and its arguments
 * @param {NodeJS.ProcessEnv} [more]
 * @param {import('./child.mjs').TerminalOptions} [terminal]
 */
export function runWithElectron(electron, args, more = {}, terminal = {}) {
  const env = { ...process.env, ...more, SATM_ELECTRON: electron }
  if (process.platform === 'linux') return inDesktopSession(process.execPath, args, env, terminal)
  return run(process.execPath, args, { ...terminal, env })
}

/** A window can open on this machine: on Linux somebody must have said where. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}
