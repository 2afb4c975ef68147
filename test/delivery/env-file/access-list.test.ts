// Who may read an env file stays as it is when it is written: with access control lists, and with lists that a folder
// gives its files. Without the programs that copy lists, what cannot be kept is refused.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkEnvFile } from '#delivery/env-file/env-file-check.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { atMost, leftovers, MeddledValue, temporaryFolder, token } from './support/places.ts'
import {
  ANNA,
  BEN,
  CONFIRMED,
  fileWith,
  GUESTS,
  giveFolder,
  isRoot,
  placeFor,
  readersOf,
  rightsOf,
  STAFF,
  setfacl,
} from './support/readers.ts'

const { write } = createEnvFileWriter()

function written(path: string) {
  return write(path, token('new'), { confirmed: CONFIRMED })
}

describe.runIf(isRoot)('who may read', () => {
  test.each<readonly [string, number, readonly string[], readonly string[]]>([
    ['a named user, the group not', 0o600, ['g::-', `u:${ANNA}:r`], []],
    ['a named group, the group not', 0o600, ['g::-', `g:${GUESTS}:rw`], []],
    ['all but a named user', 0o604, ['g::-', `u:${ANNA}:-`], []],
    ['all but a named group', 0o644, [`g:${GUESTS}:-`], []],
    ['the group, and a named user that the mask stops', 0o602, [`u:${ANNA}:r`, 'm::-'], []],
    ['the group, in a folder that names a user', 0o640, [], [`u:${ANNA}:r`]],
    ['all, in a folder that names a user not to', 0o644, [], [`u:${ANNA}:-`]],
    ['a named user, in a folder that names another', 0o600, ['g::-', `u:${ANNA}:r`], [`u:${BEN}:r`]],
    ['the group, in a folder that lets others read', 0o640, [], ['o::r']],
  ])('stays as it is: %s', async (_, mode, ofFile, ofFolder) => {
    const path = fileWith(mode, ...ofFile)
    chownSync(path, 0, STAFF)
    giveFolder(path, ...ofFolder)
    const before = { readers: readersOf(path), rights: rightsOf(path) }
    expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
    expect({ readers: readersOf(path), rights: rightsOf(path) }).toEqual(before)
    expect(statSync(path)).toMatchObject({ uid: 0, gid: STAFF })
    expect(leftovers(dirname(path))).toEqual([])
  })

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['in a folder that names a user', [], [`u:${ANNA}:rwx`]],
    ['with a list whose mask lets nobody', [`u:${ANNA}:r`, 'm::-'], []],
    ['with both', [`u:${BEN}:r`, `g:${STAFF}:rw`, 'm::-'], [`u:${ANNA}:rwx`, 'o::rw']],
  ])('a file that is its owner’s alone stays so, %s', async (_, ofFile, ofFolder) => {
    const path = fileWith(0o600, ...ofFile)
    giveFolder(path, ...ofFolder)
    onlyPrograms({})
    expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('a new file is its owner’s alone, whoever the folder names, at each write', async () => {
    const path = placeFor()
    giveFolder(path, 'u::r', `u:${ANNA}:rwx`, `g:${GUESTS}:rw`, 'o::rw')
    for (const value of ['one', 'two']) {
      expect(await write(path, token(value), { confirmed: [] })).toMatchObject({
        kind: 'written',
        changed: true,
      })
      expect(readersOf(path)).toEqual([])
      expect(statSync(path).mode & 0o777).toBe(0o600)
    }
  })

  test.each(['.env with a space', '-R', 'two\nlines', 'drwxrwxrwx+ 1 0 0', 'ä😀'])(
    'stays as it is under the name %j',
    async (name) => {
      const path = placeFor(name)
      writeFileSync(path, '', { mode: 0o600 })
      setfacl(path, '-m', `u:${ANNA}:r,g::-`)
      expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
      expect(readersOf(path)).toEqual([ANNA])
      setfacl(path, '-b')
      chmodSync(path, 0o644)
      expect(await write(path, token('newer'), { confirmed: CONFIRMED })).toMatchObject({
        kind: 'written',
        changed: true,
      })
      expect(statSync(path).mode & 0o777).toBe(0o644)
    },
  )

  test('stays as it is behind a link, whoever may read the link’s folder', async () => {
    const path = fileWith(0o600, 'g::-', `u:${ANNA}:r`)
    const link = placeFor('link')
    giveFolder(link, `u:${BEN}:r`)
    symlinkSync(path, link)
    expect(await write(link, token('new'), { confirmed: ['symlink', ...CONFIRMED] })).toMatchObject({
      kind: 'written',
    })
    expect(readersOf(path)).toEqual([ANNA])
  })

  test('stays as it is under both names of a file', async () => {
    const path = fileWith(0o600, 'g::-', `u:${ANNA}:r`)
    const other = `${path}.other`
    linkSync(path, other)
    expect(await written(path)).toMatchObject({ kind: 'written' })
    expect([readersOf(path), readersOf(other)]).toEqual([[ANNA], [ANNA]])
    expect(readFileSync(other, 'utf8')).toBe('TOKEN=old\n')
  })

  test.each([0o1777, 0o2775, 0o3777])('stays as it is in a folder of mode %o', async (mode) => {
    const path = fileWith(0o600, 'g::-', `u:${ANNA}:r`)
    chownSync(path, BEN, STAFF)
    chownSync(dirname(path), 0, GUESTS)
    chmodSync(dirname(path), mode)
    expect(await written(path)).toMatchObject({ kind: 'written' })
    expect(readersOf(path)).toEqual([ANNA, BEN])
    expect(statSync(path)).toMatchObject({ uid: BEN, gid: STAFF })
  })

  test('is what it became while the write was under way', async () => {
    const path = fileWith(0o600, 'g::-', `u:${ANNA}:r,u:${BEN}:r`)
    const value = new MeddledValue(
      'new',
      atMost(1, () => setfacl(path, '-x', `u:${ANNA}`)),
    )
    expect(await write(path, [{ name: 'TOKEN', value }], { confirmed: CONFIRMED })).toMatchObject({
      kind: 'written',
    })
    expect(readersOf(path)).toEqual([BEN])
  })

  test('of another file is not changed by a link in the place of what is being written', async () => {
    const path = fileWith(0o600, 'g::-', `u:${ANNA}:r`)
    const other = fileWith(0o600)
    // The real program, after somebody put a link where the new file lies.
    const folder = dirname(path)
    onlyPrograms({
      ls: '',
      getfacl: '',
      setfacl: `for new in '${folder}'/.env.satm-*; do rm "$new"; ln -s '${other}' "$new"; done`,
    })
    await written(path)
    expect(rightsOf(other)).toBe('user::rw-\ngroup::---\nother::---\n\n')
  })
})

describe.runIf(isRoot)('without the programs for lists', () => {
  const refused = { kind: 'refused', remark: { kind: 'access-list', confirm: null } }
  const listed: readonly (readonly [string, () => string])[] = [
    ['a file with a list', () => fileWith(0o600, 'g::-', `u:${ANNA}:r`)],
    ['a file with a list that only refuses', () => fileWith(0o604, 'g::-', `u:${ANNA}:-`)],
    [
      'a file in a folder that names a user',
      () => {
        const path = fileWith(0o640)
        giveFolder(path, `u:${ANNA}:r`)
        return path
      },
    ],
  ]

  test.each(listed)(
    '%s is refused, before and at the write, and written once it is its owner’s alone',
    async (_, make) => {
      const path = make()
      const before = { readers: readersOf(path), rights: rightsOf(path) }
      const bringBack = onlyPrograms({ ls: '' })
      const { remarks } = await checkEnvFile(path)
      expect(remarks.map(({ kind }) => kind)).toContain('access-list')
      expect(remarks.find(({ kind }) => kind === 'access-list')?.sentence).toBe(
        `${path} or its folder may have an access control list, which could not be copied. Install the package "acl" (getfacl, setfacl), or run "chmod 600" on the file.`,
      )
      expect(await written(path)).toMatchObject(refused)
      expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
      expect(readdirSync(dirname(path))).toEqual(['.env'])
      bringBack()
      expect({ readers: readersOf(path), rights: rightsOf(path) }).toEqual(before)
      chmodSync(path, 0o600)
      onlyPrograms({ ls: '' })
      expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
    },
  )

  test.each([0o640, 0o644, 0o604, 0o755])('a file without one keeps its mode', async (mode) => {
    const path = fileWith(mode)
    onlyPrograms({ ls: '' })
    expect((await checkEnvFile(path)).remarks.map(({ kind }) => kind)).toEqual(['readable-by-others'])
    expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
    expect(statSync(path).mode & 0o777).toBe(mode)
  })

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['no program at all', {}],
    ['an ls that knows no long names', { ls: 'exit 1' }],
    ['an ls that shows something else', { ls: 'echo -rw-r--r--; exit 0' }],
    ['a getfacl that fails', { getfacl: 'exit 1', setfacl: '' }],
    ['a setfacl that fails', { getfacl: '', setfacl: 'exit 1' }],
    ['a getfacl alone', { getfacl: '' }],
    ['a setfacl that is killed', { getfacl: '', setfacl: 'kill -9 $$' }],
  ])('%s: a file that others may read is refused, its owner’s alone is written', async (_, programs) => {
    const path = fileWith(0o644)
    onlyPrograms(programs)
    expect(await written(path)).toMatchObject(refused)
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
    expect(readdirSync(dirname(path))).toEqual(['.env'])
    chmodSync(path, 0o600)
    expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
  })

  test('a file that was taken away meanwhile is looked at again', async () => {
    const path = fileWith(0o644)
    onlyPrograms({ ls: `/bin/rm -f '${path}'; exit 1` })
    expect(await written(path)).toMatchObject({ kind: 'written', changed: true })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
})

/** Of the programs there are only these until the test is over or it is called: the real ones, after a script. */
function onlyPrograms(scripts: Readonly<Record<string, string>>): () => void {
  const folder = temporaryFolder()
  const path = process.env.PATH
  // What attributes are copied with is there everywhere.
  for (const [name, script] of Object.entries({ cp: '', ...scripts })) {
    const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
    const text = `#!/bin/sh\nPATH='${path}'\n${script}\nexec '${real}' "$@"\n`
    writeFileSync(join(folder, name), text, { mode: 0o755 })
  }
  const bringBack = () => {
    process.env.PATH = path
  }
  process.env.PATH = folder
  onTestFinished(bringBack)
  return bringBack
}
