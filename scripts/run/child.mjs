// Starting other programs: one that is waited for in our terminal, one whose output is collected.
import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { projectRoot } from '../project.mjs'

/**
 * @typedef {object} Options
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeout] ms, then it is killed
 *
 * @typedef {object} TerminalOptions
 * @property {'inherit' | 'to-stderr' | number} [output] `to-stderr` keeps our stdout for the one answer a
 *   caller reads; a number is the file descriptor that takes everything
 * @property {'inherit' | 'none'} [input]
 * @property {boolean} [group] it leads a process group of its own, and signals reach the whole group
 * @property {boolean} [gentle] whoever else wants the processor goes first
 */

/**
 * Runs a program in our terminal; SIGINT and SIGTERM are passed on, and we stay until it has ended.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options & TerminalOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n if signal n ended it
 */
export function run(command, args, options = {}) {
  const { output = 'inherit', input = 'inherit', group = false, gentle = false } = options
  const stdout = output === 'to-stderr' ? 2 : output
  const child = spawn(command, args, {
    ...common(options),
    stdio: [input === 'none' ? 'ignore' : 'inherit', stdout, typeof output === 'number' ? output : 'inherit'],
    detached: group,
  })
  if (gentle && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => (group && child.pid ? process.kill(-child.pid, signal) : child.kill(signal))
  process.on('SIGINT', pass).on('SIGTERM', pass)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass)
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
    })
  })
}

/**
 * Runs a program and collects what it says; never throws for an exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<{ code: number, stdout: string, all: string }>} code 127 if it could not be started
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...common(options), stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let all = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      all += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      all += text
    })
    child.once('error', (error) => resolve({ code: 127, stdout, all: all + error.message }))
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, all }))
  })
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<{ stdout: string, all: string }>}
 * @throws with all it said, if its exit code is not 0
 */
export async function must(command, args, options) {
  const { code, stdout, all } = await capture(command, args, options)
  if (code === 0) return { stdout, all }
  throw new Error(`${path.basename(command)} ended with exit code ${code}: ${all.trim()}`)
}

/** @param {Options} options */
function common({ cwd = projectRoot, env = process.env, timeout }) {
  return { cwd, env, ...(timeout === undefined ? {} : { timeout }) }
}

/**
 * How to call npm itself: the very npm that runs us, else the one on the PATH.
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function npm(args) {
  const running = process.env.npm_execpath
  if (running?.endsWith('.js')) return [process.execPath, [running, ...args]]
  if (process.platform !== 'win32') return ['npm', [...args]]
  const bundled = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js')
  return [process.execPath, [bundled, ...args]]
}

/**
 * A tool of the project's npm packages, started by this Node.
 * @param {string} file below node_modules
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function tool(file, args) {
  return [process.execPath, [path.join(projectRoot, 'node_modules', file), ...args]]
}
