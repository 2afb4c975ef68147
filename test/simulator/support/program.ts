// The simulator as a program: built like a release, run by plain Node.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'vite'
import { onTestFinished } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')

export type Program = {
  readonly folder: string
  readonly file: string
}

/** One file without dependencies; remove its folder when done. */
export async function buildProgram(): Promise<Program> {
  const folder = mkdtempSync(path.join(tmpdir(), 'simulator-program-'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: 'src/main/simulator/cli/cli.ts', outDir: folder, target: 'node20.19' },
  })
  return { folder, file: path.join(folder, 'cli.js') }
}

export const removeProgram = (program: Program): void =>
  rmSync(program.folder, { recursive: true, force: true })

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs it to its end. */
export async function runToEnd(program: Program, ...flags: readonly string[]): Promise<Ended> {
  const child = start(program, flags)
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close'),
  ])
  return { code, stdout, stderr }
}

export type Standing = {
  /** Its first line. */
  readonly line: string
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>
}

/** Runs it until it has printed a line. */
export async function runUntilUp(program: Program, ...flags: readonly string[]): Promise<Standing> {
  const child = start(program, flags)
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  const stderr = textOf(child.stderr)
  const closed = once(child, 'close')
  while (!stdout.includes('\n')) {
    const ended = await Promise.race([
      child.stdout ? once(child.stdout, 'data') : closed,
      closed.then(() => null),
    ])
    if (ended === null) throw new Error(`It ended without a line: ${await stderr}`)
  }
  return {
    line: stdout.slice(0, stdout.indexOf('\n')),
    end: async (signal) => {
      child.kill(signal)
      const [code] = await closed
      return { code, stdout, stderr: await stderr }
    },
  }
}

function start(program: Program, flags: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program.file, ...flags], { cwd: program.folder })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

const textOf = (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream === null ? Promise.resolve('') : text(stream)
