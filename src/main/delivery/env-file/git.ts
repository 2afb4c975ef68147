// Would a commit take the file in? Git itself is asked, so that every ignore file and setting of the person counts.
import { execFile } from 'node:child_process'
import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** `unknown`: there is a repository, and Git is not installed, does not trust it, or takes too long. */
export type GitStanding = 'no-repository' | 'ignored' | 'not-ignored' | 'tracked' | 'unknown'

/** In ms, for each of two questions. */
const TIME_LIMIT = 5_000

/** A repository may not have programs of its own run: these settings outrank the ones it brings. */
const NOTHING_RUN = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.pager=cat'] as const

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
function git(folder: string, question: readonly string[]): Promise<number | null> {
  const settings = NOTHING_RUN.flatMap((setting) => ['-c', setting])
  const line = ['-C', folder, '--no-pager', ...settings, ...question]
  return new Promise((resolve) => {
    const child = execFile(
      'git',
      line,
      {
        timeout: TIME_LIMIT,
        killSignal: 'SIGKILL',
        windowsHide: true,
        env: environment(),
        // Windows looks for programs in the current folder first, which must not be the repository.
        cwd: dirname(process.execPath),
      },
      (error) => resolve(error === null ? 0 : typeof error.code === 'number' ? error.code : null),
    )
    child.stdin?.end()
  })
}

/** Without what would make Git look elsewhere. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^GIT_/i.test(name)))
}
