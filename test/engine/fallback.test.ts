// A token manager's fallback: it serves tier 2 while the other one cannot, and what is shown says which of them it is.
import { describe, expect, test } from 'vitest'
import { badBearer, refused, tokenLimit, unauthorised, unreachable } from './support/answers.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makePair,
  makePersonalToken,
  makeWorld,
  pairOf,
  path,
  press,
  type World,
  type WorldOptions,
} from './support/world.ts'

/** Tier 1 gives nothing any more, so that each renewal needs a token manager. */
function worldWithFallback(options: WorldOptions = {}): World {
  const world = makeWorld({ fallback: 'integration', age: 2 * DAY, managerAge: 2 * DAY, ...options })
  world.cloud.kill('APP_a@org-1')
  return world
}

/** Whose access token each call of tier 2 had. */
function bearers({ cloud }: World): readonly string[] {
  const name = (token: string | null) =>
    ['manager', 'second'].find((key) => cloud.grant(key).access === token) ?? 'neither'
  return cloud.seen.flatMap(({ endpoint, credential }) =>
    endpoint === 'application' ? [name(credential)] : [],
  )
}

/** Nothing of it is accepted any more. */
function end({ cloud }: World, key: string): void {
  cloud.kill(key)
  cloud.revoke(key)
}

const managerView = (world: World, id: string) =>
  world.engine.view().managers.find((each) => each.id === id) ?? expect.unreachable()

const incidentOf = (world: World, key: string) =>
  world.engine.view().incidents.find((each) => each.key === key)

describe('the fallback is used in the same attempt', () => {
  test('when the refresh token of the other one is no longer accepted', async () => {
    const world = worldWithFallback()
    end(world, 'manager')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:manager-grant-dead 2:ok')
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2, sentence: null })
    expect(attempt.reason?.fallback).toEqual({
      name: 'Second',
      insteadOf: { id: 'manager', name: 'Token manager integration' },
    })
    expect(bearers(world).at(-1)).toBe('second')
  })

  test('when the other one fails for something that may pass', async () => {
    const world = worldWithFallback({ managerAge: 15 * DAY, start: false })
    failWith(world, 'refresh', refused(503), 'client-integration')
    expect(path(await press(world))).toBe('1:grant-dead 3:transient 3:ok 2:ok')
    expect(bearers(world)).toEqual(['second'])
  })

  test('when the account of the other one has reached the token limit', async () => {
    const world = worldWithFallback({ managerAge: 15 * DAY, start: false })
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    expect(path(await press(world))).toBe('1:grant-dead 3:manager-token-limit 3:ok 2:ok')
  })

  test('when the other one is refused although tier 3 has just renewed it, which is remembered', async () => {
    const world = worldWithFallback()
    const { fault } = world.cloud
    world.cloud.fault = (endpoint, who) => {
      const bearer = world.cloud.seen.at(-1)?.credential
      const isFirst = endpoint === 'application' && bearer === world.cloud.grant('manager').access
      return isFirst ? { answer: badBearer } : fault(endpoint, who)
    }
    expect(path(await press(world))).toBe('1:grant-dead 2:bearer-refused 3:ok 2:bearer-refused 2:ok')
    expect(managerView(world, 'manager')).toMatchObject({ state: 'needs-attention', isReplaced: true })
    expect(managerView(world, 'second')).toMatchObject({ state: 'ready', isReplaced: false })
  })

  test('but not while Webex cannot be reached', async () => {
    const world = worldWithFallback({ managerAge: 15 * DAY, start: false })
    failWith(world, 'refresh', unreachable('dns', false))
    await press(world)
    expect(world.cloud.count('application')).toBe(0)
    expect(world.cloud.seen.some(({ who }) => who === 'client-second')).toBe(false)
  })
})

test('while the other one cannot serve it is not asked, and is used again as soon as it can', async () => {
  const world = worldWithFallback()
  end(world, 'manager')
  await press(world)
  const before = world.cloud.seen.length
  world.cloud.kill('APP_a@org-1')
  // The second time it looks like another copy's doing.
  expect(path(await press(world))).toBe('1:other-copy 2:ok')
  expect(world.cloud.seen.slice(before).some(({ who }) => who === 'client-integration')).toBe(false)

  const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
  await world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
  world.cloud.kill('APP_a@org-1')
  const attempt = await press(world)
  expect(path(attempt)).toBe('1:other-copy 2:ok')
  expect(attempt.reason).not.toHaveProperty('fallback')
  expect(bearers(world).at(-1)).toBe('manager')
  expect(managerView(world, 'manager')).toMatchObject({ state: 'ready', isReplaced: false })
})

test('one that was never connected is stood in for', async () => {
  const world = makeWorld({ fallback: 'integration', profiles: [{ id: 'one', pair: null }], start: false })
  await world.engine.apply([
    { kind: 'manager-removed', managerId: 'manager' },
    { kind: 'manager-saved', manager: makeIntegration({ id: 'new', fallbackId: 'second' }) },
  ])
  expect(path(await press(world))).toBe('2:ok')
  expect(managerView(world, 'new').isReplaced).toBe(true)
})

test('a fallback that was removed is none any more', async () => {
  const world = worldWithFallback()
  await world.engine.apply([{ kind: 'manager-removed', managerId: 'second' }])
  expect(world.manager().fallbackId).toBeNull()
  end(world, 'manager')
  expect((await press(world)).outcome).toBe('failed')
})

test('the fallback of a fallback is not used', async () => {
  const world = worldWithFallback()
  const third = { ...world.manager(), id: 'third', name: 'Third', isDefault: false, fallbackId: null }
  const second = world.engine.fleet().managers.get('second') ?? expect.unreachable()
  await world.engine.apply([
    { kind: 'manager-saved', manager: third },
    { kind: 'manager-saved', manager: { ...second, fallbackId: 'third' } },
  ])
  end(world, 'manager')
  end(world, 'second')
  const attempt = await press(world)
  expect(path(attempt)).not.toContain('2:ok')
  expect(attempt.outcome).toBe('failed')
})

describe('where both cannot serve', () => {
  test('what is shown is about the own one, as without a fallback', async () => {
    const world = worldWithFallback()
    end(world, 'manager')
    end(world, 'second')
    const attempt = await press(world)
    expect(attempt.outcome).toBe('failed')
    expect(attempt.sentence).toContain("no longer accepts the integration's refresh token")
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'connect-integration', managerId: 'manager' },
      isUnattended: false,
    })
    const incident = incidentOf(world, 'manager-dead:manager')
    expect(incident).toMatchObject({ level: 'warning', profileIds: ['one'] })
    expect(incident?.deadline).not.toBeNull()
    expect(incident?.sentence).not.toContain('Second')
    expect(incidentOf(world, 'manager-dead:second')).toMatchObject({ level: 'warning' })
  })

  test('the profile continues as soon as the fallback is back', async () => {
    const world = worldWithFallback()
    end(world, 'manager')
    end(world, 'second')
    await press(world)
    const pair = pairOf(world.cloud.issue('second', 'client-second'), 'authorization-code')
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'second', pair }])
    await world.clock.advance(MINUTE)
    expect(world.attempts.at(-1)).toMatchObject({ outcome: 'renewed', tier: 2 })
    expect(world.view().state).toBe('healthy')
  })
})

describe('a service app that the account of the fallback may not have', () => {
  test.each([
    ['403', unauthorised],
    ['404', refused(404, { message: 'Service App not found' })],
  ])('a %s is about the fallback, in words and on record', async (_name, answer) => {
    const world = worldWithFallback()
    end(world, 'manager')
    world.cloud.fault = (endpoint) => {
      const bearer = world.cloud.seen.at(-1)?.credential
      return endpoint === 'application' && bearer === world.cloud.grant('second').access ? { answer } : null
    }
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:manager-grant-dead 2:fallback-refused')
    expect(attempt.sentence).toContain('to “Second”, the fallback of “Token manager integration”')
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'connect-integration', managerId: 'manager' },
    })
    expect(world.view().sentence).toContain('Second')
    expect(incidentOf(world, 'fallback-refused:app-a')?.title).toContain('“Second” gets no token')

    // It says nothing of the other one, which is used at once when it is back.
    world.cloud.fault = () => null
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
    await world.clock.advance(MINUTE)
    expect(bearers(world).at(-1)).toBe('manager')
    expect(world.view().state).toBe('healthy')
  })

  test('is asked about again after 6 h, and not before', async () => {
    const world = worldWithFallback()
    end(world, 'manager')
    world.cloud.fault = (endpoint) => {
      const bearer = world.cloud.seen.at(-1)?.credential
      const isSecond = bearer === world.cloud.grant('second').access
      return endpoint === 'application' && isSecond ? { answer: unauthorised } : null
    }
    await press(world)
    const asked = world.cloud.count('application')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application')).toBe(asked)
    world.cloud.fault = () => null
    await world.clock.advance(3 * HOUR)
    expect(bearers(world).at(-1)).toBe('second')
    expect(world.view().state).toBe('healthy')
  })
})

describe('a service app that the account of the own one may not have', () => {
  const answers = [
    ['403', unauthorised],
    ['404', refused(404, { message: 'Service App not found' })],
  ] as const

  /** What tier 2 answers to the access token of the own one, or to any. */
  function refuse({ cloud }: World, answer: (typeof answers)[number][1], whom: 'manager' | 'both'): void {
    cloud.fault = (endpoint) => {
      const isOwn = cloud.seen.at(-1)?.credential === cloud.grant('manager').access
      return endpoint === 'application' && (isOwn || whom === 'both') ? { answer } : null
    }
  }

  test.each(answers)('is asked of the fallback after a %s', async (_name, answer) => {
    const world = worldWithFallback()
    refuse(world, answer, 'manager')
    const attempt = await press(world)
    expect(path(attempt)).toMatch(/^1:grant-dead 2:(not-authorised|wrong-field) 2:ok$/)
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2, reason: { fallback: { name: 'Second' } } })
    expect(bearers(world)).toEqual(['manager', 'second'])
    expect(world.view()).toMatchObject({ state: 'healthy', isUnattended: true })
    expect(world.engine.view().incidents).toEqual([])
  })

  test.each(answers)(
    'has a problem of its own where both get a %s, and waits for 6 h',
    async (_name, answer) => {
      const world = worldWithFallback()
      refuse(world, answer, 'both')
      const attempt = await press(world)
      expect(path(attempt)).toMatch(
        /^1:grant-dead 2:(not-authorised|wrong-field) 2:(not-authorised|wrong-field)$/,
      )
      expect(attempt.sentence).not.toContain('Second')
      expect(attempt.reason).not.toHaveProperty('fallback')
      expect(world.view().state).toBe('needs-attention')
      expect(world.engine.view().incidents.map(({ code }) => code)).not.toContain('fallback-refused')
      await world.clock.advance(5 * HOUR)
      expect(world.cloud.count('application')).toBe(2)
      world.cloud.fault = () => null
      await world.clock.advance(3 * HOUR)
      expect(bearers(world).at(-1)).toBe('manager')
      expect(world.view().state).toBe('healthy')
    },
  )

  test('is not asked of a fallback that cannot serve', async () => {
    const world = worldWithFallback()
    refuse(world, unauthorised, 'manager')
    end(world, 'second')
    const attempt = await press(world)
    expect(attempt.outcome).toBe('failed')
    expect(world.view().fix).toMatchObject({ kind: 'authorise-in-control-hub' })
  })
})

describe('a personal access token as fallback', () => {
  const withToken = (lifetime: number) => {
    const world = makeWorld({ age: 2 * DAY, managerAge: 2 * DAY })
    const grant = world.cloud.issue('pat', 'nobody')
    grant.accessEnds = world.clock.now() + lifetime
    const pair = { ...pairOf(grant, 'pasted'), refresh: null }
    const pat = makePersonalToken({ isDefault: false, pair })
    return { world, pat }
  }

  test('serves while it lives, and is shown as what cannot last', async () => {
    const { world, pat } = withToken(12 * HOUR)
    await world.engine.apply([
      { kind: 'manager-saved', manager: pat },
      { kind: 'manager-saved', manager: { ...world.manager(), fallbackId: 'pat' } },
    ])
    world.cloud.kill('APP_a@org-1')
    end(world, 'manager')
    expect(path(await press(world))).toContain('2:ok')
    expect(incidentOf(world, 'manager-dead:manager')).toMatchObject({ level: 'warning', deadline: null })
    expect(incidentOf(world, 'manager-dead:manager')?.sentence).toContain(
      'the fallback “Personal access token” is used instead. Nothing can renew “Personal access token”.',
    )
    await world.clock.advance(13 * HOUR)
    expect(incidentOf(world, 'manager-dead:manager')?.sentence).not.toContain('is used instead')
  })
})

describe('what is shown', () => {
  test('one whose place the fallback takes is no problem of its customers', async () => {
    const world = worldWithFallback()
    end(world, 'manager')
    await press(world)
    const incident = incidentOf(world, 'manager-dead:manager')
    expect(incident).toMatchObject({
      level: 'information',
      title: 'Reconnect the integration: “Second” is used instead',
      deadline: null,
      profileIds: [],
      customers: 0,
    })
    expect(incident?.sentence).toContain('Until then the fallback “Second” is used instead.')
    expect(world.view().state).toBe('healthy')
    const [, two, three] = world.view().ladder
    expect(two).toMatchObject({ state: 'ready', canRenew: true })
    expect(two?.sentence).toContain('“Second” is used instead of “Token manager integration”.')
    expect(three?.sentence).toContain('“Second” is used instead of “Token manager integration”.')
  })

  test('while its access token lives it serves, and the fallback is what comes after it', async () => {
    const world = worldWithFallback()
    world.cloud.kill('manager')
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(MINUTE)
    expect(incidentOf(world, 'manager-dead:manager')).toMatchObject({
      level: 'information',
      title: 'Reconnect the integration: “Second” can take its place',
    })
    expect(managerView(world, 'manager').isReplaced).toBe(false)
    await press(world)
    expect(bearers(world)).toEqual(['manager'])
  })

  test('unattended until the later end of the two', async () => {
    const options = { age: 2 * DAY, cloud: { slide: false } }
    const alone = makeWorld({ ...options, managerAge: 2 * DAY })
    const world = makeWorld({ ...options, managerAge: 2 * DAY, fallback: 'integration' })
    for (const { cloud } of [alone, world]) cloud.kill('APP_a@org-1')
    for (const each of [alone, world]) await press(each)
    const endOf = ({ cloud }: World, key: string) => cloud.grant(key).refreshEnds
    world.cloud.grant('second').refreshEnds += 10 * DAY
    void world.engine.refreshManager('second', 'manual')
    await world.clock.advance(MINUTE)
    expect(endOf(world, 'second')).toBe(endOf(alone, 'manager') + 10 * DAY)
    const profileEnd = world.profile().pair?.refresh?.expiresAt ?? 0
    expect(world.view().unattendedUntil).toBe(Math.max(endOf(world, 'second'), profileEnd))
  })

  test('a fallback with no profile of its own is kept warm, and not while all that may need it is paused', async () => {
    const world = worldWithFallback()
    await world.clock.advance(12 * DAY)
    expect(world.cloud.seen.some(({ who }) => who === 'client-second')).toBe(true)
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: true } }])
    const before = world.cloud.seen.length
    await world.clock.advance(20 * DAY)
    expect(world.cloud.seen.slice(before)).toEqual([])
  })
})

test('a restart knows from history whose answer it was', async () => {
  const world = worldWithFallback()
  end(world, 'manager')
  await press(world)
  const again = makeWorld({
    fallback: 'integration',
    profiles: [{ id: 'one', pair: makePair() }],
    lastAttempts: [
      world.attempts.findLast(({ subject }) => subject.kind === 'profile') ?? expect.unreachable(),
    ],
    start: false,
  })
  // The other one serves again: what the fallback got proves nothing of it.
  expect(again.view().ladder[1]).toMatchObject({ state: 'unknown' })
})

describe('an own account without access, and a fallback that could not serve either', () => {
  /** Tier 2 refuses the own one's access token with 403. */
  function withoutAccess(world: World): void {
    const { fault } = world.cloud
    world.cloud.fault = (endpoint, who) =>
      endpoint === 'application' &&
      world.cloud.seen.at(-1)?.credential === world.cloud.grant('manager').access
        ? { answer: refused(403, { message: 'Forbidden' }) }
        : fault(endpoint, who)
  }

  test('are tried again at once when the fallback is connected again', async () => {
    const world = worldWithFallback()
    withoutAccess(world)
    end(world, 'second')
    await world.engine.refreshManager('second', 'manual').catch(() => undefined)
    await world.clock.advance(MINUTE)
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'failed' })
    await world.clock.advance(HOUR)
    const begun = world.attempts.length
    const pair = pairOf(world.cloud.issue('second', 'client-second'), 'authorization-code')
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'second', pair }])
    await world.clock.advance(MINUTE)
    expect(world.attempts.slice(begun).map(path)).toEqual(['2:not-authorised 2:ok'])
    expect(bearers(world).at(-1)).toBe('second')
  })

  test('are tried again as soon as the fallback can serve, and not after six hours', async () => {
    const world = worldWithFallback()
    withoutAccess(world)
    world.cloud.revoke('second')
    const mend = failWith(world, 'refresh', refused(503), 'client-second')
    expect(path(await press(world))).toBe('1:grant-dead 2:not-authorised 2:bearer-refused 3:transient')
    mend()
    await world.clock.advance(5 * MINUTE)
    expect(world.view().state).toBe('healthy')
    expect(bearers(world).at(-1)).toBe('second')
  })
})
