// Deliveries of a server, added, edited and removed with satm: the files and commands they lead to.
import {
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { OpenVault } from '#vault/opening.ts'
import { aPlace, aServer, aWebex, buildServer, type Place, satm } from './support/running-server.ts'
import { fillVault } from './support/server-vault.ts'

beforeAll(buildServer)

const UUID = /^[\da-f-]{36}\n$/
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

/** A server with one service app in as many orgs as wanted, whose tokens are young. */
async function serving(
  orgs = 1,
  targets: (root: string) => readonly DeliverySpec[] = () => [],
  filled: (vault: OpenVault, root: string) => Promise<void> = async () => undefined,
) {
  const webex = await aWebex({ orgs, rotate: true })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const root = path.dirname(place.folder)
  await fillVault(place, webex, {
    ageOf: () => 0.1,
    targets: () => targets(root),
    filled: (vault) => filled(vault, root),
  })
  const server = await aServer(place)
  await server.logged('server.ready')
  const names = (await satm(place, 'list', '-q')).out.trim().split('\n')
  const inRoot = (name: string) => path.join(root, name)
  return { server, place, inRoot, name: names[0] ?? '' }
}

const tokenOf = async (place: Place, name: string) => (await satm(place, 'token', name)).out.trim()

const listed = async (place: Place): Promise<readonly Record<string, unknown>[]> =>
  JSON.parse((await satm(place, 'deliveries', 'list', '--json')).out).deliveries

test('an env file has the token once it is added, the next one after each refresh, and none once it is removed', async () => {
  const { place, name, inRoot, server } = await serving()
  const file = inRoot('orders.env')
  writeFileSync(file, '# kept\nOTHER=1\n', { mode: 0o600 })
  const added = await satm(place, 'deliveries', 'add', name, '--file', file)
  expect(added).toEqual({
    code: 0,
    out: expect.stringMatching(UUID),
    err: `${name}: added, delivered\n`,
  })
  const id = added.out.trim()
  const lineWith = (token: string, variable = 'WEBEX_SERVICE_APP_ACCESS_TOKEN') =>
    `# kept\nOTHER=1\n${variable}=${token}\n`
  const first = await tokenOf(place, name)
  expect(readFileSync(file, 'utf8')).toBe(lineWith(first))
  expect(await listed(place)).toEqual([
    expect.objectContaining({ id, serviceApp: name, kind: 'env-file', place: file, state: 'delivered' }),
  ])

  await satm(place, 'refresh', name)
  const second = await tokenOf(place, name)
  expect(second).not.toBe(first)
  await expect.poll(() => readFileSync(file, 'utf8')).toBe(lineWith(second))

  const again = await satm(place, 'deliveries', 'add', name, '--file', file)
  expect(again).toMatchObject({ code: 5, err: expect.stringContaining('already writes') })
  expect(await satm(place, 'deliveries', 'edit', id, '--variable', 'TOKEN')).toMatchObject({ code: 0 })
  expect(readFileSync(file, 'utf8')).toBe(`${lineWith(second)}TOKEN=${second}\n`)

  expect(await satm(place, 'deliveries', 'remove', id)).toEqual({
    code: 0,
    out: `${name}: nothing is delivered to ${file} any more; what was written stays\n`,
    err: '',
  })
  const left = readFileSync(file, 'utf8')
  await satm(place, 'refresh', name)
  expect(await tokenOf(place, name)).not.toBe(second)
  expect(await satm(place, 'deliver', name)).toMatchObject({ code: 5 })
  expect(readFileSync(file, 'utf8')).toBe(left)
  expect(await satm(place, 'deliveries', 'list')).toMatchObject({ code: 0, out: '' })

  const printed = server.out() + server.err()
  for (const token of [first, second]) expect(printed).not.toContain(token)
})

test('a command runs once when it is added, with the token where it was asked for, and its failure is told', async () => {
  const { place, name, inRoot } = await serving()
  const got = inRoot('got')
  const add = (...args: readonly string[]) => satm(place, 'deliveries', 'add', name, ...args)
  const added = await add('--command', `cat >> ${got}`, '--token-by', 'stdin', '--read-back', `cat ${got}`)
  expect(added).toMatchObject({ code: 0, err: `${name}: added, delivered\n` })
  expect(readFileSync(got, 'utf8')).toBe(`${await tokenOf(place, name)}\n`)

  const failing = await add('--command', 'exit 3', '--time-limit', '5s')
  expect(failing).toMatchObject({ code: 1, err: expect.stringMatching(/added, failing\n.*exit code 3/) })
  const id = failing.out.trim()
  const rows = await listed(place)
  expect(rows.find((row) => row.id === id)).toMatchObject({
    state: 'failing',
    sentence: expect.stringContaining('exit code 3'),
    target: { kind: 'hook', command: 'exit 3', pass: 'environment', timeLimitSeconds: 5 },
  })

  const mended = await satm(place, 'deliveries', 'edit', id, '--command', `touch ${inRoot('mended')}`)
  expect(mended).toMatchObject({ code: 0, out: `${id}\n`, err: `${name}: changed, delivered\n` })
  expect(existsSync(inRoot('mended'))).toBe(true)
  expect((await listed(place)).find((row) => row.id === id)).toMatchObject({
    target: { timeLimitSeconds: 5 },
  })
})

test('a secret store is its fields and the commands made of them, which a dry run shows and does not run', async () => {
  const { place, name } = await serving()
  const store = ['--secret-store', 'openbao', '--set', 'address=https://bao.example.com', '--set', 'path=a/b']
  const dry = await satm(place, 'deliveries', 'add', name, ...store, '--dry-run')
  expect(dry.out).toMatch(
    /^runs tr .*bao kv put .*a\/b.*\nthen runs bao kv get .*\nsign-in: .*\nleast right: /,
  )
  expect(await listed(place)).toEqual([])
  // There is no such tool.
  const added = await satm(place, 'deliveries', 'add', name, ...store)
  expect(added).toMatchObject({ code: 1, out: expect.stringMatching(UUID) })
  expect(await listed(place)).toEqual([
    expect.objectContaining({
      kind: 'hook',
      state: 'failing',
      target: expect.objectContaining({ store: 'openbao' }),
    }),
  ])
})

test('a file that others can read is written once that was confirmed, and again once what has changed is', async () => {
  const { place, name, inRoot } = await serving()
  const [file, link] = [inRoot('open.env'), inRoot('link.env')]
  writeFileSync(file, '', { mode: 0o600 })
  chmodSync(file, 0o644)
  const add = (...args: readonly string[]) => satm(place, 'deliveries', 'add', name, '--file', file, ...args)
  const unasked = await add()
  expect(unasked).toMatchObject({ code: 2, out: '' })
  expect(unasked.err).toMatch(/can be read by other users[\s\S]*Nothing was changed\. .*--yes/)
  expect((await add('--dry-run')).err).toContain('can be read by other users')
  expect([readFileSync(file, 'utf8'), await listed(place)]).toEqual(['', []])
  const added = await add('--yes')
  expect(added).toMatchObject({ code: 0, err: expect.stringContaining('can be read by other users') })
  const id = added.out.trim()

  chmodSync(file, 0o666)
  await satm(place, 'refresh', name)
  await expect.poll(async () => (await listed(place))[0]?.state).toBe('failing')
  const old = readFileSync(file, 'utf8')
  expect(await satm(place, 'deliveries', 'edit', id)).toMatchObject({ code: 2 })
  expect(readFileSync(file, 'utf8')).toBe(old)
  expect(await satm(place, 'deliveries', 'edit', id, '-y')).toMatchObject({ code: 0 })
  expect(readFileSync(file, 'utf8')).toContain(await tokenOf(place, name))
  expect(statSync(file).mode & 0o777).toBe(0o666)

  symlinkSync(file, link)
  expect(await satm(place, 'deliveries', 'edit', id, '--file', link)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is a link to'),
  })
  unlinkSync(link)
})

test('a delivery that is held can be listed and removed, and is not edited before it was read', async () => {
  const { place, inRoot } = await serving(1, (root) => [
    { kind: 'hook', command: `touch ${path.join(root, 'ran')}`, pass: 'stdin', timeLimit: 5_000 },
  ])
  const backup = inRoot('all.satm-backup')
  expect(
    await satm(place, 'backup', backup, '--passphrase-file', place.passphraseFile, '--move'),
  ).toMatchObject({
    code: 0,
  })
  const other = { ...place, folder: inRoot('other') }
  const server = await aServer(other, ['--restore', backup])
  await server.logged('server.ready')
  unlinkSync(inRoot('ran'))
  await expect.poll(async () => (await satm(other, 'confirm', 'renewals')).code).toBe(0)
  await expect.poll(async () => (await listed(other))[0]?.state).toBe('held')
  const id = String((await listed(other))[0]?.id)
  const edited = await satm(other, 'deliveries', 'edit', id, '--time-limit', '6s')
  expect(edited).toMatchObject({ code: 5, err: expect.stringContaining('satm confirm --list') })
  expect((await satm(other, 'deliveries', 'remove', id)).code).toBe(0)
  expect(await listed(other)).toEqual([])
  expect(existsSync(inRoot('ran'))).toBe(false)
})

test('what cannot be added changes nothing, and satm says why', async () => {
  const { place, name, inRoot } = await serving()
  const add = (...args: readonly string[]) => satm(place, 'deliveries', 'add', ...args)
  const cases: readonly (readonly [args: readonly string[], code: number, err: RegExp])[] = [
    [['nobody', '--file', inRoot('a')], 3, /No service app named “nobody”/],
    [[name, '--file', inRoot('missing/.env')], 5, /The folder .*missing is not there/],
    [[name, '--file', place.folder], 5, /is a folder, not a file/],
    [[name, '--command', ' '], 2, /Type the command/],
    [[name, '--command', 'true', '--time-limit', '1h'], 2, /from 1 to 600/],
    [[name, '--secret-store', 'aws', '--set', 'region=EU'], 2, /--set region=VALUE \(Region, such as eu/],
    [[name, '--secret-store', 'aws', '--set', 'zone=1'], 2, /no field zone\. Fields: region, secretId/],
    [[name, '--file', inRoot('a'), '--variable', 'TO-KEN'], 2, /--variable must consist of/],
    [[name, '--file', inRoot('a'), '--refresh-variable', 'A', '--variable', 'A'], 2, /two names/],
  ]
  for (const [args, code, err] of cases)
    expect(await add(...args)).toEqual({ code, out: '', err: expect.stringMatching(err) })
  for (const action of ['edit', 'remove'])
    expect(await satm(place, 'deliveries', action, UNKNOWN)).toMatchObject({
      code: 3,
      err: expect.stringContaining('See satm deliveries list.'),
    })
  expect(await listed(place)).toEqual([])
})

test('a fleet delivery moves to a server with its targets, is confirmed there, and removed whole', async () => {
  const id = '0e5b1b1c-8f0e-4b5e-9c55-1f2f7d1c9a10'
  const unwanted = '5d0b9c70-3c54-4a53-9d0b-0b7f5a1f6c22'
  const { place, inRoot } = await serving(2, undefined, async (vault, root) => {
    const spec = {
      kind: 'env-file',
      path: path.join(root, '{customer}.env'),
      accessTokenName: 'TOKEN',
      refreshTokenName: null,
      confirmed: [],
    } as const
    const hook = { kind: 'hook', command: 'exit 1', pass: 'stdin', timeLimit: 30_000 } as const
    await vault.fleetDeliveries.save([
      { id, serviceAppId: null, spec, createdAt: 0, held: false },
      { id: unwanted, serviceAppId: null, spec: hook, createdAt: 0, held: true },
    ])
  })
  const states = async (at: Place) =>
    (await listed(at)).map(({ state, fleetDelivery }) => [state, fleetDelivery])
  await expect
    .poll(() => states(place))
    .toEqual([
      ['delivered', id],
      ['delivered', id],
      ['held', unwanted],
    ])
  const files = (await listed(place)).slice(0, 2).map((row) => String(row.place))
  const backup = inRoot('all.satm-backup')
  const moved = await satm(place, 'backup', backup, '--passphrase-file', place.passphraseFile, '--move')
  expect(moved).toMatchObject({ code: 0 })
  for (const file of files) unlinkSync(file)

  const other = { ...place, folder: inRoot('other') }
  const server = await aServer(other, ['--restore', backup])
  await server.logged('server.ready')
  await expect.poll(async () => (await satm(other, 'confirm', 'renewals')).code).toBe(0)
  expect(await states(other)).toEqual([
    ['held', id],
    ['held', id],
    ['held', unwanted],
  ])
  expect(await satm(other, 'deliveries', 'remove', unwanted)).toMatchObject({ code: 0 })
  expect((await satm(other, 'confirm', '--list')).out).toContain('for each of 2 customers, and future ones')
  expect(files.some((file) => existsSync(file))).toBe(false)
  expect(await satm(other, 'confirm', '--all', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await states(other)).toEqual([
    ['delivered', id],
    ['delivered', id],
  ])
  for (const file of files) expect(readFileSync(file, 'utf8')).toMatch(/^TOKEN=/)

  const [one] = await listed(other)
  expect(await satm(other, 'deliveries', 'remove', String(one?.id))).toMatchObject({
    code: 5,
    err: expect.stringContaining(`satm deliveries remove ${id}`),
  })
  expect(await satm(other, 'deliveries', 'remove', id)).toMatchObject({ code: 0 })
  expect(await listed(other)).toEqual([])
  expect((await satm(other, 'confirm', '--list')).err).toContain('Nothing is held.')
})
