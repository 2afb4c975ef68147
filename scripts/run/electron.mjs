// Starting the built app in Electron.
import { projectRoot } from '../project.mjs'
import { run } from './child.mjs'

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

/** A window can open on this machine: on Linux somebody must have said where. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}
