// A real engine, a real vault and real files with deliveries beside them; only Webex and time are the test's own.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createDelivery, type Delivery } from '#application/delivery.ts'
import { createTargets, type Targets } from '#application/delivery-targets.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { createFleetDeliveries, type FleetDeliveries } from '#application/fleet-deliveries.ts'
import { readUnreadable } from '#application/unreadable-records.ts'
import { createWebhook, type RunningWebhook } from '#application/webhook-settings.ts'
import type { DeliveryView, Input } from '#contract/contract.ts'
import { createDeliveryKinds } from '#delivery/delivery-kinds.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
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
  /** What is put together of it, each part real. */
  readonly delivery: Omit<Delivery, 'view'> & {
    readonly targets: Targets
    readonly fleetDeliveries: FleetDeliveries
    readonly webhook: RunningWebhook
    readonly alerted: RunningWebhook['alerted']
    view(): ReturnType<Delivery['view']> & Pick<DeliveryView, 'webhook'>
  }
  /** Where env files go. */
  readonly folder: string
  readonly copied: string[]
  readonly logged: [string, unknown][]
  /** What the next dialog answers. */
  chosen: string | null
  core(): EngineSession
  /** Goes on after a stop; `meanwhile` is what the engine does before all of it has. */
  resumes(meanwhile: () => Promise<void>): Promise<void>
  engine(): Engine
  tokenOf(profileId: string): string
  /** Ends this run of the app in order, and begins another over the same vault. */
  restart(): Promise<void>
  /** As restart, but nothing gets to know of the end. */
  killed(): Promise<void>
}

/** What the vault refuses to store, and how it says so. */
interface Refusing {
  readonly refuses: (changes: readonly FleetChange[]) => boolean
  readonly failure: StoreFailure
}

export async function delivering(
  refusing: Refusing | null = null,
  over: (vault: OpenVault) => OpenVault = (vault) => vault,
): Promise<Delivering> {
  const clock = new FakeClock()
  const cloud = new FakeCloud(clock)
  const vault = over(await opened(temporaryFolder(), { clock }))
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
  let core: EngineSession | null = null
  let whileResuming = async () => {}
  let serial = 0
  const newId = () => `id-${++serial}`
  const log = (event: string, fields: unknown) => void logged.push([event, fields])
  const make = (): Delivering['delivery'] => {
    const envFiles = createEnvFileWriter()
    const kinds = createDeliveryKinds({ clock, envFiles, redact: (text) => text, log })
    let sync = () => {}
    const delivery = createDelivery({
      clock,
      kinds,
      log: { warn: log },
      changed: () => {},
      profilesChanged: () => sync(),
    })
    const fleetDeliveries = createFleetDeliveries({
      engine: () => core?.engine ?? null,
      deliveries: delivery.current,
      change: delivery.change,
      clock,
      vault: () => vault,
      kinds,
      newId,
      failed: (error) => log('fleet-delivery.failed', error),
    })
    sync = () => void fleetDeliveries.sync()
    const targets = createTargets({
      engine: () => world.engine(),
      deliveries: delivery.current,
      change: delivery.change,
      rows: () => vault.deliveries,
      runs: () => vault.deliveryRuns,
      kinds,
      envFiles,
      fileToChange: async () => world.chosen,
      newId,
      dataFolder: join(folder, 'data'),
      isOfFleet: fleetDeliveries.isOwned,
    })
    const webhook = createWebhook({
      clock,
      supervisor: { now: () => clock.now(), held: () => null, vault: () => null },
      vaultAccess: { opened: () => vault },
      network: { fetch, userAgent: 'test/1', whyNoAnswer: () => 'refused' },
      copySecret: (text) => copied.push(text),
      log: { info: log, knownSecret: () => {} },
      changed: () => {},
    })
    const view = () => ({ ...delivery.view(), webhook: webhook.view() })
    return { ...delivery, view, targets, fleetDeliveries, webhook, alerted: webhook.alerted }
  }
  const start = async ({ beside, webhook }: Delivering['delivery']) => {
    await webhook.reload(vault.webhook)
    const { fleet, lastAttempts } = await vault.load()
    const commit: OpenVault['commit'] = async (changes, attempts) => {
      if (refusing?.refuses(changes)) throw refusing.failure
      await vault.commit(changes, attempts)
    }
    core = await beside({ ...vault, commit }, (watched) => {
      const engine: Engine = createEngine({
        clock,
        random: seeded(1),
        webex: cloud,
        vault: watched,
        // Time stands still: no call waits for its turn.
        settings: { ...defaultSettings, requestsPerSecond: null },
        fleet,
        lastAttempts,
        newId,
      })
      const unreadable = readUnreadable([], engine.fleet())
      const resume = async () => {
        engine.start()
        await whileResuming()
      }
      const begin = () => engine.start()
      return { engine, unreadable, begin, stop: () => engine.stop(), resume } as EngineSession
    })
    core.begin()
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
    async resumes(meanwhile) {
      whileResuming = meanwhile
      await world.core().resume()
    },
    engine: () => world.core().engine,
    tokenOf: (id) => world.engine().fleet().profiles.get(id)?.pair?.accessToken?.reveal() ?? 'none',
    async restart() {
      await world.core().stop()
      await world.killed()
    },
    async killed() {
      delivery = make()
      await start(delivery)
    },
  }
  await start(delivery)
  onTestFinished(async () => {
    delivery.webhook.stop()
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
