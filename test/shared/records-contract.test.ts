// What every vault does, whatever its database: the same tests over SQLite and over PostgreSQL.
import { describe, expect, test } from 'vitest'
import { type DeliveryRun, RUNS_KEPT } from '#engine/domain/delivery-model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { StoredRecords } from '#vault/open-vault.ts'
import type { HistoryFilter, HistoryQuery } from '#vault/repositories/history-query.ts'
import {
  aDataSource,
  anAttempt,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../vault/support/builders.ts'
import { aConsumer, aHook, anEnvFile, aWebhook, delivered } from '../vault/support/delivery.ts'
import { opened } from '../vault/support/opened.ts'
import { newSharedVault, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()

const inSqlite = () => opened(temporaryFolder())
const inPostgres = async () => (await newSharedVault(postgres())).vault

const kinds: readonly (readonly [string, () => Promise<StoredRecords>])[] = [
  ['SQLite', inSqlite],
  ['PostgreSQL', inPostgres],
]

const DAY = 86_400_000

describe.each(kinds)('a vault in %s', (_, open) => {
  const withProfile = async (pair = aPair('one')) => {
    const vault = await open()
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        { kind: 'profile-saved', profile: aProfile('p1', { pair }) },
      ],
      [],
    )
    return vault
  }

  test('gives back what was stored', async () => {
    const vault = await open()
    const profile = aProfile('p1', { probe: { kind: 'custom', path: '/rooms?max=1' }, paused: true })
    const pair = aPair('one', { renewAfter: NOW + DAY })
    await vault.commit(
      [
        { kind: 'profile-saved', profile },
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        // The other one is stored after it.
        { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true, fallbackId: 'm2' }) },
        { kind: 'manager-saved', manager: aPersonalToken('m2') },
        { kind: 'profile-pair', profileId: 'p1', pair },
        { kind: 'drill', profileId: 'p1', request: { by: 'person', requestedAt: NOW } },
        { kind: 'drill-month', month: '2026-03' },
        { kind: 'other-copy-stopped', at: NOW },
        { kind: 'data-source-kept', source: aDataSource('d1') },
        { kind: 'data-source-kept', source: aDataSource('d2', { profileId: 'nobody' }) },
      ],
      [anAttempt('a1')],
    )
    const { fleet, lastAttempts, unreadable, drills, keptDataSources, otherCopyStoppedAt } =
      await vault.load()
    expect(otherCopyStoppedAt).toBe(NOW)
    expect(unreadable).toEqual([])
    expect(fleet.profiles.get('p1')).toEqual({ ...profile, pair })
    expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
    expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
    expect(fleet.serviceApps.get('sa')?.clientSecret.reveal()).toBe('canary-secret-sa')
    expect(fleet.managers.get('m1')).toEqual(anIntegration('m1', { isDefault: true, fallbackId: 'm2' }))
    expect(fleet.managers.get('m2')).toEqual(aPersonalToken('m2'))
    expect(lastAttempts).toStrictEqual([anAttempt('a1')])
    expect(drills).toEqual({
      requests: new Map([['p1', { by: 'person', requestedAt: NOW }]]),
      month: '2026-03',
    })
    expect(keptDataSources).toEqual([aDataSource('d1')])
  })

  test('stores all of a commit, or nothing', async () => {
    const vault = await withProfile()
    const withoutApp = aProfile('p2', { serviceAppId: 'missing' })
    const commit = vault.commit(
      [
        { kind: 'profile-saved', profile: aProfile('p1', { name: 'Edited' }) },
        { kind: 'profile-saved', profile: withoutApp },
      ],
      [anAttempt('a1')],
    )
    await expect(commit).rejects.toBeInstanceOf(StoreFailure)
    const { fleet, lastAttempts } = await vault.load()
    expect([...fleet.profiles.values()].map(({ name }) => name)).toEqual(['Profile p1'])
    expect(lastAttempts).toEqual([])
  })

  test('takes an edit without bringing back an older pair', async () => {
    const vault = await withProfile(aPair('old'))
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('new') }], [])
    const edited = aProfile('p1', { name: 'Edited', pair: aPair('old') })
    await vault.commit([{ kind: 'profile-saved', profile: edited }], [])
    const profile = (await vault.load()).fleet.profiles.get('p1')
    expect(profile?.name).toBe('Edited')
    expect(profile?.pair?.accessToken?.reveal()).toBe('canary-access-new')
  })

  test('marks a stored pair where it is', async () => {
    const vault = await withProfile(aPair('one'))
    const { refresh } = aPair('one')
    const dead = aPair('one', { refresh: refresh === null ? null : { ...refresh, dead: true } })
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: dead }], [])
    expect((await vault.load()).fleet.profiles.get('p1')?.pair?.refresh?.dead).toBe(true)
  })

  test('forgets a profile with its pair, its drill, its targets, data sources and client credentials', async () => {
    const vault = await withProfile()
    await vault.deliveries.save(aHook('t1'))
    await vault.commit(
      [
        { kind: 'drill', profileId: 'p1', request: { by: 'person', requestedAt: NOW } },
        { kind: 'data-source-kept', source: aDataSource('d1') },
      ],
      [anAttempt('a1')],
    )
    await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
    const { fleet, unreadable, drills, keptDataSources } = await vault.load()
    expect([fleet.profiles.size, fleet.serviceApps.size, unreadable.length]).toEqual([0, 0, 0])
    expect([drills.requests.size, keptDataSources.length]).toEqual([0, 0])
    expect((await vault.deliveries.load()).targets).toEqual([])
    expect((await vault.history({ limit: 10 })).attempts).toEqual([anAttempt('a1')])
  })

  test('a removed token manager is nobody’s fallback any more, and nothing else of them changes', async () => {
    const vault = await open()
    const managers = [
      anIntegration('m1', { isDefault: true, fallbackId: 'm2' }),
      anIntegration('m2', { fallbackId: 'm1' }),
      aPersonalToken('m3', { fallbackId: 'm2' }),
    ]
    await vault.commit(
      managers.map((manager) => ({ kind: 'manager-saved', manager }) as const),
      [],
    )
    await vault.commit([{ kind: 'manager-removed', managerId: 'm2' }], [])
    const { fleet, unreadable } = await vault.load()
    expect(unreadable).toEqual([])
    expect([...fleet.managers.values()]).toEqual([
      anIntegration('m1', { isDefault: true }),
      aPersonalToken('m3'),
    ])
  })

  test('has one default token manager as long as there is any', async () => {
    const vault = await withProfile()
    const defaults = async () =>
      [...(await vault.load()).fleet.managers.values()].filter((one) => one.isDefault).map(({ id }) => id)
    await vault.commit([{ kind: 'manager-saved', manager: anIntegration('m1') }], [])
    expect(await defaults()).toEqual(['m1'])
    const second = anIntegration('m2', { isDefault: true, createdAt: NOW + 1 })
    await vault.commit([{ kind: 'manager-saved', manager: second }], [])
    expect(await defaults()).toEqual(['m2'])
    await vault.commit([{ kind: 'profile-saved', profile: aProfile('p1', { managerId: 'm2' }) }], [])
    await vault.commit([{ kind: 'manager-removed', managerId: 'm2' }], [])
    const { fleet, unreadable } = await vault.load()
    expect(unreadable).toEqual([])
    expect(fleet.profiles.get('p1')?.managerId).toBe(null)
    expect(await defaults()).toEqual(['m1'])
  })

  test('keeps an attempt once, however often it is sent', async () => {
    const vault = await open()
    await vault.commit([], [anAttempt('a1')])
    await vault.commit([], [anAttempt('a1', { name: 'again' }), anAttempt('a2')])
    const { attempts } = await vault.history({ limit: 10, order: 'oldest-first' })
    expect(attempts.map(({ id, name }) => `${id} ${name}`)).toEqual(['a1 Profile p1', 'a2 Profile p1'])
  })

  test('keeps delivery targets, what came of them, and the last runs', async () => {
    const vault = await withProfile()
    await vault.deliveries.saveAll([anEnvFile('t1'), aHook('t2')])
    await vault.deliveries.note('t1', delivered)
    const longer = { kind: 'hook', command: 'reload', pass: 'stdin', timeLimit: 60_000 } as const
    await vault.deliveries.note('t2', delivered, longer)
    const { targets, unreadable } = await vault.deliveries.load()
    const byId = new Map(targets.map((one) => [one.target.id, one]))
    expect(unreadable).toEqual([])
    expect(byId.get('t1')).toEqual({ target: anEnvFile('t1'), state: delivered })
    expect(byId.get('t2')?.target.spec).toMatchObject({ timeLimit: 60_000 })
    const run = (n: number): DeliveryRun => ({
      startedAt: NOW + n,
      duration: 5,
      trigger: 'asked',
      outcome: 'failed',
      fingerprint: '00000000',
      exitCode: 1,
      sentence: 'It failed.',
      output: `canary-output-${n}`,
    })
    for (let n = 1; n <= RUNS_KEPT + 2; n++) await vault.deliveryRuns.add('t2', run(n))
    const runs = await vault.deliveryRuns.ofTarget('t2')
    expect(runs).toHaveLength(RUNS_KEPT)
    expect(runs[0]).toEqual({ ...run(RUNS_KEPT + 2), number: RUNS_KEPT + 2 })
    await vault.deliveries.removeAll(['t1', 't2'])
    expect((await vault.deliveries.load()).targets).toEqual([])
    expect(await vault.deliveryRuns.ofTarget('t2')).toEqual([])
  })

  test('refuses a target of a profile that is not there', async () => {
    const vault = await withProfile()
    await expect(vault.deliveries.save(aHook('t1', 'nobody'))).rejects.toMatchObject({ name: 'StoreFailure' })
  })

  test('keeps consumers and the webhook', async () => {
    const vault = await withProfile()
    const held = aConsumer('c1', { held: true, profileIds: ['p1'] })
    await vault.consumers.add(held)
    await vault.consumers.add(aConsumer('c2', { createdAt: NOW + 1 }))
    await vault.consumers.confirm('c1')
    await vault.consumers.markUsed([{ id: 'c2', lastUsedAt: NOW + 5 }])
    expect(await vault.consumers.load()).toEqual([
      { ...held, held: false },
      aConsumer('c2', { createdAt: NOW + 1, lastUsedAt: NOW + 5 }),
    ])
    await vault.consumers.remove('c1')
    expect((await vault.consumers.load()).map(({ id }) => id)).toEqual(['c2'])
    expect(await vault.webhook.load()).toBe(null)
    await vault.webhook.save(aWebhook)
    await vault.webhook.save({ ...aWebhook, url: null, held: true })
    const webhook = await vault.webhook.load()
    expect(webhook).toEqual({ ...aWebhook, url: null, held: true })
    expect(webhook?.secret.reveal()).toBe('canary-webhook-secret')
  })

  test('records its cloud, with and without a condition', async () => {
    const vault = await withProfile()
    expect(await vault.cloud.load()).toEqual({ kind: 'unknown', why: 'never-recorded' })
    expect(await vault.cloud.record('https://webexapis.com', 'where-empty')).toBe(false)
    expect(await vault.cloud.record('https://webexapis.com', 'where-never-recorded')).toBe(true)
    expect(await vault.cloud.record('https://other.example', 'where-never-recorded')).toBe(false)
    expect(await vault.cloud.load()).toEqual({
      kind: 'known',
      baseUrl: 'https://webexapis.com',
      restored: false,
    })
  })

  test('keeps notes and fleet deliveries', async () => {
    const vault = await withProfile()
    const notes = { snoozed: [], waiting: [{ profileId: 'p1', since: NOW }], resolved: [] }
    await vault.problemNotes.update(() => notes)
    expect(await vault.problemNotes.load()).toEqual(notes)
    const { spec } = anEnvFile('t1')
    const all = [{ id: 'f1', serviceAppId: null, spec, createdAt: NOW, held: false }]
    await vault.fleetDeliveries.save(all)
    expect(await vault.fleetDeliveries.load()).toEqual(all)
  })

  test('forgets old history, some at a time', async () => {
    const vault = await open()
    await vault.commit(
      [],
      [0, 1, 2, 3].map((n) => anAttempt(`a${n}`, { startedAt: NOW + n * DAY })),
    )
    expect(await vault.pruneHistory(NOW + 2 * DAY)).toBe(2)
    expect(await vault.pruneHistory(NOW + 2 * DAY)).toBe(0)
    expect((await vault.history({ limit: 10 })).attempts.map(({ id }) => id)).toEqual(['a3', 'a2'])
  })
})

test('both vaults answer every question about their history alike', async () => {
  const vaults = [await inSqlite(), await inPostgres()] as const
  const outcomes = ['renewed', 'unchanged', 'failed'] as const
  const attempts = Array.from({ length: 300 }, (_, n) =>
    anAttempt(`a${n}`, {
      subject:
        n % 7 === 0 ? { kind: 'manager', managerId: 'm1' } : { kind: 'profile', profileId: `p${n % 5}` },
      name: n % 11 === 0 ? 'Ünïted 100 %_\\ Customer' : `Profile p${n % 5}`,
      outcome: outcomes[n % 3] ?? 'failed',
      tier: n % 4 === 0 ? null : 2,
      trigger: n % 6 === 0 ? 'manual' : 'scheduled',
      reason: n % 5 === 0 ? null : { code: 'lifetime-share', share: 0.5 },
      // Several begin at the same moment.
      startedAt: NOW + Math.floor(n / 3) * 3 * 3_600_000,
    }),
  )
  for (const vault of vaults) await vault.commit([], attempts)
  const filters: readonly HistoryFilter[] = [
    {},
    { profileId: 'p1' },
    { managerId: 'm1' },
    { profileIds: ['p1', 'p2', 'p4'] },
    { profileIds: Array.from({ length: 60 }, (_, n) => `p${n}`) },
    { outcome: 'failed', tier: 2 },
    { profileId: 'p3', outcome: 'renewed', tier: 2 },
    { from: NOW + DAY + 0.5, to: NOW + 4 * DAY + 0.5 },
    { cause: 'trigger:manual' },
    { cause: 'reason:lifetime-share' },
    { cause: 'result:ok' },
    { cause: 'kind:token' },
    { text: '100 %_\\ cust' },
    { text: 'router_1', textProfileIds: ['p0'] },
    { text: 'nowhere', textProfileIds: ['p0'], outcome: 'unchanged' },
  ]
  const all = async (vault: StoredRecords, query: Omit<HistoryQuery, 'limit'>) => {
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page = await vault.history({ ...query, cursor, limit: 37 })
      ids.push(...page.attempts.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    return ids
  }
  for (const filter of filters) {
    for (const order of ['newest-first', 'oldest-first'] as const) {
      const [one, other] = [
        await all(vaults[0], { ...filter, order }),
        await all(vaults[1], { ...filter, order }),
      ]
      expect(other, JSON.stringify(filter)).toEqual(one)
    }
    for (const zone of ['UTC', 'America/New_York', 'Nowhere/At_All']) {
      const [one, other] = [
        await vaults[0].historyDays(filter, zone),
        await vaults[1].historyDays(filter, zone),
      ]
      expect(other, `${JSON.stringify(filter)} ${zone}`).toEqual(one)
    }
  }
})
