// The app as a whole: its view, its settings, and what concerns no single service app.
import { z } from 'zod'
import type { FixAction, FleetView } from '#engine/domain/view-model.ts'
import type { ConnectView } from './connect.ts'
import type { DeliveryView } from './delivery.ts'
import { none, settings } from './fields.ts'
import type { StorageView } from './keeping.ts'
import { SETTINGS, type SettingsView } from './settings.ts'

export const appRequests = {
  'view.get': none,
  /** Has the whole view pushed, the way the window takes it best; answers with nothing. */
  'view.push': none,
  'settings.save': z.strictObject({
    baseUrl: z.string().trim().max(500).optional(),
    ...settings(SETTINGS),
  }),
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

export interface AppReplies {
  'view.get': AppView
  'view.push': null
  'settings.save': null
  'clipboard.copy-text': null
  'app.open-link': null
  'app.try-simulated': null
  'app.copy-diagnostics': null
  'app.restart': null
  'app.delete-data': null
  'app.quit': null
}

/** Where the window is led. */
export type Place =
  | { readonly kind: 'list' }
  /** All that is wrong: the list of those in trouble, and every cause. */
  | { readonly kind: 'trouble' }
  | { readonly kind: 'profile'; readonly profileId: string }

/** A short message in the window; also what a notification becomes while the window has focus. */
export interface Toast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  /** What it is about. */
  readonly place: Place
  readonly fix: FixAction | null
}

/** Everything the window shows. Pushed whole, with a growing revision. */
export interface AppView {
  readonly revision: number
  readonly fleet: FleetView
  readonly connect: ConnectView
  readonly storage: StorageView
  /** The window asks for the passphrase; nothing else is answered, and the fleet is not shown. */
  readonly locked: boolean
  readonly settings: SettingsView
  readonly delivery: DeliveryView
  readonly toasts: readonly Toast[]
  /** A notification or the tray asked for this page; the window follows once for each new sequence number. */
  readonly goTo: { readonly sequence: number; readonly place: Place } | null
  readonly app: {
    readonly version: string
    readonly electron: string
    readonly chromium: string
    readonly node: string
    readonly platform: string
    readonly dataFolder: string
    /** The Webex cloud is the simulated one inside this app. */
    readonly simulated: boolean
    /** The base URL is not one of Webex's own: always said in the window. */
    readonly foreignCloud: boolean
    /** No tray on this desktop: closing the window minimises it instead. */
    readonly tray: boolean
  }
}
