// Fleet input: checks that adding, editing, connecting and importing share. Each throws a `UserFacingError` with the field.
import { type PlainField, secretIn } from '#contract/value-rules.ts'
import type { Fleet, Instant, ManagerId, Profile, ProfileId, TokenManager } from '#engine/domain/model.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'

/** What is needed to make records of what a person typed. */
export interface IdClock {
  readonly now: () => Instant
  readonly newId: () => string
}

export type PlainTexts = Readonly<Partial<Record<PlainField, string | null>>>

export function knownProfile(fleet: Fleet, profileId: ProfileId): Profile {
  const profile = fleet.profiles.get(profileId)
  if (profile === undefined) throw new UserFacingError('not-found', 'This service app was removed.')
  return profile
}

export function knownManager(fleet: Fleet, managerId: ManagerId): TokenManager {
  const manager = fleet.managers.get(managerId)
  if (manager !== undefined) return manager
  throw new UserFacingError('not-found', 'This token manager is no longer connected.', {
    field: 'managerId',
  })
}

type TokenField = 'accessToken' | 'refreshToken' | 'token'

export function pastedToken(text: string, field: TokenField): Secret
export function pastedToken(text: string | null, field: TokenField): Secret | null
export function pastedToken(text: string | null, field: TokenField): Secret | null {
  if (text === null) return null
  if (isTokenText(text)) return new Secret(text)
  throw new UserFacingError(
    'invalid',
    'This is not a token: it contains a space or another character that no token has. Copy the token again.',
    { field },
  )
}

/** These fields are stored and shown in clear. `typed`: the secrets that came with them; those of the fleet count too. */
export function refuseSecretInClear(
  fleet: Fleet,
  texts: PlainTexts,
  typed: readonly (string | null)[],
): void {
  const given = typed.filter((secret) => secret !== null)
  const found = secretIn(texts, given) ?? secretIn(texts, secretsOf(fleet))
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

/** For a service app. The two sets of credentials look alike, and mixing them up is a common mistake. */
export function refuseIntegrationCredentials(
  fleet: Fleet,
  clientId: string,
  clientSecret: string | null,
): void {
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

/** For an integration: the same mistake the other way round. */
export function refuseServiceAppClientId({ serviceApps, profiles }: Fleet, clientId: string): void {
  for (const { serviceAppId } of profiles.values()) {
    if (serviceApps.get(serviceAppId)?.clientId !== clientId) continue
    throw new UserFacingError(
      'invalid',
      'This is the client ID of a service app. Paste the one of the token manager integration.',
      { field: 'clientId' },
    )
  }
}
