// How the data is kept: storage and its passphrase, the lock, backup and restore, export and import.
import { z } from 'zod'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { field, id, none, passphrase } from './fields.ts'

const importedRows = z.enum(['all', 'comes-in', 'refused'])

/** A stored record that cannot be read. */
const record = {
  table: z.enum([
    'credentials',
    'profiles',
    'token_managers',
    'token_pairs',
    'delivery_targets',
    'consumers',
    'webhook',
    'data_sources',
  ]),
  id,
}

export const keepingRequests = {
  /** The copies in the data folder in which it can be read. */
  'record.copies': z.strictObject(record),
  'record.take': z.strictObject({ ...record, file: z.string().min(1).max(255) }),
  'record.delete': z.strictObject(record),
  'storage.retry': none,
  'storage.unlock-keyring': none,
  'storage.accept-weak': none,
  'storage.passphrase': z.strictObject({ passphrase }),
  /** Begins with an empty data file, keeping the old under another name. */
  'storage.begin-anew': none,
  /** One of the view's `clouds`. */
  'storage.choose-cloud': z.strictObject({ baseUrl: z.string().min(1).max(500) }),
  /** Where the service apps were moved to was stopped: they are renewed here again. */
  'storage.renew-here': none,
  /** `beside`: the keychain can still open the data as well. */
  'security.set-passphrase': z.strictObject({ passphrase, mode: z.enum(['alone', 'beside']) }),
  'security.change-passphrase': z.strictObject({ passphrase, next: passphrase }),
  'security.remove-passphrase': z.strictObject({ passphrase }),
  /** Copies of the data that are kept in the data folder, whatever opens them. */
  'copies.list': none,
  'copies.remove': z.strictObject({ names: z.array(z.string().min(1).max(255)).min(1).max(10_000) }),
  'lock.now': none,
  'lock.open': z.strictObject({ passphrase }),
  /** Asks where, then writes everything there under that passphrase. */
  'backup.write': z.strictObject({ passphrase }),
  /** The same, and from then on nothing is renewed here. */
  'backup.move': z.strictObject({ passphrase }),
  'backup.choose': none,
  /** Reads and proves the chosen one; changes nothing. */
  'backup.read': z.strictObject({ passphrase }),
  /** Replaces everything by what was read; while the vault is closed, as soon as a new one is open. `paused`: all of it. */
  'backup.restore': z.strictObject({ paused: z.boolean() }),
  'backup.forget': none,
  /** `profileIds`: left out is all. */
  'list.export': z.strictObject({
    format: z.enum(['csv', 'json']),
    profileIds: z.array(id).min(1).max(100_000).exactOptional(),
  }),
  /** Asks for a file and reads it: a dry run. */
  'import.choose': none,
  'import.paste': z.strictObject({ text: z.string().min(1, 'Nothing was pasted.').max(2_000_000) }),
  /** What the file does not say. `roles`: of sets of variables, by their ID. Reads it again: a new dry run. */
  'import.complete': z.strictObject({
    id,
    roles: z.record(id, z.enum(['service-app', 'token-manager', 'ignored'])),
    serviceApp: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('stored'), profileId: id }),
        z.strictObject({
          kind: z.literal('typed'),
          appId: field('appId', 'The App ID is missing.').nullable(),
          clientId: field('clientId', 'The client ID is missing.').nullable(),
          clientSecret: field('clientSecret', 'The client secret is missing.').nullable(),
        }),
      ])
      .nullable(),
    targetOrgId: field('targetOrgId', 'The target org ID is missing.').nullable(),
  }),
  'import.rows': z.strictObject({ id, only: importedRows, from: z.number().int().min(0) }),
  /** All or nothing. `profileId`: who takes the tokens of a `.env`. */
  'import.confirm': z.strictObject({ id, profileId: id.nullable() }),
  'import.forget': none,
  /** Asks where, then writes a CSV file to fill in. */
  'import.template': none,
} as const

export interface KeepingReplies {
  /** Newest first; `at` in epoch ms. `isOwn`: nobody but this app can have written it. */
  'record.copies': readonly { readonly file: string; readonly at: number; readonly isOwn: boolean }[]
  /** How many deliveries and consumers are held since: others may have written the copy. */
  'record.take': { readonly held: number }
  /** Newest first. */
  'copies.list': { readonly copies: readonly CopyView[] }
  /** null, here and below: the person chose no file. */
  'backup.write': BackupWritten | null
  'backup.move': BackupWritten | null
  'backup.choose': { readonly file: string } | null
  'backup.read': BackupContents
  /** `kept`: where the copy of what was there before lies; null when nothing was. */
  'backup.restore': { readonly kept: string | null }
  'list.export': { readonly path: string } | null
  'import.choose': ImportDryRun | null
  'import.paste': ImportDryRun
  'import.complete': ImportDryRun
  /** `total`: of the kind asked for. */
  'import.rows': { readonly rows: readonly ImportedRow[]; readonly total: number }
  'import.confirm': ImportOutcome
  'import.template': { readonly path: string } | null
}

export interface CopyView {
  /** Of its file. */
  readonly name: string
  readonly kind: 'before-restore' | 'before-update' | 'set-aside' | 'other'
  readonly size: number
  readonly modifiedAt: number
  /** `otherwise`: with an earlier passphrase or keychain. `unreadable`: damaged, or a link. */
  readonly opens: 'as-the-vault' | 'otherwise' | 'unreadable'
}

export interface BackupSummary {
  readonly file: string
  readonly createdAt: number
  /** The base URL of the Webex cloud its content belongs to; null: it does not say. */
  readonly cloud: string | null
  readonly serviceApps: number
  readonly customers: number
  readonly managers: number
  readonly attempts: number
}

/** What a person is shown of a backup before it is restored. */
export interface BackupContents extends BackupSummary {
  /** Texts in the place of a token that cannot be one: not restored. */
  readonly notTokens: number
  /** Records that refer to one that is not in the backup: not restored. */
  readonly leftOut: number
  /** IDs and names that nobody could type here: restored. */
  readonly oddValues: number
  /** What would deliver tokens, get them or be told of alerts; what is held then comes first. */
  readonly acting: readonly ActingView[]
}

/** `held`: it did not act here before, exactly so, and does not until it is confirmed. A target's `name` is its profile's. */
export type ActingView = { readonly id: string; readonly held: boolean } & (
  | { readonly kind: 'target'; readonly name: string; readonly spec: DeliverySpec }
  | {
      readonly kind: 'consumer'
      readonly name: string
      /** Some of the profiles it may read; null: all. */
      readonly reach: { readonly names: readonly string[]; readonly more: number } | null
    }
  | { readonly kind: 'webhook'; readonly url: string }
)

export interface BackupWritten
  extends Pick<BackupSummary, 'serviceApps' | 'customers' | 'managers' | 'attempts'> {
  readonly path: string
  /** Records that cannot be read, and what refers to them: not backed up. */
  readonly leftOut: number
}

/** Who takes a set of variables that belong together, such as all that begin with `ACME_`. */
export type VariableRole = 'service-app' | 'token-manager' | 'ignored'

/** Some names of a file, as they may be shown, and how many there are beside them. */
export interface NameList {
  readonly names: readonly string[]
  readonly more: number
}

/** A set of variables that says neither whether a service app nor whether the token manager takes it. */
export interface UnclearSet extends NameList {
  readonly id: string
  /** A token alone: as token manager it is a personal access token. */
  readonly isToken: boolean
}

/** What of a file is used and what is not, by name. */
export interface FoundNames {
  /** Variables; columns are listed by name only where they are ignored. */
  readonly serviceApp: NameList
  readonly tokenManager: NameList
  readonly ignored: NameList
  /** Lines before the column names, and lines that begin with #. */
  readonly skippedLines: number
}

/** Of a file. `connects`: no other one is connected yet. */
export interface ImportedManager {
  readonly kind: 'integration' | 'personal-access-token'
  readonly connects: boolean
}

/** What every row lacks and can be given once for all. */
export type LackingField = 'appId' | 'clientId' | 'clientSecret' | 'targetOrgId'

/** What would be imported. Rows are read by page; no secret and no whole ID is in them. */
export type ImportDryRun = {
  readonly id: string
  /** The file's name; null for pasted text. */
  readonly file: string | null
  readonly found: FoundNames
} & (
  | {
      readonly kind: 'profiles'
      readonly comingIn: number
      readonly refused: number
      readonly tokenManager: ImportedManager | null
      readonly lacking: readonly LackingField[]
    }
  /** Tokens without a service app; the person says whose they are. */
  | {
      readonly kind: 'tokens'
      readonly accessToken: boolean
      readonly refreshToken: boolean
      readonly tokenManager: ImportedManager | null
    }
  | { readonly kind: 'unclear'; readonly sets: readonly UnclearSet[] }
)

export interface ImportedRow {
  /** Line of the file, or number of the entry; from 1. */
  readonly line: number
  readonly name: string
  /** Empty where none is given. */
  readonly customer: string
  /** The end of the org's id; empty where it is none. */
  readonly org: string
  readonly comesIn: boolean
  /** Why it is rejected, or warnings. */
  readonly remarks: readonly string[]
}

export type ImportOutcome =
  | {
      readonly kind: 'imported'
      readonly profiles: number
      /** The one that was connected with it. */
      readonly tokenManager: ImportedManager['kind'] | null
    }
  /** The list changed since the dry run: this is a new one, and nothing came in. */
  | { readonly kind: 'changed'; readonly dryRun: ImportDryRun }

export type StorageWay =
  | 'retry'
  | 'restart'
  | 'unlock-keyring'
  | 'accept-weak'
  | 'set-passphrase'
  | 'enter-passphrase'
  | 'restore'
  | 'begin-anew'
  | 'renew-here'
  /** Takes part in a shared vault, or goes on with a move into one. */
  | 'shared-vault'
  | 'quit'

/** `use`: the setting follows the vault. `confirm`: the vault records what nothing says for certain. */
export interface CloudChoice {
  readonly does: 'use' | 'confirm'
  readonly baseUrl: string
  /** It may be the main button: the vault recorded it here, or it is Webex's own. */
  readonly recommended: boolean
}

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
      /** The vault is open, and nothing runs before the person has said which cloud is right; mostly empty. */
      readonly clouds: readonly CloudChoice[]
    }
