// Stored changes: what leads from a known fleet to the stored one, in memory and in a vault.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KnownState } from '#engine/domain/engine-api.ts'
import type {
  Fleet,
  FleetChange,
  KeptDataSource,
  Profile,
  StoredDrills,
  TokenManager,
} from '#engine/domain/model.ts'
import { FleetState } from '#engine/renewal/fleet-state.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import {
  aDataSource,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../../vault/support/builders.ts'
import { opened } from '../../vault/support/opened.ts'

const EMPTY: KnownState = stateOf({ profiles: [], managers: [] })

interface Records {
  readonly profiles: readonly Profile[]
  readonly managers: readonly TokenManager[]
  readonly secret?: string
  readonly drills?: StoredDrills
  readonly sources?: readonly KeptDataSource[]
}

/** Each service app that is used, with a client secret of this generation. */
function stateOf({ profiles, managers, secret = '', drills, sources = [] }: Records): KnownState {
  const apps = [...new Set(profiles.map(({ serviceAppId }) => serviceAppId))].sort()
  const clientId = (id: string) => ({ clientId: `client-${id}${secret}` })
  return {
    fleet: {
      serviceApps: new Map(apps.map((id) => [id, aServiceApp(id, clientId(id))])),
      managers: new Map(managers.map((one) => [one.id, one])),
      profiles: new Map(profiles.map((one) => [one.id, one])),
    },
    drills: drills ?? { requests: new Map(), month: null },
    keptDataSources: sources,
  }
}

const pairs = fc.option(fc.integer({ min: 0, max: 2 }), { nil: null })

const managerOf = fc.record({
  there: fc.boolean(),
  isPersonal: fc.boolean(),
  name: fc.integer({ min: 0, max: 1 }),
  fallback: fc.integer({ min: 0, max: 3 }),
  pair: pairs,
})

const profileOf = fc.record({
  there: fc.boolean(),
  app: fc.integer({ min: 0, max: 2 }),
  manager: fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }),
  paused: fc.boolean(),
  pair: pairs,
  drill: fc.option(fc.integer({ min: 0, max: 1 }), { nil: null }),
  source: fc.option(fc.integer({ min: 0, max: 1 }), { nil: null }),
})

/** Three token managers and four profiles that may be there, each as one of several versions. */
const state = fc
  .record({
    managers: fc.tuple(managerOf, managerOf, managerOf),
    defaultOne: fc.integer({ min: 0, max: 2 }),
    profiles: fc.tuple(profileOf, profileOf, profileOf, profileOf),
    secret: fc.constantFrom('', '-new'),
    month: fc.constantFrom(null, '2026-03', '2026-04'),
  })
  .map(({ managers, defaultOne, profiles, secret, month }): KnownState => {
    const there = managers.flatMap((one, n) => (one.there ? [{ ...one, id: `m${n}` }] : []))
    const known = new Set(there.map(({ id }) => id))
    const all = profiles.flatMap((one, n) => (one.there ? [{ ...one, id: `p${n}` }] : []))
    return stateOf({
      managers: there.map(({ id, isPersonal, name, fallback, pair }, n) => {
        const fallbackId = known.has(`m${fallback}`) && id !== `m${fallback}` ? `m${fallback}` : null
        const common = { isDefault: n === defaultOne % there.length, name: `Manager ${name}`, fallbackId }
        return isPersonal
          ? aPersonalToken(id, { ...common, pair: aPair(`${id}-${pair}`, { refresh: null }) })
          : anIntegration(id, { ...common, pair: pair === null ? null : aPair(`${id}-${pair}`) })
      }),
      profiles: all.map(({ id, app, manager, paused, pair }) =>
        aProfile(id, {
          serviceAppId: `sa${app}`,
          managerId: known.has(`m${manager}`) ? `m${manager}` : null,
          paused,
          pair: pair === null ? null : aPair(`${id}-${pair}`),
        }),
      ),
      secret,
      drills: {
        requests: new Map(
          all.flatMap(({ id, drill }) =>
            drill === null ? [] : [[id, { by: 'person', requestedAt: NOW + drill }]],
          ),
        ),
        month,
      },
      sources: all.flatMap(({ id, source }) =>
        source === null ? [] : [aDataSource(`${id}-source`, { profileId: id, issuedAt: NOW + source })],
      ),
    })
  })

/** Comparable, whatever the order of the records. */
function plain({ fleet, drills, keptDataSources }: KnownState) {
  const sorted = <T>(records: ReadonlyMap<string, T>) =>
    [...records].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, record]) => record)
  const revealed = (value: unknown) =>
    JSON.stringify(value, (_, each) => (typeof each?.reveal === 'function' ? each.reveal() : each))
  return {
    serviceApps: sorted(fleet.serviceApps).map(revealed),
    managers: sorted(fleet.managers).map((one) => JSON.parse(revealed(one)) as unknown),
    profiles: sorted(fleet.profiles).map((one) => JSON.parse(revealed(one)) as unknown),
    drills: sorted(drills.requests),
    month: drills.month,
    sources: [...keptDataSources].sort((one, other) => (one.id < other.id ? -1 : 1)),
  }
}

/** As an engine takes them over. */
function inMemory(
  { fleet, drills }: KnownState,
  changes: readonly FleetChange[],
): Omit<KnownState, 'keptDataSources'> {
  const fleetState = new FleetState(fleet, [], 0, null, { drills })
  for (const change of changes) fleetState.take(change)
  return { fleet: fleetState.fleet, drills: fleetState.drills() }
}

async function loaded(vault: OpenVault): Promise<KnownState> {
  const { fleet, drills, keptDataSources } = await vault.load()
  return { fleet, drills, keptDataSources }
}

describe('the changes between two fleets', () => {
  test('lead from the one to the other in memory', () => {
    fc.assert(
      fc.property(state, state, (known, stored) => {
        const reached = inMemory(known, changesBetween(known, stored))
        expect(plain({ ...reached, keptDataSources: stored.keptDataSources })).toEqual(plain(stored))
      }),
      { numRuns: 2000 },
    )
  })

  test('lead from the one to the other in the vault of a computer, in one transaction', async () => {
    const vault = await opened(temporaryFolder())
    let known = EMPTY
    await fc.assert(
      fc.asyncProperty(state, async (stored) => {
        await vault.commit(changesBetween(known, stored), [])
        known = stored
        expect(plain(await loaded(vault))).toEqual(plain(stored))
        expect(changesBetween(await loaded(vault), stored)).toEqual([])
      }),
      { numRuns: 300, endOnFailure: true },
    )
  })

  test('are none between a fleet and itself', () => {
    fc.assert(
      fc.property(state, (one) => {
        expect(changesBetween(one, one)).toEqual([])
      }),
    )
  })
})

test('two profiles that exchange their service apps keep both', () => {
  const of = (one: string, other: string) =>
    stateOf({
      managers: [],
      profiles: [aProfile('p1', { serviceAppId: one }), aProfile('p2', { serviceAppId: other })],
    })
  const { fleet } = inMemory(of('sa', 'sb'), changesBetween(of('sa', 'sb'), of('sb', 'sa')))
  expect([...fleet.serviceApps.keys()].sort()).toEqual(['sa', 'sb'])
})

test('a profile that was removed, and added again without a token, has none', () => {
  const known = stateOf({ managers: [], profiles: [aProfile('p1', { pair: aPair('old') })] })
  const stored = stateOf({ managers: [], profiles: [aProfile('p1')] })
  expect(inMemory(known, changesBetween(known, stored)).fleet.profiles.get('p1')?.pair).toBeNull()
})

test('what is stored and cannot be read stays as it is known', () => {
  const known = stateOf({
    managers: [anIntegration('m1', { isDefault: true })],
    profiles: [aProfile('p1', { pair: aPair('p1') }), aProfile('p2', { pair: aPair('p2') })],
    sources: [aDataSource('d1')],
  })
  const profiles: Fleet['profiles'] = new Map([['p2', aProfile('p2')]])
  const stored = { ...EMPTY, fleet: { ...known.fleet, managers: new Map(), profiles } }
  const unread = new Set(['m1', 'p1', 'p2', 'd1'])
  expect(changesBetween(known, { ...stored, unread })).toEqual([])
  expect(changesBetween(known, stored).length).toBeGreaterThan(0)
})
