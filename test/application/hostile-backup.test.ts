// A backup is somebody's file: what it restores writes, runs, sends and gives out nothing before a person has confirmed it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEndpoint } from '#application/endpoint-consumers.ts'
import { digestOf, newConsumerSecret } from '#delivery/endpoint/consumer-secret.ts'
import { preferencesOver } from '#desktop/preferences/preferences.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { deliveryLines, fleetLines } from '#vault/backup/backup-records.ts'
import { freePort } from '../connect/support/sockets.ts'
import { ask } from '../delivery/endpoint/support/running.ts'
import { type BackupReading, readBackup } from '../vault/support/backups.ts'
import { NOW, temporaryFolder } from '../vault/support/builders.ts'
import { CHEAP_SCRYPT } from '../vault/support/opened.ts'
import { command, type Delivering, delivering, envFile } from './support/delivering.ts'

const PASSPHRASE = new Secret('a backup of somebody')
/** ms. A machine may be busy with other tests. */
const LONG = 20_000

interface BackedUpRecord {
  kind: string
  value: Record<string, unknown>
}

const recordsOf = (lines: Iterable<string>): BackedUpRecord[] =>
  [...lines].map((line) => JSON.parse(line) as BackedUpRecord)

/** As somebody writes it who knows the format and chose the passphrase. */
async function sealed(records: readonly object[]): Promise<BackupReading> {
  const path = join(temporaryFolder(), 'some.satm-backup')
  async function* lines() {
    for (const record of records) yield `${JSON.stringify(record)}\n`
  }
  await writeBackupFile(path, lines(), { passphrase: PASSPHRASE, cost: CHEAP_SCRYPT, now: NOW })
  return readBackup(path, PASSPHRASE)
}

interface Attacked {
  readonly world: Delivering
  readonly endpoint: ReturnType<typeof createEndpoint>
  readonly port: number
  /** What a receiver on this computer heard. */
  readonly heard: string[]
  readonly receiver: string
  fleet(): Promise<BackedUpRecord[]>
  delivery(): Promise<BackedUpRecord[]>
  /** Restores it as the app does, and starts from it. */
  restore(records: readonly object[]): Promise<BackupReading['kind']>
  /** Everything that delivers unasked: a start, a renewal, an alert, "Deliver all". */
  lives(): Promise<void>
}

async function attacked(): Promise<Attacked> {
  const world = await delivering()
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stored: Record<string, unknown> = {}
  const endpoint = createEndpoint({
    clock: systemClock(),
    preferences: preferencesOver({
      file: '',
      open: () => ({ store: stored, set: (values) => void Object.assign(stored, values) }),
      exists: () => false,
      rename: () => {},
    }),
    vaultAccess: { vault: () => world.vault, opened: () => world.vault },
    supervisor: { current: () => world.core(), held: () => null },
    copySecret: (text) => world.copied.push(text),
    portOwner: async () => null,
    changed: () => {},
    failed: (error) => {
      throw error
    },
  })
  const port = await freePort()
  await endpoint.save({ on: true, port })
  onTestFinished(async () => {
    await endpoint.stop()
    server.closeAllConnections()
    server.close()
  })
  const one: Attacked = {
    world,
    endpoint,
    port,
    heard,
    receiver: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    fleet: async () => recordsOf(fleetLines((await world.vault.load()).fleet)),
    delivery: async () =>
      recordsOf(
        deliveryLines({
          targets: (await world.vault.deliveries.load()).targets.map(({ target }) => target),
          fleetDeliveries: await world.vault.fleetDeliveries.load(),
          consumers: await world.vault.consumers.load(),
          webhook: await world.vault.webhook.load(),
        }),
      ),
    async restore(records) {
      const reading = await sealed(records)
      if (reading.kind !== 'ok') return reading.kind
      await world.core().stop()
      await world.vault.restore(reading.backup)
      await world.killed()
      await endpoint.reload()
      return 'ok'
    },
    async lives() {
      const renewal = world.engine().refresh('one', 'manual')
      await world.clock.advance(60_000)
      await renewal
      await world.delivery.targets.deliver({ profileId: 'one', targetId: null })
      world.delivery.alerted({ raise: [ALERT], recovered: [] }, world.engine().view())
      await world.restart()
      await endpoint.reload()
      await world.clock.advance(2 * 3_600_000)
      await world.core().stop()
      await world.core().resume()
    },
  }
  return one
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

const target = (id: string, spec: object, profileId = 'one') => ({
  kind: 'delivery-target',
  value: { id, profileId, spec, createdAt: NOW },
})
const file = (path: string, change: object = {}) => ({
  kind: 'env-file',
  path,
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: [],
  ...change,
})
const hook = (text: string) => ({ kind: 'hook', command: text, pass: 'environment', timeLimit: 30_000 })
const consumer = (id: string, secret: string, change: object = {}) => ({
  kind: 'consumer',
  value: {
    id,
    name: `Consumer ${id}`,
    secretHash: digestOf(secret).toString('base64'),
    profileIds: null,
    createdAt: NOW,
    lastUsedAt: null,
    ...change,
  },
})
const webhook = (url: string) => ({
  kind: 'webhook',
  value: { url, secret: randomBytes(32).toString('base64') },
})
const aSecret = () => newConsumerSecret(randomBytes).reveal()

describe('a backup made to harm', () => {
  test('writes no line of its own into a login script, and gives no token to the consumer it brought', async () => {
    const { world, endpoint, port, heard, receiver, fleet, restore, lives } = await attacked()
    const script = join(world.folder, '.profile')
    const mark = join(world.folder, 'ran')
    const before = '# ~/.profile\n'
    writeFileSync(script, before, { mode: 0o644 })
    const link = join(world.folder, 'environment')
    symlinkSync(script, link)
    const theirs = aSecret()
    const [app, manager, first = { kind: '', value: {} }, second] = await fleet()
    const pair = first.value.pair as object
    const text = `x\ntouch '${mark}'\n`
    const all = ['git', 'symlink', 'hard-links', 'other-owner', 'readable-by-others']
    const restored = await restore([
      app,
      manager,
      { ...first, value: { ...first.value, pair: { ...pair, accessToken: text } } },
      second,
      target('a', file(script, { accessTokenName: 'PATH', confirmed: all })),
      target('b', file(link, { accessTokenName: 'BASH_ENV', confirmed: all }), 'two'),
      target('c', hook(`touch '${mark}'`)),
      consumer('d', theirs),
      webhook(receiver),
    ] as object[])
    expect(restored).toBe('ok')
    const unknown = await ask(port, { secret: aSecret(), path: '/v1/token/one' })
    const held = await ask(port, { secret: theirs, path: '/v1/token/one' })
    expect([held.status, held.text]).toEqual([unknown.status, unknown.text])
    await lives()
    expect(await ask(port, { secret: theirs, path: '/v1/token/two' })).toMatchObject({ status: 401 })
    expect(readFileSync(script, 'utf8')).toBe(before)
    expect([existsSync(mark), heard]).toEqual([false, []])
    expect(readdirSync(world.folder).toSorted()).toEqual(['.profile', 'environment'])
    await expect(world.delivery.webhook.test()).rejects.toThrow('Confirm it first')
    expect(() => world.delivery.webhook.copySecret()).toThrow('Confirm it first')
    // Confirmed once, the file still has to be one that was looked at here.
    expect(await world.delivery.targets.deliver({ profileId: 'two', targetId: 'b' })).toEqual({
      delivered: 0,
      unverified: 0,
      of: 1,
    })
    expect(readFileSync(script, 'utf8')).toBe(before)
    expect(endpoint.view().consumers).toMatchObject([{ id: 'd', held: true }])
    expect(world.delivery.view().webhook).toMatchObject({ url: receiver, held: true })
  })

  test('acts once each of it was confirmed, and only that', async () => {
    const { world, endpoint, port, heard, receiver, fleet, restore } = await attacked()
    const [secret, other] = [aSecret(), aSecret()]
    const [env, mark] = [join(world.folder, '.env'), join(world.folder, 'ran')]
    const confirm = (targetId: string) => world.delivery.targets.deliver({ profileId: 'one', targetId })
    const restored = [
      ...(await fleet()),
      target('a', file(env)),
      target('b', hook(`touch '${mark}'`)),
      consumer('c', secret),
      consumer('d', other),
      webhook(receiver),
    ]
    expect(await restore(restored)).toBe('ok')
    const states = () => world.delivery.targets.ofProfile('one').targets.map(({ state }) => state)
    expect(states()).toEqual(['held', 'held'])
    expect(await confirm('a')).toEqual({ delivered: 1, unverified: 0, of: 1 })
    expect([states(), existsSync(mark)]).toEqual([['delivered', 'held'], false])
    await world.engine().refresh('one', 'manual')
    await vi.waitFor(() => expect(readFileSync(env, 'utf8')).toBe(`TOKEN=${world.tokenOf('one')}\n`), LONG)
    expect(await confirm('b')).toEqual({ delivered: 1, unverified: 0, of: 1 })
    await endpoint.confirmConsumer('c')
    expect(await ask(port, { secret, path: '/v1/token/one' })).toMatchObject({ status: 200 })
    expect(await ask(port, { secret: other, path: '/v1/token/one' })).toMatchObject({ status: 401 })
    await world.delivery.webhook.confirm()
    // Whoever made the backup knows its secret, and cannot sign in this app's name.
    const signing = (await world.vault.webhook.load())?.secret.reveal() ?? ''
    expect(signing).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    expect(world.copied.at(-1)).toBe(`whsec_${signing}`)
    expect(await world.delivery.webhook.test()).toMatchObject({ delivered: true })
    expect(heard).toEqual(['/'])
    await world.restart()
    await endpoint.reload()
    expect(world.delivery.view().webhook.held).toBe(false)
    expect(
      endpoint
        .view()
        .consumers.map(({ held }) => held)
        .toSorted(),
    ).toEqual([false, true])
    // What was confirmed here is here: the same backup finds it as it is.
    expect(await restore(restored)).toBe('ok')
    expect((await world.vault.deliveries.load()).targets.map(({ state }) => state.held)).toEqual([
      false,
      false,
    ])
    expect((await world.vault.consumers.load()).map(({ held }) => held)).toEqual([false, true])
  })

  test('is not told from one made here, which goes on where it was', async () => {
    const { world, endpoint, port, receiver, fleet, delivery, restore } = await attacked()
    const env = join(world.folder, '.env')
    await world.delivery.targets.save({ profileId: 'one', targetId: null, target: envFile(env) })
    await world.delivery.targets.save({ profileId: 'one', targetId: null, target: command('true') })
    await endpoint.addConsumer({ name: 'ci', profileIds: ['one'] })
    await world.delivery.webhook.save(receiver)
    expect(await restore([...(await fleet()), ...(await delivery())])).toBe('ok')
    await vi.waitFor(() => expect(readFileSync(env, 'utf8')).toBe(`TOKEN=${world.tokenOf('one')}\n`), LONG)
    const [secret = ''] = world.copied
    expect(await ask(port, { secret, path: '/v1/token/one' })).toMatchObject({ status: 200 })
    expect(await world.delivery.webhook.test()).toMatchObject({ delivered: true })
  })

  type Change = (value: Record<string, unknown>, receiver: string) => object
  const spec =
    (change: object): Change =>
    (value) => ({ spec: { ...(value.spec as object), ...change } })
  test.each<[string, number, Change]>([
    ['the profile of a target', 0, () => ({ profileId: 'two' })],
    ['the id of a target', 0, () => ({ id: 'x' })],
    ['the path of a file', 0, spec({ path: '/tmp/.profile' })],
    ['the variable', 0, spec({ accessTokenName: 'PATH' })],
    ['a second variable', 0, spec({ refreshTokenName: 'REFRESH' })],
    ['what is confirmed of a file', 0, spec({ confirmed: ['git'] })],
    ['the id of a consumer', 1, () => ({ id: 'x' })],
    ['the name of a consumer', 1, () => ({ name: 'CI' })],
    ['the secret of a consumer', 1, () => ({ secretHash: digestOf('theirs').toString('base64') })],
    ['more service apps of a consumer', 1, () => ({ profileIds: ['one', 'two'] })],
    ['all service apps of a consumer', 1, () => ({ profileIds: null })],
    ['the address of the webhook', 2, (_, receiver) => ({ url: `${receiver}other` })],
    ['no address of the webhook', 2, () => ({ url: null })],
    ['the secret of the webhook', 2, () => ({ secret: 'of somebody else' })],
  ])('is held where it differs in %s, and nothing else is', async (_, changed, change) => {
    const { world, endpoint, receiver, fleet, delivery, restore } = await attacked()
    const env = join(world.folder, '.env')
    await world.delivery.targets.save({ profileId: 'one', targetId: null, target: envFile(env) })
    await endpoint.addConsumer({ name: 'ci', profileIds: ['one'] })
    await world.delivery.webhook.save(receiver)
    const records = (await delivery()).map(({ kind, value }, n) => ({
      kind,
      value: n === changed ? { ...value, ...change(value, receiver) } : value,
    }))
    expect(await restore([...(await fleet()), ...records])).toBe('ok')
    const { deliveries, consumers, webhook } = world.vault
    const [stored] = (await deliveries.load()).targets
    expect([stored?.state.held, (await consumers.load())[0]?.held, (await webhook.load())?.held]).toEqual(
      [0, 1, 2].map((n) => n === changed),
    )
    expect(stored?.target.spec).toMatchObject({ confirmed: [] })
  })

  test('may be anything: nothing happens before a confirmation', async () => {
    const { world, endpoint, port, heard, receiver, fleet, restore, lives } = await attacked()
    const sandbox = join(world.folder, 'home')
    mkdirSync(join(sandbox, 'project'), { recursive: true })
    const secret = aSecret()
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const profileId = fc.constantFrom('one', 'two')
    const oddities = ['git', 'symlink', 'hard-links', 'other-owner', 'readable-by-others'] as const
    const spec = fc.oneof(
      fc
        .record({
          path: fc.constantFrom('.profile', 'project/.env', '../home/.bashrc', 'project/../.env'),
          accessTokenName: fc.constantFrom('PATH', 'TOKEN', 'LD_PRELOAD', '_'),
          refreshTokenName: fc.option(fc.constantFrom('REFRESH', 'BASH_ENV')),
          confirmed: fc.subarray([...oddities]),
        })
        .map((change) => file('', { ...change, path: `${sandbox}/${change.path}` })),
      fc.constantFrom('ran', 'project/ran').map((mark) => hook(`touch '${sandbox}/${mark}'`)),
    )
    const record = fc.oneof(
      fc.record({ id, profileId, spec }).map((one) => target(one.id, one.spec, one.profileId)),
      fc
        .record({ id, profileIds: fc.option(fc.subarray(['one', 'two', 'gone'])) })
        .map((one) => consumer(one.id, secret, { profileIds: one.profileIds })),
      fc.constant(webhook(receiver)),
    )
    const keyOf = ({ kind, value }: { kind: string; value: object }) =>
      `${kind} ${'id' in value ? value.id : ''}`
    const records = fc.uniqueArray(record, { maxLength: 8, selector: keyOf })
    const token = fc.constantFrom('a-token', 'x\ntouch ran', '$(touch ran)', `';touch ran;'`)
    const base = await fleet()
    await fc.assert(
      fc.asyncProperty(records, token, async (some, text) => {
        const withToken = base.map(({ kind, value }) =>
          kind === 'profile' && value.pair !== null
            ? { kind, value: { ...value, pair: { ...(value.pair as object), accessToken: text } } }
            : { kind, value },
        )
        expect(await restore([...withToken, ...some])).toBe('ok')
        await lives()
        const answer = await ask(port, { secret, path: '/v1/token/one' })
        expect(answer.status).toBe(401)
        expect(readdirSync(sandbox)).toEqual(['project'])
        expect(readdirSync(join(sandbox, 'project'))).toEqual([])
        expect(heard).toEqual([])
        expect(endpoint.view().consumers.every(({ held }) => held)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })
})

test('a held file takes no place from another; confirmed, it is refused where it would write over it', async () => {
  const { world, fleet, restore } = await attacked()
  const env = join(world.folder, '.env')
  await restore([...(await fleet()), target('a', file(env))])
  await world.delivery.targets.save({ profileId: 'two', targetId: null, target: envFile(env) })
  await expect(world.delivery.targets.deliver({ profileId: 'one', targetId: 'a' })).rejects.toThrow(
    'already writes TOKEN to this file',
  )
})

test('another address in the place of a held webhook is signed with a secret made here', async () => {
  const { world, receiver, fleet, restore } = await attacked()
  for (const url of [receiver, null]) {
    await restore([...(await fleet()), { kind: 'webhook', value: { url, secret: 'known to somebody else' } }])
    await world.delivery.webhook.save(`${receiver}mine`)
    expect((await world.vault.webhook.load())?.secret.reveal()).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  }
  await restore([...(await fleet()), { kind: 'webhook', value: { url: 'http://example.com/', secret: 'x' } }])
  await expect(world.delivery.webhook.confirm()).rejects.toMatchObject({ field: 'url' })
})

test('a text that cannot be a token leaves the app by no way, wherever it came from', async () => {
  const { world, endpoint, port } = await attacked()
  const text = `x\ntouch ${world.folder}/ran\n`
  const env = join(world.folder, '.env')
  await endpoint.addConsumer({ name: 'ci', profileIds: null })
  const [secret = ''] = world.copied
  const pair = world.engine().fleet().profiles.get('one')?.pair
  if (pair == null) throw new Error('it has one')
  await world.engine().apply([
    {
      kind: 'profile-pair',
      profileId: 'one',
      pair: { ...pair, accessToken: new Secret(text), expiresAt: null },
    },
  ])
  await world.delivery.targets.save({ profileId: 'one', targetId: null, target: envFile(env) })
  await world.restart()
  const asked = ask(port, { secret, path: '/v1/token/one' })
  await vi.waitFor(async () => {
    await world.clock.advance(60_000)
    expect(readFileSync(env, 'utf8')).toBe(`TOKEN=${world.tokenOf('one')}\n`)
  }, LONG)
  const { status, text: answer } = await asked
  expect([status, answer.includes('touch')]).toEqual([200, false])
  expect(world.tokenOf('one')).not.toContain('touch')
  expect(readdirSync(world.folder)).toEqual(['.env'])
})
