// What the window may ask and what it is shown. Requests are parsed strictly in main; replies and views never hold a secret.
import { z } from 'zod'
import type { Verdict } from '../main/engine/engine.ts'
import type { Attempt } from '../main/engine/model.ts'
import type { FixAction, FleetView } from '../main/engine/view.ts'

export type { Verdict } from '../main/engine/engine.ts'
export type { Attempt, Call, Outcome, Probe, Tier, TokenOrigin, Trigger } from '../main/engine/model.ts'
export type {
  FixAction,
  FleetView,
  ManagerView,
  ProfileState,
  ProfileView,
  RootCause,
  TierView,
} from '../main/engine/view.ts'

const id = z.string().min(1).max(64)
/** Secrets come in through these and never go out. */
const secretText = z.string().trim().min(1).max(8192)
const name = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(120)
  .refine((text) => !/\p{Cc}/u.test(text), 'A name has no control characters.')

const probe = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['data-sources', 'meetings', 'messaging', 'contact-center']) }),
  z.strictObject({
    kind: z.literal('custom'),
    path: z
      .string()
      .max(500)
      .regex(/^\/[\w\-./~%?=&:+,]*$/, 'A path starts with / and has no host.'),
  }),
])

const serviceAppFields = {
  name,
  appId: z.string().trim().min(1, 'The App ID is missing.').max(500),
  clientId: z.string().trim().min(1, 'The client ID is missing.').max(500),
  targetOrgId: z.string().trim().min(1, 'The target org ID is missing.').max(500),
  orgName: z.string().trim().max(200).nullable(),
  probe,
}

/** null: the default one; left out: as it is. */
const usedManager = { managerId: id.nullable().optional() }

const integration = z.strictObject({ clientId: z.string().trim().min(1).max(500), clientSecret: secretText })

/** Blanks count in it, so it is taken as typed. */
const passphrase = z.string().min(1, 'Type the passphrase.').max(1024)

const importedRows = z.enum(['all', 'comes-in', 'refused'])

const none = z.strictObject({})

/** Request name → what it takes. The replies are in `Replies`. */
export const requests = {
  'view.get': none,
  /** Has the whole view pushed, the way the window takes it best; answers with nothing. */
  'view.push': none,
  'service-app.add': z.strictObject({
    ...serviceAppFields,
    ...usedManager,
    clientSecret: secretText,
    accessToken: secretText.nullable(),
    refreshToken: secretText.nullable(),
    /** From a pasted token-config.json: taken over when no token manager is connected yet. */
    tokenManager: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('integration'), ...integration.shape, refreshToken: secretText }),
        z.strictObject({ kind: z.literal('personal-access-token'), token: secretText }),
      ])
      .nullable(),
    /** Issue a token by tier 2 right after saving. */
    issueToken: z.boolean(),
  }),
  'service-app.edit': z.strictObject({
    profileId: id,
    ...serviceAppFields,
    ...usedManager,
    /** null keeps the stored one. */
    clientSecret: secretText.nullable(),
    refreshToken: secretText.nullable(),
  }),
  'profile.remove': z.strictObject({ profileId: id }),
  'profile.pause': z.strictObject({ profileId: id, paused: z.boolean() }),
  'profile.refresh': z.strictObject({ profileId: id }),
  'profile.test': z.strictObject({ profileId: id }),
  'profile.copy-token': z.strictObject({
    profileId: id,
    as: z.enum(['token', 'authorization-header', 'env']),
  }),
  'fleet.refresh-due': none,
  'fleet.pause': z.strictObject({ minutes: z.number().int().min(1).max(1440).nullable() }),
  'manager.refresh': z.strictObject({ managerId: id }),
  'manager.remove': z.strictObject({ managerId: id }),
  /** The one for every service app that names none. */
  'manager.make-default': z.strictObject({ managerId: id }),
  'connect.begin': z.strictObject({
    /** null with a managerId reuses the stored credentials. */
    credentials: integration.nullable(),
    managerId: id.nullable(),
  }),
  'connect.cancel': none,
  'connect.copy-url': none,
  'connect.paste-url': z.strictObject({ url: z.string().trim().min(1).max(65_536) }),
  /** Takes the place of the one that was pasted before. */
  'connect.personal-token': z.strictObject({ token: secretText }),
  'history.page': z.strictObject({
    profileId: id.nullable(),
    managerId: id.nullable(),
    outcome: z.enum(['renewed', 'unchanged', 'failed']).nullable(),
    tier: z.union([z.literal(1), z.literal(2), z.literal(3)]).nullable(),
    cursor: z.string().max(200).nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  'settings.save': z.strictObject({
    baseUrl: z.string().trim().max(500).optional(),
    redirectPort: z.number().int().min(1).max(65_535).optional(),
    refreshAt: z.number().min(0.3).max(0.9).optional(),
    clipboardClearSeconds: z.union([z.literal(0), z.number().int().min(10).max(120)]).optional(),
    theme: z.enum(['system', 'light', 'dark', 'contrast']).optional(),
    startAtLogin: z.boolean().optional(),
    startInTray: z.boolean().optional(),
    lockAfterMinutes: z.union([z.literal(0), z.literal(5), z.literal(15), z.literal(60)]).optional(),
  }),
  'storage.retry': none,
  'storage.accept-weak': none,
  'storage.passphrase': z.strictObject({ passphrase }),
  /** Begins with an empty data file, keeping the old under another name. */
  'storage.begin-anew': none,
  /** `beside`: the keychain keeps opening the data by itself as well. */
  'security.set-passphrase': z.strictObject({ passphrase, mode: z.enum(['alone', 'beside']) }),
  'security.change-passphrase': z.strictObject({ passphrase, next: passphrase }),
  'security.remove-passphrase': z.strictObject({ passphrase }),
  'lock.now': none,
  'lock.open': z.strictObject({ passphrase }),
  /** Asks where, then writes everything there under that passphrase. */
  'backup.write': z.strictObject({ passphrase }),
  'backup.choose': none,
  /** Reads and proves the chosen one; changes nothing. */
  'backup.read': z.strictObject({ passphrase }),
  /** Puts what was read in the place of all there is; while the vault is closed, as soon as a new one is open. */
  'backup.restore': none,
  'backup.forget': none,
  'list.export': z.strictObject({ format: z.enum(['csv', 'json']) }),
  /** Asks for a file and reads it: a dry run. */
  'import.choose': none,
  'import.paste': z.strictObject({ text: z.string().min(1, 'Nothing was pasted.').max(2_000_000) }),
  'import.rows': z.strictObject({ id, only: importedRows, from: z.number().int().min(0) }),
  /** All or nothing. `profileId`: who takes the tokens of a `.env`. */
  'import.confirm': z.strictObject({ id, profileId: id.nullable() }),
  'import.forget': none,
  'clipboard.copy-text': z.strictObject({ text: z.string().min(1).max(4096) }),
  'app.open-link': z.strictObject({ link: z.enum(['developer-portal', 'control-hub', 'data-folder']) }),
  'app.try-simulated': none,
  /** Versions, states and the last log lines, without a secret, to the clipboard. */
  'app.copy-diagnostics': none,
  /** Ends and starts again: a process keeps what it found of the keyring at its first try. */
  'app.restart': none,
  'app.quit': none,
} as const

export type RequestName = keyof typeof requests
export type Input<N extends RequestName> = z.infer<(typeof requests)[N]>

/** Request name → what the answer holds. */
export interface Replies {
  'view.get': AppView
  'view.push': null
  /** `attempt` is the first token's, when one was asked for. */
  'service-app.add': { readonly profileId: string; readonly attempt: Attempt | null }
  'service-app.edit': null
  'profile.remove': null
  'profile.pause': null
  'profile.refresh': Attempt
  'profile.test': Verdict
  'profile.copy-token': { readonly clearsAfterSeconds: number | null; readonly refreshedFirst: boolean }
  'fleet.refresh-due': { readonly started: number }
  'fleet.pause': null
  'manager.refresh': Attempt
  'manager.remove': null
  'manager.make-default': null
  'connect.begin': null
  'connect.cancel': null
  'connect.copy-url': null
  'connect.paste-url': null
  'connect.personal-token': null
  'history.page': { readonly attempts: readonly Attempt[]; readonly next: string | null }
  'settings.save': null
  'storage.retry': null
  'storage.accept-weak': null
  'storage.passphrase': null
  'storage.begin-anew': null
  'security.set-passphrase': null
  'security.change-passphrase': null
  'security.remove-passphrase': null
  'lock.now': null
  'lock.open': null
  /** null, here and below: the person chose no file. */
  'backup.write': BackupWritten | null
  'backup.choose': { readonly file: string } | null
  'backup.read': BackupSummary
  /** `kept`: where the copy of what was there before lies; null when nothing was. */
  'backup.restore': { readonly kept: string | null }
  'backup.forget': null
  'list.export': { readonly path: string } | null
  'import.choose': ImportDryRun | null
  'import.paste': ImportDryRun
  'import.rows': ImportRows
  'import.confirm': ImportOutcome
  'import.forget': null
  'clipboard.copy-text': null
  'app.open-link': null
  'app.try-simulated': null
  'app.copy-diagnostics': null
  'app.restart': null
  'app.quit': null
}

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

/** How the connect flow stands; main drives it, the dialog shows it. */
export type ConnectView =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'waiting'
      readonly since: number
      /** Epoch ms; five minutes after `since`. */
      readonly expiresAt: number
      readonly redirectUri: string
      /** false: no browser was opened, only the pasted redirected URL can finish it; `problem` says why. */
      readonly listening: boolean
      readonly problem: 'port-taken' | 'port-not-allowed' | 'localhost-leads-elsewhere' | 'no-browser' | null
      /** `node (process 4711)`, where the system tells. */
      readonly portTakenBy: string | null
    }
  | { readonly kind: 'exchanging' }
  | { readonly kind: 'connected'; readonly at: number; readonly sentence: string }
  | { readonly kind: 'failed'; readonly sentence: string; readonly trackingId: string | null }

export interface BackupSummary {
  readonly file: string
  readonly createdAt: number
  readonly profiles: number
  readonly managers: number
  readonly attempts: number
}

export interface BackupWritten {
  readonly path: string
  readonly profiles: number
  readonly managers: number
  readonly attempts: number
  /** Records that cannot be read, and so cannot be backed up. */
  readonly leftOut: number
}

/** What would come in. Rows are read by page; no secret and no whole id is in them. */
export type ImportDryRun =
  | {
      readonly kind: 'profiles'
      readonly id: string
      /** The file's name; null for pasted text. */
      readonly file: string | null
      readonly comingIn: number
      readonly refused: number
      /** A token-config.json brings its token manager along, where none is connected yet. */
      readonly withManager: boolean
    }
  /** A `.env`: tokens without a service app; the person says whose they are. */
  | {
      readonly kind: 'tokens'
      readonly id: string
      readonly file: string | null
      readonly accessToken: boolean
      readonly refreshToken: boolean
    }

export interface ImportRows {
  readonly rows: readonly ImportedRow[]
  /** Of the kind asked for. */
  readonly total: number
}

export interface ImportedRow {
  /** Line of the file, or number of the entry; from 1. */
  readonly line: number
  readonly name: string
  /** The end of the org's id; empty where it is none. */
  readonly org: string
  readonly comesIn: boolean
  /** Why not; or what is odd and still comes in. */
  readonly remarks: readonly string[]
}

export type ImportOutcome =
  | { readonly kind: 'imported'; readonly profiles: number }
  /** The list changed since the dry run: this is a new one, and nothing came in. */
  | { readonly kind: 'changed'; readonly dryRun: ImportDryRun }

export type StorageWay =
  | 'retry'
  | 'restart'
  | 'accept-weak'
  | 'set-passphrase'
  | 'enter-passphrase'
  | 'restore'
  | 'begin-anew'

export type StorageView =
  | {
      readonly kind: 'open'
      readonly level: 'protected' | 'weak' | 'passphrase'
      readonly backend: string
      readonly sentence: string
      readonly hasPassphrase: boolean
    }
  /** Not open: nothing was changed; the sentence says what to do, the ways are what can be done here. */
  | {
      readonly kind: string
      readonly level: 'closed'
      readonly sentence: string
      readonly ways: readonly StorageWay[]
      /** Comes in as soon as the vault is open. */
      readonly waiting: BackupSummary | null
    }

export interface SettingsView {
  readonly baseUrl: string
  /** Set by SATM_WEBEX_BASE_URL or the demo: the field is shown but cannot be changed. */
  readonly baseUrlLocked: boolean
  readonly redirectPort: number
  readonly redirectUri: string
  readonly refreshAt: number
  readonly clipboardClearSeconds: number
  readonly theme: 'system' | 'light' | 'dark' | 'contrast'
  readonly startAtLogin: boolean
  readonly startInTray: boolean
  /** Minutes of idleness; 0: never. */
  readonly lockAfterMinutes: 0 | 5 | 15 | 60
}

/** A short message in the window; also what a notification becomes while the window has focus. */
export interface Toast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly profileId: string | null
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
  readonly toasts: readonly Toast[]
  /** A notification or the tray asked for this page; the window follows once for each new sequence number. */
  readonly goTo: { readonly sequence: number; readonly profileId: string | null } | null
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

/** What the preload puts on `window.satm`. */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Reply<N>>
  /**
   * Called with each view; the returned function stops it. A text is the JSON of an `AppView` or of `ViewChanges`
   * (view-changes.ts): large fleets come that way, since the bridge copies objects slowly.
   */
  onView(listener: (push: AppView | string) => void): () => void
}
