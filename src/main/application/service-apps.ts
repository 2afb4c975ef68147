// Service apps: add, edit, remove, pause, refresh and test, one at a time or all at once.
import type { Input, Replies } from '#contract/contract.ts'
import { PLAIN_FIELDS, valueProblem } from '#contract/value-rules.ts'
import type { Verdict } from '#engine/domain/engine-api.ts'
import type {
  Attempt,
  Fleet,
  FleetChange,
  ManagerId,
  Profile,
  ProfileId,
  ServiceApp,
} from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'
import type { UnreadableRecord } from '#vault/repositories/fleet.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
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
import { storeRepair } from './record-repair.ts'
import { planConfigManager } from './token-managers.ts'
import type { Unreadable } from './unreadable-records.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface ServiceApps {
  /** `attempt`: the first token's, when one was asked for. */
  add(input: Input<'service-app.add'>): Promise<Replies['service-app.add']>
  edit(input: Input<'service-app.edit'>): Promise<void>
  remove(profileId: ProfileId): Promise<void>
  setPaused(profileId: ProfileId, paused: boolean): Promise<void>
  refresh(profileId: ProfileId): Promise<Attempt>
  test(profileId: ProfileId): Promise<Verdict>
  refreshAllDue(): Replies['fleet.refresh-due']
  cancelRefresh(): void
  /** Resumes with null. */
  pauseAll(minutes: number | null): void
}

export function createServiceApps(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'running' | 'vault' | 'whileStopped'>
  /** A person asks for requests. */
  readonly retrySignIn: () => void
  readonly idClock: IdClock
}): ServiceApps {
  const { supervisor, retrySignIn, idClock } = dependencies
  const runningEngine = () => supervisor.running().engine
  /** The engine, once it is sure that the profile is there. */
  const engineFor = (profileId: ProfileId) => {
    const { engine, unreadable } = supervisor.running()
    const lost = unreadable.profiles.find(({ id }) => id === profileId)
    if (lost?.sentence != null) throw new UserFacingError('refused', lost.sentence)
    knownProfile(engine.fleet(), profileId)
    return engine
  }

  return {
    async add(input) {
      const { engine, unreadable } = supervisor.running()
      refuseUnreadable(unreadable, input)
      const { profileId, changes } = planAddition(engine.fleet(), input, idClock)
      await engine.apply(changes)
      const attempt = input.issueToken ? await engine.refresh(profileId, 'added') : null
      return { profileId, attempt }
    },
    async edit(input) {
      const { engine, unreadable } = supervisor.running()
      if (unreadable.profile(input.profileId) === undefined)
        return engine.apply(planEdit(engine.fleet(), input, idClock))
      await storeRepair(supervisor, planRepair(engine.fleet(), unreadable, input, idClock))
    },
    async remove(profileId) {
      const removal = { kind: 'profile-removed', profileId } as const
      if (supervisor.running().unreadable.profile(profileId) !== undefined)
        return storeRepair(supervisor, [removal])
      await engineFor(profileId).apply([removal])
    },
    async setPaused(profileId, paused) {
      const engine = engineFor(profileId)
      const profile = knownProfile(engine.fleet(), profileId)
      await engine.apply([{ kind: 'profile-saved', profile: { ...profile, paused } }])
    },
    async refresh(profileId) {
      retrySignIn()
      return engineFor(profileId).refresh(profileId, 'manual')
    },
    async test(profileId) {
      retrySignIn()
      return engineFor(profileId).test(profileId)
    },
    refreshAllDue() {
      retrySignIn()
      return { started: runningEngine().refreshAllDue() }
    },
    cancelRefresh: () => runningEngine().cancelRefresh(),
    pauseAll: (minutes) =>
      runningEngine().pauseAll(minutes === null ? null : idClock.now() + minutes * 60_000),
  }
}

export interface Addition {
  readonly profileId: ProfileId
  readonly changes: readonly FleetChange[]
}

/** A new profile; its service app is shared with profiles of the same App ID and client ID. */
export function planAddition(fleet: Fleet, input: Input<'service-app.add'>, idClock: IdClock): Addition {
  const { tokenManager } = input
  refuseSecretInClear(fleet, input, [input.clientSecret, input.accessToken, input.refreshToken])
  if (tokenManager?.kind === 'integration') {
    refuseSecretInClear(fleet, tokenManager, [tokenManager.clientSecret, tokenManager.refreshToken])
  }
  refuseIntegrationCredentials(fleet, input.clientId, input.clientSecret)
  const serviceApp = sharedServiceApp(fleet, input.appId, input.clientId)
  const clientSecret = input.clientSecret === null ? secretOf(fleet, input) : new Secret(input.clientSecret)
  const profileId = idClock.newId()
  const saved: ServiceApp = {
    id: serviceApp?.id ?? idClock.newId(),
    appId: input.appId,
    clientId: input.clientId,
    clientSecret,
  }
  refuseDuplicate(fleet, saved.id, input.targetOrgId, null)
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
  return {
    profileId,
    changes: [
      { kind: 'service-app-saved', serviceApp: saved },
      { kind: 'profile-saved', profile },
      ...planConfigManager(fleet, input.tokenManager, idClock),
    ],
  }
}

/** Changes of an existing profile. A new client secret reaches every profile of that service app. */
export function planEdit(
  fleet: Fleet,
  input: Input<'service-app.edit'>,
  idClock: IdClock,
): readonly FleetChange[] {
  const profile = knownProfile(fleet, input.profileId)
  const current = fleet.serviceApps.get(profile.serviceAppId)
  if (current === undefined)
    throw new UserFacingError('not-found', 'The credentials of this service app are missing; add it again.')
  const fresh = changedTexts(input, { ...profile, appId: current.appId, clientId: current.clientId })
  refuseProblems(fresh)
  refuseSecretInClear(fleet, fresh, [input.clientSecret, input.refreshToken])
  if (input.clientSecret !== null || input.clientId !== current.clientId) {
    refuseIntegrationCredentials(fleet, input.clientId, input.clientSecret)
  }
  const moved = input.appId !== current.appId || input.clientId !== current.clientId
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
  refuseDuplicate(fleet, serviceApp.id, input.targetOrgId, profile.id)
  // Tokens of another org or app are of no use here: it begins with none, and tier 2 issues them.
  const now = idClock.now()
  const ownPair = moved || input.targetOrgId !== profile.targetOrgId ? emptyPair(now) : profile.pair
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
  const { traces } = knownUnreadable(unreadable, input.profileId)
  const { appId, clientId, targetOrgId, profileId } = input
  refuseProblems(input)
  refuseSecretInClear(fleet, input, [input.clientSecret, input.refreshToken])
  refuseIntegrationCredentials(fleet, clientId, input.clientSecret)
  const own = fleet.serviceApps.get(traces.serviceAppId ?? '')
  const isSame = own?.appId === appId && own.clientId === clientId
  const readable = isSame ? own : sharedServiceApp(fleet, appId, clientId)
  const clientSecret = input.clientSecret === null ? readable?.clientSecret : new Secret(input.clientSecret)
  if (clientSecret === undefined) {
    throw new UserFacingError('invalid', 'The stored client secret cannot be read. Enter it again.', {
      field: 'clientSecret',
    })
  }
  // Its own record where that cannot be read or is missing: a new one would leave the damaged one behind.
  const id = readable?.id ?? (own === undefined ? traces.serviceAppId : null) ?? idClock.newId()
  refuseDuplicate(fleet, id, targetOrgId, profileId)
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
  throw new UserFacingError('not-found', 'This service app is not in the list any more.')
}

/** A second record of a service app that cannot be read would leave its customers behind. */
export function refuseUnreadable(
  { profiles, serviceApp, profile }: Unreadable,
  { appId, clientId }: Pick<Input<'service-app.add'>, 'appId' | 'clientId'>,
): void {
  const same = profiles.find(
    (row) =>
      row.appId === appId &&
      row.clientId === clientId &&
      serviceApp(profile(row.id)?.traces.serviceAppId ?? null) !== undefined,
  )
  if (same === undefined) return
  throw new UserFacingError(
    'invalid',
    `This service app is in the list, and its client secret cannot be read. Enter it again in “${same.name}” first.`,
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
function secretOf(fleet: Fleet, { likeProfileId, clientId }: Input<'service-app.add'>): Secret {
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

function sharedServiceApp(fleet: Fleet, appId: string, clientId: string): ServiceApp | undefined {
  for (const serviceApp of fleet.serviceApps.values()) {
    if (serviceApp.appId === appId && serviceApp.clientId === clientId) return serviceApp
  }
  return undefined
}

function refuseDuplicate(fleet: Fleet, serviceAppId: string, orgId: string, except: ProfileId | null): void {
  for (const profile of fleet.profiles.values()) {
    if (profile.serviceAppId === serviceAppId && profile.targetOrgId === orgId && profile.id !== except) {
      const message = `This service app is already there for this org, as “${profile.name}”.`
      throw new UserFacingError('invalid', message, { field: 'targetOrgId' })
    }
  }
}
