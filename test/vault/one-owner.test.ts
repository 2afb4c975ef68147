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
import { type Instance, ORDINARY, startInstance, WRITES } from './support/instances.ts'
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

  test.each<[string, (data: string, folder: string) => void]>([
    [
      'leads to another folder',
      (data, folder) => {
        unlinkSync(folder)
        symlinkSync(owned(join(data, 'other')), folder)
      },
    ],
    ['leads nowhere', (_, folder) => unlinkSync(folder)],
    [
      'leads to a folder that is not there',
      (data, folder) => {
        unlinkSync(folder)
        symlinkSync(join(data, 'none'), folder)
      },
    ],
    [
      'is a folder of its own',
      (_, folder) => {
        unlinkSync(folder)
        owned(folder)
      },
    ],
    ['was kept, and its folder renamed', (data) => renameSync(join(data, 'one'), join(data, 'renamed'))],
  ])(
    'once its path %s, nothing is written or locked there, and the folder of the open vault stays locked',
    async (_, turn) => {
      const data = home()
      const [one, folder] = [owned(join(data, 'one')), join(data, 'vault')]
      symlinkSync(one, folder)
      const first = instance(folder)
      expect(await first.tell('open')).toBe('open')
      for (const order of WRITES) if (order !== 'set-passphrase') await first.tell(order)
      turn(data, folder)
      for (const order of ['prove', ...WRITES] as const) {
        expect([order, await first.tell(order)]).toEqual([order, expect.stringMatching(/moved or replaced/)])
      }
      expect(await first.tell('read')).toBe('read')
      expect(existsSync(join(data, 'other', 'instance.lock'))).toBe(false)
      const real = existsSync(one) ? one : join(data, 'renamed')
      expect(await instance(real).tell('open')).toBe('taken')
      // A try to open what the path leads to by now does not let go of it either.
      await first.tell('take')
      expect(await instance(real).tell('open')).toBe('taken')
    },
  )

  test('once another instance took a removed lock, the first writes nothing more, and reads', async () => {
    const folder = join(home(), 'vault')
    const [first, second] = [instance(folder), instance(folder)]
    await first.tell('open')
    rmSync(join(folder, 'instance.lock'))
    expect(await second.tell('open')).toBe('open')
    for (const order of WRITES) {
      expect([order, await first.tell(order)]).toEqual([order, expect.stringMatching(/Another instance/)])
    }
    expect(await first.tell('read')).toBe('read')
    for (const order of WRITES) {
      expect(await second.tell(order)).toBe(order === 'set-passphrase' ? 'changed' : 'written')
    }
  })
})

describe('a lock file that cannot be used', () => {
  test.each<[string, (file: string) => void]>([
    ['holds something else', (file) => writeFileSync(file, 'x'.repeat(5000))],
    ['holds a few bytes of something else', (file) => writeFileSync(file, 'SQLite format 4')],
    ['is a folder', (file) => mkdirSync(file)],
    ['is a link to nowhere', (file) => symlinkSync('/nowhere/at/all', file)],
    ['is a link to itself', (file) => symlinkSync(file, file)],
    [
      'may not be written',
      (file) => {
        writeFileSync(file, '')
        chmodSync(file, 0o444)
      },
    ],
    [
      'is of another account, for it alone',
      (file) => {
        writeFileSync(file, '')
        chmodSync(file, 0o000)
      },
    ],
  ])('since it %s is named, with what to do; once it is removed the vault opens', async (_, spoil) => {
    const folder = owned(join(home(), 'vault'))
    const lock = join(folder, 'instance.lock')
    spoil(lock)
    const one = instance(folder)
    expect(await one.tell('open')).toBe('not-writable')
    const sentence = await one.tell('why')
    expect(sentence).toContain(lock)
    expect(sentence).toMatch(/[Rr]emove it: nothing is stored in it.*Then try again; nothing was changed\./)
    expect(sentence).not.toMatch(/data file|backup/i)
    rmSync(lock, { recursive: true })
    expect(await one.tell('open')).toBe('open')
    // The same while the vault is open: it is not the data file that is damaged.
    rmSync(lock)
    spoil(lock)
    const proof = await one.tell('prove')
    expect(proof).toContain(lock)
    expect(proof).not.toMatch(/data file|backup/i)
  })

  test.runIf(process.platform === 'linux')('is not blamed for a folder that may not be written', async () => {
    const folder = owned(join(home(), 'vault'))
    chmodSync(folder, 0o500)
    const one = instance(folder)
    expect(await one.tell('open')).toBe('not-writable')
    expect(await one.tell('why')).toBe(
      `The data folder ${folder} cannot be written by your account. Make it writable and try again; nothing was changed.`,
    )
  })
})
