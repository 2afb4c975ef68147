// A computer that follows a shared vault shows what the one that renews knows: from what is stored, and nothing else.
import { describe, expect, test } from 'vitest'
import { badBearer, invalidClient, refused, tokenLimit } from './support/answers.ts'
import { follow, shown, storedBy } from './support/shared-computers.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePersonalToken,
  makeWorld,
  pairOf,
  press,
  SECOND,
  type World,
  type WorldOptions,
} from './support/world.ts'

const elsewhere = {
  attempt: () => Promise.reject(new Error('nothing is requested here')),
  cancel: () => undefined,
}

interface Computers {
  readonly leader: World
  readonly follower: World
}

/** Tier 1 gives nothing any more, so that each renewal needs a token manager. */
function twoComputers(options: WorldOptions = {}): Computers {
  const shared = { age: 2 * DAY, managerAge: 2 * DAY, elsewhere, ...options }
  const [leader, follower] = [makeWorld(shared), makeWorld(shared)]
  leader.engine.renewHere(true)
  leader.cloud.kill('APP_a@org-1')
  return { leader, follower }
}

const codes = ({ engine }: World) => engine.view().incidents.map(({ code }) => code)

interface Trouble {
  readonly options?: WorldOptions
  readonly code: string
  readonly attempts?: number
  readonly begin: (world: World) => void
}

const twins = [
  { id: 'one', targetOrgId: 'org-1' },
  { id: 'two', targetOrgId: 'org-2' },
]

const troubles: Readonly<Record<string, Trouble>> = {
  'a token manager whose access token is refused right after tier 3': {
    code: 'manager-dead',
    begin: (world) => failWith(world, 'application', badBearer),
  },
  'a token manager whose refresh token is dead': {
    code: 'manager-dead',
    begin: ({ cloud }) => {
      cloud.kill('manager')
      cloud.revoke('manager')
    },
  },
  'a token manager whose client secret is refused': {
    code: 'manager-client-refused',
    options: { managerAge: 15 * DAY },
    begin: (world) => failWith(world, 'refresh', invalidClient, 'client-integration'),
  },
  'a personal access token that is refused': {
    code: 'manager-dead',
    options: { manager: makePersonalToken() },
    begin: (world) => failWith(world, 'application', badBearer),
  },
  'a service app that is not authorized, or a scope that is missing': {
    code: 'not-authorised',
    begin: (world) => failWith(world, 'application', refused(403, { message: 'Forbidden' })),
  },
  'an org ID that is wrong': {
    code: 'wrong-org',
    begin: (world) => failWith(world, 'application', refused(400, { message: 'Invalid targetOrgId' })),
  },
  'a client secret that is refused, for all customers of the service app': {
    code: 'client-refused',
    options: { profiles: twins },
    begin: (world) => failWith(world, 'refresh', invalidClient, 'client-a'),
  },
  'a server error of Webex, from the third time on': {
    code: 'webex-failing',
    attempts: 3,
    begin: (world) => failWith(world, 'application', refused(503)),
  },
  'a rate limit, from the third time on': {
    code: 'throttled',
    attempts: 3,
    begin: (world) => failWith(world, 'application', refused(429, { retryAfter: SECOND })),
  },
  'a token manager that is refused while its fallback serves': {
    code: 'manager-dead',
    options: { fallback: 'integration' },
    begin: ({ cloud }) => {
      cloud.kill('manager')
      cloud.revoke('manager')
    },
  },
}

describe('the same problems', () => {
  test.each(Object.entries(troubles))('%s', async (_name, { options, attempts = 1, code, begin }) => {
    const { leader, follower } = twoComputers(options)
    begin(leader)
    for (let n = 0; n < attempts; n++) {
      await press(leader)
      await follow(follower, leader)
    }
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    expect(codes(leader)).toContain(code)
    expect(shown(follower)).toEqual(shown(leader))
  })

  test('and again on a computer that has just started', async () => {
    const { leader } = twoComputers({ profiles: twins })
    failWith(leader, 'application', badBearer)
    await press(leader)
    // Its tier 1 works; what is wrong with the token manager is kept with its attempt as well.
    await press(leader, 'two')
    const started = makeWorld({ elsewhere, profiles: twins, start: false })
    await follow(started, leader)
    started.engine.start()
    await started.clock.advance(leader.clock.now() - started.clock.now())
    expect(shown(started)).toEqual(shown(leader))
  })
  test('and by an app that has the vault for itself, between its start and its first attempt', async () => {
    const { leader } = twoComputers()
    failWith(leader, 'application', badBearer)
    await press(leader)
    const { lastAttempts, fleet } = storedBy(leader)
    const [profile, manager] = [leader.profile(), leader.manager()]
    const again = makeWorld({ profiles: [profile], manager, lastAttempts, start: false })
    await again.clock.advance(leader.clock.now() - again.clock.now())
    expect(fleet.profiles.size).toBe(1)
    expect(shown(again)).toEqual(shown(leader))
  })

  test('also after the token manager was renewed, which changes nothing of what tier 2 was refused for', async () => {
    const { leader, follower } = twoComputers({ profiles: twins })
    failWith(leader, 'application', refused(403, { message: 'Forbidden' }))
    void leader.engine.drillNow('two')
    await leader.clock.advance(MINUTE)
    await follow(follower, leader)
    expect(codes(leader)).toContain('tier-2-lost')
    void leader.engine.refreshManager('manager', 'manual')
    await leader.clock.advance(MINUTE)
    expect(leader.attempts.at(-1)).toMatchObject({ subject: { kind: 'manager' }, outcome: 'renewed' })
    await follow(follower, leader)
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    expect(shown(follower)).toEqual(shown(leader))
  })

  test('also where the computer that follows wakes or gets its network back', async () => {
    const { leader, follower } = twoComputers({ profiles: twins })
    failWith(leader, 'refresh', invalidClient, 'client-a')
    await press(leader)
    await follow(follower, leader)
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    for (const reason of ['resume', 'network-back'] as const) follower.engine.reconsider(reason)
    expect(shown(follower)).toEqual(shown(leader))
  })
})

describe('the other copy', () => {
  /** Found to use the same refresh tokens: twice within one lifetime a stored one is dead. */
  async function withOtherCopy(): Promise<Computers> {
    const computers = twoComputers({ cloud: { rotate: true, tierTwoReplaces: true } })
    const { leader, follower } = computers
    await press(leader)
    leader.cloud.killAll('APP_a@org-1')
    await press(leader)
    await follow(follower, leader)
    return computers
  }

  test('is stopped for all computers where a person says so on one that follows', async () => {
    const { leader, follower } = await withOtherCopy()
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    for (const world of [leader, follower]) expect(codes(world)).toContain('other-copy')
    expect(await follower.engine.otherCopyStopped()).toBe(1)
    expect(codes(follower)).not.toContain('other-copy')

    const change = follower.vault.commits.flatMap(({ changes }) => changes).at(-1)
    const at = change?.kind === 'other-copy-stopped' ? change.at : expect.unreachable()
    await leader.engine.follow(async () => ({ ...storedBy(leader), otherCopyStoppedAt: at }))
    expect(codes(leader)).not.toContain('other-copy')
    await follower.engine.follow(async () => ({ ...storedBy(leader), otherCopyStoppedAt: at }))
    expect(codes(follower)).not.toContain('other-copy')
    const started = makeWorld({ elsewhere, start: false })
    await started.clock.advance(leader.clock.now() - started.clock.now())
    await started.engine.follow(async () => ({ ...storedBy(leader), otherCopyStoppedAt: at }))
    expect(codes(started)).not.toContain('other-copy')
  })

  test('is not stopped where that could not be stored, or by a time that lies ahead', async () => {
    const { leader, follower } = await withOtherCopy()
    follower.vault.break('shared')
    await expect(follower.engine.otherCopyStopped()).rejects.toMatchObject({ reason: 'shared' })
    expect(codes(follower)).toContain('other-copy')
    const ahead = leader.clock.now() + DAY
    const started = makeWorld({ elsewhere, otherCopyStoppedAt: ahead, start: false })
    await started.clock.advance(leader.clock.now() - started.clock.now())
    await follow(started, leader)
    expect(codes(started)).toContain('other-copy')
  })
})

describe('the end of a problem', () => {
  test('is seen everywhere when the integration is connected again on a computer that follows', async () => {
    const { leader, follower } = twoComputers()
    leader.cloud.kill('manager')
    leader.cloud.revoke('manager')
    await press(leader)
    await follow(follower, leader)
    expect(codes(follower)).toContain('manager-dead')

    const pair = pairOf(leader.cloud.issue('manager', 'client-integration'), 'authorization-code')
    expect(await follower.engine.keep([{ kind: 'manager-pair', managerId: 'manager', pair }])).toBeNull()
    expect(codes(follower)).not.toContain('manager-dead')
    await leader.engine.follow(async () => ({ ...storedBy(leader), fleet: follower.engine.fleet() }))
    await leader.clock.advance(MINUTE)
    await follow(follower, leader)
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    for (const world of [leader, follower]) {
      expect(world.view().state).toBe('healthy')
      expect(codes(world)).not.toContain('manager-dead')
    }
    expect(shown(follower)).toEqual(shown(leader))
  })

  test('is seen by a clock that is late when a token manager is renewed again after its token limit', async () => {
    const { leader, follower } = twoComputers()
    const mend = failWith(leader, 'refresh', tokenLimit, 'client-integration')
    const followed = async (wait: number) => {
      await leader.clock.advance(wait)
      await follow(follower, leader)
      await follower.clock.advance(leader.clock.now() - follower.clock.now())
    }
    void leader.engine.refreshManager('manager', 'manual')
    await followed(MINUTE)
    expect(codes(follower)).toContain('manager-token-limit')
    mend()
    await leader.clock.until(() => leader.attempts.at(-1)?.outcome === 'renewed', 8 * DAY)
    await followed(0)
    expect(codes(leader)).not.toContain('manager-token-limit')
    expect(shown(follower)).toEqual(shown(leader))
  })

  test.each(['integration', 'personal'])('is seen with the next attempt (%s)', async (kind) => {
    const { leader, follower } = twoComputers(kind === 'personal' ? { manager: makePersonalToken() } : {})
    if (kind === 'personal') {
      const pair = { ...pairOf(leader.cloud.issue('pat', 'nobody'), 'pasted'), refresh: null }
      await leader.engine.apply([{ kind: 'manager-pair', managerId: 'pat', pair }])
    }
    const mend = failWith(leader, 'application', badBearer)
    await press(leader)
    await follow(follower, leader)
    expect(codes(follower)).toContain('manager-dead')
    mend()
    await leader.clock.advance(7 * HOUR)
    await follow(follower, leader)
    await follower.clock.advance(leader.clock.now() - follower.clock.now())
    expect(codes(follower)).not.toContain('manager-dead')
    expect(shown(follower)).toEqual(shown(leader))
  })
})
