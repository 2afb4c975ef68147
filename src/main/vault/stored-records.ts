// Stored records: what a vault stores, whether it is one computer's own or shared.
import type { Instant } from '#engine/domain/model.ts'
import type { Vault } from '#engine/domain/ports.ts'
import type { CloudRow } from './repositories/cloud.ts'
import type { ConsumerRows } from './repositories/consumers.ts'
import type { DeliveryRunRows } from './repositories/delivery-runs.ts'
import type { DeliveryRows } from './repositories/delivery-targets.ts'
import type { LoadedFleet } from './repositories/fleet.ts'
import type { FleetDeliveriesRow } from './repositories/fleet-deliveries.ts'
import type { DayCounts, HistoryPage } from './repositories/history.ts'
import type { HistoryFilter, HistoryQuery } from './repositories/history-query.ts'
import type { ProblemNotesRow } from './repositories/problem-notes.ts'
import type { WebhookRow } from './repositories/webhook.ts'

/**
 * Each call is one transaction. Calls take effect, and resolve, in the order in which they are made. What depends on what
 * was read is one call, or the caller makes sure that nothing else writes between its two.
 */
export interface StoredRecords extends Pick<Vault, 'commit'> {
  /** `tokens: 'sealed'`: those of a large fleet may not be opened yet, which takes most of the time. */
  load(options?: { readonly tokens: 'sealed' }): Promise<LoadedFleet>
  history(query: HistoryQuery): Promise<HistoryPage>
  /** Counts by local day, oldest first. */
  historyDays(filter: HistoryFilter, timeZone: string): Promise<readonly DayCounts[]>
  /** Forgets some of the history before an instant; resolves with how many rows. Call again until it is 0. */
  pruneHistory(before: Instant): Promise<number>
  /** Where tokens go, and who may ask for them. */
  readonly deliveries: DeliveryRows
  readonly deliveryRuns: DeliveryRunRows
  readonly consumers: ConsumerRows
  readonly webhook: WebhookRow
  /** To which Webex cloud all of it belongs. */
  readonly cloud: CloudRow
  readonly problemNotes: ProblemNotesRow
  readonly fleetDeliveries: FleetDeliveriesRow
}
