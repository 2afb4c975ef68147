// A real engine, a real vault and real files with deliveries beside them; only Webex and time are the test's own.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RunningEndpoint } from '#application/endpoint-consumers.ts'
import type { RunningCore } from '#application/running-core.ts'
import { createDelivery, type Delivery } from '#bootstrap/delivery.ts'
import type { Input } from '#contract/contract.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import type { StoreFailure } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { FakeClock, seeded } from '../../engine/support/fake-clock.ts'
import { FakeCloud } from '../../engine/support/fake-cloud.ts'
import { makeApp, makeIntegration, makeProfile, pairOf } from '../../engine/support/world.ts'
import { temporaryFolder } from '../../vault/support/builders.ts'
import { opened } from '../../vault/support/opened.ts'

export interface Delivering {
  readonly clock: FakeClock
  readonly cloud: FakeCloud
  readonly vault: OpenVault
  readonly delivery: Delivery
  /** Where env files go. */
  readonly folder: string
  readonly copied: string[]
  readonly logged: [string, unknown][]
  /** What the next dialog answers. */
  chosen: string | null
  core(): RunningCore
  engine(): Engine
  tokenOf(profileId: string): string
  /** Ends this run of the app in order, and begins another over the same vault. */
  restart(): Promise<void>
  /** As restart, but nothing gets to know of the end. */
  killed(): void
}

/** What the vault refuses to store, and how it says so. */
interface Refusing {
  readonly refuses: (changes: readonly FleetChange[]) => boolean
  readonly failure: StoreFailure
}

export async function delivering(refusing: Refusing | null = null): Promise<Delivering> {
  const clock = new FakeClock()
  const cloud = new FakeCloud(clock)
  const vault = await opened(temporaryFolder(), { clock })
  const profile = (id: string) =>
    makeProfile({
      id,
      name: `Profile ${id}`,
      targetOrgId: `org-${id}`,
      pair: pairOf(cloud.issue(`APP_a@org-${id}`, 'client-a')),
    })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: makeApp('a') },
      { kind: 'manager-saved', manager: makeIntegration() },
      { kind: 'profile-saved', profile: profile('one') },
      { kind: 'profile-saved', profile: profile('two') },
    ],
    [],
  )
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'satm-delivering-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [copied, logged]: [string[], [string, unknown][]] = [[], []]
  let core: RunningCore | null = null
  let serial = 0
  const newId = () => `id-${++serial}`
  const log = (event: string, fields: unknown) => void logged.push([event, fields])
  const make = () =>
    createDelivery({
      clock,
      now: () => clock.now(),
      newId,
      vault: () => vault,
      engine: () => world.engine(),
      endpoint: { view: () => ({ on: false }) } as unknown as RunningEndpoint,
      fetch,
      userAgent: 'test/1',
      fileToChange: async () => world.chosen,
      copySecret: (text) => copied.push(text),
      redact: (text) => text,
      log: { info: log, warn: log, knownSecret: () => {} },
      changed: () => {},
    })
  const start = (delivery: Delivery) => {
    const { fleet, lastAttempts } = vault.load()
    const commit: OpenVault['commit'] = async (changes, attempts) => {
      if (refusing?.refuses(changes)) throw refusing.failure
      await vault.commit(changes, attempts)
    }
    core = delivery.beside({ ...vault, commit }, (watched) => {
      const engine = createEngine({
        clock,
        random: seeded(1),
        webex: cloud,
        vault: watched,
        settings: defaultSettings,
        fleet,
        lastAttempts,
        newId,
      })
      engine.start()
      return { engine, stop: () => engine.stop(), resume: () => engine.start() } as RunningCore
    })
  }
  let delivery = make()
  const world: Delivering = {
    clock,
    cloud,
    vault,
    get delivery() {
      return delivery
    },
    folder,
    copied,
    logged,
    chosen: null,
    core: () => {
      if (core === null) throw new Error('it does not run')
      return core
    },
    engine: () => world.core().engine,
    tokenOf: (id) => world.engine().fleet().profiles.get(id)?.pair?.accessToken?.reveal() ?? 'none',
    async restart() {
      await world.core().stop()
      world.killed()
    },
    killed() {
      delivery = make()
      start(delivery)
    },
  }
  start(delivery)
  onTestFinished(async () => {
    delivery.stop()
    await core?.stop()
  })
  return world
}

type Target = Input<'delivery.save'>['target']

export function envFile(path: string, change: { name?: string; refresh?: string | null } = {}): Target {
  return {
    kind: 'env-file',
    path,
    accessTokenName: change.name ?? 'TOKEN',
    refreshTokenName: change.refresh ?? null,
    confirmed: [],
  }
}

export function command(text: string): Target {
  return { kind: 'hook', command: text, pass: 'environment', timeLimitSeconds: 30 }
}
