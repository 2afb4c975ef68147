// Unreadable records: rows, token managers and incidents for what is stored and cannot be read, beside those of the
// engine, which knows nothing of it. A repair starts the session anew, so during a session only few of them are resolved.
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, Fleet, Instant, ProfileId } from '#engine/domain/model.ts'
import type { FixAction, FleetView, Incident, ManagerView, ProfileView } from '#engine/domain/view-model.ts'
import { inOrder } from '#engine/view/incidents.ts'
import { lastView } from '#engine/view/profile-view.ts'
import type { UnreadableRecord } from '#vault/repositories/fleet.ts'

export interface Unreadable {
  readonly records: readonly UnreadableRecord[]
  /** The profiles among them, as they are shown. */
  readonly profiles: readonly ProfileView[]
  profile(id: ProfileId): UnreadableRecord | undefined
  manager(id: string): UnreadableRecord | undefined
  /** The service app's own record; undefined: it can be read, or is not there. */
  serviceApp(id: string | null): UnreadableRecord | undefined
}

/** `fleet`: what could be read beside them; `attempts`: the newest of each. */
export function readUnreadable(
  records: readonly UnreadableRecord[],
  fleet: Fleet,
  attempts: readonly Attempt[] = [],
): Unreadable {
  const of = (table: UnreadableRecord['table']) =>
    new Map(records.filter((record) => record.table === table).map((record) => [record.id, record]))
  const byProfile = new Map(
    records.length === 0
      ? []
      : attempts.map((each) => [each.subject.kind === 'profile' ? each.subject.profileId : '', each]),
  )
  const lastOf = (id: ProfileId) => byProfile.get(id) ?? null
  const [profiles, managers, apps] = [of('profiles'), of('token_managers'), of('credentials')]
  return {
    records,
    profiles: [...profiles.values()].map((record) => ({
      ...rowOf(record, apps, fleet),
      last: lastView({ last: lastOf(record.id) }),
    })),
    profile: (id) => profiles.get(id),
    manager: (id) => managers.get(id),
    serviceApp: (id) => (id === null ? undefined : apps.get(id)),
  }
}

type ById = ReadonlyMap<string, UnreadableRecord>

function rowOf({ id, name, traces }: UnreadableRecord, apps: ById, { serviceApps }: Fleet): ProfileView {
  const { serviceAppId } = traces
  const app = serviceApps.get(serviceAppId ?? '') ?? null
  const isSecretLost = serviceAppId !== null && apps.has(serviceAppId)
  const sentence = isSecretLost
    ? SECRET_LOST
    : app === null
      ? 'The App ID, client ID and client secret of this service app cannot be read. Enter them again; its tokens are still stored.'
      : 'Part of the stored data of this service app cannot be read. Check its details and save them; its tokens are still stored.'
  return {
    id,
    name,
    appId: app?.appId ?? traces.appId ?? '',
    clientId: app?.clientId ?? traces.clientId ?? '',
    targetOrgId: traces.targetOrgId ?? '',
    orgName: traces.orgName,
    managerId: traces.managerId,
    probe: traces.probe ?? { kind: 'data-sources' },
    state: 'needs-attention',
    sentence,
    fix: { kind: 'edit-service-app', profileId: id, field: app === null ? 'clientSecret' : null },
    accessToken: null,
    refreshToken: null,
    nextRefresh: null,
    isUnattended: false,
    unattendedUntil: null,
    ladder: [],
    last: null,
    unsaved: false,
    unreadable: isSecretLost ? { table: 'credentials', id: serviceAppId } : { table: 'profiles', id },
  }
}

const SECRET_LOST =
  'The client secret of this service app cannot be read. Enter it again; everything else is still stored.'

/** The engine, whose view shows them as well. `since`: when they were found. */
export function withUnreadable(engine: Engine, unreadable: Unreadable, since: Instant): Engine {
  if (unreadable.records.length === 0) return engine
  const isOpen = unresolvedIn(engine, unreadable.records)
  let before: {
    readonly engine: FleetView
    readonly open: readonly UnreadableRecord[]
    readonly shown: FleetView
  } | null = null
  const view = (): FleetView => {
    const own = engine.view()
    const open = unreadable.records.filter(isOpen)
    const isSame = before?.open.length === open.length
    const { profiles, managers, incidents } = own
    // What has not changed stays the same object, by which everyone who shows it finds the changes.
    const shown = {
      ...own,
      profiles:
        before?.engine.profiles === profiles ? before.shown.profiles : [...profiles, ...unreadable.profiles],
      managers: [...managers, ...open.filter(({ table }) => table === 'token_managers').map(managerRow)],
      incidents:
        isSame && before?.engine.incidents === incidents
          ? before.shown.incidents
          : inOrder([...incidents, ...causesOf(open, unreadable, { fleet: engine.fleet(), since })]),
    }
    before = { engine: own, open, shown }
    return shown
  }
  return { ...engine, view }
}

/** A token manager is resolved when the engine has it again, a pair when another one took its place. */
function unresolvedIn(
  engine: Engine,
  records: readonly UnreadableRecord[],
): (record: UnreadableRecord) => boolean {
  const tokenOf = (id: string) => {
    const { profiles, managers } = engine.fleet()
    return (profiles.get(id) ?? managers.get(id))?.pair?.accessToken ?? null
  }
  const found = new Map(records.map(({ id }) => [id, tokenOf(id)]))
  return ({ table, id }) => {
    if (table === 'token_managers') return !engine.fleet().managers.has(id)
    return table !== 'token_pairs' || found.get(id) === tokenOf(id)
  }
}

function managerRow({ id, name, traces, sentence }: UnreadableRecord): ManagerView {
  return {
    id,
    kind: traces.kind === 'personal-access-token' ? 'personal-access-token' : 'integration',
    name,
    fallbackId: null,
    isReplaced: false,
    isDefault: traces.isDefault,
    clientId: traces.clientId,
    state: 'needs-attention',
    isRefused: false,
    sentence,
    fix: { kind: 'connect-integration', managerId: id },
    accessToken: null,
    refreshToken: null,
    nextRefresh: null,
    last: null,
    unsaved: false,
    unreadable: { table: 'token_managers', id },
  }
}

type Cause = Pick<Incident, 'key' | 'level' | 'title' | 'sentence' | 'fix' | 'profileIds' | 'serviceApp'>

/** One for each cause, however many profiles depend on it. */
function causesOf(
  open: readonly UnreadableRecord[],
  unreadable: Unreadable,
  { fleet, since }: { readonly fleet: Fleet; readonly since: Instant },
): readonly Incident[] {
  const of = (table: UnreadableRecord['table']) => open.filter((record) => record.table === table)
  const causes: readonly (Cause | null)[] = [
    ...of('credentials').map((record) => secretCause(record, unreadable)),
    profilesCause(
      of('profiles').filter(({ traces }) => unreadable.serviceApp(traces.serviceAppId) === undefined),
    ),
    ...of('token_managers').map((record) => managerCause(record, fleet)),
    pairsCause(of('token_pairs').filter(hasOwner), fleet),
    orphansCause(of('token_pairs').filter((record) => !hasOwner(record))),
    besideCause(of('delivery_targets'), 'delivery target', 'delivery targets'),
    besideCause(of('consumers'), 'consumer of the local endpoint', 'consumers of the local endpoint'),
    besideCause(of('webhook'), 'webhook', 'webhooks'),
    besideCause(of('data_sources'), 'data source', 'data sources'),
  ]
  const orgOf = (id: ProfileId) =>
    orgKey(fleet.profiles.get(id)?.targetOrgId ?? unreadable.profile(id)?.traces.targetOrgId ?? id)
  return causes.flatMap((cause) => {
    if (cause === null) return []
    const [code = ''] = cause.key.split(':', 1)
    const customers = new Set(cause.profileIds.map(orgOf)).size
    return [{ ...cause, code, owner: 'you', customers, deadline: null, trackingId: null, since } as const]
  })
}

function secretCause({ table, id, traces }: UnreadableRecord, unreadable: Unreadable): Cause {
  const profiles = unreadable.profiles.filter((row) => unreadable.profile(row.id)?.traces.serviceAppId === id)
  const [first] = profiles
  const name = commonName(profiles.map((row) => row.name)) || (traces.appId ?? id)
  return {
    key: `unreadable-secret:${id}`,
    level: first === undefined ? 'warning' : 'critical',
    title: `Client secret of “${isolated(name)}” cannot be read: ${customers(profiles.length)} on it`,
    sentence:
      first === undefined
        ? 'No service app in the list uses it. Delete it, or restore a backup.'
        : 'Enter the client secret again; everything else is still stored. Until then none of these tokens is renewed or given out.',
    fix:
      first === undefined
        ? { kind: 'repair-record', table, id }
        : { kind: 'edit-service-app', profileId: first.id, field: 'clientSecret' },
    serviceApp: first === undefined ? null : { id, name, appId: first.appId },
    profileIds: profiles.map((row) => row.id),
  }
}

function customers(count: number): string {
  if (count === 0) return 'no customer depends'
  return count === 1 ? '1 customer depends' : `${count} customers depend`
}

function profilesCause(records: readonly UnreadableRecord[]): Cause | null {
  const [first] = records
  if (first === undefined) return null
  const single = records.length === 1
  return {
    key: 'unreadable-profiles',
    level: 'critical',
    title: single
      ? `“${isolated(first.name)}” cannot be read`
      : `${records.length} service apps cannot be read`,
    sentence: `Part of ${single ? 'its' : 'their'} stored data is damaged. Check the details and save them; the tokens are still stored. Until then none of these tokens is renewed or given out.`,
    fix: { kind: 'edit-service-app', profileId: first.id, field: null },
    serviceApp: null,
    profileIds: records.map(({ id }) => id),
  }
}

function managerCause({ id, name, traces }: UnreadableRecord, { profiles }: Fleet): Cause {
  const users = [...profiles.values()].filter(({ managerId }) =>
    managerId === null ? traces.isDefault : managerId === id,
  )
  const depend = users.length === 0 ? '' : `: ${customers(users.length)} on it`
  return {
    key: `unreadable-manager:${id}`,
    level: 'critical',
    title: `Token manager “${isolated(name)}” cannot be read${depend}`,
    sentence: 'Authorize it again. Nothing else is lost; refresh tokens keep working meanwhile.',
    fix: { kind: 'connect-integration', managerId: id },
    serviceApp: null,
    profileIds: users.map((profile) => profile.id),
  }
}

function pairsCause(records: readonly UnreadableRecord[], { profiles }: Fleet): Cause | null {
  const [first] = records
  if (first === undefined) return null
  return {
    key: 'unreadable-pairs',
    level: 'warning',
    title:
      records.length === 1
        ? `The stored tokens of “${isolated(first.name)}” cannot be read`
        : `The stored tokens of ${records.length} records cannot be read`,
    sentence:
      'New ones are issued automatically as soon as tier 2 works. If it does not, paste a refresh token under Edit, or restore a backup.',
    fix: null,
    serviceApp: null,
    profileIds: records.flatMap(({ id }) => (profiles.has(id) ? [id] : [])),
  }
}

function hasOwner({ damage }: UnreadableRecord): boolean {
  return damage.kind !== 'orphaned'
}

function orphansCause(records: readonly UnreadableRecord[]): Cause | null {
  const [first] = records
  if (first === undefined) return null
  return {
    key: 'unreadable-owners',
    level: 'critical',
    title:
      records.length === 1
        ? 'A service app or token manager is missing'
        : `${records.length} service apps or token managers are missing`,
    sentence: first.sentence,
    fix: { kind: 'repair-record', table: first.table, id: first.id },
    serviceApp: null,
    profileIds: [],
  }
}

function besideCause(records: readonly UnreadableRecord[], one: string, many: string): Cause | null {
  const [first] = records
  if (first === undefined) return null
  const fix: FixAction = { kind: 'repair-record', table: first.table, id: first.id }
  return {
    key: `unreadable-${first.table}`,
    level: 'warning',
    title: records.length === 1 ? `A ${one} cannot be read` : `${records.length} ${many} cannot be read`,
    sentence: first.sentence,
    fix,
    serviceApp: null,
    profileIds: [],
  }
}
