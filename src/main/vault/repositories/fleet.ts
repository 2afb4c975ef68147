// The fleet as the database holds it. A record whose secrets cannot be read is named; all others still load.
import type { KeyObject } from 'node:crypto'
import { parseJson } from '#base/common/json.ts'
import {
  type Attempt,
  type Fleet,
  type Instant,
  type KeptDataSource,
  type Probe,
  type Profile,
  readProbe,
  type ServiceApp,
  type StoredDrills,
  type TokenManager,
} from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { RecordTable } from '#engine/domain/view-model.ts'
import { openField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytes, MalformedRow, number, oneOf, type RowDamage, readRow, text, textOrNull } from '../db/row.ts'
import { clientSecretPlace } from './fleet-changes.ts'
import { rowSealer } from './row-seal.ts'
import { currentPairRows, type Owner, type OwnerKind, readPair, rowIn } from './token-pairs.ts'

/** A record that is in the database and cannot be used; nothing of it is changed or deleted. */
export interface Unreadable {
  readonly table: RecordTable
  /** The service app, profile, token manager, target, consumer or history row it is about; of `meta` its key. */
  readonly id: string
  readonly name: string
  /** What it means and what to do. */
  readonly sentence: string
  readonly damage: Damage
}

export type Damage =
  | RowDamage
  /** The profile itself is sound; its service app is missing or unreadable. */
  | { readonly kind: 'dependency'; readonly serviceAppId: string }
  /** Tokens of a profile or token manager that is not there. */
  | { readonly kind: 'orphaned' }

export interface UnreadableRecord extends Unreadable {
  readonly traces: Traces
}

/** What the row says, as far as it can be read; none of it is proved. */
export interface Traces {
  readonly serviceAppId: string | null
  readonly appId: string | null
  readonly clientId: string | null
  readonly targetOrgId: string | null
  readonly orgName: string | null
  readonly managerId: string | null
  readonly probe: Probe | null
  readonly isPaused: boolean
  readonly createdAt: Instant | null
  /** Of a token manager. */
  readonly kind: string | null
  readonly isDefault: boolean
}

export interface LoadedFleet {
  readonly fleet: Fleet
  /** The newest attempt of each profile and token manager. */
  readonly lastAttempts: readonly Attempt[]
  readonly drills: StoredDrills
  /** When a person last stopped the other copy; null: never. */
  readonly otherCopyStoppedAt: Instant | null
  /** Those that are kept alive. */
  readonly keptDataSources: readonly KeptDataSource[]
  readonly unreadable: readonly UnreadableRecord[]
  /**
   * Opens the tokens, which stand there sealed, a few ms of them between two calls of `pause`. False: one cannot be read,
   * and all has to be loaded again, opened. null: they are open.
   */
  readonly openTokens: ((pause: () => Promise<void>) => Promise<boolean>) | null
}

export interface LoadedRows {
  readonly fleet: Fleet
  readonly unreadable: readonly Unreadable[]
  readonly unreadablePairs: ReadonlySet<string>
}

const ALTERED = 'was changed by something other than this app'

/** `other`: for each kind of damage without a sentence of its own. */
const SENTENCES: Record<
  RecordTable,
  { readonly other: string } & { readonly [K in Damage['kind']]?: string }
> = {
  credentials: {
    other: 'The client secret of this service app cannot be read. Enter it again.',
    altered: `This service app ${ALTERED}. Check its IDs and enter the client secret again.`,
  },
  profiles: {
    other: 'The record of this service app is damaged. Check its org and settings, and save it again.',
    altered: `This service app ${ALTERED}. Check its org and settings, and save it again.`,
    dependency: 'This service app cannot be used until its client secret is entered again.',
  },
  token_managers: {
    other: 'The secret of this token manager cannot be read. Connect the integration again.',
    altered: `This token manager ${ALTERED}. Connect the integration again.`,
  },
  token_pairs: {
    other: 'The stored tokens cannot be read. A new token is issued as soon as a tier allows it.',
    orphaned:
      'Its tokens are still stored, and nothing renews them. Take it from a kept copy or a backup, or delete its tokens.',
  },
  delivery_targets: {
    other: 'This delivery target cannot be read. Nothing is delivered there: remove it and add it again.',
    altered: `This delivery target ${ALTERED}. Nothing is delivered there: remove it and add it again.`,
  },
  consumers: {
    other: 'This consumer cannot be read and gets no token. Remove it and add it again.',
    altered: `This consumer ${ALTERED} and gets no token. Remove it and add it again.`,
  },
  data_sources: {
    other: 'This data source cannot be read and is not kept alive: delete the record and choose it again.',
    altered: `This data source ${ALTERED} and is not kept alive: delete the record and choose it again.`,
  },
  webhook: {
    other: 'The webhook cannot be read and sends nothing. Enter its address again.',
    altered: `The webhook ${ALTERED} and sends nothing. Enter its address again.`,
  },
}

export function unreadable(table: RecordTable, id: unknown, name: unknown, damage: Damage): Unreadable {
  const sentences = SENTENCES[table]
  const known = String(id)
  const shown = typeof name === 'string' && name !== '' ? name : known
  return { table, id: known, name: shown, sentence: sentences[damage.kind] ?? sentences.other, damage }
}

export function tracesIn(row: Row): Traces {
  return {
    serviceAppId: textIn(row, 'service_app_id'),
    appId: textIn(row, 'app_id'),
    clientId: textIn(row, 'client_id'),
    targetOrgId: textIn(row, 'target_org_id'),
    orgName: textIn(row, 'org_name'),
    managerId: textIn(row, 'manager_id'),
    probe: readProbe(parseJson(textIn(row, 'probe') ?? '')),
    isPaused: row.paused === 1,
    createdAt: typeof row.created_at === 'number' ? row.created_at : null,
    kind: textIn(row, 'kind'),
    isDefault: row.is_default === 1,
  }
}

function textIn(row: Row, column: string): string | null {
  const value = row[column]
  return typeof value === 'string' && value !== '' ? value : null
}

/** As stored, whatever the database. */
export interface FleetRows {
  readonly credentials: readonly Row[]
  /** In the order they were added: the first is the default where none is marked. */
  readonly managers: readonly Row[]
  readonly profiles: readonly Row[]
  readonly currentPairs: Readonly<Record<OwnerKind, ReadonlyMap<string, Row>>>
  /** Better than nothing when the current pair is lost: its refresh token may still live. */
  readonly previousPair: (owner: Owner) => Row | null
}

/** Profiles, service apps, token managers and their pairs. `sealed`: see `readPair`. */
export function loadRows(db: Connection, key: KeyObject, sealed: Secret[] | null = null): LoadedRows {
  const rows = {
    credentials: db.rows('credentials'),
    managers: db.rows('token_managers', 'ORDER BY rowid'),
    profiles: db.packed('profiles'),
    currentPairs: currentPairRows(db),
    previousPair: (owner: Owner) => rowIn('previous', db, owner),
  }
  return readFleet(rows, key, sealed)
}

export function readFleet(rows: FleetRows, key: KeyObject, sealed: Secret[] | null = null): LoadedRows {
  const found: Unreadable[] = []
  const unreadablePairs = new Set<string>()
  const previousPair = (owner: Owner) => {
    const row = rows.previousPair(owner)
    return row === null ? null : readPair(key, owner, row).pair
  }
  const pairOf = (owner: Owner, name: string) => {
    const row = rows.currentPairs[owner.kind].get(owner.id)
    if (row === undefined) {
      const left = previousPair(owner)
      // A previous pair came out of a current one.
      if (left !== null) found.push(unreadable('token_pairs', owner.id, name, { kind: 'altered' }))
      return left
    }
    const { pair, pairId, damage } = readPair(key, owner, row, sealed)
    if (damage === null) return pair
    unreadablePairs.add(pairId)
    found.push(unreadable('token_pairs', owner.id, name, damage))
    return pair ?? previousPair(owner)
  }
  /** `add` is not called for a damaged row. */
  const readAll = <T>(
    table: 'credentials' | 'token_managers' | 'profiles',
    rows: readonly Row[],
    read: (row: Row) => T,
    add: (record: T) => void,
  ) => {
    const { isAuthentic } = rowSealer(key, table)
    for (const row of rows) {
      const reading = readRow(row, read, isAuthentic)
      if (reading.kind === 'read') add(reading.value)
      else
        found.push(unreadable(table, row.id, table === 'credentials' ? row.app_id : row.name, reading.damage))
    }
  }

  const serviceApps = new Map<string, ServiceApp>()
  readAll(
    'credentials',
    rows.credentials,
    (row): ServiceApp => {
      const [id, appId] = [text(row, 'id'), text(row, 'app_id')]
      const clientSecret = secretIn(key, row, 'credentials')
      return { id, appId, clientId: text(row, 'client_id'), clientSecret }
    },
    (app) => serviceApps.set(app.id, app),
  )

  const managers = new Map<string, TokenManager>()
  readAll(
    'token_managers',
    rows.managers,
    (row) => readManager(key, row),
    (manager) => {
      const { id, name } = manager
      const pair = pairOf({ kind: 'manager', id }, name)
      if (manager.kind === 'integration') managers.set(id, { ...manager, pair })
      else if (pair !== null) managers.set(id, { ...manager, pair })
      else found.push(unreadable('token_managers', id, name, { kind: 'secret' }))
    },
  )

  const profiles = new Map<string, Profile>()
  const probeOf = probeReader()
  readAll(
    'profiles',
    rows.profiles,
    (row) => ({
      id: text(row, 'id'),
      name: text(row, 'name'),
      serviceAppId: text(row, 'service_app_id'),
      targetOrgId: text(row, 'target_org_id'),
      orgName: textOrNull(row, 'org_name'),
      managerId: textOrNull(row, 'manager_id'),
      probe: probeOf(text(row, 'probe')),
      paused: number(row, 'paused') === 1,
      createdAt: number(row, 'created_at'),
    }),
    (profile) => {
      const { id, name, serviceAppId } = profile
      if (serviceApps.has(serviceAppId)) {
        profiles.set(id, { ...profile, pair: pairOf({ kind: 'profile', id }, name) })
        return
      }
      found.push(unreadable('profiles', id, name, { kind: 'dependency', serviceAppId }))
    },
  )

  for (const [kind, ownerRows] of [
    ['profile', rows.profiles],
    ['manager', rows.managers],
  ] as const) {
    const owners = new Set(ownerRows.map(({ id }) => id))
    for (const id of rows.currentPairs[kind].keys()) {
      if (!owners.has(id)) found.push(unreadable('token_pairs', id, null, { kind: 'orphaned' }))
    }
  }
  return { fleet: { serviceApps, profiles, managers }, unreadable: found, unreadablePairs }
}

function readManager(key: KeyObject, row: Row) {
  const common = {
    id: text(row, 'id'),
    name: text(row, 'name'),
    isDefault: number(row, 'is_default') === 1,
    fallbackId: textOrNull(row, 'fallback_id'),
    createdAt: number(row, 'created_at'),
  }
  const kind = oneOf(row, 'kind', ['integration', 'personal-access-token'])
  if (kind === 'personal-access-token') return { kind, ...common }
  return {
    kind,
    ...common,
    clientId: text(row, 'client_id'),
    clientSecret: secretIn(key, row, 'token_managers'),
  }
}

function secretIn(key: KeyObject, row: Row, table: 'credentials' | 'token_managers'): Secret {
  const secret = openField(key, bytes(row, 'client_secret'), clientSecretPlace(table, text(row, 'id')))
  if (secret === null) throw new MalformedRow('client_secret', 'secret')
  return secret
}

/** Thousands of profiles share a handful of probes. */
function probeReader(): (json: string) => Probe {
  const known = new Map<string, Probe>()
  return (json) => {
    const found = known.get(json) ?? parseProbe(json)
    known.set(json, found)
    return found
  }
}

function parseProbe(json: string): Probe {
  const probe = readProbe(parseJson(json))
  if (probe === null) throw new MalformedRow('probe')
  return probe
}
