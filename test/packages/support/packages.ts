// The packages under test: made by `npm run test:packages`, or here, as far as a test needs them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const projectRoot = path.resolve(import.meta.dirname, '../../..')
export const NAME = 'service-app-token-manager'
/** Of the app within a package's tree. */
export const APP = `usr/lib/${NAME}`

export interface Made {
  readonly folder: string
  /** The one file with this end. */
  file(end: string): string
  remove(): void
}

const HOW = { quick: ['--quick'], 'as released': [], anew: ['--fresh'] } as const

/** `kinds`: made now, unless all of them are there already; `anew`: as released, from a build of its own, whatever is there. */
export function packages(kinds: readonly string[], how: keyof typeof HOW = 'quick'): Made {
  const there = how === 'anew' ? undefined : process.env.SATM_PACKAGES
  const folder = there || mkdtempSync(path.join(tmpdir(), 'satm-package-'))
  if (!there) run(process.execPath, ['scripts/package.mjs', ...kinds, ...HOW[how], '--out', folder])
  return {
    folder,
    file(end) {
      const [found, ...others] = readdirSync(folder).filter((name) => name.endsWith(end))
      if (found === undefined || others.length > 0)
        throw new Error(`There has to be one ${end} in ${folder}.`)
      return path.join(folder, found)
    },
    remove() {
      if (!there) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs to its end; throws with all it said where that was no success. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): string {
  const ended = spawnSync(command, args, {
    cwd: projectRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  })
  if (ended.status === 0) return ended.stdout
  throw new Error(
    `${command} ${args.join(' ')}: ${ended.error?.message ?? ended.status}\n${ended.stdout}${ended.stderr}`,
  )
}
