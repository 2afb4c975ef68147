// What the window may ask and what it is shown. Requests are parsed strictly in main; replies and views never hold a secret.
import type { z } from 'zod'
import { type AppReplies, type AppView, appRequests } from './app.ts'
import { type ConnectReplies, connectRequests } from './connect.ts'
import { type DeliveryReplies, deliveryRequests } from './delivery.ts'
import { type HistoryReplies, historyRequests } from './history.ts'
import { type KeepingReplies, keepingRequests } from './keeping.ts'
import { type ServiceAppReplies, serviceAppRequests } from './service-apps.ts'

export type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-model.ts'
export type { Verdict } from '#engine/domain/engine-api.ts'
export type { Attempt, Call, Outcome, Probe, Tier, TokenOrigin, Trigger } from '#engine/domain/model.ts'
export type {
  FixAction,
  FleetView,
  ManagerView,
  ProfileState,
  ProfileView,
  RootCause,
  TierView,
} from '#engine/domain/view-model.ts'

export type { AppView, Place, Toast } from './app.ts'
export type { ConnectView } from './connect.ts'
export type {
  ConsumerView,
  DeliveryView,
  FileCheck,
  RunView,
  TargetView,
} from './delivery.ts'
export type { DayCounts, ShownAttempt } from './history.ts'
export type {
  ActingView,
  BackupContents,
  BackupSummary,
  BackupWritten,
  CloudChoice,
  ImportDryRun,
  ImportedRow,
  StorageView,
  StorageWay,
} from './keeping.ts'
export type { SettingsView } from './settings.ts'

/** Request name → what it takes. The replies are in `Replies`. */
export const requests = {
  ...appRequests,
  ...serviceAppRequests,
  ...connectRequests,
  ...historyRequests,
  ...deliveryRequests,
  ...keepingRequests,
} as const

export type RequestName = keyof typeof requests
export type Input<N extends RequestName> = z.infer<(typeof requests)[N]>

/** Request name → what the answer holds. */
export interface Replies
  extends AppReplies,
    ServiceAppReplies,
    ConnectReplies,
    HistoryReplies,
    DeliveryReplies,
    KeepingReplies {}

export type ErrorCode =
  /** The input did not fit; `field` says where. */
  | 'invalid'
  | 'not-found'
  /** The vault is not open or could not be written. */
  | 'storage'
  | 'busy'
  | 'refused'
  | 'internal'

export interface RequestError {
  readonly code: ErrorCode
  /** A sentence for the person: what happened and what to do. */
  readonly message: string
  readonly field?: string
  readonly trackingId?: string
}

export type Reply<N extends RequestName> =
  | { readonly ok: true; readonly value: Replies[N] }
  | { readonly ok: false; readonly error: RequestError }

/** What the preload puts on `window.satm`. */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Reply<N>>
  /**
   * Called with each view; the returned function stops it. A text is the JSON of an `AppView` or of `ViewChanges`
   * (view-changes.ts): large fleets come that way, since the bridge copies objects slowly.
   */
  onView(listener: (push: AppView | string) => void): () => void
}
