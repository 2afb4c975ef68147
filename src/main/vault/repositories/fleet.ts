// The fleet as the database holds it. A record whose secrets cannot be read is named; all others still load.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Attempt, Fleet, Probe, Profile, ServiceApp, TokenManager } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { openField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import {
  bytes,
  type DamagedRow,
  MalformedRow,
  number,
  oneOf,
  type RowDamage,
  readRow,
  text,
  textOrNull,
} from '../db/row.ts'
import { loadCloud } from './cloud.ts'
import { loadConsumers } from './consumers.ts'
import { loadTargets } from './delivery-targets.ts'
import { clientSecretPlace } from './fleet-changes.ts'
import { rowSealer } from './row-seal.ts'
import { currentPairRows, type Owner, previousPair, readPair } from './token-pairs.ts'
import { loadWebhook } from './webhook.ts'

/** A record that is in the database and cannot be used; nothing of it is changed or deleted. */
export interface Unreadable {
  readonly table: UnreadableTable
  /** The service app, profile, token manager, target, consumer or history row it is about; of `meta` its key. */
  readonly id: string
  readonly name: string
  /** What it means and what to do. */
  readonly sentence: string
  readonly damage: Damage
  /** Of a profile, as far as it can be read. */
  readonly profile?: {
    readonly serviceAppId: string | null
    readonly targetOrgId: string | null
    readonly orgName: string | null
  }
}

export type UnreadableTable =
  | 'credentials'
  | 'profiles'
  | 'token_managers'
  | 'token_pairs'
  | 'delivery_targets'
  | 'consumers'
  | 'webhook'
  | 'attempts'
  | 'meta'

export type Damage =
  | RowDamage
  /** The profile itself is sound; its service app is missing or unreadable. */
  | { readonly kind: 'dependency'; readonly serviceAppId: string }
  /** Tokens of a profile or token manager that is not there. */
  | { readonly kind: 'orphaned' }

export interface LoadedFleet {
  readonly fleet: Fleet
  /** The newest attempt of each profile and token manager. */
  readonly lastAttempts: readonly Attempt[]
  readonly unreadable: readonly Unreadable[]
}

export interface LoadedRows extends Omit<LoadedFleet, 'lastAttempts'> {
  readonly unreadablePairs: ReadonlySet<string>
}

const ALTERED = 'was changed by something other than this app'

/** `other`: for each kind of damage without a sentence of its own. */
const SENTENCES: Record<
  UnreadableTable,
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
      'These tokens belong to a record that is no longer there. Restore it from a backup, or add it again.',
  },
  delivery_targets: {
    other: 'This delivery target cannot be read. Nothing is delivered there: remove it and add it again.',
    altered: `This delivery target ${ALTERED}. Nothing is delivered there: remove it and add it again.`,
  },
  consumers: {
    other: 'This consumer cannot be read and gets no token. Remove it and add it again.',
    altered: `This consumer ${ALTERED} and gets no token. Remove it and add it again.`,
  },
  webhook: {
    other: 'The webhook cannot be read and sends nothing. Enter its address again.',
    altered: `The webhook ${ALTERED} and sends nothing. Enter its address again.`,
  },
  attempts: { other: 'This history entry cannot be read in full. Renewals are not affected.' },
  meta: { other: 'The record of the Webex cloud cannot be read. Confirm the cloud first.' },
}

function unreadable(table: UnreadableTable, id: unknown, name: unknown, damage: Damage): Unreadable {
  const sentences = SENTENCES[table]
  const known = String(id)
  const shown = typeof name === 'string' && name !== '' ? name : known
  return { table, id: known, name: shown, sentence: sentences[damage.kind] ?? sentences.other, damage }
}

/** Profiles, service apps, token managers and their pairs. */
export function loadRows(db: Connection, key: KeyObject): LoadedRows {
  const found: Unreadable[] = []
  const unreadablePairs = new Set<string>()
  const pairRows = currentPairRows(db)
  const pairOf = (owner: Owner, name: string) => {
    const row = pairRows[owner.kind].get(owner.id)
    if (row === undefined) {
      const left = previousPair(db, key, owner)
      // A previous pair came out of a current one.
      if (left !== null) found.push(unreadable('token_pairs', owner.id, name, { kind: 'altered' }))
      return left
    }
    const { pair, pairId, damage } = readPair(key, owner, row)
    if (damage === null) return pair
    unreadablePairs.add(pairId)
    found.push(unreadable('token_pairs', owner.id, name, damage))
    return pair ?? previousPair(db, key, owner)
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
      else found.push(damagedRecord(table, row, reading.damage))
    }
  }

  const serviceApps = new Map<string, ServiceApp>()
  readAll(
    'credentials',
    db.rows('credentials'),
    (row): ServiceApp => {
      const [id, appId] = [text(row, 'id'), text(row, 'app_id')]
      const clientSecret = secretIn(key, row, 'credentials')
      return { id, appId, clientId: text(row, 'client_id'), clientSecret }
    },
    (app) => serviceApps.set(app.id, app),
  )

  const managers = new Map<string, TokenManager>()
  // In the order they were added: the first is the default where none is marked.
  const managerRows = db.rows('token_managers', 'ORDER BY rowid')
  readAll(
    'token_managers',
    managerRows,
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
  const profileRows = db.packed('profiles')
  const probeOf = probeReader()
  readAll(
    'profiles',
    profileRows,
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
      const damage = { kind: 'dependency', serviceAppId } as const
      const { targetOrgId, orgName } = profile
      found.push({
        ...unreadable('profiles', id, name, damage),
        profile: { serviceAppId, targetOrgId, orgName },
      })
    },
  )

  for (const [kind, rows] of [
    ['profile', profileRows],
    ['manager', managerRows],
  ] as const) {
    const owners = new Set(rows.map(({ id }) => id))
    for (const id of pairRows[kind].keys()) {
      if (!owners.has(id)) found.push(unreadable('token_pairs', id, null, { kind: 'orphaned' }))
    }
  }
  return { fleet: { serviceApps, profiles, managers }, unreadable: found, unreadablePairs }
}

/** What cannot be read beside those. `attempts`: the damaged ones among the newest. */
export function unreadableBeside(
  db: Connection,
  key: KeyObject,
  attempts: readonly DamagedRow[],
): Unreadable[] {
  const found = loadTargets(db, key).damaged.map(({ row, damage }) => {
    const profile = db.row('profiles', 'WHERE id = ?', String(row.profile_id))
    return unreadable('delivery_targets', row.id, profile?.name, damage)
  })
  for (const { row, damage } of loadConsumers(db, key).unreadable) {
    found.push(unreadable('consumers', row.id, row.name, damage))
  }
  const webhook = loadWebhook(db, key)
  if (webhook?.kind === 'damaged') found.push(unreadable('webhook', 1, 'Webhook', webhook.damage))
  const cloud = loadCloud(db, key)
  if (cloud.kind === 'unknown' && cloud.why === 'altered') {
    found.push(unreadable('meta', 'cloud', 'Webex cloud', { kind: 'secret' }))
  }
  for (const { row, damage } of attempts) {
    found.push(unreadable('attempts', row.id, row.name, damage))
  }
  return found
}

function damagedRecord(
  table: 'credentials' | 'token_managers' | 'profiles',
  row: Row,
  damage: RowDamage,
): Unreadable {
  const found = unreadable(table, row.id, table === 'credentials' ? row.app_id : row.name, damage)
  if (table !== 'profiles') return found
  const known = (column: string) => (typeof row[column] === 'string' ? row[column] : null)
  const [serviceAppId, targetOrgId] = [known('service_app_id'), known('target_org_id')]
  return { ...found, profile: { serviceAppId, targetOrgId, orgName: known('org_name') } }
}

function readManager(key: KeyObject, row: Row) {
  const common = {
    id: text(row, 'id'),
    name: text(row, 'name'),
    isDefault: number(row, 'is_default') === 1,
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

export const probe: z.ZodType<Probe> = z.union([
  z.object({ kind: z.enum(['data-sources', 'meetings', 'messaging', 'contact-center']) }),
  z.object({ kind: z.literal('custom'), path: z.string() }),
])

/** Thousands of profiles share a handful of probes. */
function probeReader(): (json: string) => Probe {
  const known = new Map<string, Probe>()
  return (json) => {
    const found = known.get(json) ?? readProbe(json)
    known.set(json, found)
    return found
  }
}

function readProbe(json: string): Probe {
  try {
    return probe.parse(JSON.parse(json))
  } catch {
    throw new MalformedRow('probe')
  }
}
