import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { leftovers, temporaryFolder } from './support/places.ts'

function fileWith(text: string | Uint8Array): string {
  const path = join(temporaryFolder(), '.env')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

/** What is said, by kind, and whether it can be confirmed. */
async function remarksOn(path: string) {
  const { remarks } = await checkEnvFile(path)
  return remarks.map(({ kind, confirm }) => (confirm === null ? `${kind}!` : kind))
}

async function sentenceOn(path: string): Promise<string> {
  return (await checkEnvFile(path)).remarks.map(({ sentence }) => sentence).join('\n')
}

describe('nothing is said of', () => {
  test("its owner's own file", async () => {
    const path = fileWith('A=1\n')
    expect(await checkEnvFile(path)).toMatchObject({ path, target: path, exists: true, remarks: [] })
  })

  test('a file that is yet to be made', async () => {
    const path = join(temporaryFolder(), '.env')
    expect(await checkEnvFile(path)).toMatchObject({ path, target: path, exists: false, remarks: [] })
    expect(() => lstatSync(path)).toThrow('ENOENT')
  })

  test('10 MB of text', async () => {
    expect(await remarksOn(fileWith('# a comment\n'.repeat(900_000)))).toEqual([])
  })

  test('a link among the folders on the way', async () => {
    const path = fileWith('')
    const link = join(temporaryFolder(), 'link')
    symlinkSync(dirname(path), link)
    expect(await checkEnvFile(join(link, '.env'))).toMatchObject({ target: path, remarks: [] })
  })
})

describe('to be confirmed:', () => {
  test('a link, with what it leads to', async () => {
    const path = fileWith('')
    const link = join(temporaryFolder(), '.env')
    symlinkSync(path, link)
    expect(await checkEnvFile(link)).toMatchObject({ path: link, target: path, exists: true })
    expect(await remarksOn(link)).toEqual(['symlink'])
    expect(await sentenceOn(link)).toBe(
      `${link} is a link to ${path}. Confirm to write the file it leads to; the link stays as it is.`,
    )
  })

  test('further names of the file', async () => {
    const path = fileWith('')
    linkSync(path, `${path}.other`)
    expect(await remarksOn(path)).toEqual(['hard-links'])
    expect(await sentenceOn(path)).toMatch(/2 names/)
  })

  test.each(['0640', '0644', '0604', '0666'])('mode %s', async (mode) => {
    const path = fileWith('')
    chmodSync(path, mode)
    expect(await remarksOn(path)).toEqual(['readable-by-others'])
    expect(await sentenceOn(path)).toMatch(new RegExp(`mode ${mode}.*chmod 600`))
  })

  test.each(['0777', '1777'])('a folder of mode %s', async (mode) => {
    const folder = temporaryFolder()
    chmodSync(folder, mode)
    expect(await remarksOn(join(folder, '.env'))).toEqual(['open-folder'])
    expect(await sentenceOn(join(folder, '.env'))).toMatch(
      new RegExp(`Every user .* can change ${folder} \\(mode ${mode}\\)`),
    )
  })

  test('several things at once', async () => {
    const path = fileWith('')
    chmodSync(path, 0o644)
    linkSync(path, `${path}.other`)
    const link = join(temporaryFolder(), '.env')
    symlinkSync(path, link)
    expect(await remarksOn(link)).toEqual(['symlink', 'hard-links', 'readable-by-others'])
  })
})

describe('in the way:', () => {
  test.each([
    ['a relative path', '.env', 'path!'],
    ['a device', '/dev/null', 'not-a-file!'],
  ])('%s', async (_, path, kind) => {
    expect(await remarksOn(path)).toEqual([kind])
  })

  test('a folder', async () => {
    const folder = temporaryFolder()
    expect(await sentenceOn(folder)).toBe(`${folder} is a folder, not a file. Choose a file.`)
  })

  test('a pipe, without waiting for it', async () => {
    const path = join(temporaryFolder(), '.env')
    execFileSync('mkfifo', [path])
    expect(await sentenceOn(path)).toMatch(/is a pipe, not a file/)
  })

  test('a link in a circle', async () => {
    const path = join(temporaryFolder(), '.env')
    symlinkSync(path, path)
    expect(await remarksOn(path)).toEqual(['broken-link!'])
  })

  test('no folder to hold it', async () => {
    const folder = join(temporaryFolder(), 'missing')
    expect(await remarksOn(join(folder, '.env'))).toEqual(['folder-missing!'])
    expect(await sentenceOn(join(folder, '.env'))).toMatch(folder)
  })

  test('a file where a folder should be', async () => {
    expect(await remarksOn(join(fileWith(''), '.env'))).toEqual(['folder-missing!'])
  })

  test('a link to where there is no folder, besides the link', async () => {
    const link = join(temporaryFolder(), '.env')
    symlinkSync('/nowhere/at/all', link)
    expect(await remarksOn(link)).toEqual(['folder-missing!', 'symlink'])
  })

  test('a file marked as read-only', async () => {
    const path = fileWith('')
    chmodSync(path, 0o400)
    expect(await remarksOn(path)).toEqual(['read-only!'])
  })

  test('more than 16 MB', async () => {
    const path = fileWith('')
    truncateSync(path, 16 * 1024 * 1024 + 1)
    expect(await remarksOn(path)).toEqual(['too-big!'])
  })

  test.each([
    ['UTF-16', Buffer.from('\ufeffA=1', 'utf16le')],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0])],
  ])('%s', async (_, bytes) => {
    expect(await remarksOn(fileWith(bytes))).toEqual(['content!'])
  })
})

describe('in a Git repository', () => {
  function repository(): string {
    const folder = temporaryFolder()
    git(folder, 'init', '-q')
    return folder
  }

  function git(folder: string, ...line: readonly string[]): void {
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...line])
  }

  test('a file that is not ignored is to be confirmed, also before it is made', async () => {
    const path = join(repository(), '.env')
    expect(await remarksOn(path)).toEqual(['git'])
    writeFileSync(path, '', { mode: 0o600 })
    expect(await remarksOn(path)).toEqual(['git'])
    expect(await sentenceOn(path)).toMatch(/not ignored.*\.gitignore/)
  })

  test('a file that is ignored is nothing to speak of', async () => {
    const folder = repository()
    writeFileSync(join(folder, '.gitignore'), '.env*\n')
    expect(await remarksOn(join(folder, '.env'))).toEqual([])
  })

  test('what is ignored further up, or taken back further down, is understood', async () => {
    const folder = repository()
    mkdirSync(join(folder, 'a/b'), { recursive: true })
    writeFileSync(join(folder, '.gitignore'), '*.env\n')
    writeFileSync(join(folder, 'a/b/.gitignore'), '!my.env\n')
    expect(await remarksOn(join(folder, 'a/my.env'))).toEqual([])
    expect(await remarksOn(join(folder, 'a/b/my.env'))).toEqual(['git'])
  })

  test('a file that is tracked is to be confirmed, ignored or not', async () => {
    const folder = repository()
    const path = join(folder, '.env')
    writeFileSync(path, '', { mode: 0o600 })
    git(folder, 'add', '.env')
    writeFileSync(join(folder, '.gitignore'), '.env\n')
    expect(await remarksOn(path)).toEqual(['git'])
    expect(await sentenceOn(path)).toMatch(/tracked by Git.*git rm --cached/)
  })

  test.each([':(top)x', ':x', '-x', '#x', 'a b', 'é', '[a]', '"'])(
    'the name %j is meant as it is',
    async (name) => {
      const folder = repository()
      writeFileSync(join(folder, 'tracked'), '')
      git(folder, 'add', 'tracked')
      expect(await sentenceOn(join(folder, name))).toMatch(/not ignored/)
      writeFileSync(join(folder, '.git/info/exclude'), `\\${name}\n`)
      expect(await remarksOn(join(folder, name))).toEqual([])
    },
  )

  test('a name that is a pattern is not taken for another file', async () => {
    const folder = repository()
    writeFileSync(join(folder, 'tracked'), '')
    git(folder, 'add', 'tracked')
    expect(await sentenceOn(join(folder, '*'))).toMatch(/not ignored/)
  })

  test('where a linked folder leads into it, it counts', async () => {
    const link = join(temporaryFolder(), 'link')
    symlinkSync(repository(), link)
    expect(await remarksOn(join(link, '.env'))).toEqual(['git'])
  })

  test('no program of the repository is run', async () => {
    const folder = repository()
    const proof = join(temporaryFolder(), 'ran')
    const program = join(temporaryFolder(), 'program')
    writeFileSync(program, `#!/bin/sh\necho "$0" >> ${proof}\n`, { mode: 0o700 })
    git(folder, 'config', 'core.fsmonitor', program)
    for (const hook of ['post-index-change', 'fsmonitor-watchman', 'pre-commit']) {
      writeFileSync(join(folder, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${proof}\n`, {
        mode: 0o700,
      })
    }
    writeFileSync(join(folder, 'tracked'), '')
    git(folder, 'add', 'tracked')
    // It would have been: the test's own "add" ran it.
    expect(readFileSync(proof, 'utf8')).not.toBe('')
    writeFileSync(proof, '')
    expect(await remarksOn(join(folder, '.env'))).toEqual(['git'])
    expect(readFileSync(proof, 'utf8')).toBe('')
  })

  test('nothing of it is changed', async () => {
    const folder = repository()
    writeFileSync(join(folder, 'tracked'), '')
    git(folder, 'add', 'tracked')
    const before = lstatSync(join(folder, '.git/index'))
    await checkEnvFile(join(folder, '.env'))
    expect(lstatSync(join(folder, '.git/index'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
    expect(leftovers(folder)).toEqual([])
  })

  test('variables that point Git elsewhere do not', async () => {
    const folder = repository()
    writeFileSync(join(folder, '.git/info/exclude'), '.env\n')
    process.env.GIT_DIR = join(repository(), '.git')
    onTestFinished(() => {
      delete process.env.GIT_DIR
    })
    expect(await remarksOn(join(folder, '.env'))).toEqual([])
  })

  test('that is none Git knows, it says that it could not ask', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, '.git'))
    expect(await sentenceOn(join(folder, '.env'))).toMatch(/Git could not be asked/)
  })

  test('where Git is not installed, it says that it could not ask', async () => {
    const folder = repository()
    const path = process.env.PATH
    process.env.PATH = temporaryFolder()
    onTestFinished(() => {
      process.env.PATH = path
    })
    expect(await sentenceOn(join(folder, '.env'))).toMatch(/Git could not be asked/)
  })

  test('where Git answers one question only, it says that it could not ask', async () => {
    const folder = repository()
    onlyGit('case "$*" in *check-ignore*) exit 0;; *) exit 128;; esac')
    expect(await sentenceOn(join(folder, '.env'))).toMatch(/Git could not be asked/)
  })

  test('where Git takes for ever, it says that it could not ask', async () => {
    const folder = repository()
    onlyGit('exec sleep 60')
    expect(await sentenceOn(join(folder, '.env'))).toMatch(/Git could not be asked/)
  })

  /** A program of that name comes first, until the test is over. */
  function onlyGit(script: string): void {
    const programs = temporaryFolder()
    writeFileSync(join(programs, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o700 })
    const path = process.env.PATH
    process.env.PATH = `${programs}:${path}`
    onTestFinished(() => {
      process.env.PATH = path
    })
  }
})
