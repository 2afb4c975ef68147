// The engine against a model of Webex that does whatever it likes: a person, a disk, a network and a cloud at random.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, Fleet } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { odd, refused, unreachable } from './support/answers.ts'
import { FakeClock, seeded } from './support/fake-clock.ts'
import { type Endpoint, FakeCloud, type Fault } from './support/fake-cloud.ts'
import { FakeVault } from './support/fake-vault.ts'
import { DAY, HOUR, MINUTE, makeApp, makeIntegration, makeProfile, pairOf, SECOND } from './support/world.ts'

const PROFILES = ['p0', 'p1', 'p2', 'p3', 'p4']

interface Conditions {
  readonly rotate: boolean
  readonly slide: boolean
  readonly sendsRefreshToken: boolean
  /** Share of the life within which a refresh gives the same token. */
  readonly unchangedShare: number
  readonly accessTtl: number
  readonly seed: number
}

/** Everything that outlives an engine, and the engine of the moment. */
class Scene {
  readonly clock = new FakeClock()
  readonly cloud: FakeCloud
  readonly vault = new FakeVault()
  readonly attempts: Attempt[] = []
  /** Access tokens that were in use at some time, by record. */
  readonly #fleet: Fleet
  readonly #random: () => number
  #engine: Engine
  #serial = 0
  presses = 0
  /** Accounts that were asked for a token at their limit, although one was held that works. */
  readonly mintedAtLimit: string[] = []
  forgotLimits = false

  constructor(conditions: Conditions) {
    this.cloud = new FakeCloud(this.clock, {
      ...conditions,
      refreshTtl: 6 * conditions.accessTtl,
      latency: 150,
    })
    this.#random = seeded(conditions.seed)
    const integration = pairOf(this.cloud.issue('manager', 'client-integration'), 'authorization-code')
    const profiles = PROFILES.map((id, index) => {
      const app = index % 2 === 0 ? 'a' : 'b'
      const pair = index === 4 ? null : pairOf(this.cloud.issue(`APP_${app}@org-${id}`, `client-${app}`))
      return makeProfile({ id, name: id, serviceAppId: `app-${app}`, targetOrgId: `org-${id}`, pair })
    })
    this.#fleet = {
      serviceApps: new Map([makeApp('a'), makeApp('b')].map((app) => [app.id, app])),
      profiles: new Map(profiles.map((profile) => [profile.id, profile])),
      managers: new Map([['manager', makeIntegration({ pair: integration })]]),
    }
    for (const { id, pair } of profiles) if (pair !== null) this.vault.pairs.set(id, pair)
    this.vault.pairs.set('manager', integration)
    this.#engine = this.#begin()
    this.cloud.onMintRequest = (account) => this.#watchLimit(account)
  }

  #watchLimit(account: string): void {
    const since = this.cloud.limitedAt.get(account)
    if (since === undefined || this.clock.now() >= since + 6 * HOUR) return
    const { profiles, managers } = this.#engine.fleet()
    const holders = account === 'manager' ? managers : profiles
    for (const { id, pair } of holders.values()) {
      if (accountOf(id) !== account || pair?.accessToken == null) continue
      const isOver = pair.expiresAt !== null && pair.expiresAt <= this.clock.now()
      if (!isOver && this.cloud.accepts(pair.accessToken.reveal())) this.mintedAtLimit.push(account)
    }
  }

  get engine(): Engine {
    return this.#engine
  }

  /** What the vault has is all that a new engine knows. */
  #begin(): Engine {
    const { pairs } = this.vault
    const profiles = new Map(
      [...this.#fleet.profiles].map(([id, each]) => [id, { ...each, pair: pairs.get(id) ?? null }]),
    )
    const managers = new Map([['manager', makeIntegration({ pair: pairs.get('manager') ?? null })]])
    const last = new Map(this.vault.attempts.map((attempt) => [JSON.stringify(attempt.subject), attempt]))
    const engine = createEngine({
      clock: this.clock,
      random: this.#random,
      webex: this.cloud,
      vault: this.vault,
      settings: defaultSettings,
      fleet: { serviceApps: this.#fleet.serviceApps, profiles, managers },
      lastAttempts: [...last.values()],
      attemptsOf: (id, since) => this.vault.attemptsOf(id, since),
      newId: () => {
        this.#serial += 1
        return `attempt-${this.#serial}`
      },
    })
    engine.subscribe((event) => {
      if (event.kind === 'attempt') this.attempts.push(event.attempt)
    })
    engine.start()
    return engine
  }

  async restart(): Promise<void> {
    // The window asks before it quits with something unsaved; here the person waits until it is saved.
    if (this.#engine.hasUnsaved()) return
    const stopped = this.#engine.stop()
    await this.clock.advance(20 * SECOND)
    await stopped
    if (this.#engine.hasUnsaved()) this.vault.mend()
    // An attempt that could not be written is no pair that is waited for; the limit it met is forgotten with it.
    this.forgotLimits ||= this.vault.failing !== null && this.cloud.limitedAt.size > 0
    if (this.forgotLimits) this.cloud.limitedAt.clear()
    await this.#engine.stop()
    this.#engine = this.#begin()
  }
}

type Step = (scene: Scene) => void | Promise<void>

const faults: readonly (() => Fault)[] = [
  () => ({ answer: refused(503) }),
  () => ({ answer: refused(429, { retryAfter: 40 * SECOND }) }),
  () => ({ answer: refused(429) }),
  () => ({ answer: refused(429, { retryAfter: 30_500 }) }),
  () => ({ answer: refused(407) }),
  () => ({ answer: unreachable('proxy-login') }),
  () => ({ answer: unreachable('dns') }),
  () => ({ answer: unreachable('reset', true) }),
  () => ({ answer: unreachable('timeout', true), effect: true }),
  () => ({ answer: odd('html') }),
  () => ({ answer: odd('no-access-token') }),
  () => ({ answer: refused(400, { code: 'invalid_refresh_token' }) }),
  () => ({ answer: refused(401, { message: 'Invalid client credentials' }) }),
  () => ({ answer: refused(401, { webexShaped: false }) }),
  () => ({ answer: refused(418) }),
]

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 40 }).map(
      (parts): Step =>
        (scene) =>
          scene.clock.advance((parts * scene.cloud.options.accessTtl) / 100),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Step>((scene) => scene.clock.advance(3 * SECOND)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Endpoint>('refresh', 'application'),
        fc.nat(faults.length - 1),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(
        ([endpoint, index, times]): Step =>
          (scene) => {
            let left = times
            scene.cloud.fault = (at) => {
              if (at !== endpoint || left === 0) return null
              left -= 1
              return faults[index]?.() ?? null
            }
          },
      ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...PROFILES).map(
      (id): Step =>
        (scene) => {
          scene.presses += 1
          scene.engine.refresh(id, 'manual').catch(() => undefined)
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...PROFILES).map(
      (id): Step =>
        ({ cloud }) => {
          const app = PROFILES.indexOf(id) % 2 === 0 ? 'a' : 'b'
          if (id !== 'p4') cloud.kill(`APP_${app}@org-${id}`)
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(({ cloud }) => cloud.revoke('manager')) },
  {
    weight: 2,
    arbitrary: fc.boolean().map(
      (atWork): Step =>
        ({ cloud }) => {
          // Another copy replaces whatever tier 2 gives, at once.
          cloud.options = { ...cloud.options, takenByOthers: atWork }
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map(
      (saysEnd): Step =>
        ({ cloud }) => {
          cloud.options = { ...cloud.options, saysEnd }
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (tells): Step =>
        ({ cloud }) => {
          cloud.knownExpiry = (token) => (tells ? cloud.expiryOf(token) : refused(403))
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY).map(
      (liveTokens): Step =>
        ({ cloud }) => {
          // Waiting 6 h for tokens of seconds would be thousands of renewals.
          if (cloud.options.accessTtl > MINUTE) cloud.options = { ...cloud.options, liveTokens }
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (on): Step =>
        ({ vault }) => {
          if (on) vault.break()
          else vault.mend()
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(({ vault }) => {
      vault.unprovable = new StoreFailure('read-only', 'read-only')
    }),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (there): Step =>
        ({ cloud }) => {
          cloud.webexIsThere = there
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('resume' as const, 'network-back' as const).map(
      (reason): Step =>
        (scene) => {
          scene.presses += 1
          scene.engine.reconsider(reason)
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 60 }).map(
      (parts): Step =>
        (scene) => {
          scene.presses += 1
          scene.clock.sleep((parts * scene.cloud.options.accessTtl) / 50)
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((scene) => {
      scene.presses += 1
      return scene.restart()
    }),
  },
)

const conditions: fc.Arbitrary<Conditions> = fc.record({
  rotate: fc.boolean(),
  slide: fc.boolean(),
  sendsRefreshToken: fc.boolean(),
  unchangedShare: fc.constantFrom(0, 0, 0.3, 0.7),
  accessTtl: fc.constantFrom(20 * SECOND, 10 * MINUTE, 12 * HOUR),
  seed: fc.integer(),
})

function accountOf(id: string): string {
  return id === 'manager' ? id : `APP_${PROFILES.indexOf(id) % 2 === 0 ? 'a' : 'b'}@org-${id}`
}

test('no token lost, nothing minted at the limit, no grant used twice at once, no delay of 0, no credential deleted, and in the end all is well', async () => {
  await fc.assert(
    fc.asyncProperty(conditions, fc.array(step, { minLength: 5, maxLength: 40 }), async (given, steps) => {
      const scene = new Scene(given)
      const { clock, cloud, vault } = scene
      for (const each of steps) {
        const had = new Map(vault.pairs)
        await each(scene)
        // Two in the same instant are two actions of the cloud on one grant.
        expect(cloud.worstOverlap).toBeLessThanOrEqual(1)
        expect(scene.mintedAtLimit).toEqual([])
        for (const [id, pair] of had) {
          const now = vault.pairs.get(id)
          expect(now?.accessToken ?? null).not.toBeNull()
          if (pair.refresh !== null) expect(now?.refresh ?? null).not.toBeNull()
        }
      }
      const callsBefore = cloud.count('refresh') + cloud.count('application')
      const hours = clock.monotonic() / HOUR
      // 5 profiles and a manager: a bounded number of tries an hour, however everything fails.
      const natural = (clock.monotonic() / given.accessTtl) * 6 * 12
      expect(callsBefore).toBeLessThanOrEqual(200 + 6 * 3 * 60 * hours + natural + 20 * scene.presses)
      expect(Math.min(...clock.delays)).toBeGreaterThan(0)
      expect(clock.wakes).toBeLessThan(
        500 + clock.monotonic() / MINUTE + 40 * callsBefore + 5 * clock.delays.length,
      )

      // Everything outside is mended; the person enters the secrets and connects the integration anew.
      cloud.fault = () => null
      cloud.webexIsThere = true
      vault.mend()
      await clock.advance(MINUTE)
      for (const id of [...PROFILES, 'manager']) {
        const delivered = cloud.delivered.get(accountOf(id))
        if (delivered === undefined) continue
        // What reached the engine reached the disk.
        expect(vault.pairs.get(id)?.accessToken?.reveal()).toBe(delivered)
      }
      // An integration whose refresh token is never extended would need a person again and again.
      cloud.options = {
        ...cloud.options,
        ...{ slide: true, sendsRefreshToken: true, saysEnd: true, liveTokens: Number.POSITIVE_INFINITY },
        takenByOthers: false,
      }
      if (cloud.limitedAt.size > 0 || scene.forgotLimits) await clock.advance(7 * HOUR)
      const pair = pairOf(cloud.issue('manager', 'client-integration'), 'authorization-code')
      await scene.engine.apply([
        { kind: 'manager-pair', managerId: 'manager', pair },
        ...[makeApp('a'), makeApp('b')].map(
          (serviceApp) => ({ kind: 'service-app-saved', serviceApp }) as const,
        ),
      ])
      await clock.advance(Math.max(10 * MINUTE, Math.min(given.accessTtl, DAY)))
      await clock.until(
        () =>
          scene.engine.view().profiles.every(({ state }) => state === 'healthy' || state === 'refreshing'),
        2 * HOUR,
        SECOND,
      )
      expect(scene.engine.hasUnsaved()).toBe(false)
      const stopped = scene.engine.stop()
      await clock.advance(MINUTE)
      await stopped
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 40) },
  )
}, 300_000)

test('the circuit breaker lets no token end that the token endpoint would have renewed', async () => {
  const opening = fc.constantFrom<Fault>(
    { answer: odd('html') },
    { answer: refused(407) },
    { answer: unreachable('proxy-login') },
    { answer: refused(511) },
  )
  const times = fc.integer({ min: 1, max: 30 })
  await fc.assert(
    fc.asyncProperty(conditions, opening, times, times, async (given, fault, openAt, openFor) => {
      const scene = new Scene({ ...given, unchangedShare: 0, rotate: false })
      const { clock, cloud } = scene
      const part = given.accessTtl / 100
      await clock.advance(openAt * part)
      // The question without a credential is never answered again; the token endpoint is, after a while.
      cloud.webexIsThere = false
      cloud.fault = (at) => (at === 'presence' ? { answer: odd('html') } : fault)
      for (const id of PROFILES) scene.engine.refresh(id, 'manual').catch(() => undefined)
      await clock.advance(openFor * part)
      cloud.fault = (at) => (at === 'presence' ? { answer: odd('html') } : null)
      for (let step = 0; step < 120; step += 1) {
        await clock.advance(part)
        const expired = scene.engine.view().profiles.filter(({ state }) => state === 'expired')
        expect(expired.map(({ id }) => id)).toEqual([])
      }
      const stopped = scene.engine.stop()
      await clock.advance(MINUTE)
      await stopped
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 10) },
  )
}, 300_000)
