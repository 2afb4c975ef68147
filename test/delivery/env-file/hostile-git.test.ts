// Repositories whose settings name programs. A canary notes that it ran; it must not run when Git is asked about a file.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type GitStanding, gitStanding } from '#delivery/env-file/git.ts'
import { temporaryFolder } from './support/places.ts'

interface Canary {
  readonly program: string
  ran(): boolean
}

function canary(name = 'canary'): Canary {
  const proof = join(temporaryFolder(), 'ran')
  const program = join(temporaryFolder(), name)
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> '${proof}'\nexit 1\n`, { mode: 0o700 })
  return {
    program,
    ran() {
      const ran = existsSync(proof)
      rmSync(proof, { force: true })
      return ran
    },
  }
}

function git(folder: string, ...line: readonly string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgSign=false']
  return execFileSync('git', ['-C', folder, ...who, ...line], { encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** What Git does when nobody forbids it anything. */
function askedPlainly(folder: string): void {
  spawnSync('git', ['-C', folder, 'ls-files', '--error-unmatch', '--', '.env'])
  spawnSync('git', ['-C', folder, 'check-ignore', '--quiet', '--', './.env'])
}

function repository(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  git(folder, 'init', '-q')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
    git(folder, 'add', '-f', '--', name)
  }
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'first')
  return folder
}

function removeObject(folder: string, name: string): void {
  const id = git(folder, 'rev-parse', name)
  rmSync(join(folder, '.git/objects', id.slice(0, 2), id.slice(2)))
}

/** The ignore file is neither in the work tree nor among the objects, so that Git has to fetch it. */
function partialClone(settings: Readonly<Record<string, string>>): string {
  const folder = repository({ '.gitignore': '.env\n' })
  git(folder, 'update-index', '--skip-worktree', '.gitignore')
  rmSync(join(folder, '.gitignore'))
  removeObject(folder, ':.gitignore')
  configure(folder, {
    'core.repositoryFormatVersion': '1',
    'extensions.partialClone': 'origin',
    'remote.origin.promisor': 'true',
    ...settings,
  })
  return folder
}

function configure(folder: string, settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings)) git(folder, 'config', name, value)
}

/** Programs of this folder come first, until the test is over. */
function putFirst(folder: string): void {
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  onTestFinished(() => {
    process.env.PATH = path
  })
}

/** How a partial clone names what fetches its objects. */
const fetchers: readonly (readonly [string, (program: string) => Readonly<Record<string, string>>])[] = [
  ['core.sshCommand', (program) => ({ 'remote.origin.url': 'ssh://host/x', 'core.sshCommand': program })],
  ['an address of scp', (program) => ({ 'remote.origin.url': 'host:x', 'core.sshCommand': program })],
  ['uploadpack', (program) => ({ 'remote.origin.url': '/tmp', 'remote.origin.uploadpack': program })],
  [
    'uploadpack of a file address',
    (program) => ({ 'remote.origin.url': 'file:///tmp', 'remote.origin.uploadpack': program }),
  ],
  [
    'an ext address',
    (program) => ({ 'remote.origin.url': `ext::${program} x`, 'protocol.ext.allow': 'always' }),
  ],
  [
    'core.gitProxy',
    (program) => ({
      'remote.origin.url': 'git://host/x',
      'core.gitProxy': program,
      'protocol.git.allow': 'always',
    }),
  ],
  [
    'an address that another one stands for',
    (program) => ({
      'remote.origin.url': 'https://example.com/x',
      [`url.ext::${program} .insteadOf`]: 'https://example.com/',
      'protocol.allow': 'always',
    }),
  ],
]

describe('a partial clone runs no program to fetch what it lacks:', () => {
  test.each(fetchers)('%s', async (_, settings) => {
    const { program, ran } = canary()
    const folder = partialClone(settings(program))
    askedPlainly(folder)
    expect(ran()).toBe(true)
    expect(await gitStanding(join(folder, '.env'))).toBe<GitStanding>('not-ignored')
    expect(ran()).toBe(false)
  })

  test.each(fetchers)('%s, and a Git that cannot do without fetching', async (_, settings) => {
    const { program, ran } = canary()
    const folder = partialClone(settings(program))
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    const older = temporaryFolder()
    const script = `#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec '${real}' "$@"\n`
    writeFileSync(join(older, 'git'), script, { mode: 0o700 })
    putFirst(older)
    expect(['not-ignored', 'unknown']).toContain(await gitStanding(join(folder, '.env')))
    expect(ran()).toBe(false)
  })

  test('a helper of a name of its own', async () => {
    const { program, ran } = canary('git-remote-canary')
    putFirst(dirname(program))
    const folder = partialClone({ 'remote.origin.url': 'x', 'remote.origin.vcs': 'canary' })
    askedPlainly(folder)
    expect(ran()).toBe(true)
    expect(await gitStanding(join(folder, '.env'))).toBe<GitStanding>('not-ignored')
    expect(ran()).toBe(false)
  })

  test('settings that another file brings', async () => {
    const { program, ran } = canary()
    const folder = partialClone({})
    const brought = join(temporaryFolder(), 'settings')
    writeFileSync(
      brought,
      `[remote "origin"]\nurl = ssh://host/x\n[core]\nsshCommand = ${program}\nfsmonitor = ${program}\n`,
    )
    configure(folder, { [`includeIf.gitdir:${folder}/.path`]: brought })
    askedPlainly(folder)
    expect(ran()).toBe(true)
    expect(await gitStanding(join(folder, '.env'))).toBe<GitStanding>('not-ignored')
    expect(ran()).toBe(false)
  })

  test('a folder of a sparse index that Git has to unfold', async () => {
    const { program, ran } = canary()
    const folder = repository({ 'in/a': '', 'out/b': '' })
    git(folder, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'in')
    removeObject(folder, 'HEAD:out')
    configure(folder, {
      'core.repositoryFormatVersion': '1',
      'extensions.partialClone': 'origin',
      'remote.origin.promisor': 'true',
      'remote.origin.url': 'ssh://host/x',
      'core.sshCommand': program,
    })
    askedPlainly(folder)
    expect(ran()).toBe(true)
    // Whether a commit would take it in is not known without that object: never said to be safe.
    expect(['not-ignored', 'unknown']).toContain(await gitStanding(join(folder, '.env')))
    expect(ran()).toBe(false)
  })
})

test('no other program that a repository names is run', async () => {
  const { program, ran } = canary()
  const folder = repository({ '.gitattributes': '* filter=canary diff=canary\n', '.env': 'A=1\n' })
  configure(folder, {
    'alias.ls-files': `!${program}`,
    'alias.check-ignore': `!${program}`,
    'core.alternateRefsCommand': program,
    'core.askPass': program,
    'core.editor': program,
    'core.fsmonitor': program,
    'core.hooksPath': dirname(program),
    'core.pager': program,
    'credential.helper': `!${program}`,
    'diff.canary.textconv': program,
    'diff.external': program,
    'filter.canary.clean': program,
    'filter.canary.process': program,
    'filter.canary.smudge': program,
    'gpg.program': program,
    'pager.check-ignore': program,
    'pager.ls-files': program,
  })
  writeFileSync(join(folder, '.env'), 'A=2\n')
  spawnSync('git', ['-C', folder, 'status'])
  expect(ran()).toBe(true)
  for (const [name, standing] of [
    ['.env', 'tracked'],
    ['.env.local', 'not-ignored'],
  ] as const) {
    expect(await gitStanding(join(folder, name))).toBe<GitStanding>(standing)
  }
  expect(ran()).toBe(false)
})

test('variables of this process bring no settings', async () => {
  const { program, ran } = canary()
  const folder = partialClone({ 'remote.origin.url': 'ssh://host/x' })
  const variables = {
    GIT_SSH_COMMAND: program,
    GIT_ALLOW_PROTOCOL: 'ssh:ext:file',
    GIT_NO_LAZY_FETCH: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: program,
  }
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  askedPlainly(folder)
  expect(ran()).toBe(true)
  expect(await gitStanding(join(folder, '.env'))).toBe<GitStanding>('not-ignored')
  expect(ran()).toBe(false)
})

describe('a repository without a folder .git of its own:', () => {
  test('a bare one inside another does not answer for the file', async () => {
    const { program, ran } = canary()
    const folder = repository({})
    const inside = join(folder, 'inside')
    git(folder, 'init', '-q', '--bare', 'inside')
    configure(inside, { 'core.bare': 'false', 'core.worktree': inside, 'core.fsmonitor': program })
    writeFileSync(join(inside, 'info/exclude'), '.env\n')
    askedPlainly(inside)
    expect(ran()).toBe(true)
    expect(await gitStanding(join(inside, '.env'))).toBe<GitStanding>('unknown')
    expect(ran()).toBe(false)
  })

  test('a work tree beside it answers for its files', async () => {
    const folder = repository({ '.gitignore': '.env\n', 'my.env': '' })
    const tree = join(temporaryFolder(), 'tree')
    git(folder, 'worktree', 'add', '-q', tree)
    expect(await gitStanding(join(tree, '.env'))).toBe<GitStanding>('ignored')
    expect(await gitStanding(join(tree, 'my.env'))).toBe<GitStanding>('tracked')
    expect(await gitStanding(join(tree, 'other'))).toBe<GitStanding>('not-ignored')
  })

  test('a submodule answers for its files', async () => {
    const part = repository({ '.gitignore': '.env\n', 'my.env': '' })
    const folder = repository({})
    git(folder, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part, 'part')
    expect(readFileSync(join(folder, 'part/.git'), 'utf8')).toMatch(/^gitdir:/)
    expect(await gitStanding(join(folder, 'part/.env'))).toBe<GitStanding>('ignored')
    expect(await gitStanding(join(folder, 'part/my.env'))).toBe<GitStanding>('tracked')
    expect(await gitStanding(join(folder, 'part/other'))).toBe<GitStanding>('not-ignored')
  })

  test('one that a file names and whose settings name programs runs none', async () => {
    const { program, ran } = canary()
    const elsewhere = partialClone({ 'remote.origin.url': 'ssh://host/x', 'core.sshCommand': program })
    const folder = temporaryFolder()
    writeFileSync(join(folder, '.git'), `gitdir: ${join(elsewhere, '.git')}\n`)
    askedPlainly(folder)
    expect(ran()).toBe(true)
    expect(await gitStanding(join(folder, '.env'))).toBe<GitStanding>('not-ignored')
    expect(ran()).toBe(false)
  })
})

test('a partial clone that has its ignore files answers as any other', async () => {
  const folder = repository({ '.gitignore': '.env\n', 'my.env': 'A=1\n' })
  git(folder, 'config', 'uploadpack.allowFilter', 'true')
  const clone = join(temporaryFolder(), 'clone')
  const source = `file://${folder}`
  git(folder, 'clone', '-q', '--filter=blob:none', source, clone)
  expect(git(clone, 'config', 'remote.origin.promisor')).toBe('true')
  expect(await gitStanding(join(clone, '.env'))).toBe<GitStanding>('ignored')
  expect(await gitStanding(join(clone, 'my.env'))).toBe<GitStanding>('tracked')
  expect(await gitStanding(join(clone, 'other'))).toBe<GitStanding>('not-ignored')
})
