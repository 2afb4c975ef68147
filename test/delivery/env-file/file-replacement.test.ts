import { appendFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Current, isSame, readCurrent } from '#delivery/env-file/file-replacement.ts'
import { temporaryFolder } from './support/places.ts'

function fileWith(text: string): string {
  const path = join(temporaryFolder(), '.env')
  writeFileSync(path, text)
  return path
}

describe('reading', () => {
  test('gives the bytes', async () => {
    expect(await readCurrent(fileWith('A=1'))).toMatchObject({ kind: 'file', bytes: Buffer.from('A=1') })
  })

  test('of what is not there says so', async () => {
    expect(await readCurrent(join(temporaryFolder(), '.env'))).toEqual({ kind: 'absent' })
  })

  test('follows no link', async () => {
    const link = join(temporaryFolder(), '.env')
    symlinkSync(fileWith('A=1'), link)
    expect(await readCurrent(link)).toEqual({ kind: 'something-else' })
  })

  test('takes no folder for a file', async () => {
    expect(await readCurrent(temporaryFolder())).toEqual({ kind: 'something-else' })
  })

  test('stops at what has grown too large', async () => {
    const path = fileWith('')
    truncateSync(path, 16 * 1024 * 1024 + 1)
    expect(await readCurrent(path)).toEqual({ kind: 'something-else' })
  })
})

describe('a file is the same', () => {
  test('when nobody touched it', async () => {
    const path = fileWith('A=1')
    expect(isSame(await readCurrent(path), await readCurrent(path))).toBe(true)
  })

  test('unless it was written', async () => {
    const path = fileWith('A=1')
    const before = await readCurrent(path)
    appendFileSync(path, '\n')
    expect(isSame(before, await readCurrent(path))).toBe(false)
  })

  test('unless its content is another, though the disk tells no difference', async () => {
    const now = await readFile()
    expect(isSame(now, { ...now, bytes: Buffer.from('A=2') })).toBe(false)
  })

  test.each(['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const)(
    'unless its %s is another',
    async (fact) => {
      const now = await readFile()
      const stats = Object.assign(Object.create(now.stats), { [fact]: now.stats[fact] + 1n })
      expect(isSame(now, { ...now, stats })).toBe(false)
    },
  )

  test('unless it came or went', async () => {
    const now = await readFile()
    expect(isSame(now, { kind: 'absent' })).toBe(false)
    expect(isSame({ kind: 'absent' }, now)).toBe(false)
    expect(isSame({ kind: 'absent' }, { kind: 'absent' })).toBe(true)
  })
})

async function readFile(): Promise<Extract<Current, { kind: 'file' }>> {
  const now = await readCurrent(fileWith('A=1'))
  if (now.kind !== 'file') throw new Error(now.kind)
  return now
}
