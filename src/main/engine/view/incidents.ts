// One thing that went wrong, however many profiles it hit: each profile's trouble is counted under one stable key.

import type { Instant, ManagerId, Profile, ProfileId, ServiceAppId } from '../domain/model.ts'
import type { FixAction, ProfileView, RootCause } from '../domain/view-model.ts'
import type { Failure } from '../failure/classifier.ts'
import { namesOf, sentenceOf } from '../failure/failure-catalogue.ts'
import { profileAccount } from '../renewal/token-limit.ts'
import { fixFor } from './health.ts'

/** One profile's part in a cause. */
export interface Trouble {
  readonly profile: Profile
  readonly view: ProfileView
  readonly failure: Failure | null
  readonly managerId: ManagerId | null
  readonly since: Instant
  readonly failedInARow: number
  /** Near its end, with nothing planned that could renew it. */
  readonly endangered: boolean
}

interface Seed {
  readonly key: string
  readonly level: RootCause['level']
  readonly title: string
  readonly sentence: string
  readonly fix: FixAction | null
}

/** null: nothing that is worth a person's attention (yet). */
export function seedOf(trouble: Trouble, failuresBeforeAlert: number): Seed | null {
  const { view, failure, endangered } = trouble
  const expired = view.accessToken !== null && isExpiredState(view, trouble)
  const grave = expired || endangered
  if (failure === null) return grave ? endSeed(trouble, expired) : tierOneDead(trouble)
  const seed = seedOfFailure(failure, trouble)
  if (seed.passing && trouble.failedInARow < failuresBeforeAlert && !grave) return tierOneDead(trouble)
  const { passing: _, ...rest } = seed
  return grave ? { ...rest, level: 'critical' } : rest
}

function isExpiredState(view: ProfileView, { endangered }: Trouble): boolean {
  return view.state === 'expired' || (view.state === 'refreshing' && endangered)
}

/** Nothing failed, and yet the token ends: it is paused, or the app was not running. */
function endSeed({ profile, view }: Trouble, expired: boolean): Seed | null {
  if (view.state !== 'expired' && view.state !== 'paused') return null
  const fix: FixAction = profile.paused
    ? { kind: 'resume', profileId: profile.id }
    : { kind: 'refresh', profileId: profile.id }
  return {
    key: `ends:${profile.id}`,
    level: expired ? 'critical' : 'warning',
    title: expired
      ? `The token of “${profile.name}” has expired`
      : `The token of “${profile.name}” ends soon`,
    sentence: profile.paused
      ? 'Renewing it is paused. Resume it to get a new token.'
      : 'Nothing is planned that could renew it.',
    fix,
  }
}

function tierOneDead({ profile, view }: Trouble): Seed | null {
  if (view.refreshToken?.dead !== true) return null
  return {
    key: `tier-1-dead:${profile.id}`,
    level: 'information',
    title: `“${profile.name}” can no longer renew itself`,
    sentence:
      'Webex no longer accepts its refresh token. Its tokens come from the Applications API now; nothing needs to be done.',
    fix: null,
  }
}

function seedOfFailure(failure: Failure, { profile, view }: Trouble): Seed & { readonly passing: boolean } {
  const seed = (key: string, title: string, level: RootCause['level'], passing: boolean) => ({
    key,
    title,
    level,
    passing,
    sentence: sentenceOf(failure, namesOf(profile)),
    fix: fixFor(failure, profile.id),
  })
  const app: ServiceAppId = profile.serviceAppId
  switch (failure.kind) {
    case 'client-refused':
      return seed(`client-refused:${app}`, "A service app's client secret is refused", 'warning', false)
    case 'wrong-field':
      return failure.field === 'targetOrgId'
        ? seed(`wrong-org:${profile.id}`, `The target org of “${profile.name}” is wrong`, 'warning', false)
        : seed(`wrong-field:${app}`, "A service app's details are wrong", 'warning', false)
    case 'not-authorised':
      return seed(
        `not-authorised:${profile.id}`,
        `“${profile.name}” is not authorized for its org`,
        'warning',
        false,
      )
    case 'manager-grant-dead':
    case 'manager-refused':
      return seed(
        `manager-dead:${failure.managerId}`,
        'The token manager must be reconnected',
        'warning',
        false,
      )
    case 'manager-client-refused':
      return seed(
        `manager-client-refused:${failure.managerId}`,
        "The integration's client secret is refused",
        'warning',
        false,
      )
    case 'no-manager':
      return seed(`no-manager:${failure.managerId ?? ''}`, 'No token manager is connected', 'warning', false)
    case 'token-limit':
      return seed(
        `token-limit:${profileAccount(profile, view)}`,
        "A service app has reached Webex's token limit",
        'warning',
        false,
      )
    case 'manager-token-limit':
      return seed(
        `manager-token-limit:${failure.managerId}`,
        "The integration has reached Webex's token limit",
        'warning',
        false,
      )
    case 'nothing-to-try':
      return seed(`no-way:${profile.id}`, `“${profile.name}” cannot be renewed`, 'warning', false)
    case 'store':
      return seed('store', 'The data folder cannot be written', 'critical', false)
    case 'interference':
      return seed('interference', 'Something answers in place of Webex', 'warning', true)
    case 'transient':
      return failure.reason === 'server'
        ? seed('webex-failing', 'Webex has trouble of its own', 'warning', true)
        : seed('network-down', 'Webex cannot be reached', 'warning', true)
    case 'answer-lost':
      return seed('network-down', 'Webex cannot be reached', 'warning', true)
    case 'throttled':
      return seed(`throttled:${app}`, 'Webex asks for fewer requests', 'warning', true)
    case 'grant-dead':
    case 'unclear':
    case 'unexpected':
    case 'bearer-refused':
      return seed(`refused:${app}`, 'Webex refuses to renew a token', 'warning', true)
  }
}

/** Groups by key; causes of the fleet as a whole come in through `general`. */
export function gather(
  troubles: Iterable<Trouble>,
  general: readonly RootCause[],
  failuresBeforeAlert: number,
): readonly RootCause[] {
  const causes = new Map<string, { cause: RootCause; readonly profileIds: Set<ProfileId> }>()
  for (const cause of general) causes.set(cause.key, { cause, profileIds: new Set(cause.profileIds) })
  for (const trouble of troubles) {
    const seed = seedOf(trouble, failuresBeforeAlert)
    if (seed === null) continue
    const { since, failure, profile } = trouble
    const known = causes.get(seed.key)
    if (known === undefined) {
      const cause = { ...seed, profileIds: [], trackingId: failure?.trackingId ?? null, since }
      causes.set(seed.key, { cause, profileIds: new Set([profile.id]) })
      continue
    }
    known.profileIds.add(profile.id)
    const level = graver(known.cause.level, seed.level)
    known.cause = { ...known.cause, level, since: Math.min(known.cause.since, since) }
  }
  return [...causes.values()]
    .map(({ cause, profileIds }) => ({ ...cause, profileIds: [...profileIds] }))
    .sort((a, b) => weight(b.level) - weight(a.level) || a.since - b.since)
}

export function graver(a: RootCause['level'], b: RootCause['level']): RootCause['level'] {
  return weight(a) >= weight(b) ? a : b
}

export function weight(level: RootCause['level']): number {
  return level === 'critical' ? 2 : level === 'warning' ? 1 : 0
}
