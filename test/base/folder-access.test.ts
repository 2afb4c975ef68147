// Folders that others can change, with other users of this system: root prepares them.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { foldersTo, isOwnFile, othersIn, secureFolder } from '#base/node/folder-access.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
const another = 13_001

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'satm-access-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A data folder with something in it, below a folder of its own. */
function dataFolder(mode = 0o700): { readonly top: string; readonly folder: string } {
  const top = temporaryFolder()
  const folder = join(top, 'data')
  mkdirSync(folder)
  writeFileSync(join(folder, 'vault.db'), 'kept', { mode: 0o600 })
  chmodSync(folder, mode)
  return { top, folder }
}

function refusal(folder: string): string {
  try {
    secureFolder(folder)
    return 'secured'
  } catch (error) {
    expect(readFileSync(join(folder, 'vault.db'), 'utf8')).toBe('kept')
    return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
  }
}

test('the way to a folder begins at the root', () => {
  expect(foldersTo('/a/b')).toEqual(['/', '/a', '/a/b'])
})

describe.runIf(process.platform === 'linux')('who else can change what is in a folder', () => {
  test.each<readonly [string, Parameters<typeof othersIn>[0], 'what-is-there' | 'new-files', string | null]>([
    ["its owner's alone", { ...own, mode: 0o700 }, 'new-files', null],
    ["root's, as /usr", { uid: 0, gid: 0, mode: 0o755 }, 'new-files', null],
    ['of another user', { uid: another, gid: own.gid, mode: 0o700 }, 'what-is-there', 'owner'],
    ['of everybody', { ...own, mode: 0o777 }, 'what-is-there', 'everybody'],
    ['of a group', { uid: own.uid, gid: another, mode: 0o770 }, 'what-is-there', 'group'],
    ['of a group, setgid', { uid: own.uid, gid: another, mode: 0o2775 }, 'what-is-there', 'group'],
    ['sticky, as /tmp is on the way', { uid: 0, gid: 0, mode: 0o1777 }, 'what-is-there', null],
    ['sticky, where the file itself is', { uid: 0, gid: 0, mode: 0o1777 }, 'new-files', 'everybody'],
    ['sticky, of another user', { uid: another, gid: 0, mode: 0o1777 }, 'what-is-there', 'owner'],
  ])('%s', (_, access, holds, expected) => {
    expect(othersIn(access, holds)).toBe(expected)
  })

  // The group "root" is that of root alone.
  test.runIf(isRoot)("of the user's private group: nobody", () => {
    expect(othersIn({ uid: 0, gid: 0, mode: 0o775 }, 'new-files')).toBeNull()
  })

  test('a file is trusted when nobody else can write it', () => {
    expect(isOwnFile({ uid: own.uid, mode: 0o644 })).toBe(true)
    expect(isOwnFile({ uid: 0, mode: 0o644 })).toBe(true)
    for (const stats of [
      { uid: another, mode: 0o600 },
      { uid: own.uid, mode: 0o620 },
      { uid: own.uid, mode: 0o602 },
    ]) {
      expect(isOwnFile(stats)).toBe(false)
    }
  })
})

describe.runIf(process.platform === 'linux')('a data folder', () => {
  test.each([0o777, 0o775, 0o770, 0o2777, 0o755, 0o701])('of mode %o becomes its owner’s alone', (mode) => {
    const { folder } = dataFolder(mode)
    secureFolder(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  test('in /tmp, or behind a link of its owner, is fine', () => {
    const { top, folder } = dataFolder()
    chmodSync(top, 0o1777)
    symlinkSync(folder, join(top, 'link'))
    for (const path of [folder, join(top, 'link')]) secureFolder(path)
  })

  test('below one that everybody may write is refused, and nothing is changed', () => {
    const { top, folder } = dataFolder(0o755)
    chmodSync(top, 0o777)
    expect(refusal(folder)).toMatch(
      /^UnsafeFolder: Other users of this computer can change .*satm-access-\w+ \(mode 0777\), .* Run "chmod go-w" on it/,
    )
    expect(statSync(folder).mode & 0o777).toBe(0o755)
  })

  describe.runIf(isRoot)('is refused', () => {
    test('when another user made it first', () => {
      const { folder } = dataFolder(0o755)
      chownSync(folder, NOBODY, NOBODY)
      expect(refusal(folder)).toMatch(/data belongs to another user of this computer \(ID 65534\)/)
    })

    test('when another user put something into it while that was possible', () => {
      const { top, folder } = dataFolder(0o777)
      chmodSync(top, 0o755)
      const planted = spawnSync('sh', ['-c', `echo '{}' > '${folder}/preferences.json'`], {
        uid: NOBODY,
        gid: NOBODY,
      })
      expect(planted.status).toBe(0)
      expect(refusal(folder)).toMatch(/preferences\.json belongs to another user/)
    })

    test('when a link of another user leads to it', () => {
      const { top, folder } = dataFolder()
      const link = join(top, 'link')
      symlinkSync(folder, link)
      lchownSync(link, NOBODY, NOBODY)
      expect(refusal(link)).toMatch(/link belongs to another user/)
    })

    test('when a link on the way stands where others can exchange it, however many links lead there', () => {
      const { top, folder } = dataFolder()
      const shared = join(top, 'shared')
      mkdirSync(shared)
      symlinkSync(folder, join(shared, 'second'))
      symlinkSync('shared/second', join(top, 'first'))
      symlinkSync('..', join(shared, 'up'))
      const ways = [join(top, 'first'), join(shared, 'second'), join(shared, 'up', 'data')]
      for (const way of ways) expect(refusal(way)).toBe('secured')
      chmodSync(shared, 0o777)
      for (const way of ways) expect(refusal(way)).toMatch(/can change .*shared \(mode 0777\)/)
    })

    test('when the access control list of a folder above lets another user in by the private group', () => {
      const { top, folder } = dataFolder()
      chmodSync(top, 0o775)
      expect(refusal(folder)).toBe('secured')
      expect(spawnSync('setfacl', ['-m', `u:${NOBODY}:rwx`, top]).status).toBe(0)
      expect(refusal(folder)).toMatch(/can change .*satm-access-\w+ \(mode 0775\)/)
    })

    test('when the folder above it is of another user, or of a group', () => {
      const { top, folder } = dataFolder()
      chownSync(top, NOBODY, NOBODY)
      expect(refusal(folder)).toMatch(/belongs to another user/)
      chownSync(top, 0, another)
      chmodSync(top, 0o775)
      expect(refusal(folder)).toMatch(/can change .* \(mode 0775\)/)
    })
  })
})
