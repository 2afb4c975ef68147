// Damage in a real vault file between two starts: nothing vanishes, everything else works, and each record can be repaired.

import { describe, expect, onTestFinished, test } from 'vitest'
import { createAppView } from '#application/app-view.ts'
import { createDataSources } from '#application/data-sources.ts'
import { createEngineSupervisor, type EngineSession } from '#application/engine-supervisor.ts'
import { createPastedValues } from '#application/pasted-values.ts'
import { createRepairs } from '#application/record-repair.ts'
import { createServiceApps } from '#application/service-apps.ts'
import { createTokenManagers, keepConnection } from '#application/token-managers.ts'
import { readUnreadable, withUnreadable } from '#application/unreadable-records.ts'
import type { Connect } from '#connect/connect.ts'
import { NO_PROBLEMS } from '#contract/problems.ts'
import { createTokenSupply } from '#delivery/endpoint/token-supply.ts'
import { trayModel } from '#desktop/tray/tray-menu.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { ProfileView } from '#engine/domain/view-model.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { nextAlerts, noAlerts } from '#engine/view/alerts.ts'
import { Refused } from '#satm/protocol.ts'
import { answer, type SatmApp } from '#satm/server/commands.ts'
import type { SatmRequest } from '#satm/server/request-parser.ts'
import { exportList } from '#vault/backup/export-list.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { FakeClock, seeded } from '../engine/support/fake-clock.ts'
import { FakeCloud } from '../engine/support/fake-cloud.ts'
import { DAY, HOUR, MINUTE, makeApp, makeIntegration, makeProfile, pairOf } from '../engine/support/world.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { aConsumer, aHook, aWebhook } from '../vault/support/delivery.ts'
import { fakeKeychain } from '../vault/support/fake-keychain.ts'
import { opened } from '../vault/support/opened.ts'
import { withDatabase } from '../vault/support/tamper.ts'
import { directReader } from './support/direct-reader.ts'

/** One byte of the sealed client secret, as a bad sector would. */
/** Another byte in the place of the 21st, whatever that is. */
const flip = (table: string, where = '1') =>
  `UPDATE ${table} SET client_secret = CAST(substr(client_secret, 1, 20)
    || iif(substr(client_secret, 21, 1) = x'00', x'01', x'00') || substr(client_secret, 22) AS BLOB) WHERE ${where}`

interface Stage {
  readonly clock: FakeClock
  readonly cloud: FakeCloud
  readonly folder: string
  readonly vault: OpenVault
  readonly supervisor: ReturnType<typeof createEngineSupervisor>
  readonly serviceApps: ReturnType<typeof createServiceApps>
  readonly managers: ReturnType<typeof createTokenManagers>
  readonly repairs: ReturnType<typeof createRepairs>
  readonly source: ReturnType<typeof createAppView>
  rows(): readonly ProfileView[]
  row(id: string): ProfileView | undefined
  ask(request: SatmRequest): ReturnType<typeof answer>
}

/** App `a` has customers p0 … in as many orgs, app `b` one; `damage` is done while the file is closed. */
async function damaged(damage: string, customers = 3, before: readonly string[] = []): Promise<Stage> {
  const clock = new FakeClock()
  const cloud = new FakeCloud(clock)
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const profile = (id: string, app: string): FleetChange => ({
    kind: 'profile-saved',
    profile: makeProfile({
      id,
      name: `Presence bridge (${id})`,
      serviceAppId: `app-${app}`,
      targetOrgId: `org-${id}`,
      pair: pairOf(cloud.issue(`APP_${app}@org-${id}`, `client-${app}`)),
    }),
  })
  const first = await opened(folder, { keychain, clock })
  const pair = pairOf(cloud.issue('manager', 'client-integration'), 'authorization-code')
  await first.commit(
    [
      { kind: 'service-app-saved', serviceApp: makeApp('a') },
      { kind: 'service-app-saved', serviceApp: makeApp('b') },
      { kind: 'manager-saved', manager: makeIntegration({ pair }) },
      ...Array.from({ length: customers }, (_, index) => profile(`p${index}`, 'a')),
      profile('other', 'b'),
    ],
    [],
  )
  first.close()
  withDatabase(folder, (db) => {
    for (const step of before) db.exec(step)
    db.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;')
    db.exec(damage)
  })
  const vault = await opened(folder, { keychain, clock })
  let serial = 0
  const newId = () => `new-${++serial}`
  const supervisor = createEngineSupervisor({
    clock,
    vaultAccess: { view: () => ({ kind: 'open', level: 'protected' }) as never, vault: () => vault },
    guard: { trouble: async () => null, choose: async () => undefined },
    seen: null,
    firstChanges: [],
    failed: (error) => expect.unreachable(String(error)),
    changed: () => undefined,
    async startSession(over, loaded) {
      const unreadable = readUnreadable(
        [...loaded.unreadable, ...(await over.deliveries.load()).unreadable],
        loaded.fleet,
      )
      const own = createEngine({
        clock,
        random: seeded(1),
        webex: cloud,
        vault: over,
        settings: defaultSettings,
        newId,
        ...loaded,
      })
      const engine = withUnreadable(own, unreadable, clock.now())
      const connect = {
        begin: async () => ({ kind: 'waiting' }),
        state: () => ({ kind: 'idle' }),
      } as unknown as Connect
      const session: EngineSession = {
        engine,
        connect,
        unreadable,
        snapshot: own.snapshot,
        turnedAt: () => 0,
        begin: () => engine.start(),
        stop: () => engine.stop(),
        resume: async () => engine.start(),
      }
      return session
    },
  })
  await supervisor.start(vault)
  onTestFinished(async () => supervisor.close(async () => true).then(() => undefined))
  const idClock = { now: () => clock.now(), newId }
  const app: SatmApp = {
    version: '1',
    isServer: false,
    dataFolder: folder,
    tokens: createTokenSupply(clock, 10_000),
    ready: async () => undefined,
    holdsRenewals: () => false,
    now: () => 0,
    delay: (ms) => new Promise((resolve) => void clock.after(ms, () => resolve())),
    core: () => {
      const { engine, unreadable } = supervisor.running()
      return {
        engine,
        unreadable: unreadable.profiles,
        dataSources: createDataSources(() => engine),
        history: async () => [],
        sharedVault: () => null,
      }
    },
    whyClosed: () => 'closed',
    commands: { incidents: () => supervisor.running().engine.view().incidents } as never,
  }
  const pasted = createPastedValues({ reader: directReader, newId: () => 'pasted', hasManager: () => true })
  const rows = () => supervisor.running().engine.view().profiles
  return {
    clock,
    cloud,
    folder,
    vault,
    supervisor,
    serviceApps: createServiceApps({ supervisor, pasted, retrySignIn: () => undefined, idClock }),
    managers: createTokenManagers({
      supervisor,
      settings: { values: () => ({ redirectPort: 3000 }) as never },
      pasted,
      retrySignIn: () => undefined,
      copyText: () => undefined,
      idClock,
    }),
    repairs: createRepairs({ vaultAccess: { opened: () => vault }, supervisor }),
    source: createAppView({
      supervisor,
      vaultAccess: { view: () => ({ kind: 'open', level: 'protected' }) as never },
      settings: { view: () => ({}), foreignCloud: () => false } as never,
      proxy: () => ({}) as never,
      delivery: () => ({}) as never,
      problems: { over: (fleet) => fleet, totals: () => NO_PROBLEMS },
      sharedVault: () => ({ kind: 'none' }),
      updates: () => null,
      lock: { isLocked: () => false },
      app: {
        version: '1',
        dataFolder: folder,
        simulated: false,
        hasTray: () => true,
        idleCountsFrom: () => 'computer',
      },
    }),
    rows,
    row: (id) => rows().find((row) => row.id === id),
    ask: (request) => answer(app, request, () => undefined),
  }
}

/** What the edit dialog sends of a row it shows. */
const formOf = (
  row: ProfileView | undefined,
  change: Partial<Parameters<Stage['serviceApps']['edit']>[0]> = {},
) => {
  if (row === undefined) throw new Error('no such row')
  const { id, name, appId, clientId, targetOrgId, orgName, probe } = row
  return {
    ...{ profileId: id, name, appId, clientId, targetOrgId, orgName, probe },
    ...{ clientSecret: null, refreshToken: null },
    ...change,
  }
}

const isLost = ({ unreadable }: ProfileView) => unreadable !== undefined

describe('a client secret that cannot be read, of 200 customers', () => {
  const lost = (customers = 20) => damaged(flip('credentials', `id = 'app-a'`), customers)

  test('leaves all of them in the list, and is one problem with one button', async () => {
    const { rows, row, supervisor } = await lost(200)
    expect(rows()).toHaveLength(201)
    expect(rows().filter(isLost)).toHaveLength(200)
    expect(row('p7')).toMatchObject({
      name: 'Presence bridge (p7)',
      orgName: 'Org 1',
      appId: 'APP_a',
      state: 'needs-attention',
      sentence: expect.stringContaining('client secret'),
      fix: { kind: 'edit-service-app', profileId: 'p7', field: 'clientSecret' },
    })
    expect(row('other')).toMatchObject({ state: 'healthy' })
    const { incidents } = supervisor.running().engine.view()
    expect(incidents).toMatchObject([
      {
        level: 'critical',
        title: 'Client secret of “Presence bridge” cannot be read: 200 customers depend on it',
        fix: { kind: 'edit-service-app', field: 'clientSecret' },
      },
    ])
    expect(incidents[0]?.profileIds).toHaveLength(200)
  })

  test('is in the tray’s words and menu, in one alert, and in the exported list', async () => {
    const { supervisor, vault } = await lost(200)
    const view = supervisor.running().engine.view()
    const { icon, tooltip, entries } = trayModel(view, 'App')
    expect(icon).toBe('attention')
    expect(tooltip).toContain('Client secret of “Presence bridge” cannot be read: 200 customers depend on it')
    expect(tooltip).toContain('201 customers: 200 need attention')
    expect(JSON.stringify(entries)).toContain('Presence bridge (p0)')
    expect(nextAlerts(noAlerts, view).raise).toHaveLength(1)
    const { fleet, unreadable } = await vault.load()
    expect(exportList(fleet, 'csv', unreadable).trim().split('\n')).toHaveLength(202)
  })

  test('is told by satm: the list, the counts, and a code of its own for a token', async () => {
    const { ask } = await lost(200)
    const list = await ask({ kind: 'list' })
    expect('profiles' in list && list.profiles).toHaveLength(201)
    expect(await ask({ kind: 'status', profile: null })).toMatchObject({
      states: { 'needs-attention': 200, healthy: 1 },
    })
    expect(await ask({ kind: 'status', profile: 'Presence bridge (p3)' })).toMatchObject({
      profile: { id: 'p3', state: 'needs-attention' },
    })
    const refused = await ask({ kind: 'token', profile: 'Presence bridge (p3)', minTtl: null }).catch(
      (e) => e,
    )
    expect(refused).toBeInstanceOf(Refused)
    expect(refused).toMatchObject({ code: 'needs-person', message: expect.stringContaining('client secret') })
    expect(await ask({ kind: 'token', profile: 'Presence bridge (other)', minTtl: null })).toMatchObject({
      token: expect.stringContaining('access'),
    })
    await expect(ask({ kind: 'token', profile: 'nobody', minTtl: null })).rejects.not.toThrow('none yet')
  })

  test('entered again for one of them mends all; names, tokens and histories are as before', async () => {
    const { serviceApps, rows, row, vault, folder, source } = await lost(200)
    const shown = source.fleet().profiles.length
    const pairs = withDatabase(folder, (db) => db.all(`SELECT pair_id FROM token_pairs ORDER BY 1`))
    await serviceApps.edit(formOf(row('p7'), { clientSecret: 'secret-a' }))
    expect(rows()).toHaveLength(shown)
    expect(rows().filter(isLost)).toEqual([])
    expect(rows().every(({ state }) => state === 'healthy')).toBe(true)
    const { fleet, unreadable } = await vault.load()
    expect(unreadable).toEqual([])
    expect([...fleet.serviceApps.keys()].sort()).toEqual(['app-a', 'app-b'])
    expect(withDatabase(folder, (db) => db.all(`SELECT pair_id FROM token_pairs ORDER BY 1`))).toEqual(pairs)
  })

  test('is asked for where it is left out, and nothing is changed', async () => {
    const { serviceApps, row, vault } = await lost()
    await expect(serviceApps.edit(formOf(row('p7')))).rejects.toMatchObject({ field: 'clientSecret' })
    expect((await vault.load()).unreadable).toHaveLength(21)
  })

  test('is not stored a second time: adding the service app again leads to the one that is there', async () => {
    const { serviceApps, vault } = await lost()
    const again = {
      ...formOf({
        id: '',
        name: 'Again',
        appId: 'APP_a',
        clientId: 'client-a',
        targetOrgId: 'org-new',
      } as ProfileView),
      ...{ orgName: null, probe: { kind: 'data-sources' as const }, clientSecret: 'secret-a' },
      ...{ accessToken: null, tokenManager: null, issueToken: false },
    }
    await expect(serviceApps.add(again)).rejects.toMatchObject({ field: 'appId' })
    const { fleet } = await vault.load()
    expect([...fleet.serviceApps.keys()]).toEqual(['app-b'])
  })

  test('leaves the others renewing', async () => {
    const { clock, row } = await lost()
    await clock.advance(10 * DAY)
    expect(row('other')).toMatchObject({ state: 'healthy', last: { outcome: 'renewed' } })
  })

  test('can be given up: a customer is removed, and only that one', async () => {
    const { serviceApps, rows } = await lost()
    await serviceApps.remove('p7')
    expect(rows()).toHaveLength(20)
    expect(rows().some(({ id }) => id === 'p7')).toBe(false)
  })

  test('refuses what needs it with the sentence that says what to do', async () => {
    const { serviceApps } = await lost()
    await expect(serviceApps.refresh('p7')).rejects.toThrow('client secret')
    await expect(serviceApps.setPaused('p7', true)).rejects.toThrow('client secret')
  })
})

describe('a name that two customers share, one of which cannot be read', () => {
  test('stays ambiguous: no program gets the token of the other one', async () => {
    const { ask } = await damaged(
      `UPDATE profiles SET name = 'Contact sync' WHERE id IN ('p0', 'other'); ${flip('credentials', `id = 'app-a'`)}`,
    )
    const refused = await ask({ kind: 'token', profile: 'Contact sync', minTtl: null }).catch((e) => e)
    expect(refused).toMatchObject({ code: 'ambiguous' })
  })
})

describe.each([
  ['probe', `'{"kind":"format-disk"}'`],
  ['probe', `''`],
  ['probe', `'{"kind":"custom"}'`],
])('a profile whose %s was changed to %s', (column, value) => {
  const lost = () => damaged(`UPDATE profiles SET ${column} = ${value} WHERE id = 'p1'`)

  test('is shown with its name and counted, and the person mends it with what is known of it', async () => {
    const { rows, row, supervisor, serviceApps, vault, cloud } = await lost()
    expect(rows()).toHaveLength(4)
    expect(row('p1')).toMatchObject({
      name: 'Presence bridge (p1)',
      state: 'needs-attention',
      appId: 'APP_a',
    })
    expect(supervisor.running().engine.view().incidents).toMatchObject([
      { key: 'unreadable-profiles', title: '“Presence bridge (p1)” cannot be read', profileIds: ['p1'] },
    ])
    await serviceApps.edit(formOf(row('p1')))
    expect(row('p1')).toMatchObject({ state: 'healthy', probe: { kind: 'data-sources' } })
    expect(row('p1')?.accessToken?.fingerprint).toBeDefined()
    expect((await vault.load()).unreadable).toEqual([])
    expect(cloud.count('application')).toBe(0)
  })
})

test('many profiles that cannot be read are one problem', async () => {
  const { supervisor } = await damaged(`UPDATE profiles SET probe = 'x'`, 5)
  expect(supervisor.running().engine.view().incidents).toMatchObject([
    { title: '6 service apps cannot be read', profileIds: { length: 6 } },
  ])
})

test('a profile whose service app is gone is mended with all three values', async () => {
  const { row, serviceApps, vault } = await damaged(`DELETE FROM credentials WHERE id = 'app-b'`)
  expect(row('other')).toMatchObject({ appId: '', fix: { field: 'clientSecret' } })
  const form = { appId: 'APP_b', clientId: 'client-b', clientSecret: 'secret-b' }
  await serviceApps.edit(formOf(row('other'), form))
  expect(row('other')).toMatchObject({ state: 'healthy', appId: 'APP_b' })
  expect((await vault.load()).unreadable).toEqual([])
})

describe('a token manager that cannot be read', () => {
  const lost = () => damaged(flip('token_managers'))
  const credentials = { clientId: 'client-integration', clientSecret: 'secret-integration' }

  test('is shown, with those who depend on it, and authorized again in its place', async () => {
    const { supervisor, managers, cloud, vault } = await lost()
    const { engine, unreadable } = supervisor.running()
    expect(engine.view().managers).toMatchObject([
      { id: 'manager', state: 'needs-attention', clientId: 'client-integration', isDefault: true },
    ])
    const [cause] = engine.view().incidents
    expect(cause).toMatchObject({
      title: 'Token manager “Token manager integration” cannot be read: 4 customers depend on it',
      fix: { kind: 'connect-integration', managerId: 'manager' },
    })
    await expect(managers.connect({ credentials: null, managerId: 'manager' })).rejects.toMatchObject({
      field: 'clientId',
    })
    await managers.connect({ credentials, managerId: 'manager' })
    const grant = pairOf(cloud.issue('manager', 'client-integration'))
    const connection = {
      managerId: 'manager',
      credentials: makeIntegration(),
      grant: {
        accessToken: grant.accessToken,
        fingerprint: grant.fingerprint,
        expiresIn: 14 * DAY,
        refreshToken: grant.refresh?.token ?? null,
        refreshExpiresIn: 90 * DAY,
      },
    }
    await keepConnection(engine, connection as never, () => 'new', unreadable.manager('manager'))
    expect(engine.view().managers).toMatchObject([{ id: 'manager', state: 'ready', isDefault: true }])
    expect(engine.view().incidents).toEqual([])
    const loaded = await vault.load()
    expect(loaded.unreadable).toEqual([])
    expect([...loaded.fleet.managers.keys()]).toEqual(['manager'])
  })

  test('can be disconnected', async () => {
    const { supervisor, managers } = await lost()
    await managers.remove('manager')
    expect(supervisor.running().engine.view().managers).toEqual([])
  })
})

describe('tokens that cannot be read', () => {
  test('are named, and are no problem any more once tier 2 has issued new ones', async () => {
    const { supervisor, clock, rows } = await damaged(
      `UPDATE token_pairs SET access_token = x'00', refresh_token = x'00' WHERE owner_id IN ('p0', 'p1')`,
    )
    const causes = () =>
      supervisor
        .running()
        .engine.view()
        .incidents.map(({ key }) => key)
    expect(causes()).toEqual(['unreadable-pairs'])
    await clock.advance(MINUTE)
    expect(causes()).toEqual([])
    expect(rows().every(({ state }) => state === 'healthy')).toBe(true)
  })
})

describe('the same record in a copy that was kept', () => {
  const kept = (folder: string) => `VACUUM INTO '${folder}/vault-kept-before-restore-2026-01-01.db'`

  test.each([
    ['credentials', 'app-a', flip('credentials', `id = 'app-a'`)],
    ['profiles', 'p1', `UPDATE profiles SET probe = 'x' WHERE id = 'p1'`],
    ['token_managers', 'manager', flip('token_managers')],
  ] as const)('is offered and taken: %s', async (table, id, damage) => {
    const stage = await damagedWithCopy(damage)
    const { repairs, rows, vault } = stage
    const [copy] = await repairs.copies({ table, id })
    expect(copy?.file).toMatch(/^vault-kept-/)
    await repairs.take({ table, id }, copy?.file ?? '')
    expect((await vault.load()).unreadable).toEqual([])
    expect(rows().every(({ state }) => state === 'healthy')).toBe(true)
    await expect(repairs.take({ table, id }, copy?.file ?? '')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('is taken from a copy of before a change of protection, which has another data key', async () => {
    const { repairs, rows, folder, supervisor, vault } = await damaged('SELECT 1')
    const name = 'vault-kept-before-restore-2026-01-01.db'
    withDatabase(folder, (db) => db.exec(`VACUUM INTO '${folder}/${name}'`))
    const changed = await vault.setPassphrase(new Secret('correct horse battery'), 'beside')
    expect(changed.kind).toBe('changed')
    withDatabase(folder, (db) => db.exec(flip('credentials', `id = 'app-a'`)))
    await supervisor.whileStopped(async () => undefined)
    expect(rows().filter(isLost)).toHaveLength(3)
    const place = { table: 'credentials', id: 'app-a' } as const
    expect(await repairs.copies(place)).toMatchObject([{ file: name }])
    await repairs.take(place, name)
    expect(rows().filter(isLost)).toEqual([])
  })

  /** What acts of `p0`, `p1`, `other` and of all. */
  async function withActing(vault: OpenVault): Promise<void> {
    for (const id of ['p0', 'p1', 'other']) await vault.deliveries.save(aHook(`hook-${id}`, id))
    await vault.consumers.add(aConsumer('one', { profileIds: ['p1'] }))
    await vault.consumers.add(aConsumer('others', { profileIds: ['other'] }))
    await vault.consumers.add(aConsumer('all', { profileIds: null }))
    await vault.webhook.save(aWebhook)
  }
  const acting = async (vault: OpenVault) => [
    ...(await vault.deliveries.load()).targets.flatMap(({ target, state }) =>
      state.held ? [] : [target.id],
    ),
    ...(await vault.consumers.load()).flatMap(({ id, held }) => (held ? [] : [id])),
    ...((await vault.webhook.load())?.held === false ? ['webhook'] : []),
  ]
  const everything = ['hook-p0', 'hook-p1', 'hook-other', 'one', 'others', 'all', 'webhook']

  test.each([
    ['profiles', 'p1', `UPDATE profiles SET probe = 'x' WHERE id = 'p1'`, ['hook-p1', 'one', 'all']],
    ['credentials', 'app-a', flip('credentials', `id = 'app-a'`), ['hook-p0', 'hook-p1', 'one', 'all']],
    ['token_managers', 'manager', flip('token_managers'), []],
  ] as const)(
    'holds what acts on it where others may have written the copy, even if the app has covered it since: %s',
    async (table, id, damage, held) => {
      const { repairs, vault, folder, supervisor } = await damaged('SELECT 1')
      await withActing(vault)
      const theirs = await madeByAnybody(folder)
      expect((await vault.coverCopies()).covered).toBe(1)
      withDatabase(folder, (db) => db.exec(damage))
      await supervisor.whileStopped(async () => undefined)
      expect(await repairs.copies({ table, id })).toMatchObject([{ file: theirs, isOwn: false }])
      expect(await repairs.take({ table, id }, theirs)).toEqual({ held: held.length })
      expect(new Set(await acting(vault))).toEqual(
        new Set(everything.filter((one) => !(held as readonly string[]).includes(one))),
      )
    },
  )

  test("from the vault's own copy everything goes on", async () => {
    const { repairs, vault, folder, supervisor } = await damaged('SELECT 1')
    await withActing(vault)
    withDatabase(folder, (db) => db.exec(kept(folder)))
    withDatabase(folder, (db) => db.exec(flip('credentials', `id = 'app-a'`)))
    await supervisor.whileStopped(async () => undefined)
    const place = { table: 'credentials', id: 'app-a' } as const
    const [copy] = await repairs.copies(place)
    expect(copy).toMatchObject({ isOwn: true })
    expect(await repairs.take(place, copy?.file ?? '')).toEqual({ held: 0 })
    expect(new Set(await acting(vault))).toEqual(new Set(everything))
  })

  /** A copy with records of the same IDs, under a key that anybody can know. Returns its name. */
  async function madeByAnybody(folder: string): Promise<string> {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const place = temporaryFolder()
    const vault = await opened(place, { keychain, weakStorageConsent: 'given' })
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: makeApp('a') },
        { kind: 'service-app-saved', serviceApp: makeApp('b') },
        { kind: 'manager-saved', manager: makeIntegration({}) },
        {
          kind: 'profile-saved',
          profile: makeProfile({ id: 'p1', serviceAppId: 'app-b', targetOrgId: 'org-of-somebody' }),
        },
      ],
      [],
    )
    vault.close()
    const name = 'vault-kept-before-restore-2026-01-01.db'
    withDatabase(place, (db) => db.exec(`VACUUM INTO '${folder}/${name}'`))
    return name
  }

  test('is not offered where the copy has the same damage, nor from a file outside the folder', async () => {
    const { repairs } = await damaged(flip('credentials', `id = 'app-a'`))
    expect(await repairs.copies({ table: 'credentials', id: 'app-a' })).toEqual([])
    const outside = repairs.take({ table: 'credentials', id: 'app-a' }, '../../etc/passwd')
    await expect(outside).rejects.toMatchObject({ code: 'not-found' })
  })

  async function damagedWithCopy(damage: string): Promise<Stage> {
    const place = temporaryFolder()
    const stage = await damaged(damage, 3, [kept(place)])
    const { copyFileSync } = await import('node:fs')
    const name = 'vault-kept-before-restore-2026-01-01.db'
    copyFileSync(`${place}/${name}`, `${stage.folder}/${name}`)
    return stage
  }
})

describe('a profile whose row is gone, and whose tokens are left', () => {
  const gone = `DELETE FROM profiles WHERE id = 'p1'`
  const causes = ({ supervisor }: Stage) => supervisor.running().engine.view().incidents
  const orphans = { table: 'token_pairs', id: 'p1' } as const

  test('is one problem that says so, and comes back from a copy with its tokens', async () => {
    const name = 'vault-kept-before-restore-2026-01-01.db'
    const stage = await damaged('SELECT 1')
    const { folder, repairs, row, supervisor } = stage
    withDatabase(folder, (db) => db.exec(`VACUUM INTO '${folder}/${name}'`))
    const before = row('p1')?.accessToken
    withDatabase(folder, (db) => db.exec(`PRAGMA foreign_keys = OFF; ${gone}`))
    await supervisor.whileStopped(async () => undefined)
    expect(causes(stage)).toMatchObject([
      { level: 'critical', title: 'A service app or token manager is missing', fix: orphans },
    ])
    expect(await repairs.copies(orphans)).toMatchObject([{ file: name }])
    await repairs.take(orphans, name)
    expect(causes(stage)).toEqual([])
    expect(row('p1')?.accessToken).toEqual(before)
  })

  test('is given up when the person says so; tokens that have an owner stay', async () => {
    const stage = await damaged(`${gone}; UPDATE token_pairs SET access_token = x'00' WHERE owner_id = 'p0'`)
    const { repairs, vault } = stage
    await repairs.remove(orphans)
    await repairs.remove({ table: 'token_pairs', id: 'p0' })
    expect((await vault.load()).unreadable.map(({ id }) => id)).toEqual(['p0'])
  })
})

describe('records beside the fleet', () => {
  const damage = [
    `INSERT INTO delivery_targets (id, profile_id, spec, created_at, held) VALUES ('t1', 'p0', x'00', 0, 0)`,
    `INSERT INTO consumers (id, name, secret_hash, profile_ids, created_at, held)
      VALUES ('c1', 'Dashboard', zeroblob(32), 'no list', 0, 0)`,
    `INSERT INTO webhook (id, url, secret, held) VALUES (1, NULL, x'00', 0)`,
  ].join(';')

  test('are named one by one, and deleted when the person says so', async () => {
    const { supervisor, repairs, vault } = await damaged(damage)
    const causes = () => supervisor.running().engine.view().incidents
    expect(causes().map(({ title }) => title)).toEqual([
      'A delivery target cannot be read',
      'A consumer of the local endpoint cannot be read',
      'A webhook cannot be read',
    ])
    for (const { fix } of causes()) if (fix?.kind === 'repair-record') await repairs.remove(fix)
    expect(causes()).toEqual([])
    expect(await vault.webhook.load()).toBeNull()
  })

  test.each([
    ['consumers', `UPDATE consumers SET id = CAST(x'6331ff' AS TEXT)`],
    ['delivery_targets', `UPDATE delivery_targets SET id = CAST(x'7431ff' AS TEXT)`],
    ['credentials', `UPDATE credentials SET id = CAST(x'6170702dff' AS TEXT) WHERE id = 'app-b'`],
    ['token_pairs', `UPDATE token_pairs SET owner_id = CAST(x'70ff' AS TEXT) WHERE owner_id = 'p1'`],
  ] as const)('one whose ID is no UTF-8 is deleted as well: %s', async (table, more) => {
    const { supervisor, repairs, vault } = await damaged(`${damage};${more}`)
    const of = () => supervisor.running().unreadable.records.filter((record) => record.table === table)
    const odd = of().find(({ id }) => id.endsWith('\uFFFD'))
    expect(odd).toBeDefined()
    if (odd !== undefined) await repairs.remove(odd)
    expect(of()).toEqual([])
    expect((await vault.load()).unreadable.filter((record) => record.table === table)).toEqual([])
  })

  test('a record that can be read is not deleted this way', async () => {
    const { repairs, rows } = await damaged(damage)
    await expect(repairs.remove({ table: 'profiles', id: 'p0' })).rejects.toMatchObject({ code: 'not-found' })
    expect(rows()).toHaveLength(4)
  })
})

test('while a repair starts everything anew, the window shows what it showed', async () => {
  const { source, supervisor } = await damaged(flip('credentials', `id = 'app-a'`))
  const before = source.fleet()
  await supervisor.whileStopped(async () => {
    expect(source.fleet().profiles).toBe(before.profiles)
    expect(source.fleet().incidents).toBe(before.incidents)
  })
})

test('a change costs the same objects as without damage: what is not concerned stays', async () => {
  const { supervisor, clock } = await damaged(flip('credentials', `id = 'app-a'`))
  const { engine } = supervisor.running()
  const before = engine.view()
  await clock.advance(HOUR)
  const after = engine.view()
  expect(after.incidents).toBe(before.incidents)
  expect(after.profiles.filter(isLost)).toEqual(before.profiles.filter(isLost))
  for (const [place, row] of after.profiles.entries())
    if (isLost(row)) expect(row).toBe(before.profiles[place])
})
