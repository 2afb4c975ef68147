// Whatever is in a file: choosing, reading and restoring it, and living on with what it brought, writes nothing outside
// the vault, sends nothing and starts nothing before somebody confirmed it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setEnvironmentData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBackups } from '#application/backup-restore.ts'
import { createFileReader } from '#application/file-reader.ts'
import { runInThread } from '#base/node/thread.ts'
import { deliveryLines, fleetLines } from '#vault/backup/backup-records.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { consumer, PASSPHRASE, sealed } from '../vault/support/backups.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { command, type Delivering, delivering, envFile } from './support/delivering.ts'
import { directWriting } from './support/direct-reader.ts'
import { watchPorts } from './support/watched-ports.ts'

let thread: Bundle
const counted = new Int32Array(new SharedArrayBuffer(4))
beforeAll(async () => {
  thread = await bundle('test/application/support/watched-thread.ts')
  setEnvironmentData('watched', counted)
})
afterAll(() => thread.remove())

const isOfTheVault = (path: string) => path.startsWith(join(tmpdir(), 'satm-vault-'))

interface Backed {
  kind: string
  value: Record<string, unknown>
}

/** Every kind of record, with what acts at its most tempting. */
async function template(world: Delivering): Promise<readonly Backed[]> {
  const { fleet } = await world.vault.load()
  const spec = { accessTokenName: 'PATH', refreshTokenName: 'BASH_ENV', confirmed: ['git', 'symlink'] }
  const lines = [
    ...fleetLines(fleet),
    ...deliveryLines({ targets: [], fleetDeliveries: [], consumers: [], webhook: null }),
  ].map((line) => JSON.parse(line) as Backed)
  const target = (id: string, spec: object) => ({
    kind: 'delivery-target',
    value: { id, profileId: 'one', spec, createdAt: 0 },
  })
  const hook = { kind: 'hook', pass: 'environment', timeLimit: 30_000 }
  const forAll = (id: string, spec: object) => ({
    kind: 'fleet-delivery',
    value: { id, serviceAppId: null, spec, createdAt: 0 },
  })
  return [
    { kind: 'cloud', value: { baseUrl: 'http://127.0.0.1:64999/' } },
    ...lines,
    target('a', { kind: 'env-file', path: join(world.folder, '.profile'), ...spec }),
    target('b', { ...hook, command: `touch '${world.folder}/ran'` }),
    forAll('d', { kind: 'env-file', path: join(world.folder, '{customer}'), ...spec }),
    forAll('e', { ...hook, command: `touch '${world.folder}/{orgId}'` }),
    consumer('c', null),
    { kind: 'webhook', value: { url: 'http://127.0.0.1:64999/heard', secret: 'x' } },
  ]
}

const ALERT = {
  key: 'k',
  level: 'warning',
  title: 'T',
  about: '',
  body: 'B',
  profileIds: ['one'],
  fix: null,
} as const

type Change = (records: readonly Backed[]) => Uint8Array

const TEMPTING = fc.constantFrom<unknown>(
  ...[
    '../.bashrc',
    '/etc/ld.so.preload',
    '~/.profile',
    "$(touch ran)';",
    'http://127.0.0.1:64999/',
    'hook',
    'env-file',
  ],
  ...[
    'profile',
    'one',
    'two',
    '',
    '\0',
    'x'.repeat(5000),
    '\u2028',
    '__proto__',
    null,
    true,
    false,
    -1,
    0,
    1e308,
  ],
  ...[[], {}, [[]], { kind: 'hook', command: 'true' }, { kind: 'custom', path: '//127.0.0.1:64999/' }],
)
const packed = (records: readonly unknown[]) =>
  gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''))

/** One value somewhere in one record is another, is gone, or is one more. */
const oneValue = fc
  .record({
    record: fc.nat(),
    place: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    value: fc.oneof(TEMPTING, fc.jsonValue({ maxDepth: 2 })),
    how: fc.constantFrom('set', 'remove', 'add'),
  })
  .map(({ record, place, value, how }) => (records: readonly Backed[]): Backed[] => {
    const copy = structuredClone(records) as Backed[]
    let at = copy[record % copy.length] as unknown as Record<string, unknown>
    for (const [depth, step] of place.entries()) {
      const keys = Object.keys(at)
      const key = keys[step % Math.max(1, keys.length)] ?? 'value'
      const inner = at[key]
      if (depth < place.length - 1 && typeof inner === 'object' && inner !== null) {
        at = inner as Record<string, unknown>
        continue
      }
      if (how === 'remove') delete at[key]
      else at[how === 'add' ? `${key}2` : key] = value
      break
    }
    return copy
  })
const someValues = fc.array(oneValue, { maxLength: 3 }).map(
  (changes): Change =>
    (records) =>
      packed(changes.reduce<readonly Backed[]>((all, change) => change(all), records)),
)
/** What can be restored, and acts as much as anything can. */
const anyActing = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom('d', 'e', 'f', 'g', 'h'),
      profileId: fc.constantFrom('one', 'two', 'gone'),
      path: fc.constantFrom('.profile', 'project/.env', '../.bashrc', 'x/../.env'),
      variable: fc.constantFrom('PATH', 'TOKEN', 'LD_PRELOAD', '_'),
      kind: fc.constantFrom('env-file', 'hook', 'consumer'),
    }),
    { maxLength: 5, selector: ({ id }) => id },
  )
  .map(
    (acting): Change =>
      (records) => {
        const folder = records.find(({ value }) => value.id === 'a')?.value.spec as { path: string }
        const more = acting.map(({ id, profileId, path, variable, kind }) => {
          if (kind === 'consumer') return consumer(id, profileId === 'gone' ? null : [profileId])
          const file = {
            path: join(folder.path, '..', path),
            accessTokenName: variable,
            refreshTokenName: null,
          }
          const hook = { command: `touch '${folder.path}'`, pass: 'stdin', timeLimit: 1000 }
          const spec = kind === 'hook' ? { kind, ...hook } : { kind, ...file, confirmed: [] }
          return { kind: 'delivery-target', value: { id, profileId, spec, createdAt: 0 } }
        })
        return packed([...records, ...more])
      },
  )
const anyOrder = fc.array(fc.nat(), { minLength: 1, maxLength: 12 }).map(
  (order): Change =>
    (records) =>
      packed(order.map((n) => records[n % records.length])),
)
const anyText = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }).map(
  (bytes): Change =>
    (records) => {
      const text = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
      for (const [at, byte] of bytes) text[at % text.length] = byte
      return gzipSync(text)
    },
)
const anyPacking = fc.tuple(fc.nat(), fc.nat(255), fc.nat(40)).map(
  ([at, byte, cut]): Change =>
    (records) => {
      const bytes = packed(records)
      bytes[at % bytes.length] = byte
      return bytes.subarray(0, bytes.length - cut)
    },
)
const anyHead = fc.record(
  {
    version: fc.oneof(fc.integer(), fc.constant(3)),
    createdAt: fc.constantFrom('', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', 'x'.repeat(3000)),
    iv: fc.base64String(),
    extra: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

test('any backup writes, sends and starts nothing before a confirmation', async () => {
  const world = await delivering()
  const records = await template(world)
  const kinds: Record<string, number> = {}
  let file = ''
  const vaultAccess = {
    vault: () => world.vault,
    opened: () => world.vault,
    restore: async () => {},
    dropWaiting: () => {},
  }
  const backups = createBackups({
    vaultAccess,
    supervisor: {
      async whileStopped(work) {
        await world.core().stop()
        try {
          return await work()
        } finally {
          await world.killed()
        }
      },
    },
    reader: createFileReader({
      run: (request, signal) => runInThread(thread.path, request, signal),
      clock: new FakeClock(),
    }),
    writing: directWriting(vaultAccess),
    now: () => world.clock.now(),
    dialogs: { fileToOpen: async () => file, fileToSave: async () => null },
  })
  /** Everything that delivers unasked: a start, a renewal, an alert, "Deliver all". */
  const live = async () => {
    const profiles = [...world.engine().fleet().profiles.keys()]
    const renewals = Promise.allSettled(profiles.map((id) => world.engine().refresh(id, 'manual')))
    await world.clock.advance(60_000)
    await renewals
    for (const profileId of profiles) {
      await world.delivery.targets.deliver({ profileId, targetId: null }).catch(() => undefined)
    }
    world.delivery.alerted({ raise: [ALERT], recovered: [] }, world.engine().view())
    await world.clock.advance(3_600_000)
  }
  const content = fc.oneof(
    { weight: 5, arbitrary: anyActing },
    { weight: 4, arbitrary: someValues },
    { weight: 1, arbitrary: anyOrder },
    { weight: 1, arbitrary: anyText },
    { weight: 1, arbitrary: anyPacking },
  )
  const head = fc.oneof({ weight: 12, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: anyHead })
  const flip = fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(), fc.nat(255)) },
  )
  await fc.assert(
    fc.asyncProperty(content, head, flip, async (change, heading, flipped) => {
      file = await sealed(change(records), { head: heading })
      if (flipped !== null) {
        const bytes = readFileSync(file)
        bytes[flipped[0] % bytes.length] = flipped[1]
        writeFileSync(file, bytes)
      }
      const watched = watchPorts(isOfTheVault)
      try {
        await backups.choose()
        const kind = await backups.read(PASSPHRASE).then(
          () => 'read',
          (error: Error) => (error.name === 'UserFacingError' ? 'refused' : Promise.reject(error)),
        )
        kinds[kind] = (kinds[kind] ?? 0) + 1
        if (kind === 'read') {
          await backups.restore(false)
          await live()
        }
      } finally {
        watched.stop()
      }
      expect(watched.calls).toEqual([])
      expect(Atomics.load(counted, 0)).toBe(0)
      expect(readdirSync(world.folder)).toEqual([])
    }),
    { numRuns: 25 },
  )
  // Both were tried often enough to mean something.
  expect(kinds.read).toBeGreaterThan(3)
  expect(kinds.refused).toBeGreaterThan(2)
})

test('what is watched is seen: files, processes and connections of what was confirmed', async () => {
  const world = await delivering()
  const watched = watchPorts(isOfTheVault)
  try {
    const env = envFile(join(world.folder, '.env'))
    for (const target of [env, command('true')]) {
      const { targetId } = await world.delivery.targets.save({ profileId: 'one', targetId: null, target })
      await world.delivery.targets.deliver({ profileId: 'one', targetId })
    }
    await world.delivery.webhook.save('http://127.0.0.1:64999/')
    await world.delivery.webhook.test().catch(() => undefined)
  } finally {
    watched.stop()
  }
  const kinds = watched.calls.map((call) => call.split(' ')[0])
  expect(kinds).toEqual(expect.arrayContaining(['open', 'rename', 'spawn', 'connect']))
})
