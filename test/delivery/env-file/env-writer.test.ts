import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { prepareReplacement } from '#delivery/env-file/file-replacement.ts'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import { atMost, leftovers, MeddledValue, temporaryFolder, token } from './support/places.ts'

const { write, forget } = createEnvFileWriter()

const ALL: readonly FileOddity[] = [
  'git',
  'symlink',
  'hard-links',
  'other-owner',
  'readable-by-others',
  'open-folder',
]
const NOTHING = { confirmed: [] }

function fileWith(text: string): string {
  const path = join(temporaryFolder(), '.env')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

function meddled(value: string, times: number, work: () => void) {
  return [{ name: 'TOKEN', value: new MeddledValue(value, atMost(times, work)) }]
}

describe('a write', () => {
  test('puts the values in and leaves the rest and nothing beside it', async () => {
    const path = fileWith('A=1\r\nTOKEN=old # c')
    expect(await write(path, token('new'), NOTHING)).toMatchObject({ kind: 'written', changed: true })
    expect(readFileSync(path, 'utf8')).toBe('A=1\r\nTOKEN=new # c')
    expect(leftovers(dirname(path))).toEqual([])
  })

  test('makes a new file that only its owner can read', async () => {
    const path = join(temporaryFolder(), '.env')
    expect(await write(path, token('new'), NOTHING)).toMatchObject({ kind: 'written', changed: true })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test.each(['0600', '0640', '0644', '0660', '0755'])('keeps mode %s', async (mode) => {
    const path = fileWith('TOKEN=old\n')
    chmodSync(path, mode)
    await write(path, token('new'), { confirmed: ALL })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
    expect(statSync(path).mode & 0o777).toBe(Number.parseInt(mode, 8))
  })

  test('of what is there already does not touch the file', async () => {
    const path = fileWith("TOKEN='same'\n")
    utimesSync(path, 1_000, 1_000)
    const before = statSync(path)
    expect(await write(path, token('same'), NOTHING)).toMatchObject({ kind: 'written', changed: false })
    expect(statSync(path)).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
      ctimeMs: before.ctimeMs,
    })
  })

  test('handles 10 MB', async () => {
    const filler = '# a line of no interest\n'.repeat(450_000)
    const path = fileWith(`${filler}TOKEN=old\n`)
    expect(await write(path, token('new'), NOTHING)).toMatchObject({ kind: 'written', changed: true })
    expect(readFileSync(path, 'utf8') === `${filler}TOKEN=new\n`).toBe(true)
  })

  test('handles a name as long as a disk allows', async () => {
    const path = join(temporaryFolder(), 'x'.repeat(255))
    expect(await write(path, token('new'), NOTHING)).toMatchObject({ kind: 'written', changed: true })
  })

  test('removes what a killed one left, and nothing that is not its own', async () => {
    const path = fileWith('TOKEN=old\n')
    const folder = dirname(path)
    await prepareReplacement(path, Buffer.from('TOKEN=half'), null)
    const [left = ''] = leftovers(folder)
    expect(readFileSync(join(folder, left), 'utf8')).toBe('TOKEN=half')
    const others = ['.env.satm-notes', `${left}x`, `.env.satm-000000000000-${'0'.repeat(16)}`, '.env.local']
    for (const name of others) writeFileSync(join(folder, name), 'mine')
    await write(path, token('new'), NOTHING)
    expect(existsSync(join(folder, left))).toBe(false)
    for (const name of others) expect(readFileSync(join(folder, name), 'utf8')).toBe('mine')
  })

  test('removes what was left of another file there, once nobody can be writing it', async () => {
    const path = fileWith('TOKEN=old\n')
    const folder = dirname(path)
    const given = join(folder, '.env.other')
    await prepareReplacement(given, Buffer.from('TOKEN=half'), null)
    const [left = ''] = leftovers(folder)
    await write(path, token('new'), NOTHING)
    expect(leftovers(folder)).toEqual([left])
    const twoHoursAgo = statSync(path).mtimeMs / 1000 - 7_200
    utimesSync(join(folder, left), twoHoursAgo, twoHoursAgo)
    await write(path, token('newer'), NOTHING)
    expect(leftovers(folder)).toEqual([])
  })
})

describe('a file that is no target any more', () => {
  test('keeps what stands in it and loses what a killed writer left beside it', async () => {
    const path = fileWith('TOKEN=old\n')
    await prepareReplacement(path, Buffer.from('TOKEN=half'), null)
    expect(leftovers(dirname(path))).toHaveLength(1)
    await forget(path)
    expect(leftovers(dirname(path))).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
  })

  test('loses it through a link, and after the write that is under way', async () => {
    const path = fileWith('TOKEN=old\n')
    const link = join(temporaryFolder(), 'link')
    symlinkSync(path, link)
    await prepareReplacement(path, Buffer.from('TOKEN=half'), null)
    const writing = write(path, token('new'), NOTHING)
    await forget(link)
    expect(await writing).toMatchObject({ kind: 'written', changed: true })
    expect(leftovers(dirname(path))).toEqual([])
  })

  test('may be gone with its folder', async () => {
    await expect(forget(join(temporaryFolder(), 'gone', '.env'))).resolves.toBeUndefined()
    await expect(forget('no path')).resolves.toBeUndefined()
  })
})

describe('writes at the same time', () => {
  test('are done one after the other, and the last one stays', async () => {
    const path = fileWith('TOKEN=old\n')
    const values = Array.from({ length: 30 }, (_, n) => `t${n}`)
    const results = await Promise.all(values.map((value) => write(path, token(value), NOTHING)))
    expect(results).toMatchObject(values.map(() => ({ kind: 'written', changed: true })))
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=t29\n')
  })

  test('through a link and without one lose nothing', async () => {
    const path = fileWith('')
    const link = join(dirname(path), 'link')
    symlinkSync(path, link)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        write(n % 2 ? path : link, [{ name: `T${n}`, value: new Secret(`v${n}`) }], { confirmed: ALL }),
      ),
    )
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(lines.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `T${n}=v${n}`).toSorted())
  })
})

describe('an edit by somebody else meanwhile', () => {
  test('is kept', async () => {
    const path = fileWith('TOKEN=old\n')
    const result = await write(
      path,
      meddled('new', 2, () => appendFileSync(path, 'THEIRS=1\n')),
      NOTHING,
    )
    expect(result).toMatchObject({ kind: 'written', changed: true })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\nTHEIRS=1\nTHEIRS=1\n')
    expect(leftovers(dirname(path))).toEqual([])
  })

  test('is kept when it left size and times as they were', async () => {
    const path = fileWith('TOKEN=old\nA=1\n')
    const { atime, mtime } = statSync(path)
    const edit = () => {
      writeFileSync(path, 'TOKEN=old\nA=2\n')
      utimesSync(path, atime, mtime)
    }
    await write(path, meddled('new', 1, edit), NOTHING)
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\nA=2\n')
  })

  test('that made the file is kept', async () => {
    const path = join(temporaryFolder(), '.env')
    await write(
      path,
      meddled('new', 1, () => writeFileSync(path, 'THEIRS=1\n', { mode: 0o600 })),
      NOTHING,
    )
    expect(readFileSync(path, 'utf8')).toBe('THEIRS=1\nTOKEN=new\n')
  })

  test('that never ends makes the write fail', async () => {
    const path = fileWith('TOKEN=old\n')
    const result = await write(
      path,
      meddled('new', 1_000, () => appendFileSync(path, '#\n')),
      NOTHING,
    )
    expect(result).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(/keeps changing/) })
    expect(readFileSync(path, 'utf8')).toMatch(/^TOKEN=old\n#/)
    expect(leftovers(dirname(path))).toEqual([])
  })

  test('that put a link in its place is not followed', async () => {
    const path = fileWith('TOKEN=old\n')
    const elsewhere = join(temporaryFolder(), 'elsewhere')
    writeFileSync(elsewhere, 'A=1\n', { mode: 0o600 })
    const swap = () => {
      rmSync(path)
      symlinkSync(elsewhere, path)
    }
    const result = await write(path, meddled('new', 1, swap), NOTHING)
    expect(result).toMatchObject({ kind: 'refused', remark: { kind: 'symlink' } })
    expect(readFileSync(elsewhere, 'utf8')).toBe('A=1\n')
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })

  test('that turned the confirmed link elsewhere is followed anew', async () => {
    const folder = temporaryFolder()
    const [one, two, link] = ['one', 'two', 'link'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(one, 'ONE=1\n', { mode: 0o600 })
    writeFileSync(two, 'TWO=2\n', { mode: 0o600 })
    symlinkSync(one, link)
    const turn = () => {
      rmSync(link)
      symlinkSync(two, link)
    }
    await write(link, meddled('new', 1, turn), { confirmed: ['symlink'] })
    expect(readFileSync(one, 'utf8')).toBe('ONE=1\n')
    expect(readFileSync(two, 'utf8')).toBe('TWO=2\nTOKEN=new\n')
  })

  test('that took the folder away makes the write fail', async () => {
    const path = fileWith('TOKEN=old\n')
    const folder = dirname(path)
    const result = await write(
      path,
      meddled('new', 1, () => renameSync(folder, `${folder}-gone`)),
      NOTHING,
    )
    onTestFinished(() => rmSync(`${folder}-gone`, { recursive: true }))
    expect(result).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(/is not there/) })
    expect(readFileSync(`${folder}-gone/.env`, 'utf8')).toBe('TOKEN=old\n')
    expect(existsSync(folder)).toBe(false)
  })
})

describe('a link', () => {
  test('is refused until it is confirmed, and then stays a link', async () => {
    const path = fileWith('TOKEN=old\n')
    const link = join(temporaryFolder(), '.env')
    symlinkSync(path, link)
    expect(await write(link, token('new'), NOTHING)).toMatchObject({
      kind: 'refused',
      remark: { kind: 'symlink', confirm: 'symlink', sentence: expect.stringContaining(path) },
    })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
    expect(await write(link, token('new'), { confirmed: ['symlink'] })).toMatchObject({ kind: 'written' })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(leftovers(dirname(link))).toEqual([])
  })

  test('to a file that is yet to be made, relative and by way of a linked folder', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'deep/real'), { recursive: true })
    symlinkSync('deep/real', join(folder, 'linked'))
    // Above what `linked` leads to: `deep`.
    symlinkSync('linked/../made', join(folder, '.env'))
    await write(join(folder, '.env'), token('new'), { confirmed: ['symlink'] })
    expect(readFileSync(join(folder, 'deep/made'), 'utf8')).toBe('TOKEN=new\n')
  })

  test('that leads in a circle is refused', async () => {
    const path = join(temporaryFolder(), '.env')
    symlinkSync(path, path)
    expect(await write(path, token('new'), { confirmed: ALL })).toMatchObject({
      kind: 'refused',
      remark: { kind: 'broken-link', confirm: null },
    })
  })

  test('among the folders on the way is an ordinary thing', async () => {
    const path = fileWith('TOKEN=old\n')
    const link = join(temporaryFolder(), 'project')
    symlinkSync(dirname(path), link)
    expect(await write(join(link, '.env'), token('new'), NOTHING)).toMatchObject({ kind: 'written' })
    expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
  })
})

describe('refused, whatever was confirmed:', () => {
  const refusal = (kind: string) => ({ kind: 'refused', remark: { kind, confirm: null } })

  test('a folder', async () => {
    expect(await write(temporaryFolder(), token('x'), { confirmed: ALL })).toMatchObject(
      refusal('not-a-file'),
    )
  })

  test('a pipe, without waiting for it', async () => {
    const path = join(temporaryFolder(), '.env')
    execFileSync('mkfifo', [path])
    expect(await write(path, token('x'), { confirmed: ALL })).toMatchObject(refusal('not-a-file'))
  })

  test('a pipe that came in its place, without waiting for it', async () => {
    const path = fileWith('TOKEN=old\n')
    const swap = () => {
      rmSync(path)
      execFileSync('mkfifo', [path])
    }
    expect(await write(path, meddled('x', 1, swap), { confirmed: ALL })).toMatchObject(refusal('not-a-file'))
    expect(lstatSync(path).isFIFO()).toBe(true)
  })

  test('a socket', async () => {
    const path = join(temporaryFolder(), '.env')
    const server = createServer().listen(path)
    await once(server, 'listening')
    expect(await write(path, token('x'), { confirmed: ALL })).toMatchObject(refusal('not-a-file'))
    await new Promise((done) => server.close(done))
  })

  test('a device', async () => {
    expect(await write('/dev/null', token('x'), { confirmed: ALL })).toMatchObject(refusal('not-a-file'))
  })

  test.each([['.env'], ['~/.env'], [''], ['/tmp/a\0b']])('a path that is none: %j', async (path) => {
    expect(await write(path, token('x'), { confirmed: ALL })).toMatchObject(refusal('path'))
  })

  test('a file of more than 16 MB', async () => {
    const path = fileWith('')
    truncateSync(path, 16 * 1024 * 1024 + 1)
    expect(await write(path, token('x'), { confirmed: ALL })).toMatchObject(refusal('too-big'))
  })

  test('what is no text', async () => {
    const path = join(temporaryFolder(), '.env')
    writeFileSync(path, '\ufeffA=1\n', 'utf16le')
    expect(await write(path, token('x'), { confirmed: ALL })).toMatchObject(refusal('content'))
    expect(readFileSync(path, 'utf16le')).toBe('\ufeffA=1\n')
  })
})

test('a file of two names is refused until confirmed; the other name keeps the old content', async () => {
  const path = fileWith('TOKEN=old\n')
  const other = join(dirname(path), 'other')
  linkSync(path, other)
  expect(await write(path, token('new'), NOTHING)).toMatchObject({ remark: { confirm: 'hard-links' } })
  expect(await write(path, token('new'), { confirmed: ['hard-links'] })).toMatchObject({ kind: 'written' })
  expect(readFileSync(path, 'utf8')).toBe('TOKEN=new\n')
  expect(readFileSync(other, 'utf8')).toBe('TOKEN=old\n')
})

test('a file marked as read-only makes the write fail, for root too', async () => {
  const path = fileWith('TOKEN=old\n')
  chmodSync(path, 0o440)
  expect(await write(path, token('new'), { confirmed: ALL })).toMatchObject({
    kind: 'failed',
    sentence: expect.stringMatching(/read-only \(mode 0440\).*chmod u\+w/),
  })
  expect(readFileSync(path, 'utf8')).toBe('TOKEN=old\n')
})

test('a missing folder makes the write fail and is not made', async () => {
  const folder = join(temporaryFolder(), 'missing')
  expect(await write(join(folder, '.env'), token('new'), NOTHING)).toEqual({
    kind: 'failed',
    sentence: `The folder ${folder} is not there. Create it or connect its disk, or choose another file.`,
  })
  expect(existsSync(folder)).toBe(false)
})

test('no answer holds the value', async () => {
  const canary = 'canary-token'
  const answers = [
    await write(temporaryFolder(), token(canary), NOTHING),
    await write(join(temporaryFolder(), 'x/.env'), token(canary), NOTHING),
    await write(fileWith('\0'), token(canary), NOTHING),
    await write(fileWith('TOKEN:\nx'), token(canary), NOTHING),
    await write(fileWith(''), token(`${canary}\0`), NOTHING),
    await write(fileWith(''), [{ name: '1', value: new Secret(canary) }], NOTHING),
    await write(fileWith(''), token(canary), NOTHING),
  ]
  expect(JSON.stringify(answers)).not.toContain(canary)
})
