// Responses: a token, or a problem (RFC 9457).
import { STATUS_CODES } from 'node:http'
import { references } from '#base/common/find-profile.ts'
import type { Instant, Profile } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { ProfileView } from '#engine/domain/view-model.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whoever has not shown a good secret does not keep a connection. */
  readonly keepsConnection: boolean
}

/** Not cached, no type guessed, not embedded by a page; no other origin is ever allowed. */
const GUARD = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

export function tokenAnswer(
  profile: Profile,
  token: Secret,
  expiresAt: Instant | null,
  now: Instant,
): Answer {
  return {
    status: 200,
    headers: { ...GUARD, 'content-type': 'application/json' },
    body: JSON.stringify({
      access_token: token.reveal(),
      token_type: 'Bearer',
      expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      expires_in: expiresAt === null ? null : Math.max(0, Math.floor((expiresAt - now) / 1000)),
      profile_id: profile.id,
      profile_name: profile.name,
      target_org_id: profile.targetOrgId,
    }),
    keepsConnection: true,
  }
}

export type ShownProfile = Pick<
  ProfileView,
  'id' | 'name' | 'appId' | 'orgName' | 'targetOrgId' | 'state' | 'accessToken' | 'nextRefresh'
>

/** Without a token. `reference`: the shortest way for this consumer to mean this one and no other. */
export function profilesAnswer(profiles: readonly ShownProfile[], now: Instant): Answer {
  const known = references(profiles)
  const rows = profiles.map(({ id, name, appId, orgName, targetOrgId, state, accessToken, nextRefresh }) => ({
    id,
    name,
    reference: known.get(id) ?? id,
    app_id: appId,
    org: orgName,
    target_org_id: targetOrgId,
    state,
    expires_at: isoOrNull(accessToken?.expiresAt),
    next_refresh_at: isoOrNull(nextRefresh?.at),
  }))
  return {
    status: 200,
    headers: { ...GUARD, 'content-type': 'application/json' },
    body: JSON.stringify({ now: isoOrNull(now), profiles: rows }),
    keepsConnection: true,
  }
}

const isoOrNull = (instant: Instant | null | undefined) =>
  instant == null ? null : new Date(instant).toISOString()

export interface Problem {
  readonly status: number
  /** For programs; stays the same when the words change. */
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem (RFC 9457 section 3.2). */
  readonly more?: Readonly<Record<string, unknown>>
}

/** For whoever has not shown a good secret. */
export function strangerAnswer(problem: Problem): Answer {
  return { ...problemAnswer(problem), keepsConnection: false }
}

/** For a consumer that has shown its secret. */
export function problemAnswer({ status, code, detail, headers, more }: Problem): Answer {
  return {
    status,
    headers: { ...GUARD, 'content-type': 'application/problem+json', ...headers },
    // Of type about:blank the title is the status in words (RFC 9457 section 4.2.1).
    body: JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      code,
      ...more,
    }),
    keepsConnection: true,
  }
}
