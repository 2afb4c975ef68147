// The contract: what the window may request and what it is shown. Requests are parsed strictly in main; replies and
// views never hold a secret.
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import type { FixAction, FleetView } from '#engine/domain/view-model.ts'
import { type DataSourceReplies, type DataSourceTotals, dataSourceRequests } from './data-sources.ts'
import { type DeliveryReplies, type DeliveryView, deliveryRequests } from './delivery.ts'
import { none, setting, settings } from './fields.ts'
import { type ForecastReplies, forecastRequests } from './forecast.ts'
import { type HistoryReplies, historyRequests } from './history.ts'
import { type KeepingReplies, keepingRequests, type StorageView } from './keeping.ts'
import { type ProblemReplies, type ProblemTotals, problemRequests } from './problems.ts'
import {
  type ConnectView,
  connectRequests,
  type ServiceAppReplies,
  serviceAppRequests,
} from './service-apps.ts'
import { PROXY_SETTINGS, type ProxyView, SETTINGS, type SettingsView } from './settings.ts'
import { type SharedVaultReplies, type SharedVaultView, sharedVaultRequests } from './shared-vault.ts'
import { looksSecret } from './value-rules.ts'
import { readViewState, type ViewState } from './view-state.ts'

export type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-spec.ts'
export type { Verdict } from '#engine/domain/engine-api.ts'
export type { Attempt, Outcome, Probe, Tier, TokenOrigin, Trigger } from '#engine/domain/model.ts'
export type {
  FixAction,
  FleetView,
  Incident,
  ManagerView,
  Owner,
  ProfileState,
  ProfileView,
  RecordTable,
  TierView,
} from '#engine/domain/view-model.ts'
export type { DataSourceList, DataSourceTotals, DataSourceView } from './data-sources.ts'
export type {
  ConsumerView,
  DeliveryView,
  FileCheck,
  FleetCustomerView,
  FleetDeliveryView,
  RunView,
  TargetView,
} from './delivery.ts'
export type {
  ForecastDay,
  ForecastView,
  RehearsalView,
  WhatIf,
} from './forecast.ts'
export type { DayCounts, ShownAttempt, ShownCall } from './history.ts'
export type {
  ActingView,
  BackupContents,
  BackupSummary,
  BackupWritten,
  CloudChoice,
  CopyView,
  FoundNames,
  ImportDryRun,
  ImportedManager,
  ImportedRow,
  LackingField,
  NameList,
  StorageView,
  StorageWay,
  UnclearSet,
  VariableRole,
} from './keeping.ts'
export type { ProblemNotesView, ProblemTotals, ResolvedProblem } from './problems.ts'
export type { ConnectView, PastedView, SecretField } from './service-apps.ts'
export type { ProxyView, SettingsView } from './settings.ts'
export type { SharedVaultMembers, SharedVaultView } from './shared-vault.ts'
export type { ViewState } from './view-state.ts'

/** What concerns no single service app. */
const appRequests = {
  'view.get': none,
  /** Has the whole view pushed, the way the window takes it best; answers with nothing. */
  'view.push': none,
  /** Where the window was left. */
  'view.recall': none,
  /** Kept for the next window. What may be a secret that was pasted into the search is not. */
  'view.remember': z.strictObject({
    state: z
      .unknown()
      .transform(readViewState)
      .transform((state) =>
        looksSecret(state.list.search) ? { ...state, list: { ...state.list, search: '' } } : state,
      ),
  }),
  'settings.save': z.strictObject({
    baseUrl: z.string().trim().max(500).optional(),
    ...settings(SETTINGS),
  }),
  /** `password`: null keeps the saved one of this user; without a user nothing of the sign-in changes. */
  'proxy.save': z.strictObject({
    proxyMode: setting(PROXY_SETTINGS.proxyMode),
    proxyAddress: z.string().max(500),
    proxyBypass: z.string().max(4000),
    user: z.string().trim().max(256),
    password: z.string().max(1024).nullable(),
  }),
  'proxy.forget-sign-in': none,
  /** Whether Webex answers, and by which way. */
  'proxy.test': none,
  /** Each resolves when it has ended; the view says how. */
  'updates.check': none,
  'updates.download': none,
  'updates.cancel': none,
  /** Puts the downloaded version in place, and ends this one. */
  'updates.install': none,
  'clipboard.copy-text': z.strictObject({ text: z.string().min(1).max(4096) }),
  'app.open-link': z.strictObject({ link: z.enum(['developer-portal', 'control-hub', 'data-folder']) }),
  'app.try-simulated': none,
  /** Versions, states and the last log lines, without a secret, to the clipboard. */
  'app.copy-diagnostics': none,
  /** Ends and starts again: a process keeps what it found of the keyring at its first try. */
  'app.restart': none,
  /** Ends, and removes all that was kept here. The word is typed by the person. */
  'app.delete-data': z.strictObject({ word: z.literal('delete', 'Type delete.') }),
  'app.quit': none,
} as const

/** Request name → what it takes. `Replies` has what is answered. */
export const requests = {
  ...appRequests,
  ...serviceAppRequests,
  ...connectRequests,
  ...historyRequests,
  ...forecastRequests,
  ...deliveryRequests,
  ...dataSourceRequests,
  ...keepingRequests,
  ...problemRequests,
  ...sharedVaultRequests,
} as const

export type RequestName = keyof typeof requests
export type Input<N extends RequestName> = z.infer<(typeof requests)[N]>

/** Request name → what the answer holds; null where it only says that the request was carried out. */
export type Replies = { readonly [N in RequestName]: N extends keyof Answers ? Answers[N] : null }

interface Answers
  extends ServiceAppReplies,
    HistoryReplies,
    ForecastReplies,
    DeliveryReplies,
    DataSourceReplies,
    KeepingReplies,
    ProblemReplies,
    SharedVaultReplies {
  'view.get': AppView
  'view.recall': ViewState
  'proxy.test': { readonly reached: boolean; readonly sentence: string }
}

export type ErrorCode =
  /** The input did not fit; `field` says where. */
  | 'invalid'
  | 'not-found'
  /** The vault is not open or could not be written. */
  | 'storage'
  | 'busy'
  /** Somebody else has changed it in the meantime. */
  | 'conflict'
  | 'refused'
  | 'internal'

export interface RequestError {
  readonly code: ErrorCode
  /** A sentence for the person: what happened and what to do. */
  readonly message: string
  readonly field?: string
  readonly trackingId?: string
  /** What is there already, and is offered to be opened. */
  readonly profileId?: string
}

export type Reply<N extends RequestName> =
  | { readonly ok: true; readonly value: Replies[N] }
  | { readonly ok: false; readonly error: RequestError }

/** What the preload puts on `window.satm`. */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Reply<N>>
  /** Called with the JSON of an `AppView` or of `ViewChanges` (view-changes.ts); the returned function stops it. */
  onView(listener: (push: string) => void): () => void
}

/** Where the window is led. */
export type Place =
  | { readonly kind: 'list' }
  /** All that is wrong, one line for each cause. */
  | { readonly kind: 'problems' }
  | { readonly kind: 'profile'; readonly profileId: string }
  /** Of the settings: versions and updates. */
  | { readonly kind: 'about' }

/** A short message in the window; also what a notification becomes while the window has focus. */
export interface Toast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  /** What it is about. */
  readonly place: Place
  readonly fix: FixAction | null
}

/** Updates of the app itself. */
export interface UpdatesView {
  /** Of the server that is asked. */
  readonly host: string
  /** When it last answered; null: never. */
  readonly checkedAt: Instant | null
  /** `newest`: as the server has just said. `installed`: it starts as soon as this version has ended. */
  readonly step:
    | 'none'
    | 'newest'
    | 'checking'
    | 'available'
    | 'downloading'
    | 'downloaded'
    | 'installing'
    | 'installed'
  /** The newer version; null: none is known. */
  readonly version: string | null
  /** Of the download, in bytes. */
  readonly size: number
  readonly percent: number
  /** How a person upgrades where the app does not; null: the app does. */
  readonly upgrade: { readonly command: string | null } | null
  /** Why the last step failed. */
  readonly problem: string | null
}

/** Everything the window shows, with a growing revision. */
export interface AppView {
  readonly revision: number
  readonly fleet: FleetView
  readonly problems: ProblemTotals
  readonly connect: ConnectView
  readonly storage: StorageView
  /** The window asks for the passphrase; nothing else is answered, and the fleet is not shown. */
  readonly locked: boolean
  readonly settings: SettingsView
  readonly proxy: ProxyView
  readonly delivery: DeliveryView
  readonly dataSources: DataSourceTotals
  readonly sharedVault: SharedVaultView
  /** null: this build has no update server. */
  readonly updates: UpdatesView | null
  readonly toasts: readonly Toast[]
  /** A notification or the tray asked for this page; the window follows once for each new sequence number. */
  readonly goTo: { readonly sequence: number; readonly place: Place } | null
  readonly app: {
    readonly version: string
    readonly electron: string
    readonly chromium: string
    readonly node: string
    /** When this Electron stopped getting security fixes; null: it gets them, as far as is known. */
    readonly supportEndedAt: Instant | null
    readonly platform: string
    readonly dataFolder: string
    /** The Webex cloud is the simulated one inside this app. */
    readonly simulated: boolean
    /** The base URL is not one of Webex's own, which the window always shows. */
    readonly foreignCloud: boolean
    /** No tray on this desktop: closing the window minimises it instead. */
    readonly tray: boolean
    /** Where the desktop does not tell for how long nobody touched the computer, the lock counts from the use of the window. */
    readonly idleCountsFrom: 'computer' | 'window'
  }
}
