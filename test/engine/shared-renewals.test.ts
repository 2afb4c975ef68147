// An engine whose vault is shared: another process renews what it shows, until it is this one's turn.
import { describe, expect, test } from 'vitest'
import type { RequestedAttempt, StoredState } from '#engine/domain/engine-api.ts'
import type { Attempt, Subject } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { invalidGrant, refused } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import { aKept, FakeDataSources } from './support/fake-data-sources.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePair,
  makeWorld,
  many,
  pairOf,
  SECOND,
  type World,
  type WorldOptions,
} from './support/world.ts'

interface Following extends World {
  /** What was requested of the process that renews. */
  readonly requested: RequestedAttempt[]
}

function following(options: WorldOptions = {}): Following {
  const requested: RequestedAttempt[] = []
  const elsewhere = {
    async attempt(request: RequestedAttempt): Promise<Attempt> {
      requested.push(request)
      return anAttemptOf(request.subject.kind === 'profile' ? request.subject.profileId : 'manager', 'there')
    },
    cancel: () => undefined,
  }
  return { ...makeWorld({ elsewhere, ...options }), requested }
}

/** Calls that get a token. */
const sent = ({ cloud }: World) =>
  cloud.seen.filter(({ endpoint }) => endpoint === 'refresh' || endpoint === 'application').length

function anAttemptOf(profileId: string, id: string, change: Partial<Attempt> = {}): Attempt {
  return {
    id,
    subject: { kind: 'profile', profileId },
    name: profileId,
    orgId: 'org-1',
    trigger: 'scheduled',
    reason: null,
    startedAt: START,
    endedAt: START,
    calls: [],
    outcome: 'failed',
    tier: null,
    before: null,
    after: null,
    sentence: 'It failed there.',
    trackingId: null,
    ...change,
  }
}

/** As the vault would say it, with what others have stored there. */
function stored({ engine }: World, change: Partial<StoredState> = {}): StoredState {
  const { fleet, drills } = { fleet: engine.fleet(), drills: { requests: new Map(), month: null } }
  return { fleet, lastAttempts: [], drills, keptDataSources: [], ...change }
}

function withPair(world: World, id: string, pair: ReturnType<typeof makePair>): StoredState['fleet'] {
  const fleet = world.engine.fleet()
  return { ...fleet, profiles: new Map([...fleet.profiles, [id, { ...world.profile(id), pair }]]) }
}

describe('while another process renews', () => {
  test('nothing can be paused here, and a pause of this one is shown only while it renews', async () => {
    const world = following()
    world.engine.start()
    expect(() => world.engine.pauseAll(START + HOUR)).toThrow(StoreFailure)
    world.engine.pauseAll(null)
    world.engine.renewHere(true)
    world.engine.pauseAll(START + HOUR)
    expect(world.engine.view()).toMatchObject({ allPausedUntil: START + HOUR })
    world.engine.renewHere(false)
    expect(world.engine.view().allPausedUntil).toBeNull()
    expect(world.engine.view().profiles[0]?.state).not.toBe('paused')
  })

  test('nothing that gets a token or renews a data source is sent, whatever is due, and however long', async () => {
    let webex: FakeDataSources | null = null
    const world = following({
      profiles: ['a', 'b', 'c'].map((id) => ({ id, targetOrgId: `org-${id}` })),
      age: 13 * DAY,
      managerAge: 13 * DAY,
      settings: { monthlyDrill: true },
      dataSources: (clock, cloud) => {
        webex = new FakeDataSources(clock, (token) => cloud.accepts(token))
        webex.add('source')
        return { calls: webex, kept: [aKept('source', { profileId: 'a' })] }
      },
    })
    for (let day = 0; day < 40; day++) {
      await world.clock.advance(DAY)
      world.engine.reconsider('resume')
    }
    expect(sent(world)).toBe(0)
    expect(world.cloud.count('expiry')).toBe(0)
    expect((webex as FakeDataSources | null)?.seen).toEqual([])
    expect(world.vault.commits).toEqual([])
  })

  test('a person’s refresh and a test of all tiers go there', async () => {
    const world = following()
    await world.engine.refresh('one', 'manual')
    await world.engine.drillNow('one')
    await world.engine.refreshManager('manager', 'manual')
    expect(world.requested.map(({ subject, drill }) => [subject.kind, drill])).toEqual([
      ['profile', false],
      ['profile', true],
      ['manager', false],
    ])
    expect(sent(world)).toBe(0)
  })

  test('says there whether a person or a program asked', async () => {
    const world = following()
    await world.engine.refresh('one', 'manual', 'program')
    await world.engine.refresh('one', 'manual')
    expect(world.requested.map(({ asker }) => asker)).toEqual(['program', 'person'])
  })

  test('many that are refreshed together end, and say why some came to nothing', async () => {
    const profiles = ['a', 'b', 'c'].map((id) => ({ id, targetOrgId: `org-${id}` }))
    const refuse: ((error: Error) => void)[] = []
    const elsewhere = {
      attempt: ({ subject }: RequestedAttempt) =>
        subject.kind === 'profile' && subject.profileId === 'a'
          ? Promise.resolve(anAttemptOf('a', 'there'))
          : new Promise<Attempt>((_, reject) => refuse.push(reject)),
      cancel: () => undefined,
    }
    const { engine } = makeWorld({ elsewhere, profiles })
    expect(engine.refreshAll(['a', 'b', 'c'])).toBe(3)
    let hasEnded = false
    const end = engine.refreshAllEnded().finally(() => {
      hasEnded = true
    })
    refuse[0]?.(new StoreFailure('shared', 'Nobody renews.'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(hasEnded).toBe(false)
    refuse[1]?.(new StoreFailure('shared', 'Nobody renews.'))
    expect(await end).toEqual({ missed: 2, why: 'Nobody renews.' })
    expect(await engine.refreshAllEnded()).toEqual({ missed: 2, why: 'Nobody renews.' })
  })

  test('what was requested together is taken back there, and is nothing that failed', async () => {
    const profiles = ['a', 'b'].map((id) => ({ id, targetOrgId: `org-${id}` }))
    const takenBack: Subject[] = []
    let cancel = () => {}
    const canceled = new Promise<Attempt>((_, reject) => {
      cancel = () => reject(new Error('canceled'))
    })
    const elsewhere = {
      attempt: () => canceled,
      cancel: (subjects: readonly Subject[]) => {
        takenBack.push(...subjects)
        cancel()
      },
    }
    const { engine } = makeWorld({ elsewhere, profiles })
    engine.refreshAll(['a', 'b'])
    engine.cancelRefresh()
    expect(takenBack).toEqual(['a', 'b'].map((profileId) => ({ kind: 'profile', profileId })))
    expect(await engine.refreshAllEnded()).toEqual({ missed: 0, why: null })
  })

  test('a token in its last tenth is no reason to get one that cannot be stored', async () => {
    const world = following({ age: 13.9 * DAY, start: false })
    world.vault.unprovable = new StoreFailure('shared', 'The lease has ended.')
    world.engine.start()
    world.engine.renewHere(true)
    await world.clock.advance(HOUR)
    expect(sent(world)).toBe(0)
  })
})

describe('when another process takes over', () => {
  test('what has not begun goes there, and none of it begins here', async () => {
    const profiles = many(30)
    const world = following({ profiles, cloud: { latency: 5 * SECOND } })
    world.engine.renewHere(true)
    const attempts = profiles.map(({ id }) => world.engine.refresh(id, 'manual'))
    await world.clock.advance(3 * SECOND)
    world.engine.renewHere(false)
    const before = sent(world)
    expect(before).toBeGreaterThan(0)
    await world.clock.advance(10 * MINUTE)
    expect(sent(world)).toBe(before)
    const ended = await Promise.all(attempts)
    expect(world.requested).toHaveLength(profiles.length - before)
    expect(ended.filter(({ outcome }) => outcome === 'renewed')).toHaveLength(before)
  })

  test('an attempt under way stores what it got, and goes on to no other tier', async () => {
    const world = following({ cloud: { latency: 5 * SECOND } })
    failWith(world, 'refresh', invalidGrant)
    world.engine.renewHere(true)
    const attempt = world.engine.refresh('one', 'manual')
    await world.clock.advance(2 * SECOND)
    world.engine.renewHere(false)
    await world.clock.advance(MINUTE)
    expect((await attempt).calls.map(({ tier, result }) => [tier, result])).toEqual([[1, 'grant-dead']])
    expect(world.cloud.count('application')).toBe(0)
    expect(world.vault.pairs.get('one')?.refresh?.dead).toBe(true)
  })

  test('jobs that were queued by their plan are planned again when it is this one’s turn again', async () => {
    const world = following({ age: 9 * DAY, cloud: { latency: SECOND } })
    world.engine.renewHere(true)
    world.engine.renewHere(false)
    await world.clock.advance(HOUR)
    const before = sent(world)
    expect(world.view().state).not.toBe('refreshing')
    world.engine.renewHere(true)
    await world.clock.advance(HOUR)
    expect(sent(world)).toBe(1)
    expect(before).toBeLessThanOrEqual(1)
  })
})

describe('when it is this one’s turn', () => {
  test('it begins as after a start, though nothing was started: what failed there is tried at once', async () => {
    const world = following()
    const failed = { ...anAttemptOf('one', 'there-1'), after: world.profile().pair?.fingerprint ?? null }
    await world.engine.follow(async () => stored(world, { lastAttempts: [failed] }))
    await world.clock.advance(HOUR)
    expect(world.view()).toMatchObject({ state: 'retrying', sentence: 'It failed there.' })
    world.engine.renewHere(true)
    await world.clock.advance(MINUTE)
    expect(world.attempts.map(({ trigger, outcome }) => [trigger, outcome])).toEqual([
      ['scheduled', 'renewed'],
    ])
  })

  test('a data source that was renewed there is not renewed again', async () => {
    let webex: FakeDataSources | null = null
    const kept = aKept('source', { profileId: 'one' })
    const world = following({
      dataSources: (clock, cloud) => {
        webex = new FakeDataSources(clock, (token) => cloud.accepts(token))
        webex.add('source')
        return { calls: webex, kept: [kept] }
      },
    })
    await world.clock.advance(23 * HOUR)
    const now = world.clock.now()
    const source = { ...kept, issuedAt: now, expiresAt: now + DAY }
    await world.engine.follow(async () => stored(world, { keptDataSources: [source] }))
    world.engine.renewHere(true)
    await world.clock.advance(HOUR)
    expect((webex as FakeDataSources | null)?.calls('renew')).toEqual([])
  })
})

describe('what others have stored', () => {
  test('takes nothing from a profile but what it replaces', async () => {
    const world = following({ start: false })
    await world.engine.test('one')
    const drills = {
      requests: new Map([['one', { by: 'person', requestedAt: START } as const]]),
      month: null,
    }
    await world.engine.follow(async () => stored(world, { drills, lastAttempts: [anAttemptOf('one', 'x')] }))
    expect(world.view().lastTest?.result).toBe('valid')
    expect(world.snapshot().profileStates.get('one')?.drill).toEqual(drills.requests.get('one'))
  })

  test('is taken over once: an attempt that another clock calls the newest does not undo what failed here since', async () => {
    const world = following({ age: 9 * DAY })
    const ahead = anAttemptOf('one', 'ahead', { startedAt: START + DAY, endedAt: START + DAY })
    await world.engine.follow(async () => stored(world, { lastAttempts: [ahead] }))
    failWith(world, 'refresh', refused(503))
    world.engine.renewHere(true)
    await world.clock.advance(MINUTE)
    const { retryAt, last } = world.snapshot().profileStates.get('one') ?? {}
    expect(last?.id).not.toBe('ahead')
    await world.engine.follow(async () => stored(world, { lastAttempts: [ahead] }))
    expect(world.snapshot().profileStates.get('one')).toMatchObject({ retryAt, last: { id: last?.id } })
  })

  test('waits for an edit that was made before, and one that is made meanwhile waits for it', async () => {
    const world = following()
    const order: string[] = []
    const rename = (name: string) =>
      world.engine
        .apply(() => [{ kind: 'profile-saved', profile: { ...world.profile(), name } }])
        .then(() => order.push(name))
    const first = rename('first')
    const followed = world.engine.follow(async () => {
      order.push('load')
      const state = stored(world)
      void rename('second')
      await world.clock.advance(SECOND)
      return state
    })
    await Promise.all([first, followed])
    await world.clock.advance(SECOND)
    expect(order).toEqual(['first', 'load', 'second'])
    expect(world.profile().name).toBe('second')
  })

  test('is not taken over while a token of this process is not stored, and right after', async () => {
    const world = following({ cloud: { rotate: true } })
    world.engine.renewHere(true)
    world.vault.failing = new StoreFailure('shared', 'No answer.')
    const attempt = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    await attempt
    const own = world.profile().pair
    expect(world.engine.hasUnsaved()).toBe(true)
    expect(world.engine.storeTrouble()).toBe('No answer.')
    const [incident] = world.engine.view().incidents
    expect(incident?.sentence).toContain('A new token is not in the shared vault yet. No answer.')
    const older = withPair(world, 'one', makePair())
    expect(await world.engine.follow(async () => stored(world, { fleet: older }))).toBeNull()
    expect(world.profile().pair).toBe(own)
    world.vault.mend()
    expect(await world.engine.follow(async () => stored(world))).toEqual([])
    expect(world.engine.hasUnsaved()).toBe(false)
  })

  test('does not keep a new token manager from being stored where somebody else has changed the same one', async () => {
    const world = following()
    let conflicts = 1
    const commit = world.vault.commit.bind(world.vault)
    world.vault.commit = async (changes, attempts) => {
      if (conflicts-- > 0) throw new StoreFailure('conflict', 'Somebody else was first.')
      await commit(changes, attempts)
    }
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    expect(await world.engine.keep([{ kind: 'manager-pair', managerId: 'manager', pair }])).toBeNull()
    expect(world.vault.pairs.get('manager')).toBe(pair)
    conflicts = 3
    const other = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.keep([{ kind: 'manager-pair', managerId: 'manager', pair: other }])
    await world.clock.advance(MINUTE)
    expect(world.vault.pairs.get('manager')).toBe(other)
    expect(await world.engine.follow(async () => stored(world))).not.toBeNull()
  })
})
