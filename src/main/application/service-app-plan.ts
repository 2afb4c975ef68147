// Service app plan: what adding, editing and repairing a service app changes. Each throws a `UserFacingError` where that must
// not be.
import { isolated } from '#base/common/display-text.ts'
import { appKey, isSameOrg, orgKey } from '#base/common/webex-id.ts'
import type { Input, ProfileView } from '#contract/contract.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import { PLAIN_FIELDS, valueProblem } from '#contract/value-rules.ts'
import type {
  Fleet,
  FleetChange,
  ManagerId,
  Profile,
  ProfileId,
  ServiceApp,
  ServiceAppId,
} from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'
import type { UnreadableRecord } from '#vault/repositories/fleet.ts'
import { UserFacingError } from './errors.ts'
import {
  type IdClock,
  knownManager,
  knownProfile,
  type PlainTexts,
  pastedToken,
  refuseIntegrationCredentials,
  refuseSecretInClear,
} from './fleet-input.ts'
import { planConfigManager } from './token-managers.ts'
import type { Unreadable } from './unreadable-records.ts'

/** As it is shown, in the list although it cannot be read. */
type UnreadableRow = Pick<ProfileView, 'id' | 'name' | 'appId' | 'targetOrgId'>

export type Addition = Omit<Input<'service-app.add'>, 'pasted' | 'tokenManager'> & {
  readonly tokenManager: TokenConfigManager | null
}

/** A new profile; its service app is shared with profiles of the same App ID and client ID. */
export function planAddition(
  fleet: Fleet,
  input: Addition,
  profileId: ProfileId,
  idClock: IdClock,
  unreadable: readonly UnreadableRow[] = [],
): readonly FleetChange[] {
  const { tokenManager } = input
  refuseSecretInClear(fleet, input, [input.clientSecret, input.accessToken, input.refreshToken])
  if (tokenManager?.kind === 'integration') {
    refuseSecretInClear(fleet, tokenManager, [tokenManager.clientSecret, tokenManager.refreshToken])
  }
  refuseIntegrationCredentials(fleet, input.clientId, input.clientSecret)
  const serviceApp = sharedServiceApp(fleet, input.appId, input.clientId)
  const clientSecret = input.clientSecret === null ? secretOf(fleet, input) : new Secret(input.clientSecret)
  const saved: ServiceApp = {
    id: serviceApp?.id ?? idClock.newId(),
    appId: serviceApp?.appId ?? input.appId,
    clientId: input.clientId,
    clientSecret,
  }
  refuseDuplicate(fleet, unreadable, input, null)
  const profile: Profile = {
    id: profileId,
    name: input.name,
    serviceAppId: saved.id,
    targetOrgId: input.targetOrgId,
    orgName: input.orgName,
    managerId: usedManager(fleet, input.managerId, null),
    probe: input.probe,
    paused: false,
    createdAt: idClock.now(),
    pair: pastedPair(
      pastedToken(input.accessToken, 'accessToken'),
      pastedToken(input.refreshToken, 'refreshToken'),
      idClock.now(),
      null,
    ),
  }
  return [
    { kind: 'service-app-saved', serviceApp: saved },
    { kind: 'profile-saved', profile },
    ...planConfigManager(fleet, input.tokenManager, idClock),
  ]
}

/** Changes of an existing profile. A new client secret reaches every profile of that service app. */
export function planEdit(
  fleet: Fleet,
  input: Input<'service-app.edit'>,
  idClock: IdClock,
  unreadable: readonly UnreadableRow[] = [],
): readonly FleetChange[] {
  const profile = knownProfile(fleet, input.profileId)
  const current = fleet.serviceApps.get(profile.serviceAppId)
  if (current === undefined)
    throw new UserFacingError('not-found', 'The credentials of this service app are missing. Add it again.')
  const fresh = changedTexts(input, { ...profile, appId: current.appId, clientId: current.clientId })
  refuseProblems(fresh)
  refuseSecretInClear(fleet, fresh, [input.clientSecret, input.refreshToken])
  if (input.clientSecret !== null || input.clientId !== current.clientId) {
    refuseIntegrationCredentials(fleet, input.clientId, input.clientSecret)
  }
  const corrected = input.ofAll === true && input.clientId === current.clientId
  if (corrected) refuseTakenApp(fleet, input.appId, current.id)
  const moved = !corrected && !isSameApp(input, current)
  const target = moved ? sharedServiceApp(fleet, input.appId, input.clientId) : current
  if (target === undefined && input.clientSecret === null) {
    throw new UserFacingError('invalid', 'A changed App ID or client ID needs its own client secret.', {
      field: 'clientSecret',
    })
  }
  const serviceApp: ServiceApp = {
    id: target?.id ?? idClock.newId(),
    appId: input.appId,
    clientId: input.clientId,
    clientSecret:
      input.clientSecret === null ? (target ?? current).clientSecret : new Secret(input.clientSecret),
  }
  const isElsewhere = moved || !isSameOrg(input.targetOrgId, profile.targetOrgId)
  // Two that an older version let in can both be edited.
  if (isElsewhere) refuseDuplicate(fleet, unreadable, input, profile.id)
  // Tokens of another org or app are of no use here: it begins with none, and tier 2 issues them.
  const now = idClock.now()
  const ownPair = isElsewhere ? emptyPair(now) : profile.pair
  const pair = pastedPair(null, pastedToken(input.refreshToken, 'refreshToken'), now, ownPair)
  return [
    { kind: 'service-app-saved', serviceApp },
    {
      kind: 'profile-saved',
      profile: {
        ...profile,
        name: input.name,
        serviceAppId: serviceApp.id,
        targetOrgId: input.targetOrgId,
        orgName: input.orgName,
        managerId: usedManager(fleet, input.managerId, profile.managerId),
        probe: input.probe,
      },
    },
    ...(pair === null || pair === profile.pair
      ? []
      : [{ kind: 'profile-pair', profileId: profile.id, pair } as const]),
  ]
}

/**
 * What takes the place of a profile that cannot be read, and of its service app's credentials where it is these: then it
 * repairs all profiles of that service app. What is stored of tokens, targets and history stays.
 */
export function planRepair(
  fleet: Fleet,
  unreadable: Unreadable,
  input: Input<'service-app.edit'>,
  idClock: IdClock,
): readonly FleetChange[] {
  const record = knownUnreadable(unreadable, input.profileId)
  const { traces } = record
  const { appId, clientId, targetOrgId, profileId } = input
  refuseProblems(input)
  refuseSecretInClear(fleet, input, [input.clientSecret, input.refreshToken])
  refuseIntegrationCredentials(fleet, clientId, input.clientSecret)
  const own = fleet.serviceApps.get(traces.serviceAppId ?? '')
  const isSame = own !== undefined && isSameApp(own, input)
  const readable = isSame ? own : sharedServiceApp(fleet, appId, clientId)
  const clientSecret = input.clientSecret === null ? readable?.clientSecret : new Secret(input.clientSecret)
  if (clientSecret === undefined) {
    throw new UserFacingError('invalid', 'The stored client secret cannot be read. Enter it again.', {
      field: 'clientSecret',
    })
  }
  // Its own record where that cannot be read or is missing: a new one would leave the damaged one behind.
  const id = readable?.id ?? (own === undefined ? traces.serviceAppId : null) ?? idClock.newId()
  if (traces.targetOrgId === null || !isSameOrg(traces.targetOrgId, targetOrgId))
    refuseDuplicate(fleet, unreadable.profiles, input, profileId)
  const now = idClock.now()
  const refreshToken = pastedToken(input.refreshToken, 'refreshToken')
  const pair = pastedPair(null, refreshToken, now, emptyPair(now))
  const profile: Profile = {
    id: profileId,
    name: input.name,
    serviceAppId: id,
    targetOrgId,
    orgName: input.orgName,
    managerId: usedManager(fleet, input.managerId, traces.managerId),
    probe: input.probe,
    paused: traces.isPaused,
    createdAt: traces.createdAt ?? now,
    pair: null,
  }
  return [
    { kind: 'service-app-saved', serviceApp: { id, appId, clientId, clientSecret } },
    { kind: 'profile-saved', profile },
    ...(refreshToken === null ? [] : [{ kind: 'profile-pair', profileId, pair } as const]),
  ]
}

function knownUnreadable(unreadable: Unreadable, profileId: ProfileId): UnreadableRecord {
  const record = unreadable.profile(profileId)
  if (record !== undefined) return record
  throw new UserFacingError('not-found', 'This service app was removed.')
}

/** A second record of a service app that cannot be read would leave its customers behind. */
export function refuseUnreadable(
  { profiles, serviceApp, profile }: Unreadable,
  { appId, clientId }: Pick<Input<'service-app.add'>, 'appId' | 'clientId'>,
): void {
  const same = profiles.find(
    (row) =>
      isSameApp(row, { appId, clientId }) &&
      serviceApp(profile(row.id)?.traces.serviceAppId ?? null) !== undefined,
  )
  if (same === undefined) return
  throw new UserFacingError(
    'invalid',
    `This service app is in the list, and its client secret cannot be read. Enter it again in “${isolated(same.name)}” first.`,
    { field: 'appId' },
  )
}

/** A value that an older version stored may break a rule of today. It is kept until it is changed. */
function changedTexts(input: PlainTexts, stored: PlainTexts): PlainTexts {
  const changed = PLAIN_FIELDS.filter((field) => input[field] !== stored[field])
  return Object.fromEntries(changed.map((field) => [field, input[field]]))
}

function refuseProblems(texts: PlainTexts): void {
  for (const field of PLAIN_FIELDS) {
    const text = texts[field]
    const problem = text ? valueProblem(field, text) : null
    if (problem !== null) throw new UserFacingError('invalid', problem, { field })
  }
}

/** Duplicated for another org: the secret is the one that is stored, as long as it is of the same client ID. */
function secretOf(fleet: Fleet, { likeProfileId, clientId }: Addition): Secret {
  const like = likeProfileId == null ? undefined : knownProfile(fleet, likeProfileId)
  const serviceApp = like === undefined ? undefined : fleet.serviceApps.get(like.serviceAppId)
  if (serviceApp?.clientId === clientId) return serviceApp.clientSecret
  throw new UserFacingError('invalid', 'The client secret of the service app is missing.', {
    field: 'clientSecret',
  })
}

function usedManager(
  fleet: Fleet,
  wanted: ManagerId | null | undefined,
  before: ManagerId | null,
): ManagerId | null {
  if (wanted === undefined) return before
  return wanted === null ? null : knownManager(fleet, wanted).id
}

type AppIds = Pick<ServiceApp, 'appId' | 'clientId'>

function isSameApp(one: AppIds, other: AppIds): boolean {
  return appKey(one.appId) === appKey(other.appId) && one.clientId === other.clientId
}

function sharedServiceApp(fleet: Fleet, appId: string, clientId: string): ServiceApp | undefined {
  return [...fleet.serviceApps.values()].find((each) => isSameApp(each, { appId, clientId }))
}

/** Its customers may be in the list already, and it has a client ID of its own. */
function refuseTakenApp({ serviceApps }: Fleet, appId: string, except: ServiceAppId): void {
  const taken = [...serviceApps.values()].some(
    (each) => each.id !== except && appKey(each.appId) === appKey(appId),
  )
  if (!taken) return
  throw new UserFacingError(
    'invalid',
    'Another service app in the list has this App ID. Edit the customers one by one, or check the App ID.',
    { field: 'appId' },
  )
}

/** One row for each app in each org, however their IDs are spelled. */
function refuseDuplicate(
  { profiles, serviceApps }: Fleet,
  unreadable: readonly UnreadableRow[],
  { appId, targetOrgId }: Pick<Input<'service-app.add'>, 'appId' | 'targetOrgId'>,
  except: ProfileId | null,
): void {
  const [app, org] = [appKey(appId), orgKey(targetOrgId)]
  const ofApp = new Set(
    [...serviceApps.values()].filter((each) => appKey(each.appId) === app).map(({ id }) => id),
  )
  const rows = [
    ...[...profiles.values()].filter(({ serviceAppId }) => ofApp.has(serviceAppId)),
    ...unreadable.filter((row) => appKey(row.appId) === app),
  ]
  const twin = rows.find((row) => row.id !== except && orgKey(row.targetOrgId) === org)
  if (twin === undefined) return
  throw new UserFacingError(
    'invalid',
    `This service app is already in the list for this org, as “${isolated(twin.name)}”.`,
    {
      field: 'targetOrgId',
      profileId: twin.id,
    },
  )
}
