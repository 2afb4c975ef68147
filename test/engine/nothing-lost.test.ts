// Every bullet of the policy's "Nothing lost".
import { describe, expect, test, vi } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { unreachable } from './support/answers.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makePair,
  makeWorld,
  many,
  path,
  press,
  SECOND,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

const full = new StoreFailure('disk-full', 'No space left on the device.')

describe('the store is proven before a call that may rotate a token', () => {
  test('nothing is sent when it cannot be written', async () => {
    const world = makeWorld()
    world.vault.unprovable = full
    world.vault.failing = full
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'failed', calls: [] })
    expect(attempt.sentence).toContain('Nothing was sent to Webex')
    expect(world.cloud.count('refresh') + world.cloud.count('application')).toBe(0)
  })

  test('before each of the calls of a ladder', async () => {
    const world = makeWorld()
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    const before = world.vault.proofs
    expect(path(await press(world))).toBe('1:grant-dead 2:bearer-refused 3:ok 2:ok')
    expect(world.vault.proofs - before).toBe(4)
  })

  test('while it cannot be written nothing is begun by itself; when it can, all goes on', async () => {
    const world = makeWorld({ age: 8.5 * DAY, managerAge: 8.5 * DAY, start: false })
    world.vault.unprovable = full
    world.vault.failing = full
    world.engine.start()
    await world.clock.advance(6 * HOUR)
    expect(world.cloud.count('refresh')).toBe(0)
    expect(world.engine.view().incidents[0]).toMatchObject({ key: 'store', level: 'critical' })
    world.vault.mend()
    await world.clock.advance(MINUTE)
    expect(world.view().state).toBe('healthy')
    expect(world.engine.view().incidents).toEqual([])
  })
})

describe('answer, validated, stored in one transaction, and only then announced', () => {
  test('tokens and history row are one commit, and the events come after it', async () => {
    const world = makeWorld()
    await press(world)
    const commit = world.vault.commits.at(-1)
    expect(commit?.changes).toMatchObject([{ kind: 'profile-pair', profileId: 'one' }])
    expect(commit?.attempts).toMatchObject([{ outcome: 'renewed' }])
    const { log } = world.vault
    expect(log.indexOf('commit')).toBeLessThan(log.indexOf('attempt'))
    expect(log.filter((entry) => entry !== 'view-changed')).toEqual(['prove', 'commit', 'attempt'])
  })

  test('the view shows the new token only after the commit', async () => {
    const world = makeWorld()
    const before = world.view().accessToken?.fingerprint
    let seenDuringCommit: string | undefined
    const commit = world.vault.commit.bind(world.vault)
    world.vault.commit = async (changes, attempts) => {
      seenDuringCommit = world.view().accessToken?.fingerprint
      await commit(changes, attempts)
    }
    await press(world)
    expect(seenDuringCommit).toBe(before)
    expect(world.view().accessToken?.fingerprint).not.toBe(before)
  })

  test('a dead grant and the token that replaces it are one commit, the dead one first', async () => {
    const world = makeWorld()
    world.cloud.kill('APP_a@org-1')
    await press(world)
    expect(world.vault.commits).toHaveLength(1)
    const changes = world.vault.commits[0]?.changes ?? []
    expect(changes.map((change) => change.kind === 'profile-pair' && change.pair.refresh?.dead)).toEqual([
      true,
      false,
    ])
    expect(world.vault.previous.get('one')?.refresh?.token.reveal()).toBe('refresh-2')
  })

  test('the manager’s new token is stored before tier 2 uses it', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], managerAge: 15 * DAY, start: false })
    await press(world)
    expect(world.vault.log.filter((entry) => entry !== 'view-changed')).toEqual([
      'prove',
      'commit',
      'attempt',
      'prove',
      'commit',
      'attempt',
    ])
    expect(world.vault.commits[0]?.changes).toMatchObject([{ kind: 'manager-pair' }])
  })

  test('a failed attempt is a row of history too', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', unreachable())
    await press(world)
    expect(world.vault.attempts.at(-1)).toMatchObject({ outcome: 'failed', sentence: expect.any(String) })
  })
})

describe('if storing fails', () => {
  const broken = async (age = 2 * DAY) => {
    const world = makeWorld({ cloud: { rotate: true }, age })
    const failing = press(world)
    world.vault.break()
    const attempt = await failing
    return { world, attempt }
  }

  test('the pair stays in memory, marked unsaved, and the person is told', async () => {
    const { world, attempt } = await broken()
    expect(attempt.outcome).toBe('renewed')
    expect(world.engine.hasUnsaved()).toBe(true)
    expect(world.view()).toMatchObject({ unsaved: true, accessToken: { fingerprint: attempt.after } })
    expect(world.engine.view().incidents[0]).toMatchObject({ key: 'store', fix: { kind: 'check-storage' } })
    expect(world.engine.view().incidents[0]?.sentence).toContain('do not quit')
  })

  test('storing is retried every few seconds, until it works', async () => {
    const { world, attempt } = await broken()
    const tries = world.vault.log.filter((entry) => entry === 'commit failed').length
    await world.clock.advance(30 * SECOND)
    expect(
      world.vault.log.filter((entry) => entry === 'commit failed').length - tries,
    ).toBeGreaterThanOrEqual(9)
    world.vault.mend()
    await world.clock.advance(4 * SECOND)
    expect(world.engine.hasUnsaved()).toBe(false)
    expect(world.view().unsaved).toBe(false)
    expect(world.vault.pairs.get('one')?.fingerprint).toBe(attempt.after)
    expect(world.vault.attempts.filter(({ id }) => id === attempt.id)).toHaveLength(1)
  })

  test('the old refresh token is not replayed', async () => {
    const { world } = await broken(8 * DAY)
    const old = 'refresh-2'
    const used = world.cloud.seen.filter(({ credential }) => credential === old).length
    world.engine.reconsider('resume')
    await world.clock.advance(6 * HOUR)
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(MINUTE)
    expect(world.cloud.seen.filter(({ credential }) => credential === old)).toHaveLength(used)
    world.vault.mend()
    await world.clock.advance(MINUTE)
    await press(world)
    expect(world.cloud.seen.filter(({ credential }) => credential === old)).toHaveLength(used)
  })

  test('a change that a person makes meanwhile is refused, and changes nothing', async () => {
    const { world } = await broken()
    const renamed = { ...world.profile(), name: 'New name' }
    await expect(world.engine.apply([{ kind: 'profile-saved', profile: renamed }])).rejects.toBeInstanceOf(
      StoreFailure,
    )
    expect(world.view().name).toBe('Profile one')
    expect(world.engine.hasUnsaved()).toBe(true)
  })

  test('stop tries once more, and what is still unsaved can be asked for', async () => {
    const { world } = await broken()
    await world.engine.stop()
    expect(world.engine.hasUnsaved()).toBe(true)
    world.vault.mend()
    await world.engine.stop()
    expect(world.engine.hasUnsaved()).toBe(false)
  })

  test('a vault that throws something of its own is treated the same', async () => {
    const world = makeWorld()
    const failing = press(world)
    const { commit } = world.vault
    world.vault.commit = () => Promise.reject(new TypeError('boom'))
    await failing
    expect(world.engine.hasUnsaved()).toBe(true)
    world.vault.commit = commit
    await world.clock.advance(4 * SECOND)
    expect(world.engine.hasUnsaved()).toBe(false)
  })
})

describe('a grant that a person has just given', () => {
  const given = () => {
    const manager = makeIntegration({ id: 'new', isDefault: true })
    return [
      { kind: 'manager-saved', manager },
      { kind: 'manager-pair', managerId: 'new', pair: makePair({ origin: 'authorization-code' }) },
    ] as const
  }

  test('is stored before it is said to be', async () => {
    const world = makeWorld({ manager: 'none' })
    expect(await world.engine.keep(given())).toBeNull()
    expect(world.engine.hasUnsaved()).toBe(false)
    expect(world.vault.commits.at(-1)?.changes.map(({ kind }) => kind)).toEqual([
      'manager-saved',
      'manager-pair',
    ])
  })

  test('is kept in memory when it cannot be stored, said to be unsaved, and stored as soon as that is possible', async () => {
    const world = makeWorld({ manager: 'none' })
    world.vault.break()
    expect(await world.engine.keep(given())).toMatchObject({ reason: 'disk-full' })
    expect(world.engine.hasUnsaved()).toBe(true)
    expect(world.engine.view().managers).toMatchObject([{ id: 'new', unsaved: true }])
    world.vault.mend()
    await world.clock.advance(4 * SECOND)
    expect(world.engine.hasUnsaved()).toBe(false)
    expect(world.engine.view().managers).toMatchObject([{ id: 'new', unsaved: false }])
    expect(world.vault.pairs.get('new')?.fingerprint).toBe(makePair().fingerprint)
  })
})

describe('stopping', () => {
  test('waits for what is under way, and stores it', async () => {
    const world = makeWorld({ cloud: { latency: 5 * SECOND } })
    const running = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    let stopped = false
    const stop = world.engine.stop().then(() => {
      stopped = true
    })
    await world.clock.advance(SECOND)
    expect(stopped).toBe(false)
    await world.clock.advance(5 * SECOND)
    await stop
    expect((await running).outcome).toBe('renewed')
    expect(world.vault.pairs.get('one')?.fingerprint).toBe((await running).after)
  })

  test('begins nothing new, and nobody waits for ever', async () => {
    const profiles = many(20)
    const world = makeWorld({ profiles, cloud: { latency: SECOND } })
    const pressed = profiles.map(({ id }) =>
      world.engine.refresh(id, 'manual').catch((error: Error) => error),
    )
    await world.clock.advance(100)
    const sent = world.cloud.count('refresh')
    const stop = world.engine.stop()
    await world.clock.advance(DAY)
    await stop
    expect(world.cloud.count('refresh')).toBe(sent)
    expect(await Promise.all(pressed)).toHaveLength(20)
    expect(world.clock.armed).toEqual([])
  })
})

describe('stopped, and started again because something is unsaved', () => {
  const stoppedUnsaved = async () => {
    const world = makeWorld({ cloud: { latency: 5 * SECOND, rotate: true } })
    const running = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    world.vault.break()
    const stop = world.engine.stop()
    await world.clock.advance(5 * SECOND)
    await stop
    return { world, attempt: await running }
  }

  test('an answer that came meanwhile is unsaved, then stored, and the old refresh token is not replayed', async () => {
    const { world, attempt } = await stoppedUnsaved()
    expect(world.engine.hasUnsaved()).toBe(true)
    expect(world.vault.pairs.get('one')?.fingerprint).toBe(attempt.before)
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.engine.hasUnsaved()).toBe(true)
    world.vault.mend()
    await world.clock.advance(4 * SECOND)
    expect(world.engine.hasUnsaved()).toBe(false)
    expect(world.vault.pairs.get('one')?.fingerprint).toBe(attempt.after)
    const old = world.cloud.seen.find(({ endpoint }) => endpoint === 'refresh')?.credential
    expect(path(await press(world))).toBe('1:ok')
    expect(world.cloud.seen.filter(({ credential }) => credential === old)).toHaveLength(1)
  })

  test('renewing goes on by itself', async () => {
    const { world, attempt } = await stoppedUnsaved()
    world.vault.mend()
    world.engine.start()
    await world.clock.advance(20 * DAY)
    expect(world.view()).toMatchObject({ state: 'healthy', unsaved: false })
    expect(world.vault.pairs.get('one')?.fingerprint).not.toBe(attempt.after)
  })

  test('what stood in line then can be asked for again', async () => {
    const profiles = many(20)
    const world = makeWorld({ profiles, cloud: { latency: SECOND } })
    const pressed = profiles.map(({ id }) =>
      world.engine.refresh(id, 'manual').catch((error: Error) => error),
    )
    await world.clock.advance(100)
    const stop = world.engine.stop()
    await world.clock.advance(MINUTE)
    await stop
    await Promise.all(pressed)
    world.engine.start()
    expect(path(await press(world, 'p19'))).toBe('1:ok')
  })
})

describe('a saved edit never brings back an older pair', () => {
  test('although a refresh ended while the person typed', async () => {
    const world = makeWorld()
    const edited = { ...world.profile(), name: 'Renamed' }
    const { after } = await press(world)
    await world.engine.apply([{ kind: 'profile-saved', profile: edited }])
    expect(world.view()).toMatchObject({ name: 'Renamed', accessToken: { fingerprint: after } })
    const saved = world.vault.commits.at(-1)?.changes[0]
    expect(saved?.kind === 'profile-saved' && saved.profile.pair?.fingerprint).toBe(after)
  })

  test('nor one that is being stored at this moment', async () => {
    const world = makeWorld()
    const edited = { ...world.profile(), name: 'Renamed' }
    const { commit } = world.vault
    let letGo: () => void = () => {}
    world.vault.commit = async (changes, attempts) => {
      world.vault.commit = commit
      await new Promise<void>((resolve) => {
        letGo = resolve
      })
      await commit.call(world.vault, changes, attempts)
    }
    const refreshing = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    const applying = world.engine.apply([{ kind: 'profile-saved', profile: edited }])
    letGo()
    await world.clock.advance(SECOND)
    const { after } = await refreshing
    await applying
    expect(world.profile()).toMatchObject({ name: 'Renamed', pair: { fingerprint: after } })
    const saved = world.vault.commits.at(-1)?.changes[0]
    expect(saved?.kind === 'profile-saved' && saved.profile.pair?.fingerprint).toBe(after)
  })

  test('a profile removed during its refresh stays removed; its history is kept', async () => {
    const world = makeWorld({ cloud: { latency: SECOND } })
    const refreshing = world.engine.refresh('one', 'manual')
    await world.clock.advance(100)
    await world.engine.apply([{ kind: 'profile-removed', profileId: 'one' }])
    await world.clock.advance(2 * SECOND)
    expect((await refreshing).outcome).toBe('renewed')
    expect(world.engine.view().profiles).toEqual([])
    expect(world.vault.commits.at(-1)).toMatchObject({ changes: [], attempts: [{ name: 'Profile one' }] })
    await world.clock.advance(30 * DAY)
    expect(world.cloud.count('refresh')).toBe(1 + world.attempts.filter(({ tier }) => tier === 3).length)
  })

  test('credentials mended during an attempt are not condemned by its answer', async () => {
    const world = makeWorld({ cloud: { latency: SECOND }, age: 8.5 * DAY, managerAge: 0, start: false })
    world.cloud.regenerated.add('client-a')
    world.engine.start()
    await world.clock.advance(900)
    const serviceApp = [...world.engine.fleet().serviceApps.values()][0]
    if (serviceApp !== undefined) {
      await world.engine.apply([{ kind: 'service-app-saved', serviceApp: { ...serviceApp } }])
    }
    await world.clock.advance(500)
    world.cloud.regenerated.clear()
    await world.clock.advance(5 * SECOND)
    expect(world.view().state).toBe('healthy')
  })
})
