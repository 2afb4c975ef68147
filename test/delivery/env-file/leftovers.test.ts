// What has a leftover's name and is none: no file of this app, so it neither goes nor keeps a file from being written.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { prepareReplacement } from '#delivery/env-file/file-replacement.ts'
import { leftovers, temporaryFolder, token } from './support/places.ts'

const { write, forget } = createEnvFileWriter()

/** The path of a leftover of `file`, which is not there. */
async function leftoverOf(file: string): Promise<string> {
  const before = leftovers(dirname(file))
  const replacement = await prepareReplacement(file, Buffer.from('TOKEN=half'), null)
  if (replacement.kind !== 'ready') throw new Error(replacement.kind)
  const [left = ''] = leftovers(dirname(file)).filter((name) => !before.includes(name))
  await replacement?.discard()
  return join(dirname(file), left)
}

const kinds: readonly [string, (path: string) => void][] = [
  ['a folder', (path) => mkdirSync(path)],
  [
    'a folder with something in it',
    (path) => {
      mkdirSync(path)
      writeFileSync(join(path, 'mine'), 'mine')
    },
  ],
  ['a link to nowhere', (path) => symlinkSync('/nowhere/at/all', path)],
  ['a link to a folder', (path) => symlinkSync(dirname(path), path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  ['a pipe', (path) => void execFileSync('mkfifo', [path])],
]

describe.runIf(process.platform !== 'win32').each(kinds)('%s with the name of a leftover', (_, make) => {
  test('of the file itself stays, and the file is written and forgotten', async () => {
    const path = join(temporaryFolder(), '.env')
    const odd = await leftoverOf(path)
    make(odd)
    await prepareReplacement(path, Buffer.from('TOKEN=half'), null)
    expect(await write(path, token('new'), { confirmed: [] })).toMatchObject({
      kind: 'written',
      changed: true,
    })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
    await forget(path)
    expect(leftovers(dirname(path))).toEqual([basename(odd)])
    expect(lstatSync(odd).isFile()).toBe(false)
  })

  test('of another file stays, and keeps no real leftover', async () => {
    const path = join(temporaryFolder(), '.env')
    const other = join(dirname(path), '.env.other')
    const odd = await leftoverOf(other)
    make(odd)
    lutimesSync(odd, 1, 1)
    await prepareReplacement(other, Buffer.from('TOKEN=half'), null)
    const [left = ''] = leftovers(dirname(path)).filter((name) => name !== basename(odd))
    utimesSync(join(dirname(path), left), 1, 1)
    expect(await write(path, token('new'), { confirmed: [] })).toMatchObject({
      kind: 'written',
      changed: true,
    })
    expect(existsSync(join(dirname(path), left))).toBe(false)
    expect(leftovers(dirname(path))).toEqual([basename(odd)])
  })
})
