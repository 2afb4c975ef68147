// Two processes and one vault folder: whoever opens the vault has the folder's lock, whenever that happens, and nobody
// else renews anything.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './support/builders.ts'
import { type Bundle, bundle } from './support/bundle.ts'
import { type Instance, ORDINARY, startInstance } from './support/instances.ts'
import { onSmallDisk } from './support/small-disk.ts'

let program: Bundle

beforeAll(async () => {
  program = await bundle(resolve(import.meta.dirname, 'support/instance.ts'))
})

afterAll(() => program.remove())

function instance(folder: string): Instance {
  const started = startInstance(program.path, folder)
  onTestFinished(() => started.kill())
  return started
}

/** A folder of the account the instances run as. */
function owned(path: string): string {
  mkdirSync(path, { recursive: true })
  if (process.getuid?.() === 0) chownSync(path, ORDINARY, ORDINARY)
  return path
}

const home = () => owned(temporaryFolder())

describe.runIf(process.platform === 'linux')('an instance that started without the lock', () => {
  /** Each way of a folder that cannot be used at first; returns the folder and what makes it usable. */
  const ways: Readonly<Record<string, () => { folder: string; mend: () => void }>> = {
    'since its folder was not writable': () => {
      const data = home()
      chmodSync(data, 0o500)
      return { folder: join(data, 'vault'), mend: () => chmodSync(data, 0o700) }
    },
    'since a place was not mounted yet': () => {
      const [data, elsewhere] = [home(), join(home(), 'mounted')]
      symlinkSync(elsewhere, join(data, 'vault'))
      return { folder: join(data, 'vault'), mend: () => void owned(elsewhere) }
    },
    'since a file lay in its way': () => {
      const folder = join(home(), 'vault')
      writeFileSync(folder, '')
      return { folder, mend: () => unlinkSync(folder) }
    },
    'since its lock file could not be written': () => {
      const folder = owned(join(home(), 'vault'))
      const lock = join(folder, 'instance.lock')
      writeFileSync(lock, '')
      chmodSync(lock, 0o444)
      return { folder, mend: () => rmSync(lock) }
    },
  }
  const each = Object.entries(ways)

  test.each(each)('%s opens nothing beside the one that has it by then', async (_, way) => {
    const { folder, mend } = way()
    const [first, second] = [instance(folder), instance(folder)]
    expect(await first.tell('take')).toBe('failed')
    expect(await first.tell('open')).toBe('not-writable')
    expect(await second.tell('open')).toBe('not-writable')
    mend()
    expect(await second.tell('open')).toBe('open')
    for (const order of ['open', 'begin-anew', 'take'] as const) expect(await first.tell(order)).toBe('taken')
    expect(await second.tell('prove')).toBe('proved')
    await second.kill()
    expect(await first.tell('open')).toBe('open')
  })

  test.each(each)('%s has it from its next try on, and a second one is refused', async (_, way) => {
    const { folder, mend } = way()
    const first = instance(folder)
    expect(await first.tell('open')).toBe('not-writable')
    mend()
    expect(await first.tell('open')).toBe('open')
    const second = instance(folder)
    expect([await second.tell('take'), await second.tell('begin-anew')]).toEqual(['taken', 'taken'])
    expect(await first.tell('prove')).toBe('proved')
  })
})

test.runIf(process.platform === 'linux')(
  'on a disk that is full at the start the lock is taken all the same, and the first instance keeps it',
  async () => {
    const driver = await bundle(resolve(import.meta.dirname, 'support/full-at-start.ts'))
    onTestFinished(() => driver.remove())
    const stdout = await onSmallDisk(temporaryFolder(), driver.path, [program.path])
    expect(JSON.parse(stdout)).toEqual({
      whileFull: ['not-writable', 'taken'],
      withRoom: ['taken', 'open', 'taken'],
    })
  },
)

test('beginning anew over a file that cannot be opened needs the lock as well: nothing is set aside without it', async () => {
  const folder = owned(join(home(), 'vault'))
  const [first, second] = [instance(folder), instance(folder)]
  expect(await first.tell('take')).toBe('held')
  writeFileSync(join(folder, 'vault.db'), 'this is no database')
  expect(await second.tell('begin-anew')).toBe('taken')
  expect(existsSync(join(folder, 'vault.db'))).toBe(true)
})

describe('while the vault is open', () => {
  test('a lock file that is removed is locked anew, and a second instance is refused', async () => {
    const folder = join(home(), 'vault')
    const first = instance(folder)
    await first.tell('open')
    rmSync(join(folder, 'instance.lock'))
    expect(await first.tell('prove')).toBe('proved')
    expect(await instance(folder).tell('open')).toBe('taken')
  })

  test('once another instance took a removed lock, the first renews nothing more, even when that one has ended', async () => {
    const folder = join(home(), 'vault')
    const [first, second] = [instance(folder), instance(folder)]
    await first.tell('open')
    rmSync(join(folder, 'instance.lock'))
    expect(await second.tell('open')).toBe('open')
    expect(await first.tell('prove')).toMatch(/Another instance/)
    expect(await second.tell('prove')).toBe('proved')
    await second.kill()
    expect(await first.tell('prove')).toMatch(/Another instance/)
    expect(await first.tell('prove')).toMatch(/Another instance/)
  })

  test('a folder that was moved keeps its owner, and what takes its place is another one', async () => {
    const data = home()
    const folder = join(data, 'vault')
    const first = instance(folder)
    await first.tell('open')
    renameSync(folder, join(data, 'moved'))
    expect(await first.tell('prove')).toMatch(/moved or replaced/)
    expect(existsSync(folder)).toBe(false)
    expect(await instance(join(data, 'moved')).tell('open')).toBe('taken')
    expect(await instance(folder).tell('open')).toBe('open')
    expect(await first.tell('prove')).toMatch(/moved or replaced/)
  })

  test('a link that leads elsewhere by then opens what is locked there, not what was locked before', async () => {
    const data = home()
    const [one, other, link] = [owned(join(data, 'one')), owned(join(data, 'other')), join(data, 'link')]
    symlinkSync(one, link)
    const first = instance(link)
    expect(await first.tell('take')).toBe('held')
    const second = instance(other)
    expect(await second.tell('open')).toBe('open')
    unlinkSync(link)
    symlinkSync(other, link)
    expect([await first.tell('open'), await first.tell('take')]).toEqual(['taken', 'taken'])
    await second.kill()
    expect(await first.tell('open')).toBe('open')
  })
})
