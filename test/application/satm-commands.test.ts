// What the command line gets of the window's use cases, and how their refusals reach it.
import { expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import { createSatmCommands } from '#application/satm-commands.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

type Parts = Parameters<typeof createSatmCommands>[0]

const commands = (parts: Partial<Parts>) =>
  createSatmCommands({
    fleet: () => ({ incidents: [] }) as never,
    deliver: async () => ({ delivered: 1, unverified: 0, of: 1 }),
    targetsOf: () => [],
    importOf: () => anImport(),
    writing: () => ({ write: async () => written, move: async () => written }),
    openAt: () => undefined,
    examine: async () => [],
    administration: () => Promise.reject(new Error('is not asked')),
    ...parts,
  })

const written = { path: '/f', serviceApps: 1, customers: 2, managers: 1, attempts: 3, leftOut: 0 }

const row = (line: number) =>
  ({ line, name: `n${line}`, customer: '', org: '', comesIn: true, remarks: [] }) as const
const dryRun = {
  kind: 'profiles',
  id: 'i',
  file: null,
  found: [],
  comingIn: 250,
  refused: 0,
  tokenManager: null,
  lacking: [],
}

function anImport(more: Partial<Record<keyof Awaited<ReturnType<Parts['importOf']>>, unknown>> = {}) {
  return {
    choose: async () => dryRun,
    rows: ({ from }: { from: number }) => ({
      rows: Array.from({ length: Math.min(100, 250 - from) }, (_, at) => row(from + at)),
      total: 250,
    }),
    confirm: async () => ({ kind: 'imported' }),
    forget: () => undefined,
    ...more,
  } as never
}

test('an import has all rows, in the order of the file', async () => {
  const { rows, ready } = await commands({}).importFile('/f', true)
  expect(ready).toBe(250)
  expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 250 }, (_, at) => at))
})

test('imports that are requested at once are read one after the other, and each is forgotten', async () => {
  const log: string[] = []
  const importOf = (file: string) =>
    anImport({
      choose: async () => {
        log.push(`${file} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        if (file === '/bad') throw new UserFacingError('invalid', 'No table.')
        return dryRun
      },
      forget: () => log.push(`${file} forgotten`),
    })
  const { importFile } = commands({ importOf })
  const all = await Promise.allSettled(['/a', '/bad', '/c'].map((file) => importFile(file, true)))
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(log).toEqual(['/a', '/bad', '/c'].flatMap((file) => [`${file} begins`, `${file} forgotten`]))
})

test('a dry run confirms nothing', async () => {
  const confirmed: unknown[] = []
  const importOf = () =>
    anImport({ confirm: async (input: unknown) => confirmed.push(input) && { kind: 'imported' } })
  await commands({ importOf }).importFile('/f', true)
  expect(confirmed).toEqual([])
  await commands({ importOf }).importFile('/f', false)
  expect(confirmed).toEqual([{ id: 'i', profileId: null }])
})

test.each([
  [
    'what only a person can choose',
    { choose: async () => ({ ...dryRun, lacking: ['clientId'] }) },
    'needs-person',
  ],
  ['variables without a meaning', { choose: async () => ({ ...dryRun, kind: 'unclear' }) }, 'needs-person'],
  ['a fleet that changed meanwhile', { confirm: async () => ({ kind: 'changed' }) }, 'failed'],
])('an import with %s is refused', async (_, more, code) => {
  await expect(commands({ importOf: () => anImport(more) }).importFile('/f', false)).rejects.toMatchObject({
    name: 'Refused',
    code,
  })
})

test.each([
  [
    new UserFacingError('refused', 'Not now.', { trackingId: 'T1' }),
    { code: 'needs-person', message: 'Not now.', trackingId: 'T1' },
  ],
  [new UserFacingError('busy', 'Stopping.'), { code: 'failed', message: 'Stopping.' }],
  [new StoreFailure('disk-full', 'The disk is full.'), { code: 'failed', message: 'The disk is full.' }],
])('%s is told', async (error, expected) => {
  const deliver = async () => Promise.reject(error)
  await expect(commands({ deliver }).deliver('p1')).rejects.toMatchObject({ name: 'Refused', ...expected })
})

test('what nobody meant stays what it was', async () => {
  const deliver = async () => Promise.reject(new TypeError('x is undefined'))
  await expect(commands({ deliver }).deliver('p1')).rejects.toThrow(TypeError)
})

test('a delivery that failed in part says why', async () => {
  const targetsOf: Parts['targetsOf'] = () =>
    [{ state: { held: true } }, { state: { held: false, failure: { sentence: 'No such folder.' } } }] as never
  const { failures } = await commands({
    targetsOf,
    deliver: async () => ({ delivered: 0, unverified: 0, of: 2 }),
  }).deliver('p1')
  expect(failures).toHaveLength(2)
  expect(failures).toContain('No such folder.')
})

test('a backup is a copy or a move, as it was asked for, and refused with the sentence of the window', async () => {
  const passphrase = new Secret('unrelated words of mine')
  const asked: unknown[] = []
  const noting = (how: string) => async (file: string, given: Secret) => {
    asked.push([how, file, given === passphrase])
    return written
  }
  const both = commands({ writing: () => ({ write: noting('copy'), move: noting('move') }) })
  expect(await both.backup('/f', passphrase, false)).not.toHaveProperty('path')
  await both.backup('/g', passphrase, true)
  expect(asked).toEqual([
    ['copy', '/f', true],
    ['move', '/g', true],
  ])
  for (const [error, code] of [
    [new UserFacingError('refused', 'Choose another place.'), 'needs-person'],
    [new UserFacingError('busy', 'Not stored yet.'), 'failed'],
    [new StoreFailure('disk-full', 'The disk is full.'), 'failed'],
  ] as const) {
    const failing = commands({
      writing: () => ({ write: noting('copy'), move: () => Promise.reject(error) }),
    })
    await expect(failing.backup('/f', passphrase, true)).rejects.toMatchObject({
      code,
      message: error.message,
    })
  }
})
