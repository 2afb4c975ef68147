// The list of service apps and orgs for people and spreadsheets: everything but secrets and tokens.

import { csvRow } from '#base/common/csv.ts'
import type { Fleet, Instant, ProfileId } from '#engine/domain/model.ts'
import type { UnreadableRecord } from '../repositories/fleet.ts'

/** The first columns are those of an import, so a list can be imported once its secrets are filled in. */
const COLUMNS = [
  'name',
  'appId',
  'clientId',
  'targetOrgId',
  'orgName',
  'tokenManager',
  'paused',
  'createdAt',
  'accessTokenFingerprint',
  'accessTokenExpiresAt',
  'refreshTokenExpiresAt',
  'problem',
] as const

type ListRow = Readonly<Record<(typeof COLUMNS)[number], string | boolean | null>>

/** `profileIds`: of these alone; none: of all. */
export function exportList(
  fleet: Fleet,
  format: 'csv' | 'json',
  unreadable: readonly UnreadableRecord[] = [],
  profileIds: readonly ProfileId[] = [],
): string {
  const wanted = new Set(profileIds)
  const isWanted = (id: ProfileId) => wanted.size === 0 || wanted.has(id)
  const rows = [
    ...[...fleet.profiles.keys()]
      .filter(isWanted)
      .map((id) => rowOf(fleet, id))
      .filter((row) => row !== null),
    ...unreadable.filter(({ table, id }) => table === 'profiles' && isWanted(id)).map(unreadableRow),
  ]
  if (format === 'json') return `${JSON.stringify({ profiles: rows }, null, 2)}\n`
  return [
    csvRow(COLUMNS),
    ...rows.map((row) => csvRow(COLUMNS.map((column) => String(row[column] ?? '')))),
  ].join('')
}

function rowOf(fleet: Fleet, profileId: string): ListRow | null {
  const profile = fleet.profiles.get(profileId)
  const app = profile === undefined ? undefined : fleet.serviceApps.get(profile.serviceAppId)
  if (profile === undefined || app === undefined) return null
  const { pair, managerId } = profile
  return {
    name: profile.name,
    appId: app.appId,
    clientId: app.clientId,
    targetOrgId: profile.targetOrgId,
    orgName: profile.orgName,
    tokenManager: managerId === null ? null : (fleet.managers.get(managerId)?.name ?? null),
    paused: profile.paused,
    createdAt: iso(profile.createdAt),
    accessTokenFingerprint: pair?.fingerprint ?? null,
    accessTokenExpiresAt: iso(pair?.expiresAt ?? null),
    refreshTokenExpiresAt: iso(pair?.refresh?.expiresAt ?? null),
    problem: null,
  }
}

/** As far as its row can be read. */
function unreadableRow({ name, sentence, traces }: UnreadableRecord): ListRow {
  return {
    name,
    appId: traces.appId,
    clientId: traces.clientId,
    targetOrgId: traces.targetOrgId,
    orgName: traces.orgName,
    tokenManager: null,
    paused: traces.isPaused,
    createdAt: iso(traces.createdAt),
    accessTokenFingerprint: null,
    accessTokenExpiresAt: null,
    refreshTokenExpiresAt: null,
    problem: sentence,
  }
}

function iso(instant: Instant | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}
