// Sharing with a real database: following, leading, and what one computer has another one do.
import { describe, expect, test, vi } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Attempt, FleetChange } from '#engine/domain/model.ts'
import type { CloudRow } from '#vault/repositories/cloud.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { proveSameCloud } from '#vault/shared/same-cloud.ts'
import type { SharingParts } from '#vault/shared/sharing.ts'
import { anAttempt, aPair, aProfile, aServiceApp, NOW, temporaryFolder } from '../vault/support/builders.ts'
import { postgresOfFile } from './support/shared-vault.ts'
import {
  CLOUD,
  type Computer,
  type ComputersOfOneVault,
  computersOfOneVault,
  fastClock,
  QUICK,
  TestFollower,
} from './support/sharing-computers.ts'

vi.setConfig({ testTimeout: 60_000 })

const postgres = postgresOfFile()

const soon = { timeout: 20_000, interval: 20 }
const app: FleetChange = { kind: 'service-app-saved', serviceApp: aServiceApp('sa') }
const profile = (id: string): FleetChange => ({
  kind: 'profile-saved',
  profile: aProfile(id, { pair: aPair(id) }),
})

const ofProfile = (profileId: string) =>
  ({ subject: { kind: 'profile', profileId }, trigger: 'manual', drill: false, asker: 'person' }) as const

/** As an engine does: made and stored, or refused where it does not know the profile. */
function making({ sharing, follower }: Computer): TestFollower['make'] {
  return async ({ subject }) => {
    const profileId = subject.kind === 'profile' ? subject.profileId : ''
    if (!follower.knows(profileId)) throw new Error('This profile is not in the fleet.')
    const attempt = anAttempt(`made-${follower.attempted.length}`, { subject })
    const pair = aPair(attempt.id)
    const change = { attemptId: attempt.id, follows: aPair(profileId) }
    await sharing.commit([{ kind: 'profile-pair', profileId, pair, ...change }], [attempt])
    return attempt
  }
}

/** One that renews, and one that only follows. */
async function leaderAndFollower(one: ComputersOfOneVault, change: Partial<SharingParts> = {}) {
  await one.vault.commit([app, profile('p1')], [])
  const leader = await one.computer('leader', change)
  const follower = await one.computer('follower', { patience: null })
  leader.sharing.attach(leader.follower)
  await vi.waitFor(() => expect(leader.follower.renews).toBe(true), soon)
  follower.sharing.attach(follower.follower)
  await vi.waitFor(() => expect(follower.sharing.status.leader).toBe('leader'), soon)
  await vi.waitFor(() => expect(follower.follower.knows('p1')).toBe(true), soon)
  leader.follower.make = making(leader)
  return { leader, follower }
}

const tokenOf = ({ state }: TestFollower, id: string) =>
  state?.fleet.profiles.get(id)?.pair?.accessToken?.reveal()

describe('what another computer renews', () => {
  test('is followed, and a request is carried out there and known here when it is answered', async () => {
    const { leader, follower } = await leaderAndFollower(await computersOfOneVault(postgres()))
    const attempt = await follower.sharing.attempt(ofProfile('p1'))
    expect(attempt).toMatchObject({ id: 'made-1', outcome: 'renewed' })
    expect(tokenOf(follower.follower, 'p1')).toBe('canary-access-made-1')
    expect(leader.follower.attempted).toEqual([ofProfile('p1')])
    expect(follower.follower.renews).toBe(false)
    // Whoever looks at it sees which computer made it.
    expect(attempt.computer).toBe('leader')
    expect(follower.follower.state?.lastAttempts.map(({ computer }) => computer)).toEqual(['leader'])
    const history = await (await follower.sharing.vault()).history({ profileId: 'p1', limit: 1 })
    expect(history.attempts.map(({ id, computer }) => [id, computer])).toEqual([['made-1', 'leader']])
  })

  test('is taken back: the leader forgets what it has not made, unless another one wants it', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader, follower } = await leaderAndFollower(one)
    const db = one.database.connect()
    leader.follower.make = () => new Promise(() => {})
    const [mine, other] = [ofProfile('p1'), ofProfile('p2')]
    const asked = [mine, other].map((request) => follower.sharing.attempt(request))
    const wanting = await one.computer('wanting', { patience: null })
    wanting.sharing.attach(wanting.follower)
    void wanting.sharing.attempt(other).catch(() => undefined)
    await vi.waitFor(() => expect(leader.follower.attempted).toHaveLength(3), soon)
    const refused = asked.map((attempt) => expect(attempt).rejects.toThrow('canceled'))
    follower.sharing.cancel([mine.subject, other.subject])
    await Promise.all(refused)
    await vi.waitFor(() => expect(leader.follower.canceled).toEqual([mine.subject]), soon)
    expect(await db.rows('intents')).toMatchObject([{ asked_by: 'wanting' }])
  })

  test('may take longer than a request is remembered: one of thousands is under way until it has ended', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader, follower } = await leaderAndFollower(one)
    const make = making(leader)
    let begin = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    leader.follower.make = async (request) => {
      if (request.asker === 'program') return make(request)
      await begun
      return (
        (await (await leader.sharing.vault()).history({ profileId: 'p1', limit: 1 })).attempts[0] ??
        make(request)
      )
    }
    const long = follower.sharing.attempt(ofProfile('p1'))
    await vi.waitFor(() => expect(leader.follower.attempted).toHaveLength(1), soon)
    await one.database.connect().run("UPDATE intents SET asked_at = asked_at - interval '1 day'")
    await follower.sharing.attempt({ ...ofProfile('p1'), asker: 'program' })
    begin()
    expect(await long).toMatchObject({ outcome: 'renewed' })
    expect(leader.follower.canceled).toEqual([])
  })

  test('that is taken back before it is stored reaches nobody', async () => {
    const one = await computersOfOneVault(postgres())
    const { sharing, follower } = await one.computer('asking', { patience: null })
    sharing.attach(follower)
    const refused = expect(sharing.attempt(ofProfile('p1'))).rejects.toThrow('canceled')
    sharing.cancel([ofProfile('p1').subject])
    await refused
    expect(await one.database.connect().rows('intents')).toEqual([])
  })

  test('ends for each of many where the leader ends midway and none follows it', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader } = await leaderAndFollower(one)
    const real = systemClock()
    let ahead = 0
    const monotonic = () => real.monotonic() + ahead
    const asking = await one.computer('asking', { patience: null, clock: { ...real, monotonic } })
    asking.sharing.attach(asking.follower)
    const make = making(leader)
    leader.follower.make = (request) =>
      leader.follower.attempted.length <= 2 ? make(request) : new Promise(() => {})
    let answered = 0
    const all = Array.from({ length: 5 }, async () => {
      const attempt = await asking.sharing.attempt(ofProfile('p1'))
      answered += 1
      return attempt
    })
    const ended = Promise.allSettled(all)
    await vi.waitFor(() => expect([leader.follower.attempted.length, answered]).toEqual([5, 2]), soon)
    await leader.sharing.close()
    ahead = 60_000
    await one.vault.commit([{ kind: 'drill-month', month: 'later' }], [])
    const reasons = (await ended).flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
    expect(reasons).toHaveLength(3)
    for (const reason of reasons) expect(reason).toContain('within a minute')
  })

  test('is refused with its words: of a profile that is gone, and where nothing was tried', async () => {
    const { leader, follower } = await leaderAndFollower(await computersOfOneVault(postgres()))
    const ofProgram = { ...ofProfile('gone'), asker: 'program' } as const
    await expect(follower.sharing.attempt(ofProgram)).rejects.toThrow('This profile is not in the fleet.')
    expect(leader.follower.attempted).toEqual([ofProgram])
    leader.follower.make = async () =>
      anAttempt('never-stored', { outcome: 'failed', sentence: 'The limit is reached.' })
    await expect(follower.sharing.attempt(ofProfile('p1'))).rejects.toThrow('The limit is reached.')
  })

  test('is known there when it was added right before', async () => {
    const { follower } = await leaderAndFollower(await computersOfOneVault(postgres()))
    for (const id of ['p2', 'p3', 'p4']) {
      await follower.sharing.commit([profile(id)], [])
      expect(await follower.sharing.attempt(ofProfile(id))).toMatchObject({ outcome: 'renewed' })
    }
  })

  test('may be many at once, and each is answered', async () => {
    const { leader, follower } = await leaderAndFollower(await computersOfOneVault(postgres()))
    const all = Array.from({ length: 60 }, () => follower.sharing.attempt(ofProfile('p1')))
    expect(new Set((await Promise.all(all)).map(({ id }) => id)).size).toBe(60)
    expect(leader.follower.attempted).toHaveLength(60)
  })

  test('waits for nobody: a request ends after a minute, and leaves nothing behind', async () => {
    const one = await computersOfOneVault(postgres())
    const { sharing, follower } = await one.computer('alone', { patience: null, clock: fastClock(60) })
    sharing.attach(follower)
    await expect(sharing.attempt(ofProfile('p1'))).rejects.toThrow('within a minute')
    const db = one.database.connect()
    await vi.waitFor(async () => expect(await db.rows('intents')).toEqual([]), soon)
  })

  test('is neither what cannot be read nor what nobody waits for any more', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader, follower } = await leaderAndFollower(one)
    const db = one.database.connect()
    const add = (id: string, trigger: string, age: string) =>
      db.run(
        `INSERT INTO intents (owner_kind, owner_id, trigger, drill, asker, asked_by, asked_at)
         VALUES ('profile', ?, ?, false, 'person', 'somebody', clock_timestamp() - ?::interval)`,
        id,
        trigger,
        age,
      )
    await add('p1', 'nonsense', '1 second')
    await add('p1', 'manual', '1 day')
    expect(await follower.sharing.attempt(ofProfile('p1'))).toMatchObject({ outcome: 'renewed' })
    expect(leader.follower.attempted).toHaveLength(1)
    expect(leader.statuses.filter(({ trouble }) => trouble !== null)).toEqual([])
    expect(await db.rows('intents', 'WHERE refused IS NULL')).toEqual([])
  })

  test('goes on with the next leader where one ends in the middle', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader, follower } = await leaderAndFollower(one)
    const next = await one.computer('next')
    next.sharing.attach(next.follower)
    next.follower.make = making(next)
    const begun = new Promise<void>((resolve) => {
      leader.follower.make = () => {
        resolve()
        return new Promise<Attempt>(() => {})
      }
    })
    const attempt = follower.sharing.attempt(ofProfile('p1'))
    await begun
    await leader.sharing.close()
    expect(await attempt).toMatchObject({ outcome: 'renewed' })
    expect(next.follower.attempted).toEqual([ofProfile('p1')])
  })
})

test('a request that comes before the new leader renews goes astray nowhere', async () => {
  const one = await computersOfOneVault(postgres())
  await one.vault.commit([app, profile('p1')], [])
  const asking = await one.computer('asking', { patience: null })
  asking.sharing.attach(asking.follower)
  const attempt = asking.sharing.attempt(ofProfile('p1'))
  const leader = await one.computer('leader')
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  const { follow } = leader.follower
  leader.follower.follow = async (load) => {
    await held
    return follow.call(leader.follower, load)
  }
  leader.sharing.attach(leader.follower)
  await vi.waitFor(() => expect(leader.sharing.status.leadsHere).toBe(true), soon)
  await leader.sharing.prove()
  expect(leader.follower.attempted).toEqual([])
  go()
  await expect(attempt).rejects.toThrow('It was not possible.')
  expect(leader.follower.attempted).toHaveLength(1)
  expect(leader.follower.astray).toBe(0)
})

test('many changes at once are read a few times', async () => {
  const one = await computersOfOneVault(postgres())
  const { leader, follower } = await leaderAndFollower(one)
  const before = [leader.follower.reads, follower.follower.reads]
  const began = performance.now()
  for (let n = 0; n < 100; n++) await one.vault.commit([{ kind: 'drill-month', month: `m${n}` }], [])
  await vi.waitFor(() => expect(follower.follower.state?.drills.month).toBe('m99'), soon)
  const seconds = (performance.now() - began) / 1000
  for (const [n, { reads }] of [leader.follower, follower.follower].entries())
    expect(reads - (before[n] ?? 0)).toBeLessThanOrEqual(seconds + 2)
})

test('two computers that come to a new shared vault at once agree on its Webex cloud', async () => {
  const { vault } = await computersOfOneVault(postgres())
  const overtaken = (): CloudRow => ({
    ...vault.cloud,
    async record(baseUrl, only) {
      await vault.cloud.record(CLOUD, only)
      return vault.cloud.record(baseUrl, only)
    },
  })
  await proveSameCloud(overtaken(), CLOUD)
  await expect(proveSameCloud(overtaken(), 'https://webexapis.example')).rejects.toThrow(CLOUD)
})

describe('a computer that cannot follow', () => {
  test('because it is set to another Webex cloud neither leads nor follows, and says so', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app, profile('p1')], [])
    await one.vault.cloud.record(CLOUD)
    const other = await one.computer('other', { baseUrl: () => 'https://webexapis.example' })
    other.sharing.attach(other.follower)
    await vi.waitFor(
      () => expect(other.sharing.status.trouble?.sentence).toContain('another Webex cloud'),
      soon,
    )
    const right = await one.computer('right')
    right.sharing.attach(right.follower)
    await vi.waitFor(() => expect(right.follower.renews).toBe(true), soon)
    expect(other.follower.reads).toBe(0)
    expect(other.statuses.some(({ leadsHere }) => leadsHere)).toBe(false)
  })

  test('does not keep the lease from one that can', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app, profile('p1')], [])
    const broken = await one.computer('broken')
    broken.follower.failing = new Error('It cannot be read here.')
    broken.sharing.attach(broken.follower)
    await vi.waitFor(() => expect(broken.statuses.some(({ leadsHere }) => leadsHere)).toBe(true), soon)
    const whole = await one.computer('whole')
    whole.sharing.attach(whole.follower)
    await vi.waitFor(() => expect(whole.follower.renews).toBe(true), soon)
    expect(broken.follower.renews).toBe(false)
    expect(broken.sharing.status.trouble?.sentence).toBe('It cannot be read here.')
    const since = broken.sharing.status.trouble?.since
    await one.vault.commit([profile('p2')], [])
    await vi.waitFor(() => expect(broken.sharing.status.leader).toBe('whole'), soon)
    expect(broken.sharing.status.trouble?.since).toBe(since)
    broken.follower.failing = null
    await vi.waitFor(() => expect(broken.sharing.status.trouble).toBeNull(), soon)
    expect(broken.follower.knows('p2')).toBe(true)
  })
})

describe('a leader that cannot store what it has', () => {
  test('lets another one lead, and leads again only when everything is stored', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app, profile('p1')], [])
    const times = { ...PROTOCOL_TIMES, unstored: 4_000, rest: 600_000 }
    const full = await one.computer('full', { times, clock: fastClock(10) })
    full.follower.isUnsaved = true
    full.sharing.attach(full.follower)
    await vi.waitFor(() => expect(full.sharing.status.leadsHere).toBe(true), soon)
    const desktop = await one.computer('desktop', { patience: 300 })
    desktop.sharing.attach(desktop.follower)
    await vi.waitFor(() => expect(desktop.follower.renews).toBe(true), soon)
    expect(full.follower.renews).toBe(false)
    await desktop.sharing.close()
    expect(full.sharing.status.leadsHere).toBe(false)
    full.follower.isUnsaved = false
    await vi.waitFor(() => expect(full.follower.renews).toBe(true), soon)
  })

  test('does not renew until then either where it has renewed before', async () => {
    const one = await computersOfOneVault(postgres())
    const { leader } = await leaderAndFollower(one, { times: { ...QUICK, unstored: 400, rest: 600_000 } })
    const next = await one.computer('next')
    next.sharing.attach(next.follower)
    const db = one.database.connect()
    await db.run('ALTER TABLE attempts RENAME TO away')
    const keep = () => leader.sharing.commit([], [anAttempt('kept')])
    await vi.waitFor(async () => {
      await keep().catch(() => undefined)
      expect(leader.follower.renews).toBe(false)
    }, soon)
    await db.run('ALTER TABLE away RENAME TO attempts')
    await vi.waitFor(() => expect(next.follower.renews).toBe(true), soon)
  })
})

test('a database that went back to an earlier state is read anew, and said', async () => {
  const one = await computersOfOneVault(postgres())
  const { follower } = await leaderAndFollower(one)
  const db = one.database.connect()
  const { reads } = follower.follower
  await db.run('UPDATE vault SET seq = seq - 1')
  await vi.waitFor(() => expect(follower.sharing.status.wentBackAt).not.toBeNull(), soon)
  await vi.waitFor(() => expect(follower.follower.reads).toBeGreaterThan(reads), soon)
  await vi.waitFor(() => expect(follower.sharing.status.trouble).toBeNull(), soon)
})

test('what a computer remembers of a shared vault that it has left says nothing of another one', async () => {
  const [before, now] = [await computersOfOneVault(postgres()), await computersOfOneVault(postgres())]
  const folder = temporaryFolder()
  await before.vault.commit([app, profile('p1')], [])
  const one = await before.computer('node', { folder })
  one.sharing.attach(one.follower)
  await vi.waitFor(() => expect(one.follower.renews).toBe(true), soon)
  one.follower.make = making(one)
  for (let times = 0; times < 5; times++) await one.follower.make(ofProfile('p1'))
  await one.sharing.close()

  const other = await now.computer('node', { folder })
  other.sharing.attach(other.follower)
  await vi.waitFor(() => expect(other.follower.renews).toBe(true), soon)
  expect(other.sharing.status.wentBackAt).toBeNull()
  const held = 'SELECT no_grants_until > clock_timestamp() AS held FROM leader'
  expect(await now.database.connect().query(held)).toEqual([{ held: false }])
})

test('of a record that cannot be read it is said that it is there', async () => {
  const one = await computersOfOneVault(postgres())
  const { follower } = await leaderAndFollower(one)
  await one.database.connect().run(`UPDATE profiles SET name = 'Altered' WHERE id = 'p1'`)
  await one.vault.commit([profile('p2')], [])
  await vi.waitFor(() => expect(follower.follower.knows('p2')).toBe(true), soon)
  expect(follower.follower.state?.unread).toEqual(new Set(['p1']))
  expect(follower.sharing.status.unreadable).toBe(1)
})

describe('however its part begins and ends', () => {
  const OPEN = 'SELECT count(*) AS open FROM pg_stat_activity WHERE datname = current_database()'

  test('one that is closed while it connects leaves no connection, and no timer', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app], [])
    const db = one.database.connect()
    const openNow = async () => Number((await db.query(OPEN))[0]?.open)
    const before = await openNow()
    for (let n = 0; n < 8; n++) {
      const { sharing, follower } = await one.computer(`n${n}`)
      sharing.attach(follower)
      if (n % 2 === 1) void sharing.vault().catch(() => undefined)
      if (n > 3) await new Promise((resolve) => setImmediate(resolve))
      await sharing.close()
      expect(follower.renews).toBe(false)
      await expect(sharing.vault()).rejects.toThrow('closed')
    }
    await vi.waitFor(async () => expect(await openNow()).toBeLessThanOrEqual(before), soon)
  })

  test('one that is detached while it connects does not lead, and the next engine does', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app, profile('p1')], [])
    const { sharing, follower } = await one.computer('node')
    const detach = sharing.attach(follower)
    await detach()
    await sharing.vault()
    const next = new TestFollower()
    const detachNext = sharing.attach(next)
    await detach()
    await vi.waitFor(() => expect(next.renews).toBe(true), soon)
    expect(next.knows('p1')).toBe(true)
    expect(follower.reads).toBe(0)
    await detachNext()
    expect(next.renews).toBe(false)
    expect(sharing.status.leadsHere).toBe(false)
    const last = new TestFollower()
    sharing.attach(last)
    await vi.waitFor(() => expect(last.renews).toBe(true), soon)
    expect(last.knows('p1')).toBe(true)
  })

  test('a second engine takes the place of the first', async () => {
    const one = await computersOfOneVault(postgres())
    await one.vault.commit([app, profile('p1')], [])
    const { sharing, follower } = await one.computer('node')
    sharing.attach(follower)
    await vi.waitFor(() => expect(follower.renews).toBe(true), soon)
    const next = new TestFollower()
    sharing.attach(next)
    await vi.waitFor(() => expect(next.renews).toBe(true), soon)
    expect(follower.renews).toBe(false)
  })
})

test('an edit that came second is refused, and the next one is over what is there', async () => {
  const one = await computersOfOneVault(postgres())
  const { follower } = await leaderAndFollower(one)
  const named = (name: string): FleetChange => ({
    kind: 'profile-saved',
    profile: aProfile('p1', { name, createdAt: NOW }),
  })
  await one.vault.load()
  await one.vault.commit([named('first')], [])
  await expect(follower.sharing.commit([named('second')], [])).rejects.toMatchObject({ reason: 'conflict' })
  await vi.waitFor(() => expect(follower.follower.state?.fleet.profiles.get('p1')?.name).toBe('first'), soon)
  await follower.sharing.commit([named('second')], [])
})

test('an edit that came second does not let another record be edited unseen', async () => {
  const one = await computersOfOneVault(postgres())
  await one.vault.commit([app, profile('p2')], [])
  const { follower } = await leaderAndFollower(one)
  const named = (id: string, name: string): FleetChange => ({
    kind: 'profile-saved',
    profile: aProfile(id, { name, pair: aPair(id) }),
  })
  // From here on it reads nothing.
  follower.follower.failing = new Error('Not now.')
  await one.vault.commit([profile('p3')], [])
  await vi.waitFor(() => expect(follower.sharing.status.trouble).not.toBeNull(), soon)
  await one.vault.commit([named('p1', 'first'), named('p2', 'first')], [])
  const second = { reason: 'conflict' }
  await expect(follower.sharing.commit([named('p1', 'second')], [])).rejects.toMatchObject(second)
  await expect(follower.sharing.commit([named('p2', 'second')], [])).rejects.toMatchObject(second)
  await follower.sharing.commit([named('p1', 'second')], [])
})
