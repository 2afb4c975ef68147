// Files of other people, and folders one may not write. Root prepares them; a program without its rights meets them.
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { temporaryFolder, token } from './support/places.ts'
import { runAsNobody } from './support/readers.ts'

const NOBODY = 65_534
const SOMEBODY = 12_345

interface Seen {
  readonly remarks: readonly string[]
  readonly result: unknown
}

describe.runIf(process.platform !== 'win32')('without rights', () => {
  let program: Bundle

  beforeAll(async () => {
    program = await bundle(resolve(import.meta.dirname, 'support/as-nobody.ts'))
  })

  afterAll(() => program.remove())

  async function asNobody(path: string, confirmed: readonly FileOddity[] = []): Promise<Seen> {
    return JSON.parse(runAsNobody(program.path, [JSON.stringify(confirmed), path]))[0]
  }

  /** A file whose folder everybody may enter. */
  function fileOf(
    owner: { readonly uid: number; readonly gid: number; readonly mode: number },
    folderMode: number,
  ) {
    const top = temporaryFolder()
    const folder = join(top, 'project')
    const path = join(folder, '.env')
    mkdirSync(folder)
    writeFileSync(path, 'TOKEN=old\n')
    chownAsRoot(path, owner.uid, owner.gid)
    chownAsRoot(folder, NOBODY, NOBODY)
    chmodSync(path, owner.mode)
    chmodSync(folder, folderMode)
    chmodSync(top, 0o755)
    return path
  }

  test('a folder that may not be written makes the write fail', async () => {
    const path = fileOf({ uid: NOBODY, gid: NOBODY, mode: 0o600 }, 0o500)
    const { remarks, result } = await asNobody(path)
    expect(remarks).toEqual(['no-access'])
    expect(result).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(/account may not write/) })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
  })

  test('a folder that may not be entered makes the write fail', async () => {
    const path = fileOf({ uid: NOBODY, gid: NOBODY, mode: 0o600 }, 0o000)
    const { remarks, result } = await asNobody(path)
    expect(remarks).toEqual(['no-access'])
    expect(result).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(/account may not write/) })
  })

  describe.runIf(process.getuid?.() === 0)('and with files of somebody else,', () => {
    test('one that may be written is refused until it is confirmed, and then belongs to the writer', async () => {
      const path = fileOf({ uid: SOMEBODY, gid: NOBODY, mode: 0o666 }, 0o700)
      const first = await asNobody(path)
      expect(first.remarks).toEqual(['other-owner', 'readable-by-others'])
      expect(first.result).toMatchObject({
        kind: 'refused',
        remark: { kind: 'other-owner', sentence: expect.stringMatching(/ID 12345.*it will be yours/) },
      })
      expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
      expect((await asNobody(path, ['other-owner', 'readable-by-others'])).result).toMatchObject({
        kind: 'written',
        changed: true,
      })
      expect(statSync(path)).toMatchObject({ uid: NOBODY, gid: NOBODY })
    })

    test('another group gets nothing of what that one had', async () => {
      const path = fileOf({ uid: NOBODY, gid: SOMEBODY, mode: 0o640 }, 0o700)
      expect((await asNobody(path, ['readable-by-others'])).result).toMatchObject({
        kind: 'written',
        changed: true,
      })
      expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
      expect(statSync(path).gid).toBe(NOBODY)
      expect(statSync(path).mode & 0o777).toBe(0o600)
    })

    test('one that may not be read makes the write fail', async () => {
      const path = fileOf({ uid: SOMEBODY, gid: SOMEBODY, mode: 0o600 }, 0o700)
      const { remarks, result } = await asNobody(path, ['other-owner'])
      expect(remarks).toEqual(['no-access', 'other-owner'])
      expect(result).toMatchObject({ kind: 'failed' })
      expect(readdirSync(dirname(path))).toEqual(['.env'])
    })
  })
})

test.runIf(process.getuid?.() === 0)('root leaves a file to its owner and group', async () => {
  const path = join(temporaryFolder(), '.env')
  writeFileSync(path, 'TOKEN=old\n')
  chownSync(path, SOMEBODY, NOBODY)
  chmodSync(path, 0o640)
  const { write } = createEnvFileWriter()
  expect(await write(path, token('new'), { confirmed: [] })).toMatchObject({ kind: 'refused' })
  const confirmed: readonly FileOddity[] = ['other-owner', 'readable-by-others']
  expect(await write(path, token('new'), { confirmed })).toMatchObject({ kind: 'written' })
  expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
  expect(statSync(path)).toMatchObject({ uid: SOMEBODY, gid: NOBODY })
  expect(statSync(path).mode & 0o777).toBe(0o640)
})

function chownAsRoot(path: string, uid: number, gid: number): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid)
}
