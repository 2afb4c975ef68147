// Git: whether a commit could contain a file. Git itself is asked, so that every ignore file and setting of the person
// counts.
import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { runTool } from './system-tool.ts'

/** `unknown`: there is a repository, and Git is not installed, does not trust it, or takes too long. */
export type GitStanding = 'no-repository' | 'ignored' | 'not-ignored' | 'tracked' | 'unknown'

/** A repository may not have programs of its own run: these settings outrank the ones it brings. */
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.pager=cat',
  'fetch.bundleURI=',
  'safe.bareRepository=explicit',
] as const

/**
 * Nothing is fetched. A partial clone fetches the objects it lacks by programs that its settings name. An older Git does
 * not know the first variable, so the second forbids every protocol; no setting outranks it.
 */
const VARIABLES = {
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
} as const

/** `file`: absolute, without links; it need not exist. Never rejects. */
export async function gitStanding(file: string): Promise<GitStanding> {
  const folder = dirname(file)
  // Git is not even started where it has no say; on a Mac without it, starting it opens a dialog.
  if (!(await isInRepository(folder))) return 'no-repository'
  const name = basename(file)
  const tracked = await git(folder, ['--literal-pathspecs', 'ls-files', '--error-unmatch', '--', name])
  if (tracked === 0) return 'tracked'
  if (tracked !== 1) return 'unknown'
  // This one knows no literal names; `./` keeps it from taking a colon for a command.
  switch (await git(folder, ['check-ignore', '--quiet', '--', `./${name}`])) {
    case 0:
      return 'ignored'
    case 1:
      return 'not-ignored'
    default:
      return 'unknown'
  }
}

async function isInRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await lstat(join(at, '.git'))
      return true
    } catch {
      if (at === dirname(at)) return false
    }
  }
}

/** The exit code; null when it did not come to one. */
async function git(folder: string, question: readonly string[]): Promise<number | null> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting])
  const answer = await runTool('git', ['-C', folder, '--no-pager', ...settings, ...question], environment())
  return answer?.code ?? null
}

/** Without what would make Git look elsewhere. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name))
  return { ...Object.fromEntries(others), ...VARIABLES }
}
