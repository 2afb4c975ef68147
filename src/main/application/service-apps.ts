// Add, edit, remove: what a person typed becomes changes of the fleet, or a refusal that names the field.
import type { Input } from '#contract/contract.ts'
import { PLAIN_FIELDS, type PlainField, secretIn, valueProblem } from '#contract/value-rules.ts'
import type { Fleet, FleetChange, ManagerId, Profile, ProfileId, ServiceApp } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'
import { UserFacingError } from './errors.ts'
import type { IdClock } from './id-clock.ts'
import { configManager, knownManager } from './manager-changes.ts'
import { pastedToken } from './pasted-token.ts'

export interface Addition {
  readonly profileId: ProfileId
  readonly changes: readonly FleetChange[]
}

/** A new profile; its service app is shared with profiles of the same App ID and client ID. */
export function addition(fleet: Fleet, input: Input<'service-app.add'>, idClock: IdClock): Addition {
  const { tokenManager } = input
  refuseSecretInClear(fleet, input, [input.clientSecret, input.accessToken, input.refreshToken])
  if (tokenManager?.kind === 'integration') {
    refuseSecretInClear(fleet, tokenManager, [tokenManager.clientSecret, tokenManager.refreshToken])
  }
  refuseMixedUpCredentials(fleet, input.clientId, input.clientSecret)
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
      ...configManager(fleet, input.tokenManager, idClock),
    ],
  }
}

/** Changes of an existing profile. A new client secret reaches every profile of that service app. */
export function edition(
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
    refuseMixedUpCredentials(fleet, input.clientId, input.clientSecret)
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
  // Another org's or another app's tokens are not this one's: it begins with none, and tier 2 issues them.
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

type Texts = Readonly<Partial<Record<PlainField, string | null>>>

/** What an older version stored may break a rule of today. It stays until it is changed, and nothing is lost. */
function changedTexts(input: Texts, stored: Texts): Texts {
  const changed = PLAIN_FIELDS.filter((field) => input[field] !== stored[field])
  return Object.fromEntries(changed.map((field) => [field, input[field]]))
}

function refuseProblems(texts: Texts): void {
  for (const field of PLAIN_FIELDS) {
    const text = texts[field]
    const problem = text ? valueProblem(field, text) : null
    if (problem !== null) throw new UserFacingError('invalid', problem, { field })
  }
}

/** These fields are stored and shown in clear. `typed`: the secrets that came with them; those of the fleet count too. */
export function refuseSecretInClear(fleet: Fleet, texts: Texts, typed: readonly (string | null)[]): void {
  const found =
    secretIn(
      texts,
      typed.filter((secret) => secret !== null),
    ) ?? secretIn(texts, secretsOf(fleet))
  if (found !== null) throw new UserFacingError('invalid', found.sentence, { field: found.field })
}

function* secretsOf({ serviceApps, profiles, managers }: Fleet): Generator<string> {
  for (const { clientSecret } of serviceApps.values()) yield clientSecret.reveal()
  for (const manager of managers.values()) {
    if (manager.kind === 'integration') yield manager.clientSecret.reveal()
  }
  for (const { pair } of [...managers.values(), ...profiles.values()]) {
    if (pair?.accessToken) yield pair.accessToken.reveal()
    if (pair?.refresh) yield pair.refresh.token.reveal()
  }
}

export function knownProfile(fleet: Fleet, profileId: ProfileId): Profile {
  const profile = fleet.profiles.get(profileId)
  if (profile === undefined)
    throw new UserFacingError('not-found', 'This service app is not in the list any more.')
  return profile
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
      throw new UserFacingError(
        'invalid',
        `This service app is already there for this org, as “${profile.name}”.`,
        {
          field: 'targetOrgId',
        },
      )
    }
  }
}

/** The two sets of credentials look alike, and mixing them up is the field's favourite mistake. */
function refuseMixedUpCredentials(fleet: Fleet, clientId: string, clientSecret: string | null): void {
  for (const manager of fleet.managers.values()) {
    if (manager.kind !== 'integration') continue
    if (manager.clientId === clientId) {
      throw new UserFacingError(
        'invalid',
        'This is the client ID of the token manager integration. Paste the one of the service app.',
        { field: 'clientId' },
      )
    }
    if (clientSecret !== null && manager.clientSecret.reveal() === clientSecret) {
      throw new UserFacingError(
        'invalid',
        'This is the client secret of the token manager integration. Paste the one of the service app.',
        { field: 'clientSecret' },
      )
    }
  }
}
