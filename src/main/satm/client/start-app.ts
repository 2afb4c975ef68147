// Starting the app in the tray: how it is found, and that it lives on when we end.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Note } from '../instance-note.ts'
import { EXIT, Stop } from './exit-codes.ts'

export interface Started {
  /** Why it will never listen; null as long as it may. */
  failure(): string | null
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Program and arguments: SATM_APP, else what the app itself noted when it last ran with this data folder, else the
 * checkout this script was built in. Rejects with `Stop` when none of them is there.
 */
export async function findApp(note: Note | null, env: Env): Promise<readonly string[]> {
  const chosen = env.SATM_APP
  if (chosen !== undefined && chosen !== '') return [chosen]
  const noted = note?.command ?? null
  if (noted?.every((part) => !path.isAbsolute(part) || existsSync(part))) return noted
  const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
  const resolver = path.join(checkout, 'scripts', 'electron-path.mjs')
  if (existsSync(resolver)) return [await runtimeOf(resolver, env), ...sandboxSwitch(), checkout]
  throw new Stop(
    EXIT.unreachable,
    'The app is not running, and satm does not know where it is. Start it once yourself, or set SATM_APP to its executable.',
  )
}

export function startApp(command: readonly string[], dataFolder: string, env: Env): Started {
  const [program = '', ...args] = command
  // Electron would be plain Node with it.
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = env
  const child = spawn(program, [...args, `--user-data-dir=${dataFolder}`, '--hidden'], {
    detached: true,
    stdio: 'ignore',
    cwd: homedir(),
    env: rest,
    windowsHide: true,
  })
  let failure: string | null = null
  child.once('error', (error) => {
    failure = `The app could not be started: ${error.message}. Is SATM_APP right?`
  })
  child.once('exit', (code, signal) => {
    // 0: another one has the folder by now, and will answer.
    if (code === 0) return
    failure = `The app could not start (${signal ?? `exit code ${code}`}). It needs a desktop session; start it yourself to see what is wrong.`
  })
  child.unref()
  return { failure: () => failure }
}

/** Fetches the runtime if need be, which it says on standard error. */
function runtimeOf(resolver: string, env: Env): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [resolver], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      const printed = Buffer.concat(chunks).toString('utf8').trim().split('\n').at(-1) ?? ''
      if (code === 0 && printed !== '') resolve(printed)
      else
        reject(new Stop(EXIT.unreachable, 'There is no Electron runtime to start the app with: see above.'))
    })
  })
}

/** Chromium refuses to sandbox what root runs. */
const sandboxSwitch = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : [])
