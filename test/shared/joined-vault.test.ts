// The vault of a computer that takes part in a shared one: what it keeps for the time without it, and what it never does.
import { describe, expect, test, vi } from 'vitest'
import { takePart } from '#application/joining.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { keptIdentity } from '#vault/shared/join.ts'
import { joinedVault } from '#vault/shared/joined-vault.ts'
import type { SharingParts } from '#vault/shared/sharing.ts'
import {
  aDataSource,
  anIntegration,
  aPair,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../vault/support/builders.ts'
import { aConsumer, anEnvFile, aWebhook } from '../vault/support/delivery.ts'
import { fakeKeychain } from '../vault/support/fake-keychain.ts'
import { CHEAP_SCRYPT, opened } from '../vault/support/opened.ts'
import { postgresOfFile } from './support/shared-vault.ts'
import {
  CLOUD,
  type ComputersOfOneVault,
  computersOfOneVault,
  QUICK,
  TestFollower,
} from './support/sharing-computers.ts'

vi.setConfig({ testTimeout: 60_000 })

const postgres = postgresOfFile()

const soon = { timeout: 20_000, interval: 20 }
const FLEET: readonly FleetChange[] = [
  { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
  { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
  { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('p1'), managerId: 'm1' }) },
  { kind: 'profile-saved', profile: aProfile('p2', { pair: aPair('p2') }) },
  { kind: 'data-source-kept', source: aDataSource('d1') },
]

async function joined(one: ComputersOfOneVault, local: OpenVault, change: Partial<SharingParts> = {}) {
  const vault = joinedVault(local, {
    connect: () => one.database.connect(),
    identity: await one.member(),
    node: 'here',
    folder: temporaryFolder(),
    clock: systemClock(),
    random: Math.random,
    times: QUICK,
    patience: null,
    baseUrl: () => CLOUD,
    changed: () => undefined,
    scryptCost: CHEAP_SCRYPT,
    changesBetween,
    ...change,
  })
  const follower = new TestFollower()
  const sharing = vault.sharing
  if (sharing === null) throw new Error('a joined vault has a part in a shared one')
  return { vault, sharing, follower }
}

/** A shared vault with a fleet, and a computer that follows it. */
async function taken(change: Partial<SharingParts> = {}) {
  const one = await computersOfOneVault(postgres())
  await one.vault.commit(FLEET, [])
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const local = await opened(folder, { keychain })
  const here = await joined(one, local, change)
  here.sharing.attach(here.follower)
  await vi.waitFor(() => expect(here.follower.reads).toBeGreaterThan(0), soon)
  return { ...here, one, local, again: () => opened(folder, { keychain }) }
}

const tokenIn = async (vault: OpenVault, id: string) =>
  (await vault.load()).fleet.profiles.get(id)?.pair?.accessToken?.reveal()

const unreachable = () => {
  throw new StoreFailure('shared', 'It cannot be reached.')
}

describe('the copy of the fleet', () => {
  test('is what the computer starts with, also where the shared vault cannot be reached', async () => {
    const { vault, one, again, follower } = await taken()
    await one.vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('later') }], [])
    await vi.waitFor(async () => expect(await tokenIn(vault, 'p1')).toBe('canary-access-later'), soon)
    const { reads } = follower
    await vault.close()
    const offline = await joined(one, await again(), { connect: unreachable })
    expect(await tokenIn(offline.vault, 'p1')).toBe('canary-access-later')
    const { fleet, keptDataSources } = await offline.vault.load()
    expect([...fleet.managers.keys()]).toEqual(['m1'])
    expect(keptDataSources.map(({ id }) => id)).toEqual(['d1'])
    await expect(offline.vault.commit([], [])).rejects.toMatchObject({ reason: 'shared' })
    await expect(offline.vault.history({ limit: 1 })).rejects.toThrow('cannot be reached')
    expect(reads).toBeGreaterThan(0)
  })

  test('has what this computer stored itself, and of two answers the one that counts', async () => {
    const { vault, one, local, follower } = await taken()
    const pairs = { kind: 'profile-pair', profileId: 'p1' } as const
    await vault.commit([{ ...pairs, pair: aPair('own'), attemptId: 'a1', follows: aPair('p1') }], [])
    expect(await tokenIn(local, 'p1')).toBe('canary-access-own')
    const { reads } = follower
    await one.vault.commit([{ ...pairs, pair: aPair('newer') }], [])
    await vi.waitFor(() => expect(follower.reads).toBeGreaterThan(reads), soon)
    // Came too late: the shared vault keeps it, and not as the current one.
    await vault.commit([{ ...pairs, pair: aPair('late'), attemptId: 'a2', follows: aPair('own') }], [])
    await one.vault.commit([{ kind: 'drill-month', month: '2026-03' }], [])
    await vi.waitFor(async () => expect((await local.load()).drills.month).toBe('2026-03'), soon)
    expect(await tokenIn(local, 'p1')).toBe('canary-access-newer')
  })

  test('goes on when this computer can store again', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit(FLEET, [])
    const local = await opened(temporaryFolder())
    let isFull = true
    const commit: OpenVault['commit'] = (...stored) =>
      isFull ? Promise.reject(new StoreFailure('disk-full', 'The disk is full.')) : local.commit(...stored)
    const { sharing, follower } = await joined(one, { ...local, commit })
    sharing.attach(follower)
    await vi.waitFor(() => expect(follower.knows('p1')).toBe(true), soon)
    expect(sharing.status.trouble).toBeNull()
    expect((await local.load()).fleet.profiles.size).toBe(0)
    isFull = false
    await one.vault.commit([{ kind: 'drill-month', month: '2026-03' }], [])
    await vi.waitFor(async () => expect(await tokenIn(local, 'p2')).toBe('canary-access-p2'), soon)
  })

  test('is kept where a service app or a token manager cannot be read, which others refer to', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit(
      [
        ...FLEET,
        { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
        { kind: 'profile-saved', profile: aProfile('p3', { serviceAppId: 'sb', pair: aPair('p3') }) },
      ],
      [],
    )
    const db = one.database.connect()
    await db.run(`UPDATE credentials SET client_id = 'altered' WHERE id = 'sb'`)
    await db.run(`UPDATE token_managers SET name = 'altered'`)
    const local = await opened(temporaryFolder())
    const { sharing, follower } = await joined(one, local)
    sharing.attach(follower)
    await vi.waitFor(async () => expect(await tokenIn(local, 'p1')).toBe('canary-access-p1'), soon)
    const { fleet } = await local.load()
    expect([...fleet.profiles.values()].map(({ id, managerId }) => [id, managerId])).toEqual([
      ['p1', null],
      ['p2', null],
    ])
    await vi.waitFor(() => expect(follower.state?.unread).toContain('p3'), soon)
  })

  test('of what cannot be read any more stays, with its deliveries; of what is removed goes, with them', async () => {
    const { one, local, follower } = await taken()
    for (const id of ['p1', 'p2']) await local.deliveries.save(anEnvFile(`to-${id}`, id))
    await one.database.connect().run(`UPDATE profiles SET name = 'altered' WHERE id = 'p1'`)
    await one.vault.commit([{ kind: 'profile-removed', profileId: 'p2' }], [])
    await vi.waitFor(() => expect(follower.knows('p2')).toBe(false), soon)
    await vi.waitFor(async () => expect((await local.load()).fleet.profiles.has('p2')).toBe(false), soon)
    expect(await tokenIn(local, 'p1')).toBe('canary-access-p1')
    expect((await local.deliveries.load()).targets.map(({ target }) => target.id)).toEqual(['to-p1'])
  })

  test('is not renewed without the membership, by this version or by one that knows no shared vault', async () => {
    const { vault, again } = await taken()
    await vault.close()
    const later = await again()
    await later.commit(
      [
        { kind: 'profile-removed', profileId: 'p1' },
        { kind: 'profile-removed', profileId: 'p2' },
        { kind: 'manager-removed', managerId: 'm1' },
      ],
      [],
    )
    const joining = {
      database: new Secret('postgresql://db'),
      identity: new Secret('AGE'),
      host: 'here',
      mayLead: true,
      now: NOW,
    }
    await takePart(later, joining)
    expect(await later.renewalHold.load()).toMatchObject({ why: 'moved', to: 'shared-vault' })
    expect((await later.membership.load())?.isJoined).toBe(true)
    await later.membership.save(null)
    expect(await later.renewalHold.load()).toMatchObject({ why: 'moved' })
    // As the version before reads this one's: a place that it does not know.
    await later.renewalHold.save({ why: 'moved', to: 'a later place' as 'server', at: NOW, file: null })
    expect(await later.renewalHold.load()).toMatchObject({ why: 'moving' })
  })

  test('keeps its hold, whatever is begun over it', async () => {
    const { vault, local } = await taken()
    await local.renewalHold.save({ why: 'moved', to: 'shared-vault', at: NOW, file: null })
    expect(await vault.renewalHold.load()).toBeNull()
    await expect(vault.renewalHold.save(null)).rejects.toThrow('shared vault')
    await expect(
      vault.renewalHold.save({ why: 'moving', to: 'server', at: NOW, file: null }),
    ).rejects.toThrow()
    expect(await local.renewalHold.load()).toMatchObject({ why: 'moved', to: 'shared-vault' })
  })
})

test('service apps of its own keep a computer from taking part before they are moved', async () => {
  const local = await opened(temporaryFolder())
  await local.commit(FLEET, [])
  const joining = {
    database: new Secret('postgresql://db'),
    identity: new Secret('AGE'),
    host: 'here',
    mayLead: true,
    now: NOW,
  }
  await expect(takePart(local, joining)).rejects.toThrow('service apps of its own')
  expect(await local.membership.load()).toBeNull()
  await local.renewalHold.save({ why: 'moved', to: 'shared-vault', at: NOW, file: '/x' })
  await takePart(local, joining)
  const first = await local.membership.load()
  await takePart(local, { ...joining, host: 'other' })
  expect((await local.membership.load())?.node).toBe(first?.node)
})

test('what is learned of the data key does not bring back a membership that has ended', async () => {
  const local = await opened(temporaryFolder())
  const [database, identity] = [new Secret('postgresql://db'), new Secret('AGE')]
  const membership = { node: 'n', database, identity, known: null, isJoined: true, mayLead: true }
  await local.membership.save(membership)
  const { remember } = keptIdentity(local, membership)
  const newest = { vaultId: 'v', epoch: 9, check: 'c' }
  await remember(newest)
  expect((await local.membership.load())?.known).toEqual(newest)
  await local.membership.save(null)
  await remember({ ...newest, epoch: 10 })
  expect(await local.membership.load()).toBeNull()
})

test('an edit that came second is refused here, and the other one is what the copy has', async () => {
  const { vault, one, local, follower } = await taken()
  const named = (name: string): FleetChange => ({
    kind: 'profile-saved',
    profile: aProfile('p1', { name, managerId: 'm1' }),
  })
  await one.vault.load()
  await one.vault.commit([named('first')], [])
  await expect(vault.commit([named('second')], [])).rejects.toMatchObject({ reason: 'conflict' })
  const nameHere = async () => (await local.load()).fleet.profiles.get('p1')?.name
  await vi.waitFor(async () => expect(await nameHere()).toBe('first'), soon)
  expect(follower.state?.fleet.profiles.get('p1')?.name).toBe('first')
})

describe('token consumers and the webhook', () => {
  test('are those of the shared vault; without it the ones that were known last', async () => {
    const { vault, one, again } = await taken()
    for (const id of ['c1', 'c2', 'c3']) await one.vault.consumers.add(aConsumer(id))
    await one.vault.webhook.save(aWebhook)
    expect((await vault.consumers.load()).map(({ id }) => id)).toEqual(['c1', 'c2', 'c3'])
    await vault.consumers.markUsed([{ id: 'c1', lastUsedAt: NOW + 5 }])
    await vault.webhook.load()
    // Held again, with another secret, and gone.
    await one.vault.consumers.remove('c1')
    await one.vault.consumers.add(aConsumer('c1', { held: true }))
    await one.vault.consumers.remove('c2')
    await one.vault.consumers.add(aConsumer('c2', { secretHash: aConsumer('another').secretHash }))
    await one.vault.consumers.remove('c3')
    const expected = [
      aConsumer('c1', { held: true, lastUsedAt: NOW + 5 }),
      aConsumer('c2', { secretHash: aConsumer('another').secretHash }),
    ]
    expect(await vault.consumers.load()).toEqual(expected)
    await vault.close()
    const offline = await joined(one, await again(), { connect: unreachable })
    expect(await offline.vault.consumers.load()).toEqual(expected)
    expect((await offline.vault.webhook.load())?.url?.reveal()).toBe(aWebhook.url?.reveal())
    await expect(offline.vault.consumers.add(aConsumer('c4'))).rejects.toMatchObject({ reason: 'shared' })
  })

  test('the webhook is stored here once, however often it is read', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.webhook.save(aWebhook)
    const local = await opened(temporaryFolder())
    let saves = 0
    const webhook: OpenVault['webhook'] = {
      load: () => local.webhook.load(),
      save: (settings) => {
        saves += 1
        return local.webhook.save(settings)
      },
    }
    const { vault } = await joined(one, { ...local, webhook })
    for (let n = 0; n < 5; n++) await vault.webhook.load()
    expect(saves).toBe(1)
    await one.vault.webhook.save({ ...aWebhook, secret: new Secret('canary-other') })
    await vault.webhook.load()
    expect((await local.webhook.load())?.secret?.reveal()).toBe('canary-other')
    await vault.close()
  })
})
