// Where tokens go after a renewal, put together: targets with their state, the local endpoint, the webhook.

import { deliverBeside } from '#application/delivery-session.ts'
import { createTargets } from '#application/delivery-targets.ts'
import type { RunningEndpoint } from '#application/endpoint-consumers.ts'
import type { RunningCore } from '#application/running-core.ts'
import { createWebhook } from '#application/webhook-settings.ts'
import type { DeliveryView } from '#contract/contract.ts'
import { createDeliveryKinds } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { whyUndelivered } from '#delivery/target-state.ts'
import type { NoAnswer, SendingDependencies } from '#delivery/webhook/webhook-request.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { AlertNews, FleetView } from '#engine/domain/view-model.ts'
import type { DeliveryParts } from '#ipc/delivery-requests.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readFetchFailure } from '#webex/network-errors.ts'

export interface Delivery extends DeliveryParts {
  view(): Omit<DeliveryView, 'commandLine'>
  /**
   * Starts the core with `start`, over a vault that tells of what is stored, and delivers what it renews until it is
   * stopped. Also the moment at which what the vault holds of the webhook is read.
   */
  beside(vault: OpenVault, start: (watched: OpenVault) => RunningCore): RunningCore
  /** What was just said to the person goes to the webhook too. */
  alerted(step: AlertNews, view: FleetView): void
  /** Nothing is sent any more. Deliveries end with the core. */
  stop(): void
}

export interface DeliveryCompositionParts {
  readonly clock: Clock
  /** Corrected by the server's clock. */
  readonly now: () => number
  readonly newId: () => string
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => OpenVault
  /** Throws a `UserFacingError` while nothing runs. */
  readonly engine: () => Engine
  readonly endpoint: RunningEndpoint
  readonly fetch: SendingDependencies['fetch']
  readonly userAgent: string
  /** The path a person chose, of a file that may be there already; null: none. */
  readonly fileToChange: (name: string) => Promise<string | null>
  /** Onto the clipboard, as a token is; throws a `UserFacingError` while the window is locked. */
  readonly copySecret: (text: string) => unknown
  /** Takes known secrets, and what looks like one, out of a text. */
  readonly redact: (text: string) => string
  readonly log: {
    info(event: string, fields: Readonly<Record<string, unknown>>): void
    warn(event: string, fields: Readonly<Record<string, unknown>>): void
    knownSecret(value: string): void
  }
  readonly changed: () => void
}

/** More are not read by anybody; the profiles say the rest. */
const MOST_FAILING = 50

export function createDelivery(parts: DeliveryCompositionParts): Delivery {
  const { clock, log, endpoint, newId } = parts
  const envFiles = createEnvFileWriter()
  const kinds = createDeliveryKinds({ clock, envFiles, redact: parts.redact, log: log.info })
  let deliveries: DeliveryQueue | null = null
  let revision = 0
  const changed = () => {
    revision += 1
    parts.changed()
  }
  const webhook = createWebhook({
    ...parts,
    row: () => parts.vault().webhook,
    whyNoAnswer,
    learn: log.knownSecret,
    log: log.info,
  })
  const session = {
    clock,
    kinds,
    failed: log.warn,
    changed,
    running(next: DeliveryQueue | null) {
      deliveries = next
      changed()
    },
  }

  return {
    targets: createTargets({
      engine: parts.engine,
      deliveries: () => deliveries,
      rows: () => parts.vault().deliveries,
      runs: () => parts.vault().deliveryRuns,
      kinds,
      envFiles,
      fileToChange: parts.fileToChange,
      newId,
    }),
    endpoint,
    webhook,
    view: () => ({
      revision,
      targets: deliveries?.targets.size ?? 0,
      failing: failingOf(deliveries),
      endpoint: endpoint.view(),
      webhook: webhook.view(),
    }),
    beside(vault, start) {
      webhook.reload(vault.webhook)
      return deliverBeside(session, vault, start)
    },
    alerted: webhook.alerted,
    stop: webhook.stop,
  }
}

function failingOf(deliveries: DeliveryQueue | null): DeliveryView['failing'] {
  return (deliveries?.targets.failing(MOST_FAILING) ?? []).map((entry) => ({
    profileId: entry.target.profileId,
    targetId: entry.target.id,
    sentence: whyUndelivered(entry) ?? '',
  }))
}

function whyNoAnswer(error: unknown): NoAnswer {
  const failure = readFetchFailure(error)
  return failure.kind === 'redirected' ? 'redirected' : failure.reason
}
