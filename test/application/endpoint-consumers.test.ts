// The local endpoint as the app puts it together: secrets, what is kept of them, and what the window is told.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEndpoint } from '#application/endpoint-consumers.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { readPreferences } from '#desktop/preferences/preference-values.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { stranger } from '../connect/support/sockets.ts'
import { type Real, real } from '../delivery/endpoint/support/real.ts'
import { ask } from '../delivery/endpoint/support/running.ts'

let app: Real

beforeEach(async () => {
  app = await real({ apps: 1, orgs: 2, accessTtl: 3600 })
})
afterEach(() => app.close())

const on = () => app.endpoint.save({ on: true, port: app.port })
const newConsumer = async (profileIds: readonly string[] | null = null) => {
  const { consumerId } = await app.endpoint.addConsumer({
    name: 'ci',
    profileIds: profileIds === null ? null : [...profileIds],
  })
  return { consumerId, secret: app.copied.at(-1) ?? '' }
}
const status = async (secret: string, path = '/v1/token/p0') => (await ask(app.port, { secret, path })).status

test('is off until it is switched on', async () => {
  await app.endpoint.start()
  expect(app.endpoint.view()).toEqual({
    on: false,
    port: 7286,
    listening: false,
    problem: null,
    consumers: [],
  })
  await on()
  expect(app.endpoint.view()).toMatchObject({ on: true, port: app.port, listening: true })
  await app.endpoint.stop()
  await app.endpoint.start()
  expect(app.endpoint.view()).toMatchObject({ on: true, listening: true })
})

describe('a new consumer', () => {
  beforeEach(on)

  test('gets its secret by the clipboard, and nothing else holds it', async () => {
    const reply = await app.endpoint.addConsumer({ name: 'ci', profileIds: null })
    const [secret = ''] = app.copied
    expect(secret).toMatch(/^satm_[\w-]{43}$/)
    expect(JSON.stringify([reply, app.endpoint.view()])).not.toContain(secret.slice(5))
    expect(Object.keys(app.endpoint.view().consumers[0] ?? {}).toSorted()).toEqual([
      'createdAt',
      'held',
      'id',
      'lastUsedAt',
      'name',
      'profileIds',
    ])
    const [stored] = await app.vault.consumers.load()
    expect(Buffer.from(stored?.secretHash ?? []).toString('latin1')).not.toContain(secret.slice(5))
    expect(await status(secret)).toBe(200)
  })

  test('can have its secret copied again until it is forgotten', async () => {
    const { secret } = await newConsumer()
    app.endpoint.copySecret()
    expect(app.copied).toEqual([secret, secret])
    app.endpoint.forgetSecret()
    expect(() => app.endpoint.copySecret()).toThrow('no longer available')
  })

  test('reads only what it was given', async () => {
    const { secret } = await newConsumer(['p1'])
    expect([await status(secret), await status(secret, '/v1/token/p1')]).toEqual([404, 200])
  })

  test('is not made for a service app that is gone', async () => {
    await expect(newConsumer(['gone'])).rejects.toThrow('was removed')
    expect(await app.vault.consumers.load()).toEqual([])
  })

  test('is there after a restart, and gone after it was revoked', async () => {
    const { consumerId, secret } = await newConsumer()
    app.isOpen = false
    expect(await status(secret)).toBe(503)
    expect(app.endpoint.view().consumers).toEqual([])
    app.isOpen = true
    await app.endpoint.reload()
    expect(await status(secret)).toBe(200)
    await app.endpoint.revoke(consumerId)
    expect(await status(secret)).toBe(401)
    expect(await app.vault.consumers.load()).toEqual([])
    await expect(app.endpoint.revoke(consumerId)).rejects.toThrow('already revoked')
  })

  test('that is revoked while all are read anew stays revoked, and one that is added stays', async () => {
    const { consumerId, secret } = await newConsumer()
    const reading = app.endpoint.reload()
    await Promise.all([app.endpoint.revoke(consumerId), reading])
    expect([await status(secret), app.endpoint.view().consumers]).toEqual([401, []])
    const [added] = await Promise.all([newConsumer(), app.endpoint.reload()])
    expect(await status(added.secret)).toBe(200)
  })

  test('shows when it was used last, also after a restart', async () => {
    const { secret } = await newConsumer()
    const before = Date.now()
    await status(secret)
    const shown = app.endpoint.view().consumers[0]?.lastUsedAt ?? 0
    expect(shown).toBeGreaterThanOrEqual(before)
    expect((await app.vault.consumers.load())[0]?.lastUsedAt).toBeNull()
    await app.endpoint.keep()
    expect((await app.vault.consumers.load())[0]?.lastUsedAt).toBe(shown)
  })
})

describe('a port that somebody else has', () => {
  test('is refused with the field it stands in, and nothing changes', async () => {
    const other = await stranger(app.port, '127.0.0.1')
    await expect(on()).rejects.toMatchObject({ code: 'invalid', field: 'port' })
    expect(app.endpoint.view()).toMatchObject({ on: false, listening: false, problem: null })
    await other.close()
  })

  test('at the start is said in the view', async () => {
    await on()
    await app.endpoint.stop()
    const other = await stranger(app.port, '127.0.0.1')
    await app.endpoint.start()
    expect(app.endpoint.view()).toMatchObject({
      on: true,
      listening: false,
      problem: expect.stringContaining(`Port ${app.port} is taken by another program`),
    })
    await other.close()
  })
})

test('an expired token is renewed at Webex once, whoever asks at the same time', async () => {
  await on()
  const { secret } = await newConsumer()
  const pair = app.engine.fleet().profiles.get('p0')?.pair
  if (pair == null) throw new Error('it has a token')
  await app.engine.apply([
    { kind: 'profile-pair', profileId: 'p0', pair: { ...pair, expiresAt: Date.now() - 1 } },
  ])
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(app.port, { secret, path: '/v1/token/p0' })),
  )
  expect(answers.map((one) => one.status)).toEqual(Array(20).fill(200))
  expect(new Set(answers.map((one) => one.json().access_token)).size).toBe(1)
  expect(app.simulator.ledger.at('tier1')).toHaveLength(1)
  expect(app.simulator.ledger.duplicates()).toEqual([])
})

test('what Webex says is told when it cannot be renewed', async () => {
  await on()
  const { secret } = await newConsumer()
  const profile = app.engine.fleet().profiles.get('p0')
  if (profile?.pair == null) throw new Error('it has a token')
  app.simulator.control.deauthoriseOrg(profile.targetOrgId)
  await app.engine.apply([
    { kind: 'profile-pair', profileId: 'p0', pair: { ...profile.pair, expiresAt: Date.now() - 1 } },
  ])
  const heard = await ask(app.port, { secret, path: '/v1/token/p0' })
  expect(heard.status).toBe(503)
  expect(heard.json().detail).toContain('authorize the app in Control Hub')
  expect(heard.headers['retry-after']).toBe('30')
})

test('consumers that cannot be read give nobody anything, and the window all the rest', async () => {
  const unreadable = new Error('the page is damaged')
  const failures: unknown[] = []
  const rows = {
    ...app.vault.consumers,
    load: async () => {
      throw unreadable
    },
  }
  const vault = { ...app.vault, consumers: rows }
  const endpoint = createEndpoint({
    clock: systemClock(),
    preferences: { values: () => readPreferences({ endpointOn: true }), set: () => null },
    vaultAccess: { vault: () => vault, opened: () => vault },
    supervisor: { current: () => ({ engine: app.engine }) as EngineSession, held: () => null },
    copySecret: () => {},
    portOwner: async () => null,
    changed: () => {},
    failed: (error) => failures.push(error),
  })
  await endpoint.reload()
  expect(endpoint.view()).toMatchObject({ on: true, consumers: [] })
  expect(failures).toEqual([unreadable])
})
