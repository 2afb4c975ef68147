// Delivery: the deliveries beside the engine session, and what the window is shown of them.
import type { DeliveryView } from '#contract/contract.ts'
import type { Deliveries } from '#delivery/delivery-queue.ts'
import type { EnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { whyUndelivered } from '#delivery/target-state.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { deliverBeside, type SessionParts } from './delivery-session.ts'
import type { EngineSession } from './engine-supervisor.ts'
import { performing } from './perform-delivery.ts'

export interface Delivery {
  /** null while nothing runs. */
  current(): Deliveries | null
  view(): Pick<DeliveryView, 'revision' | 'targets' | 'failing'>
  /** Starts a session with `start`, over a vault that tells of what is stored, and delivers what it renews until it stops. */
  beside(vault: OpenVault, start: (watched: OpenVault) => EngineSession): Promise<EngineSession>
}

/** More are not read by anybody; the profiles say the rest. */
const MOST_FAILING = 50

export function createDelivery(dependencies: {
  readonly clock: Clock
  readonly envFiles: EnvFileWriter
  readonly log: {
    info(event: string, fields: Readonly<Record<string, unknown>>): void
    warn(event: string, fields: Readonly<Record<string, unknown>>): void
    /** Takes known secrets, and what looks like one, out of a text. */
    redacted(text: string): string
  }
  readonly changed: () => void
}): Delivery {
  const { clock, envFiles: writer, log } = dependencies
  let deliveries: Deliveries | null = null
  let revision = 0
  const changed = () => {
    revision += 1
    dependencies.changed()
  }
  const session: SessionParts = {
    clock,
    perform: performing({ clock, writer, redact: log.redacted, log: log.info }),
    failed: log.warn,
    changed,
    running(next) {
      deliveries = next
      changed()
    },
  }
  return {
    current: () => deliveries,
    view: () => ({
      revision,
      targets: deliveries?.tracks.size ?? 0,
      failing: failingOf(deliveries),
    }),
    beside: (vault, start) => deliverBeside(session, vault, start),
  }
}

function failingOf(deliveries: Deliveries | null): DeliveryView['failing'] {
  return (deliveries?.tracks.failing(MOST_FAILING) ?? []).map((track) => ({
    profileId: track.target.profileId,
    targetId: track.target.id,
    sentence: whyUndelivered(track) ?? '',
  }))
}
