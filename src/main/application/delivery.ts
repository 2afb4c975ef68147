// Delivery: the deliveries beside the engine session, and what the window is shown of them.
import type { DeliveryView } from '#contract/contract.ts'
import type { DeliveryKinds } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { whyUndelivered } from '#delivery/target-state.ts'
import type { Log } from '#desktop/log/log.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { deliverBeside, type SessionDependencies } from './delivery-session.ts'
import type { EngineSession } from './engine-supervisor.ts'

export interface Delivery {
  /** null while nothing runs. */
  current(): DeliveryQueue | null
  view(): Pick<DeliveryView, 'revision' | 'targets' | 'failing'>
  /** Starts a session with `start`, over a vault that tells of what is stored, and delivers what it renews until it stops. */
  beside(vault: OpenVault, start: (watched: OpenVault) => EngineSession): Promise<EngineSession>
}

/** More are not read by anybody; the profiles say the rest. */
const MOST_FAILING = 50

export function createDelivery(dependencies: {
  readonly clock: Clock
  readonly kinds: DeliveryKinds
  readonly log: Pick<Log, 'warn'>
  readonly changed: () => void
}): Delivery {
  const { clock, kinds, log } = dependencies
  let deliveries: DeliveryQueue | null = null
  let revision = 0
  const changed = () => {
    revision += 1
    dependencies.changed()
  }
  const session: SessionDependencies = {
    clock,
    kinds,
    failed: log.warn,
    changed,
    running(next) {
      deliveries = next
      changed()
    },
  }
  return {
    current: () => deliveries,
    view: () => ({ revision, targets: deliveries?.targets.size ?? 0, failing: failingOf(deliveries) }),
    beside: (vault, start) => deliverBeside(session, vault, start),
  }
}

function failingOf(deliveries: DeliveryQueue | null): DeliveryView['failing'] {
  return (deliveries?.targets.failing(MOST_FAILING) ?? []).map((entry) => ({
    profileId: entry.target.profileId,
    targetId: entry.target.id,
    sentence: whyUndelivered(entry) ?? '',
  }))
}
