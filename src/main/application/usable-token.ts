// Usable token: a profile's token in the form it is delivered in, and one that works when a person asks for it.
import { fingerprint } from '#base/node/fingerprint.ts'
import type { DeliverableToken } from '#delivery/delivery-handler.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { givableToken, type Profile, type ProfileId, usableToken } from '#engine/domain/model.ts'
import { isTokenText, type Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'
import { knownProfile } from './fleet-input.ts'

/** null: there is no access token. A hash of the refresh token is made only where somebody wants it. */
export function deliverable(
  profile: Profile | undefined,
  wantsRefreshToken: boolean,
): DeliverableToken | null {
  const pair = profile?.pair
  const accessToken = givableToken(pair)
  if (profile === undefined || pair == null || accessToken === null || pair.fingerprint === null) return null
  const refresh = wantsRefreshToken ? (pair.refresh?.token ?? null) : null
  const refreshToken = refresh !== null && isTokenText(refresh.reveal()) ? refresh : null
  return {
    profileId: profile.id,
    profileName: profile.name,
    orgId: profile.targetOrgId,
    accessToken,
    fingerprint: pair.fingerprint,
    refreshToken,
    refreshFingerprint: refreshToken === null ? null : fingerprint(refreshToken.reveal()),
    expiresAt: pair.expiresAt,
  }
}

/** Refreshed first when it has expired or is missing; throws a `UserFacingError` when none is to be had. */
export async function workingToken(
  engine: Engine,
  profileId: ProfileId,
  purpose: 'copy' | 'deliver' = 'deliver',
): Promise<{ readonly accessToken: Secret; readonly refreshed: boolean }> {
  const usable = () => usableToken(knownProfile(engine.fleet(), profileId).pair, engine.now())
  const there = usable()
  if (there !== null) return { accessToken: there, refreshed: false }
  const attempt = await engine.refresh(profileId, 'manual')
  const accessToken = usable()
  if (accessToken !== null) return { accessToken, refreshed: true }
  const { sentence, trackingId } = attempt
  const message = sentence ?? `There is no token to ${purpose} yet. Press Refresh.`
  throw new UserFacingError('refused', message, trackingId === null ? {} : { trackingId })
}
