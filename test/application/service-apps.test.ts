import { describe, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import type { IdClock } from '#application/fleet-input.ts'
import { createPastedValues } from '#application/pasted-values.ts'
import { type Addition, planAddition, planEdit, refuseUnreadable } from '#application/service-app-plan.ts'
import { createServiceApps } from '#application/service-apps.ts'
import { readUnreadable, type Unreadable } from '#application/unreadable-records.ts'
import type { Input } from '#contract/contract.ts'
import type {
  Fleet,
  FleetChange,
  Profile,
  ServiceApp,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { makeWorld } from '../engine/support/world.ts'
import { directReader } from './support/direct-reader.ts'

const NOW = 1_800_000_000_000

function idClock(): IdClock {
  let count = 0
  return { now: () => NOW, newId: () => `new-${++count}` }
}

const serviceApp: ServiceApp = {
  id: 'sa',
  appId: 'app',
  clientId: 'client',
  clientSecret: new Secret('old secret'),
}
const pair: TokenPair = {
  accessToken: new Secret('current'),
  fingerprint: 'aaaaaaaa',
  issuedAt: NOW - 1000,
  expiresAt: NOW + 1000,
  origin: 'applications-api',
  refresh: null,
}
const profile: Profile = {
  id: 'p',
  name: 'Orders in Acme',
  serviceAppId: 'sa',
  targetOrgId: 'acme',
  orgName: null,
  managerId: null,
  probe: { kind: 'data-sources' },
  paused: false,
  createdAt: NOW,
  pair,
}
const integration: TokenManager = {
  kind: 'integration',
  id: 'm',
  name: 'Token manager integration',
  isDefault: true,
  fallbackId: null,
  createdAt: NOW,
  clientId: 'integration client',
  clientSecret: new Secret('integration secret'),
  pair: null,
}

function fleet(parts: { apps?: ServiceApp[]; profiles?: Profile[]; managers?: TokenManager[] } = {}): Fleet {
  const byId = <T extends { id: string }>(list: T[] = []) => new Map(list.map((item) => [item.id, item]))
  return { serviceApps: byId(parts.apps), profiles: byId(parts.profiles), managers: byId(parts.managers) }
}

const ACME = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
const encoded = (kind: string, id: string, cluster = 'us') =>
  Buffer.from(`ciscospark://${cluster}/${kind}/${id}`).toString('base64url')
const SPELLINGS = [
  ['raw', ACME],
  ['in capitals', ACME.toUpperCase()],
  ['as a URI', `ciscospark://us/ORGANIZATION/${ACME}`],
  ['encoded', encoded('ORGANIZATION', ACME)],
  ['of another cluster', encoded('ORGANIZATION', ACME, 'urn:TEAM:eu-central-1_k')],
  ['of an old form', Buffer.from(ACME).toString('base64')],
] as const

function input(changes: Partial<Addition> = {}): Addition {
  return {
    name: 'Orders',
    appId: 'app',
    clientId: 'client',
    clientSecret: 'secret',
    targetOrgId: 'globex',
    orgName: null,
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: null,
    tokenManager: null,
    issueToken: true,
    ...changes,
  }
}

function change<K extends FleetChange['kind']>(changes: readonly FleetChange[], kind: K) {
  return changes.find((item): item is Extract<FleetChange, { kind: K }> => item.kind === kind)
}

describe('adding a service app', () => {
  test('makes a profile without a token, to be issued by tier 2', () => {
    const changes = planAddition(fleet(), input(), 'new', idClock())
    expect(change(changes, 'profile-saved')?.profile).toMatchObject({
      id: 'new',
      name: 'Orders',
      pair: null,
    })
  })

  test('in another org shares the client credentials of the service app that is there', () => {
    const changes = planAddition(
      fleet({ apps: [serviceApp], profiles: [profile] }),
      input(),
      'new',
      idClock(),
    )
    expect(change(changes, 'service-app-saved')?.serviceApp.id).toBe('sa')
    expect(change(changes, 'profile-saved')?.profile.serviceAppId).toBe('sa')
  })

  test('a second time for the same org is refused by name', () => {
    const there = fleet({ apps: [serviceApp], profiles: [profile] })
    expect(() => planAddition(there, input({ targetOrgId: 'acme' }), 'new', idClock())).toThrow(
      'Orders in Acme',
    )
  })

  test.each(SPELLINGS)(
    'is refused for an org that is there %s, with the ID of the first',
    (_, targetOrgId) => {
      const inAcme = fleet({ apps: [serviceApp], profiles: [{ ...profile, targetOrgId: ACME }] })
      expect(() => planAddition(inAcme, input({ targetOrgId }), 'new', idClock())).toThrow(
        expect.objectContaining({ field: 'targetOrgId', profileId: 'p' }),
      )
    },
  )

  test('is refused for an app whose ID is spelled otherwise, and shares its credentials in another org', () => {
    const [plain, padded] = [encoded('APPLICATION', 'client'), `${encoded('APPLICATION', 'client')}==`]
    const app = { ...serviceApp, appId: padded }
    const inAcme = fleet({ apps: [app], profiles: [profile] })
    expect(() =>
      planAddition(inAcme, input({ appId: plain, targetOrgId: 'acme' }), 'new', idClock()),
    ).toThrow(expect.objectContaining({ profileId: 'p' }))
    const elsewhere = planAddition(inAcme, input({ appId: plain }), 'new', idClock())
    expect(change(elsewhere, 'service-app-saved')?.serviceApp).toMatchObject({ id: 'sa', appId: padded })
  })

  test('is refused where the first cannot be read', () => {
    const lost = [{ id: 'lost', name: 'Lost', appId: 'app', targetOrgId: ACME }]
    const add = () =>
      planAddition(fleet(), input({ targetOrgId: ACME.toUpperCase() }), 'new', idClock(), lost)
    expect(add).toThrow(
      expect.objectContaining({ message: expect.stringContaining('“Lost”'), profileId: 'lost' }),
    )
  })

  test('is refused where the client secret of that app cannot be read, however the App ID is spelled', () => {
    const lost = { id: 'lost', name: 'Lost', appId: encoded('APPLICATION', 'client'), clientId: 'client' }
    const unreadable = {
      profiles: [lost],
      profile: () => ({ traces: { serviceAppId: 'sa' } }),
      serviceApp: () => ({ id: 'sa' }),
    } as unknown as Unreadable
    for (const appId of [lost.appId, `${lost.appId}==`, 'ciscospark://us/APPLICATION/client'])
      expect(() => refuseUnreadable(unreadable, { appId, clientId: 'client' })).toThrow(/in “Lost” first/)
    expect(() => refuseUnreadable(unreadable, { appId: 'other', clientId: 'client' })).not.toThrow()
  })

  test('of another app in the same org is added', () => {
    const there = fleet({ apps: [serviceApp], profiles: [profile] })
    const other = input({ appId: 'app-2', clientId: 'client-2', targetOrgId: 'acme' })
    expect(planAddition(there, other, 'new', idClock())).toHaveLength(2)
  })

  test('with the client ID or secret of the integration is refused by field', () => {
    const there = fleet({ managers: [integration] })
    expect(() => planAddition(there, input({ clientId: 'integration client' }), 'new', idClock())).toThrow(
      expect.objectContaining({ field: 'clientId' }),
    )
    expect(() =>
      planAddition(there, input({ clientSecret: 'integration secret' }), 'new', idClock()),
    ).toThrow(expect.objectContaining({ field: 'clientSecret' }))
  })

  test.each([
    ['the secret beside it', { clientSecret: 'a new secret', clientId: 'a new secret' }, 'clientId'],
    ['a piece with the secret beside it', { clientSecret: 'n3w-secret', appId: 'app.n3w-secret' }, 'appId'],
    ['the access token beside it', { accessToken: 'n3w-token', targetOrgId: 'n3w-token' }, 'targetOrgId'],
    ["another app's secret", { targetOrgId: 'old secret' }, 'targetOrgId'],
    ["the integration's secret", { appId: 'integration secret' }, 'appId'],
    ['a token of another org', { name: 'Orders current-token-1' }, 'name'],
  ] satisfies [string, Partial<Addition>, string][])(
    'with %s where it would be shown is refused by field',
    (_, changes, field) => {
      const holding = { ...profile, pair: { ...pair, accessToken: new Secret('current-token-1') } }
      const there = fleet({ apps: [serviceApp], profiles: [holding], managers: [integration] })
      const add = () => planAddition(there, input(changes), 'new', idClock())
      expect(add).toThrow(expect.objectContaining({ code: 'invalid', field }))
      expect(add).not.toThrow(/secret beside|n3w|old secret|integration secret|current/)
    },
  )

  test('takes over pasted tokens with unknown lifetimes', () => {
    const changes = planAddition(fleet(), input({ accessToken: 'at', refreshToken: 'rt' }), 'new', idClock())
    const saved = change(changes, 'profile-saved')?.profile.pair
    expect(saved).toMatchObject({ origin: 'pasted', expiresAt: null, issuedAt: NOW })
    expect(saved?.accessToken?.reveal()).toBe('at')
    expect(saved?.refresh?.token.reveal()).toBe('rt')
  })

  test.each([
    ['two words', 'two words'],
    ['a line break', 'x\ntouch ran'],
    ['a command', '$(touch ran)'],
    ['a quote', `x';touch ran;'`],
    ['another alphabet', 't\u043eken'],
  ])('refuses %s in the place of a token, by its field', (_, text) => {
    const refused = (change: Partial<Addition>, field: string) =>
      expect(() => planAddition(fleet(), input(change), 'new', idClock())).toThrow(
        expect.objectContaining({ field, message: expect.not.stringContaining(text) }),
      )
    refused({ accessToken: text }, 'accessToken')
    refused({ refreshToken: text }, 'refreshToken')
    refused({ tokenManager: { kind: 'personal-access-token', token: text } }, 'token')
    const integration = { kind: 'integration', clientId: 'c', clientSecret: 's' } as const
    refused({ tokenManager: { ...integration, refreshToken: text } }, 'refreshToken')
  })

  test('takes the integration of a pasted token-config.json when none is connected, and only then', () => {
    const tokenManager = { kind: 'integration', clientId: 'i', clientSecret: 's', refreshToken: 'r' } as const
    const first = planAddition(fleet(), input({ tokenManager }), 'new', idClock())
    expect(change(first, 'manager-saved')?.manager).toMatchObject({ isDefault: true, clientId: 'i' })
    const later = planAddition(fleet({ managers: [integration] }), input({ tokenManager }), 'new', idClock())
    expect(change(later, 'manager-saved')).toBeUndefined()
  })
})

describe('editing a service app', () => {
  const edit = (changes: Partial<Input<'service-app.edit'>> = {}): Input<'service-app.edit'> => ({
    profileId: 'p',
    name: 'Orders in Acme',
    appId: 'app',
    clientId: 'client',
    clientSecret: null,
    targetOrgId: 'acme',
    orgName: null,
    probe: { kind: 'data-sources' },
    refreshToken: null,
    ...changes,
  })
  const there = fleet({ apps: [serviceApp], profiles: [profile] })

  test('keeps the stored secret when none is typed', () => {
    const changes = planEdit(there, edit({ name: 'Renamed' }), idClock())
    expect(change(changes, 'service-app-saved')?.serviceApp.clientSecret.reveal()).toBe('old secret')
    expect(change(changes, 'profile-saved')?.profile.name).toBe('Renamed')
  })

  test.each([
    ['a shortened App ID', { appId: 'app…' }, 'appId'],
    ['a client ID that is YAML', { clientId: 'client: 1' }, 'clientId'],
    ['a token for an org', { targetOrgId: `${'a'.repeat(16)}_P0A1_${crypto.randomUUID()}` }, 'targetOrgId'],
    ['the stored secret for an org', { targetOrgId: 'old secret' }, 'targetOrgId'],
    ['a line break in a name', { name: 'Orders\nin Acme' }, 'name'],
    ['a secret in a name of a customer', { orgName: 'client_secret=abc' }, 'orgName'],
  ] satisfies [string, Partial<Input<'service-app.edit'>>, string][])(
    'to %s is refused by field',
    (_, changes, field) => {
      expect(() => planEdit(there, edit({ clientSecret: 's', ...changes }), idClock())).toThrow(
        expect.objectContaining({ code: 'invalid', field }),
      )
    },
  )

  test('keeps what an older version stored and the rules of today refuse, until it is changed', () => {
    const odd = { appId: 'a p p…', clientId: 'client_id=1', targetOrgId: 'old secret', orgName: 'a\nb' }
    const stored = fleet({ apps: [{ ...serviceApp, ...odd }], profiles: [{ ...profile, ...odd }] })
    const renamed = planEdit(stored, edit({ ...odd, name: 'Renamed' }), idClock())
    expect(change(renamed, 'service-app-saved')?.serviceApp).toMatchObject({ appId: odd.appId })
    expect(change(renamed, 'profile-saved')?.profile).toMatchObject({ name: 'Renamed', orgName: odd.orgName })
    const mended = planEdit(stored, edit({ ...odd, targetOrgId: 'acme' }), idClock())
    expect(change(mended, 'profile-saved')?.profile.targetOrgId).toBe('acme')
  })

  test('sends no pair back unless a refresh token was typed', () => {
    expect(change(planEdit(there, edit(), idClock()), 'profile-pair')).toBeUndefined()
    const typed = change(planEdit(there, edit({ refreshToken: 'rt' }), idClock()), 'profile-pair')
    expect(typed?.pair.accessToken?.reveal()).toBe('current')
    expect(typed?.pair.refresh?.token.reveal()).toBe('rt')
  })

  test('an App ID is corrected for all its customers, whose tokens stay; one alone moves to another app', () => {
    const others = fleet({
      apps: [serviceApp],
      profiles: [profile, { ...profile, id: 'q', targetOrgId: 'o' }],
    })
    const corrected = planEdit(others, edit({ appId: 'right', ofAll: true }), idClock())
    expect(change(corrected, 'service-app-saved')?.serviceApp).toMatchObject({
      id: serviceApp.id,
      appId: 'right',
    })
    expect(change(corrected, 'profile-saved')?.profile.serviceAppId).toBe(serviceApp.id)
    expect(change(corrected, 'profile-pair')).toBeUndefined()
    const moved = planEdit(others, edit({ appId: 'right', clientSecret: 's' }), idClock())
    expect(change(moved, 'service-app-saved')?.serviceApp.id).not.toBe(serviceApp.id)
    expect(change(moved, 'profile-pair')?.pair.accessToken).toBeNull()
    expect(() =>
      planEdit(others, edit({ appId: 'right', clientId: 'other', ofAll: true }), idClock()),
    ).toThrow(expect.objectContaining({ field: 'clientSecret' }))
  })

  test('an App ID that another service app in the list has is no correction', () => {
    const other = { ...serviceApp, id: 'sa-2', appId: 'right', clientId: 'theirs' }
    const both = fleet({ apps: [serviceApp, other], profiles: [profile] })
    expect(() => planEdit(both, edit({ appId: 'right', ofAll: true }), idClock())).toThrow(
      expect.objectContaining({ code: 'invalid', field: 'appId' }),
    )
  })

  test('with another client ID asks for its secret', () => {
    expect(() => planEdit(there, edit({ clientId: 'other' }), idClock())).toThrow(
      expect.objectContaining({ field: 'clientSecret' }),
    )
  })

  test('leaves its token manager alone unless another is chosen', () => {
    const named = { ...profile, managerId: 'm' }
    const managed = fleet({ apps: [serviceApp], profiles: [named], managers: [integration] })
    const saved = (changes: readonly FleetChange[]) => change(changes, 'profile-saved')?.profile.managerId
    expect(saved(planEdit(managed, edit(), idClock()))).toBe('m')
    expect(saved(planEdit(managed, edit({ managerId: null }), idClock()))).toBeNull()
    expect(saved(planEdit(managed, edit({ managerId: 'm' }), idClock()))).toBe('m')
    expect(() => planEdit(managed, edit({ managerId: 'gone' }), idClock())).toThrow(
      expect.objectContaining({ code: 'not-found', field: 'managerId' }),
    )
  })

  test.each([
    ['another org', { targetOrgId: 'globex' }],
    ['another client ID', { clientId: 'other', clientSecret: 'its own' }],
    ['another App ID', { appId: 'other', clientSecret: 'its own' }],
  ])('to %s begins without a token: the old one is not its own', (_what, changed) => {
    const moved = change(planEdit(there, edit(changed), idClock()), 'profile-pair')
    expect(moved?.pair).toMatchObject({ accessToken: null, fingerprint: null, refresh: null })
  })

  test.each(SPELLINGS)(
    'to another customer’s org %s is refused with the ID of that one',
    (_, targetOrgId) => {
      const other = { ...profile, id: 'q', name: 'In Acme', targetOrgId: ACME }
      const two = fleet({ apps: [serviceApp], profiles: [profile, other] })
      expect(() => planEdit(two, edit({ targetOrgId }), idClock())).toThrow(
        expect.objectContaining({ field: 'targetOrgId', profileId: 'q' }),
      )
    },
  )

  test('to another app of the same org is refused where that app has the org already', () => {
    const second = { ...serviceApp, id: 'sa2', appId: 'app-2', clientId: 'client-2' }
    const other = { ...profile, id: 'q', serviceAppId: 'sa2' }
    const two = fleet({ apps: [serviceApp, second], profiles: [profile, other] })
    expect(() => planEdit(two, edit({ appId: 'app-2', clientId: 'client-2' }), idClock())).toThrow(
      expect.objectContaining({ profileId: 'q' }),
    )
  })

  test('of two that an older version let in for one org is possible, and keeps the tokens', () => {
    const [one, other] = [
      { ...profile, targetOrgId: ACME },
      { ...profile, id: 'q', targetOrgId: encoded('ORGANIZATION', ACME) },
    ]
    const two = fleet({ apps: [serviceApp], profiles: [one, other] })
    for (const targetOrgId of [one.targetOrgId, other.targetOrgId]) {
      const renamed = planEdit(two, edit({ name: 'Renamed', targetOrgId }), idClock())
      expect(change(renamed, 'profile-saved')?.profile).toMatchObject({ name: 'Renamed', targetOrgId })
      expect(change(renamed, 'profile-pair')).toBeUndefined()
    }
  })

  test('of a profile that is gone says so', () => {
    expect(() => planEdit(fleet(), edit(), idClock())).toThrow(expect.objectContaining({ code: 'not-found' }))
  })
})

describe('over a running engine', () => {
  const stage = () => {
    // Its own schedule is off, so every attempt is one that was asked for.
    const world = makeWorld({ start: false })
    const { engine, clock } = world
    let serial = 0
    const pasted = createPastedValues({
      reader: directReader,
      newId: () => `pasted-${++serial}`,
      hasManager: () => engine.fleet().managers.size > 0,
    })
    const serviceApps = createServiceApps({
      supervisor: {
        running: () => ({ engine, unreadable: readUnreadable([], engine.fleet()) }) as EngineSession,
        vault: () => null,
        whileStopped: (work) => work(),
      },
      pasted,
      retrySignIn: () => undefined,
      idClock: { now: () => engine.now(), newId: () => `new-${++serial}` },
    })
    const second = input({ appId: 'APP_a', clientId: 'client-a', clientSecret: 'secret-a' })
    return { ...world, serviceApps, pasted, second, settled: () => clock.advance(60_000) }
  }

  test('a service app is stored, and gets its first token only where one is asked for', async () => {
    const { serviceApps, second, attempts, engine, settled } = stage()
    const stored = await serviceApps.add({ ...second, issueToken: false })
    expect(stored).toMatchObject({ attempt: null })
    expect(engine.fleet().profiles.get(stored.profileId)).toMatchObject({ name: 'Orders' })
    const adding = serviceApps.add({ ...second, targetOrgId: 'initech', issueToken: true })
    await settled()
    const added = await adding
    expect(added.attempt?.trigger).toBe('added')
    expect(attempts.filter(({ subject }) => subject.kind === 'profile')).toMatchObject([
      { subject: { profileId: added.profileId } },
    ])
  })

  test('two adds at once, in two spellings of one org: the second is refused with the ID of the first', async () => {
    const { serviceApps, second, engine } = stage()
    const add = (targetOrgId: string) => serviceApps.add({ ...second, targetOrgId, issueToken: false })
    const [first, other] = await Promise.allSettled([add(ACME), add(encoded('ORGANIZATION', ACME))])
    if (first.status === 'rejected') throw first.reason
    expect(other).toMatchObject({ reason: { field: 'targetOrgId', profileId: first.value.profileId } })
    expect(engine.fleet().profiles.size).toBe(2)
  })

  test('an add and an edit onto its org at once: one row has the org', async () => {
    const { serviceApps, second, engine, profile } = stage()
    const { name, orgName, probe } = profile()
    const keys = { appId: 'APP_a', clientId: 'client-a', clientSecret: null, refreshToken: null }
    const outcomes = await Promise.allSettled([
      serviceApps.add({ ...second, targetOrgId: ACME, issueToken: false }),
      serviceApps.edit({ profileId: 'one', name, orgName, probe, targetOrgId: ACME.toUpperCase(), ...keys }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(
      [...engine.fleet().profiles.values()].filter(({ targetOrgId }) => targetOrgId === ACME),
    ).toHaveLength(1)
  })

  test('many are refreshed, tested and removed at once, and those that are gone are left out', async () => {
    const { serviceApps, second, engine, attempts, settled, clock } = stage()
    const { profileId } = await serviceApps.add({ ...second, issueToken: false })
    const many = ['one', 'gone', profileId]
    expect(serviceApps.refreshMany(many)).toEqual({ started: 2 })
    await settled()
    const refreshed = attempts.flatMap(({ subject, trigger }) =>
      subject.kind === 'profile' && trigger === 'manual' ? [subject.profileId] : [],
    )
    expect(refreshed.toSorted()).toEqual(['one', profileId].toSorted())
    const testing = serviceApps.testMany(many)
    await clock.advance(60_000)
    expect(await testing).toEqual({ accepted: 2 })
    await serviceApps.removeMany(['gone', 'one'])
    expect([...engine.fleet().profiles.keys()]).toEqual([profileId])
  })

  test('one is paused and resumed, edited and removed', async () => {
    const { serviceApps, engine, profile } = stage()
    await serviceApps.setPaused('one', true)
    expect(profile().paused).toBe(true)
    await serviceApps.setPaused('one', false)
    const { name, targetOrgId, orgName, probe } = profile()
    const texts = { name: `${name} renamed`, targetOrgId, orgName, probe }
    const keys = { appId: 'APP_a', clientId: 'client-a', clientSecret: null, refreshToken: null }
    await serviceApps.edit({ profileId: 'one', ...texts, ...keys })
    expect(profile()).toMatchObject({ name: 'Profile one renamed', paused: false })
    await serviceApps.remove('one')
    expect(engine.fleet().profiles.size).toBe(0)
  })

  test('all its tiers are to be tested, or no more', async () => {
    const { serviceApps, engine } = stage()
    const requested = () => engine.view().profiles[0]?.drill?.by
    expect(await serviceApps.drill('one', 'next-renewal')).toBeNull()
    expect(requested()).toBe('person')
    expect(await serviceApps.drill('one', 'never')).toBeNull()
    expect(requested()).toBeUndefined()
    await expect(serviceApps.drill('gone', 'next-renewal')).rejects.toMatchObject({ code: 'not-found' })
    await expect(serviceApps.drill('gone', 'now')).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each(['remove', 'refresh', 'test'] as const)('%s of one that is gone says so', async (name) => {
    await expect(stage().serviceApps[name]('gone')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('all are paused for so many minutes, and resumed', () => {
    const { serviceApps, engine } = stage()
    serviceApps.pauseAll(15)
    expect(engine.view().allPausedUntil).toBe(engine.now() + 15 * 60_000)
    serviceApps.pauseAll(null)
    expect(engine.view().allPausedUntil).toBeNull()
  })
})
