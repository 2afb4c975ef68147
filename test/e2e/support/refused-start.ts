// A start of the real app that ends with one sentence.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { runtime } from './app.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

const xdotool = async (...parameters: readonly string[]) =>
  (await promisify(execFile)('xdotool', parameters)).stdout

/** The system's boxes of that title. There is none yet also while a search meets a window that has just gone. */
export const boxes = async (title: string) => {
  const found = await xdotool('search', '--onlyvisible', '--name', `^${title}$`).catch(() => '')
  return found.split('\n').filter((line) => line !== '')
}

/** Presses a key in the box of that title once it is there. */
export async function pressInBox(title: string, key: 'Return' | 'Escape'): Promise<void> {
  await expect.poll(() => boxes(title), { timeout: 60_000 }).toHaveLength(1)
  const [box = ''] = await boxes(title)
  // Pressed and not released: the box goes with the press.
  await xdotool('keydown', '--window', box, key)
}

/** A start that ends, once somebody has read why in the window. */
export async function refusedStart(
  dataFolder: string,
): Promise<{ readonly code: unknown; readonly said: string }> {
  const started = spawn(runtime(), [...sandbox, root, `--user-data-dir=${dataFolder}`])
  let said = ''
  started.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const exit = once(started, 'exit')
  try {
    // Its only button.
    await pressInBox('Service App Token Manager: error', 'Return')
    const [code] = await exit
    return { code, said }
  } finally {
    started.kill('SIGKILL')
  }
}
