// The runtime with the fuses of a release, as a copy: what it still lets others make of it.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { flipReleaseFuses } from '../../../scripts/release/fuses.mjs'

export interface Openings {
  /** `ELECTRON_RUN_AS_NODE=1` runs a script of anyone's. */
  readonly plainNode: boolean
  /** A folder named on the command line is run as the app. */
  readonly runsFolder: boolean
}

export interface ReleasedCopy {
  readonly before: Openings
  readonly after: Openings
  /** Each fuse by name: on or off. */
  readonly wire: Readonly<Record<string, boolean>>
  remove(): void
}

/** `executable`: a whole runtime of Linux. */
export async function releasedCopy(executable: string): Promise<ReleasedCopy> {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-fuses-'))
  const runtime = path.join(place, 'runtime')
  const copy = path.join(runtime, path.basename(executable))
  mkdirSync(runtime)
  for (const name of readdirSync(path.dirname(executable))) {
    symlinkSync(path.join(path.dirname(executable), name), path.join(runtime, name))
  }
  rmSync(copy)
  copyFileSync(executable, copy)
  const before = openings(copy, place)
  await flipReleaseFuses(copy)
  const states = Object.entries(await getCurrentFuseWire(copy)).filter(([index]) => index !== 'version')
  return {
    before,
    after: openings(copy, place),
    wire: Object.fromEntries(
      states.map(([index, state]) => [
        FuseV1Options[Number(index)] ?? index,
        String.fromCharCode(Number(state)) === '1',
      ]),
    ),
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}

function openings(executable: string, place: string): Openings {
  const marker = path.join(place, 'ran')
  const folder = path.join(place, 'app')
  const write = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', main: 'main.cjs' }),
  )
  writeFileSync(path.join(folder, 'main.cjs'), `${write}\nrequire('electron').app.exit()\n`)
  const ran = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    rmSync(marker, { force: true })
    spawnSync(executable, args, { env: { ...process.env, ...env }, timeout: 20_000, stdio: 'ignore' })
    return existsSync(marker)
  }
  const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return {
    plainNode: ran(['-e', write], { ELECTRON_RUN_AS_NODE: '1' }),
    runsFolder: ran([...sandboxSwitch, folder], {}),
  }
}
