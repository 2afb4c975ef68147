// A fleet, a clock, a cloud and a vault around a real engine.

import type { DataSourceParts } from '#engine/domain/data-source.ts'
import type { Elsewhere, Engine, EngineEvent } from '#engine/domain/engine-api.ts'
import type {
  Attempt,
  IntegrationManager,
  PersonalTokenManager,
  Profile,
  ServiceApp,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import { defaultSettings, type EngineSettings } from '#engine/domain/policy.ts'
import type { Answer, Random } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { ProfileView } from '#engine/domain/view-model.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { fingerprintOf } from './answers.ts'
import { FakeClock, START, seeded } from './fake-clock.ts'
import { type CloudOptions, type Endpoint, FakeCloud } from './fake-cloud.ts'
import { FakeVault } from './fake-vault.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function makePair(overrides: Partial<TokenPair> = {}): TokenPair {
  return {
    accessToken: new Secret('access-0'),
    fingerprint: fingerprintOf('access-0'),
    issuedAt: START,
    expiresAt: START + 14 * DAY,
    origin: 'applications-api',
    refresh: {
      token: new Secret('refresh-0'),
      issuedAt: START,
      expiresAt: START + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
    ...overrides,
  }
}

export function makeApp(name = 'a'): ServiceApp {
  return {
    id: `app-${name}`,
    appId: `APP_${name}`,
    clientId: `client-${name}`,
    clientSecret: new Secret(`secret-${name}`),
  }
}

export function makeProfile(overrides: Partial<Profile> = {}): Profile {
  return {
    id: 'one',
    name: 'Profile one',
    serviceAppId: 'app-a',
    targetOrgId: 'org-1',
    orgName: 'Org 1',
    managerId: null,
    probe: { kind: 'data-sources' },
    paused: false,
    createdAt: START,
    pair: makePair(),
    ...overrides,
  }
}

export function makeIntegration(overrides: Partial<IntegrationManager> = {}): IntegrationManager {
  return {
    kind: 'integration',
    id: 'manager',
    name: 'Token manager integration',
    isDefault: true,
    fallbackId: null,
    createdAt: START,
    clientId: 'client-integration',
    clientSecret: new Secret('secret-integration'),
    pair: null,
    ...overrides,
  }
}

export function makePersonalToken(overrides: Partial<PersonalTokenManager> = {}): PersonalTokenManager {
  return {
    kind: 'personal-access-token',
    id: 'pat',
    name: 'Personal access token',
    isDefault: true,
    fallbackId: null,
    createdAt: START,
    pair: makePair({ origin: 'pasted', refresh: null, expiresAt: START + 12 * HOUR }),
    ...overrides,
  }
}

interface IssuedGrant {
  readonly access: string
  readonly accessEnds: number
  readonly refresh: string
  readonly refreshEnds: number
  readonly renewedAt: number
}

/** A grant of the cloud as the pair that holds it. */
export function pairOf(grant: IssuedGrant, origin: TokenPair['origin'] = 'applications-api'): TokenPair {
  return {
    accessToken: new Secret(grant.access),
    fingerprint: fingerprintOf(grant.access),
    issuedAt: grant.renewedAt,
    expiresAt: grant.accessEnds,
    origin,
    refresh: {
      token: new Secret(grant.refresh),
      issuedAt: grant.renewedAt,
      expiresAt: grant.refreshEnds,
      firstLifetime: grant.refreshEnds - grant.renewedAt,
      dead: false,
    },
  }
}

export interface WorldOptions {
  readonly cloud?: Partial<CloudOptions>
  readonly settings?: Partial<EngineSettings>
  /** Profiles to begin with; each has a token of `age`, issued by the cloud, unless `pair` says otherwise. */
  readonly profiles?: readonly (Partial<Profile> & { readonly id: string })[]
  readonly age?: number
  /** 'integration' by default. */
  readonly manager?: 'integration' | 'none' | TokenManager
  readonly managerAge?: number
  /** The integration's fallback: one with the ID `second`, whose grant has that name, or another one. */
  readonly fallback?: 'integration' | TokenManager
  readonly lastAttempts?: readonly Attempt[]
  readonly seed?: number
  /** Instead of numbers made of the seed. */
  readonly random?: Random
  readonly start?: boolean
  /** The vault is shared: this engine renews from `renewHere(true)` on. */
  readonly elsewhere?: Elsewhere
  readonly otherCopyStoppedAt?: number
  readonly dataSources?: (clock: FakeClock, cloud: FakeCloud) => DataSourceParts
}

/** Profiles p0, p1 … of one service app, each of an org of its own. */
export function many(count: number, overrides: Partial<Profile> = {}) {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    targetOrgId: `org-${index}`,
    ...overrides,
  }))
}

export interface World {
  readonly clock: FakeClock
  readonly cloud: FakeCloud
  readonly vault: FakeVault
  readonly engine: Engine
  readonly events: EngineEvent[]
  readonly attempts: Attempt[]
  profile(id?: string): Profile
  view(id?: string): ProfileView
  manager(): TokenManager
  snapshot(): FleetSnapshot
}

/** Service app, org and grant of profile number n have the names `app-x`, its `targetOrgId` and `APP_x@org`. */
export function makeWorld(options: WorldOptions = {}): World {
  const clock = new FakeClock()
  const cloud = new FakeCloud(clock, options.cloud)
  const vault = new FakeVault()
  const wanted = options.profiles ?? [{ id: 'one' }]
  const profiles = wanted.map((each) => {
    const made = makeProfile({ name: `Profile ${each.id}`, ...each })
    if (each.pair !== undefined) return made
    const name = made.serviceAppId.slice(4)
    const grant = cloud.issue(`APP_${name}@${made.targetOrgId}`, `client-${name}`, options.age ?? 0)
    return { ...made, pair: pairOf(grant) }
  })
  const managers = managersOf(options, cloud)
  const apps = [...new Set(profiles.map(({ serviceAppId }) => serviceAppId.slice(4)))].map(makeApp)
  let serial = 0
  const engine = createEngine({
    clock,
    random: options.random ?? seeded(options.seed ?? 1),
    webex: cloud,
    vault,
    settings: { ...defaultSettings, ...options.settings },
    fleet: {
      serviceApps: new Map(apps.map((app) => [app.id, app])),
      profiles: new Map(profiles.map((profile) => [profile.id, profile])),
      managers: new Map(managers.map((manager) => [manager.id, manager])),
    },
    lastAttempts: options.lastAttempts ?? [],
    otherCopyStoppedAt: options.otherCopyStoppedAt ?? null,
    attemptsOf: (id, since) => vault.attemptsOf(id, since),
    ...(options.elsewhere === undefined ? {} : { elsewhere: options.elsewhere }),
    ...(options.dataSources === undefined ? {} : { dataSources: options.dataSources(clock, cloud) }),
    newId: () => {
      serial += 1
      return `attempt-${serial}`
    },
  })
  for (const profile of profiles) if (profile.pair !== null) vault.pairs.set(profile.id, profile.pair)
  const events: EngineEvent[] = []
  const attempts: Attempt[] = []
  engine.subscribe((event) => {
    events.push(event)
    vault.log.push(event.kind)
    if (event.kind === 'attempt') attempts.push(event.attempt)
  })
  if (options.start !== false) engine.start()
  return {
    clock,
    cloud,
    vault,
    engine,
    events,
    attempts,
    profile: (id = 'one') => known(engine.fleet().profiles.get(id)),
    view: (id = 'one') => known(engine.view().profiles.find((each) => each.id === id)),
    manager: () => known([...engine.fleet().managers.values()][0]),
    snapshot: engine.snapshot,
  }
}

function managersOf(options: WorldOptions, cloud: FakeCloud): readonly TokenManager[] {
  const { manager = 'integration', fallback } = options
  if (manager === 'none') return []
  const second =
    fallback !== 'integration'
      ? fallback
      : makeIntegration({
          id: 'second',
          name: 'Second',
          isDefault: false,
          clientId: 'client-second',
          pair: pairOf(cloud.issue('second', 'client-second', options.managerAge ?? 0), 'authorization-code'),
        })
  const first = manager === 'integration' ? firstManager(options, cloud) : manager
  return second === undefined ? [first] : [{ ...first, fallbackId: second.id }, second]
}

function firstManager({ managerAge = 0 }: WorldOptions, cloud: FakeCloud): IntegrationManager {
  const grant = cloud.issue('manager', 'client-integration', managerAge)
  return makeIntegration({ pair: pairOf(grant, 'authorization-code') })
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there')
  return value
}

/** Presses Refresh and lets virtual time pass until the attempt has ended. */
export async function press(world: World, id = 'one'): Promise<Attempt> {
  let ended: Attempt | null = null
  void world.engine.refresh(id, 'manual').then((attempt) => {
    ended = attempt
  })
  await world.clock.until(() => ended !== null, 5 * MINUTE)
  return known<Attempt>(ended ?? undefined)
}

/** "1:grant-dead 2:ok" */
export function path(attempt: Attempt | undefined): string {
  return known(attempt)
    .calls.map(({ tier, result }) => `${tier}:${result}`)
    .join(' ')
}

/** Every call to the endpoint gets this answer instead of the true one, until it is lifted. */
export function failWith(world: World, endpoint: Endpoint, answer: Answer<never>, who?: string): () => void {
  const before = world.cloud.fault
  world.cloud.fault = (at, called) =>
    at === endpoint && (who === undefined || who === called) ? { answer } : before(at, called)
  return () => {
    world.cloud.fault = before
  }
}
