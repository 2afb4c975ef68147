// The programs of examples/, run as their headers say.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../../..')

export interface Example {
  /** What it printed so far, a line for each call: its number and Webex's status. */
  lines(): readonly string[]
  /** Lines that tell of anything but success, and whatever it complained of. */
  failures(): readonly string[]
  stop(): void
}

/** `command`: the program and its file below examples/. */
export function runExample(
  [program, file]: readonly [string, string],
  env: Readonly<Record<string, string>>,
): Example {
  const child: ChildProcess = spawn(program, [path.join(root, 'examples', file)], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let complaints = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  const lines = () => printed.split('\n').slice(0, -1)
  return {
    lines,
    failures: () => [
      ...lines().filter((line) => !/^\d+ 200$/.test(line)),
      ...(complaints === '' ? [] : [complaints]),
      ...(child.exitCode === null ? [] : [`ended with ${child.exitCode}`]),
    ],
    stop: () => void child.kill('SIGKILL'),
  }
}

/** Which of these stands in the command line of a process right now. */
export function inCommandLines(secrets: readonly string[]): readonly string[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLineOf(pid))
    .join('\n')
  return secrets.filter((secret) => all.includes(secret))
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
