// Delivery session: the delivery queue beside a running core. It starts with the core, learns of each new token, and
// stops before the vault closes.
import type { DeliveryKinds } from '#delivery/delivery-kinds.ts'
import { DeliveryQueue, type DeliveryQueueDependencies } from '#delivery/delivery-queue.ts'
import type { Log } from '#desktop/log/log.ts'
import { wantsRefreshToken } from '#engine/domain/delivery-model.ts'
import type { Engine, EngineEvent } from '#engine/domain/engine-api.ts'
import type { FleetChange, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { StoredTargets } from '#vault/repositories/delivery-targets.ts'
import type { EngineSession } from './engine-supervisor.ts'
import { deliverable } from './usable-token.ts'

export interface SessionDependencies {
  readonly clock: Clock
  readonly kinds: DeliveryKinds
  readonly failed: Log['warn']
  readonly changed: () => void
  /** The queue started or, with null, stopped. */
  readonly running: (deliveries: DeliveryQueue | null) => void
}

/** Starts a core over the vault, and delivers what it renews for as long as it runs. */
export async function deliverBeside(
  parts: SessionDependencies,
  vault: OpenVault,
  start: (watched: OpenVault) => EngineSession,
): Promise<EngineSession> {
  let deliveries: DeliveryQueue | null = null
  /** Profiles something was stored of; the engine takes that over right after. */
  const touched = new Set<ProfileId>()

  const stored = (changes: readonly FleetChange[]) => {
    for (const change of changes) {
      if (change.kind === 'profile-removed') deliveries?.removeProfile(change.profileId)
      else if (change.kind === 'profile-saved') touched.add(change.profile.id)
      else if (change.kind === 'profile-pair') touched.add(change.profileId)
    }
  }
  const load = async () => (await storedTargets(vault, parts.failed)).targets
  const targets = await load()
  const core = start({
    ...vault,
    async commit(changes, attempts) {
      await vault.commit(changes, attempts)
      stored(changes)
    },
  })
  const heard = (event: EngineEvent) => {
    if (event.kind === 'attempt') {
      const { subject, outcome } = event.attempt
      // Also of a pair that could not be stored yet: programs need the token that works.
      if (subject.kind === 'profile' && outcome !== 'failed') deliveries?.tokenChanged(subject.profileId)
      return
    }
    for (const profileId of touched) deliveries?.tokenChanged(profileId)
    touched.clear()
  }
  let unsubscribe = () => {}
  const begin = (stored: DeliveryQueueDependencies['stored']) => {
    deliveries = new DeliveryQueue({ ...queueDependencies(parts, vault, core.engine), stored })
    unsubscribe = core.engine.subscribe(heard)
    parts.running(deliveries)
    deliveries.start()
  }
  const end = async () => {
    unsubscribe()
    await deliveries?.stop()
    deliveries = null
    parts.running(null)
  }
  begin(targets)

  return {
    ...core,
    async stop() {
      // First the core: what it stores last is still delivered.
      await core.stop()
      await end()
    },
    async resume() {
      const stored = await load()
      await core.resume()
      begin(stored)
    },
  }
}

function queueDependencies(
  { clock, kinds, failed, changed }: SessionDependencies,
  vault: OpenVault,
  engine: Engine,
): Omit<DeliveryQueueDependencies, 'stored'> {
  return {
    clock,
    now: () => engine.now(),
    async note(id, state) {
      // Should the app be killed before a pair is stored, its older one must not be brought over it at the next start.
      // What goes unnoted is at worst delivered once more.
      if (!engine.hasUnsaved()) await vault.deliveries.note(id, state)
    },
    noteRun: (id, run) => vault.deliveryRuns.add(id, run),
    tokenOf: ({ profileId, spec }) =>
      deliverable(engine.fleet().profiles.get(profileId), wantsRefreshToken(spec)),
    kinds,
    changed,
    failed: (event, error) => failed(`delivery.${event}-failed`, { error }),
  }
}

/** Tokens are renewed whatever is the matter with their targets. */
async function storedTargets(
  vault: OpenVault,
  failed: SessionDependencies['failed'],
): Promise<StoredTargets> {
  try {
    const stored = await vault.deliveries.load()
    if (stored.unreadable.length > 0) {
      failed('delivery.unreadable-targets', { count: stored.unreadable.length })
    }
    return stored
  } catch (error) {
    failed('delivery.load-failed', { error })
    return { targets: [], unreadable: [] }
  }
}
