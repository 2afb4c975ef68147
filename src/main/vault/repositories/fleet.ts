// The fleet as the database holds it. A record whose secrets cannot be read is named; all others still load.
import type { KeyObject } from 'node:crypto'
import { parseJson } from '#base/common/json.ts'
import {
  type Attempt,
  type Fleet,
  type Instant,
  type Probe,
  type Profile,
  readProbe,
  type ServiceApp,
  type TokenManager,
} from '#engine/domain/model.ts'
import type { RecordTable } from '#engine/domain/view-model.ts'
import { openField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytes, MalformedRow, number, oneOf, text, textOrNull, unlessMalformed } from '../db/row.ts'
import { clientSecretPlace } from './fleet-changes.ts'
import { currentPairRows, type Owner, previousPair, readPair } from './token-pairs.ts'

/** A record that is in the database and cannot be used; nothing of it is changed or deleted. */
export interface Unreadable {
  readonly table: 'credentials' | 'profiles' | 'token_managers' | 'token_pairs'
  /** The service app, profile or token manager it is about. */
  readonly id: string
  readonly name: string
  /** What it means and what to do. */
  readonly sentence: string
}

export interface UnreadableRecord extends Omit<Unreadable, 'table'> {
  readonly table: RecordTable
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
  readonly unreadable: readonly UnreadableRecord[]
}

export interface LoadedRows {
  readonly fleet: Fleet
  readonly unreadable: readonly Unreadable[]
  readonly unreadablePairs: ReadonlySet<string>
}

const SENTENCES = {
  credentials: 'The client secret of this service app cannot be read. Enter it again.',
  profiles: 'This service app cannot be used until its client secret is entered again.',
  token_managers: 'The secret of this token manager cannot be read. Connect the integration again.',
  token_pairs: 'The stored tokens cannot be read. A new token is issued as soon as a tier allows it.',
} as const

export function loadRows(db: Connection, key: KeyObject): LoadedRows {
  const unreadable: Unreadable[] = []
  const unreadablePairs = new Set<string>()
  const report = (table: Unreadable['table'], id: string, name: string): null => {
    unreadable.push({ table, id, name, sentence: SENTENCES[table] })
    return null
  }
  const pairRows = currentPairRows(db)
  const pairOf = (owner: Owner, name: string) => {
    const row = pairRows[owner.kind].get(owner.id)
    if (row === undefined) return null
    const read = readPair(key, owner, row)
    if (read.whole) return read.pair
    unreadablePairs.add(read.pairId)
    report('token_pairs', owner.id, name)
    return read.pair ?? previousPair(db, key, owner)
  }
  const probeOf = probeReader()

  const serviceApps = byId(
    db.all('SELECT * FROM credentials'),
    (row): ServiceApp | null => {
      const [id, appId] = [text(row, 'id'), text(row, 'app_id')]
      const clientSecret = openField(key, bytes(row, 'client_secret'), clientSecretPlace('credentials', id))
      if (clientSecret === null) return report('credentials', id, appId)
      return { id, appId, clientId: text(row, 'client_id'), clientSecret }
    },
    (id) => report('credentials', id, id),
  )

  const managers = byId(
    // In the order they were added: the first is the default where none is marked.
    db.all('SELECT * FROM token_managers ORDER BY rowid'),
    (row): TokenManager | null => {
      const [id, name] = [text(row, 'id'), text(row, 'name')]
      const common = {
        id,
        name,
        isDefault: number(row, 'is_default') === 1,
        createdAt: number(row, 'created_at'),
      }
      const pair = pairOf({ kind: 'manager', id }, name)
      if (oneOf(row, 'kind', ['integration', 'personal-access-token']) === 'personal-access-token') {
        return pair === null
          ? report('token_managers', id, name)
          : { kind: 'personal-access-token', ...common, pair }
      }
      const clientSecret = openField(
        key,
        bytes(row, 'client_secret'),
        clientSecretPlace('token_managers', id),
      )
      if (clientSecret === null) return report('token_managers', id, name)
      return { kind: 'integration', ...common, clientId: text(row, 'client_id'), clientSecret, pair }
    },
    (id) => report('token_managers', id, id),
  )

  const profiles = byId(
    db.packed('profiles'),
    (row): Profile | null => {
      const [id, name, serviceAppId] = [text(row, 'id'), text(row, 'name'), text(row, 'service_app_id')]
      if (!serviceApps.has(serviceAppId)) return report('profiles', id, name)
      return {
        id,
        name,
        serviceAppId,
        targetOrgId: text(row, 'target_org_id'),
        orgName: textOrNull(row, 'org_name'),
        managerId: textOrNull(row, 'manager_id'),
        probe: probeOf(text(row, 'probe')),
        paused: number(row, 'paused') === 1,
        createdAt: number(row, 'created_at'),
        pair: pairOf({ kind: 'profile', id }, name),
      }
    },
    (id) => report('profiles', id, id),
  )

  return { fleet: { serviceApps, profiles, managers }, unreadable, unreadablePairs }
}

/** `spoilt` gets the id of a row whose columns do not hold what they should. */
function byId<T>(
  rows: readonly Row[],
  read: (row: Row) => T | null,
  spoilt: (id: string) => void,
): Map<string, T> {
  const found = new Map<string, T>()
  for (const row of rows) {
    const record = unlessMalformed(() => ({ id: text(row, 'id'), value: read(row) }))
    if (record === null) spoilt(String(row.id))
    else if (record.value !== null) found.set(record.id, record.value)
  }
  return found
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
