// Incidents: one for each thing that went wrong, however many profiles it affects. What profiles and token managers met is
// grouped by the incident keys of the failure catalogue.

import type { Instant, Profile, ProfileId, TokenManager } from '../domain/model.ts'
import { MANAGER_WARNINGS, MANAGER_WARNINGS_FOR } from '../domain/policy.ts'
import type { FixAction, ManagerView, ProfileView, RootCause } from '../domain/view-model.ts'
import { aboutProfile, type Failure, type IncidentKind } from '../failure/failure.ts'
import { fixOf, incidentKindOf, MUST_RECONNECT, sentenceOf } from '../failure/failure-catalogue.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'
import { profileAccount } from '../renewal/token-limit.ts'

/** One profile's part in an incident. */
export interface AffectedProfile {
  readonly profile: Profile
  readonly view: ProfileView
  readonly failure: Failure | null
  readonly since: Instant
  readonly failedInARow: number
  /** Near its end, with nothing planned that could renew it. */
  readonly endangered: boolean
}

type Incident = Pick<RootCause, 'key' | 'level' | 'title' | 'sentence' | 'fix'>

/** null: nothing that is worth a person's attention (yet). */
function incidentOf(affected: AffectedProfile, failuresBeforeAlert: number): Incident | null {
  const { profile, view, failure, endangered } = affected
  const expired = view.accessToken !== null && isExpired(affected)
  const grave = expired || endangered
  if (failure === null) return grave ? endOfToken(affected, expired) : deadRefreshToken(affected)
  const about = aboutProfile(profile)
  const kind = incidentKindOf(failure, profile.name)
  if (kind.isPassing && affected.failedInARow < failuresBeforeAlert && !grave)
    return deadRefreshToken(affected)
  return {
    key: keyOf(kind, {
      profile: profile.id,
      'service-app': profile.serviceAppId,
      account: profileAccount(profile, view),
      manager: 'managerId' in failure ? (failure.managerId ?? '') : '',
    }),
    title: kind.title,
    level: grave ? 'critical' : kind.level,
    sentence: sentenceOf(failure, about),
    fix: fixOf(failure, about),
  }
}

function keyOf(
  { key, countedBy }: IncidentKind,
  ids: { readonly [C in Exclude<IncidentKind['countedBy'], 'fleet'>]: string },
): string {
  return countedBy === 'fleet' ? key : `${key}:${ids[countedBy]}`
}

function isExpired({ view, endangered }: AffectedProfile): boolean {
  return view.state === 'expired' || (view.state === 'refreshing' && endangered)
}

/** Nothing failed, and yet the token ends: it is paused, or the app was not running. */
function endOfToken({ profile, view }: AffectedProfile, expired: boolean): Incident | null {
  if (view.state !== 'expired' && view.state !== 'paused') return null
  const fix: FixAction = { kind: profile.paused ? 'resume' : 'refresh', profileId: profile.id }
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

function deadRefreshToken({ profile, view }: AffectedProfile): Incident | null {
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

/** Groups by key. `general`: incidents of token managers and of the fleet as a whole. */
export function groupIncidents(
  affected: Iterable<AffectedProfile>,
  general: readonly RootCause[],
  failuresBeforeAlert: number,
): readonly RootCause[] {
  const incidents = new Map<string, { incident: RootCause; readonly profileIds: Set<ProfileId> }>()
  for (const incident of general)
    incidents.set(incident.key, { incident, profileIds: new Set(incident.profileIds) })
  for (const each of affected) {
    const made = incidentOf(each, failuresBeforeAlert)
    if (made === null) continue
    const { since, failure, profile } = each
    const known = incidents.get(made.key)
    if (known === undefined) {
      const incident = { ...made, profileIds: [], trackingId: failure?.trackingId ?? null, since }
      incidents.set(made.key, { incident, profileIds: new Set([profile.id]) })
      continue
    }
    known.profileIds.add(profile.id)
    const level = graver(known.incident.level, made.level)
    known.incident = { ...known.incident, level, since: Math.min(known.incident.since, since) }
  }
  return [...incidents.values()]
    .map(({ incident, profileIds }) => ({ ...incident, profileIds: [...profileIds] }))
    .sort((a, b) => weight(b.level) - weight(a.level) || a.since - b.since)
}

export function graver(a: RootCause['level'], b: RootCause['level']): RootCause['level'] {
  return weight(a) >= weight(b) ? a : b
}

export function weight(level: RootCause['level']): number {
  return level === 'critical' ? 2 : level === 'warning' ? 1 : 0
}

/** Everything that keeps each profile from being renewed is an incident of the fleet. */
export function fleetIncident(failure: Failure, sentence: string, since: Instant): RootCause {
  const { key, title, level } = incidentKindOf(failure, '')
  const fix = fixOf(failure, { kind: 'manager', name: '' })
  return { key, level, title, sentence, fix, profileIds: [], trackingId: null, since }
}

export interface AffectedManager {
  readonly manager: TokenManager
  readonly view: ManagerView
  readonly failure: Failure | null
  readonly subjectState: ManagerSubjectState
  readonly now: Instant
  /** Those who use it; called only when there is an incident. */
  readonly profileIds: () => readonly ProfileId[]
}

/** A token manager's own incidents, with all profiles that depend on it. */
export function managerIncidents(
  affected: AffectedManager,
  failuresBeforeAlert: number,
): readonly RootCause[] {
  const { manager, view, failure, subjectState } = affected
  const needsYou = view.fix?.kind === 'connect-integration' || failure?.kind === 'manager-token-limit'
  const incident = (key: string, title: string): RootCause => ({
    key: `${key}:${manager.id}`,
    level: 'warning',
    title,
    sentence: view.sentence ?? '',
    fix: view.fix,
    profileIds: affected.profileIds(),
    trackingId: failure?.trackingId ?? null,
    since: subjectState.since ?? affected.now,
  })
  if (failure !== null && needsYou) {
    const own = incidentKindOf(failure, manager.name)
    // One that was never connected is fixed like one whose refresh token has died.
    const kind = own.countedBy === 'manager' && failure.kind !== 'no-manager' ? own : MUST_RECONNECT
    return [incident(kind.key, kind.title)]
  }
  const failing = failure !== null && subjectState.failedInARow >= failuresBeforeAlert
  const ending = refreshTokenEnding(affected, managerWarnings(manager))
  return [
    ...(failing ? [incident('manager-failing', 'The token manager cannot be renewed at the moment')] : []),
    ...(ending === null ? [] : [ending]),
  ]
}

/** Meant for a 90-day refresh token; shorter ones are measured in the same parts of their life. */
export function managerWarnings(manager: TokenManager): readonly Instant[] {
  const refresh = manager.pair?.refresh
  if (refresh?.expiresAt == null || refresh.firstLifetime === null) return []
  const { expiresAt } = refresh
  const scale = Math.min(1, refresh.firstLifetime / MANAGER_WARNINGS_FOR)
  return MANAGER_WARNINGS.map((before) => expiresAt - before * scale)
}

/** The title of each warning; a title that changes makes the next warning news. `short`: for less than 90 days. */
const WARNINGS: readonly (Pick<RootCause, 'level' | 'title'> & { readonly short: string })[] = [
  {
    level: 'information',
    title: 'Reconnect the integration within 30 days',
    short: 'Reconnect the integration in time',
  },
  {
    level: 'information',
    title: 'Reconnect the integration within 14 days',
    short: 'Reconnect the integration soon',
  },
  {
    level: 'warning',
    title: 'Reconnect the integration within 7 days',
    short: 'Reconnect the integration very soon',
  },
  { level: 'critical', title: 'Reconnect the integration today', short: 'Reconnect the integration now' },
]

function refreshTokenEnding(
  { manager, now, profileIds }: AffectedManager,
  warnings: readonly Instant[],
): RootCause | null {
  const index = warnings.findLastIndex((at) => at <= now)
  const warning = WARNINGS[index]
  const since = warnings[index]
  if (warning === undefined || since === undefined) return null
  const lived = manager.pair?.refresh?.firstLifetime ?? 0
  return {
    key: `manager-ends:${manager.id}`,
    level: warning.level,
    title: lived > MANAGER_WARNINGS_FOR / 2 ? warning.title : warning.short,
    sentence:
      "Webex does not extend the integration's refresh token. Reconnect the integration before it ends; otherwise no new token can be issued.",
    fix: { kind: 'connect-integration', managerId: manager.id },
    profileIds: profileIds(),
    trackingId: null,
    since,
  }
}
