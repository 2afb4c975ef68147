// A start of the real app that ends with one sentence.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { runtime } from './app.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

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
    // Waits for the window with the sentence, and presses its only button.
    const box = ['search', '--sync', '--onlyvisible', '--name', '^Service App Token Manager: error$']
    const press = [...box, 'key', 'Return']
    await promisify(execFile)('xdotool', press, { timeout: 60_000 })
    const [code] = await exit
    return { code, said }
  } finally {
    started.kill('SIGKILL')
  }
}
