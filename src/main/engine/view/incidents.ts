// Incidents: one for each thing that went wrong, however many profiles it affects. What profiles and token managers met is
// grouped by the incident keys of the failure catalogue.

import { isolated } from '#base/common/display-text.ts'
import type { Instant, Profile, ProfileId, TokenManager } from '../domain/model.ts'
import { MANAGER_WARNINGS, MANAGER_WARNINGS_FOR } from '../domain/policy.ts'
import type { FixAction, Incident, ManagerView, ProfileView } from '../domain/view-model.ts'
import { aboutProfile, type Failure, type IncidentKind } from '../failure/failure.ts'
import { fixOf, incidentKindOf, sentenceOf } from '../failure/failure-catalogue.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'
import { profileAccount } from '../renewal/token-limit.ts'
import type { Outlook } from './health.ts'

/** One profile's part in an incident. */
export interface AffectedProfile {
  readonly profile: Profile
  readonly view: ProfileView
  readonly failure: Failure | null
  readonly since: Instant
  readonly failedInARow: number
  /** Near its end, with nothing planned that could renew it. */
  readonly endangered: boolean
  readonly tierTwo: Outlook
}

type IncidentText = Pick<Incident, 'key' | 'level' | 'title' | 'sentence' | 'fix'>

/** null: nothing that is worth a person's attention (yet). */
function incidentOf(affected: AffectedProfile, failuresBeforeAlert: number): IncidentText | null {
  const { profile, view, failure, endangered } = affected
  const expired = view.accessToken !== null && isExpired(affected)
  const grave = expired || endangered
  if (failure === null) return grave ? endOfToken(affected, expired) : deadRefreshToken(affected)
  const about = aboutProfile(profile)
  const kind = incidentKindOf(failure, profile.name)
  if (kind.isPassing && affected.failedInARow < failuresBeforeAlert && !grave)
    return deadRefreshToken(affected)
  return {
    key: keyOf(kind, failure, affected),
    title: kind.title,
    level: grave ? 'critical' : kind.level,
    sentence: sentenceOf(failure, about),
    fix: fixOf(failure, about),
  }
}

function keyOf(
  { key, countedBy }: IncidentKind,
  failure: Failure,
  { profile, view }: AffectedProfile,
): string {
  switch (countedBy) {
    case 'fleet':
      return key
    case 'profile':
      return `${key}:${profile.id}`
    case 'service-app':
      return `${key}:${profile.serviceAppId}`
    case 'account':
      return `${key}:${profileAccount(profile, view)}`
    case 'manager':
      return `${key}:${'managerId' in failure ? (failure.managerId ?? '') : ''}`
  }
}

function isExpired({ view, endangered }: AffectedProfile): boolean {
  return view.state === 'expired' || (view.state === 'refreshing' && endangered)
}

/** Nothing failed, and yet the token ends: it is paused, or the app was not running. */
function endOfToken({ profile, view }: AffectedProfile, expired: boolean): IncidentText | null {
  if (view.state !== 'expired' && view.state !== 'paused') return null
  const fix: FixAction = { kind: profile.paused ? 'resume' : 'refresh', profileId: profile.id }
  return {
    key: `ends:${profile.id}`,
    level: expired ? 'critical' : 'warning',
    title: expired
      ? `The token of “${isolated(profile.name)}” has expired`
      : `The token of “${isolated(profile.name)}” ends soon`,
    sentence: profile.paused
      ? 'Renewing it is paused. Resume it to get a new token.'
      : 'Nothing is planned that could renew it.',
    fix,
  }
}

function deadRefreshToken({ profile, view, tierTwo }: AffectedProfile): IncidentText | null {
  if (view.refreshToken?.dead !== true) return null
  const fix: FixAction | null =
    tierTwo === 'ends-before' ? { kind: 'connect-integration', managerId: null } : null
  return {
    key: `tier-1-dead:${profile.id}`,
    level: 'information',
    title: `“${isolated(profile.name)}” can no longer renew itself`,
    sentence: `Webex no longer accepts its refresh token. ${WITHOUT_TIER_ONE[tierTwo]}`,
    fix,
  }
}

const WITHOUT_TIER_ONE: Readonly<Record<Outlook, string>> = {
  renews: 'Its tokens come from the Applications API now; nothing needs to be done.',
  'is-retried':
    'Its next token comes from the Applications API; the request failed, or is late, and is retried automatically.',
  'ends-before':
    "Its next token would come from the Applications API, but the token manager's access token ends before that and nothing renews it. Connect the token manager integration.",
  'is-paused': 'Its next token comes from the Applications API once renewing is resumed.',
  cannot: 'The Applications API cannot issue its next token either.',
}

/** An incident of a token manager or of the fleet as a whole. */
export interface GeneralIncident {
  readonly incident: Omit<Incident, 'profileIds'>
  /** How many customers use what it is about; whom it affects is found by its key. */
  readonly dependents: number
}

/** Groups by key. */
export function groupIncidents(
  affected: Iterable<AffectedProfile>,
  general: readonly GeneralIncident[],
  failuresBeforeAlert: number,
): readonly Incident[] {
  const incidents = new Map<
    string,
    {
      incident: GeneralIncident['incident']
      readonly dependents: number
      readonly profileIds: Set<ProfileId>
    }
  >()
  for (const { incident, dependents } of general)
    incidents.set(incident.key, { incident, dependents, profileIds: new Set() })
  for (const each of affected) {
    const made = incidentOf(each, failuresBeforeAlert)
    if (made === null) continue
    const { since, failure, profile } = each
    const known = incidents.get(made.key)
    if (known === undefined) {
      const incident = { ...made, trackingId: failure?.trackingId ?? null, since }
      incidents.set(made.key, { incident, dependents: 0, profileIds: new Set([profile.id]) })
      continue
    }
    known.profileIds.add(profile.id)
    const level = graver(known.incident.level, made.level)
    known.incident = { ...known.incident, level, since: Math.min(known.incident.since, since) }
  }
  return [...incidents.values()]
    .map(({ incident, dependents, profileIds }) => ({
      ...incident,
      sentence: `${incident.sentence}${dependWords(dependents, profileIds.size)}`,
      profileIds: [...profileIds],
    }))
    .sort((a, b) => weight(b.level) - weight(a.level) || a.since - b.since)
}

/** Those who depend on it and those who lack a token without it are two numbers. */
function dependWords(dependents: number, affected: number): string {
  if (dependents === 0) return ''
  const all = dependents === 1 ? '1 customer depends' : `${dependents} customers depend`
  if (affected >= dependents) return ` ${all} on it.`
  const now =
    affected === 0 ? 'none of them needs' : `${affected} of them ${affected === 1 ? 'needs' : 'need'}`
  return ` ${all} on it; ${now} it right now.`
}

export function graver(a: Incident['level'], b: Incident['level']): Incident['level'] {
  return weight(a) >= weight(b) ? a : b
}

export function weight(level: Incident['level']): number {
  return level === 'critical' ? 2 : level === 'warning' ? 1 : 0
}

/** Everything that keeps each profile from being renewed is an incident of the fleet. */
export function fleetIncident(failure: Failure, sentence: string, since: Instant): GeneralIncident {
  const { key, title, level } = incidentKindOf(failure, '')
  const fix = fixOf(failure, { kind: 'manager', name: '' })
  return { incident: { key, level, title, sentence, fix, trackingId: null, since }, dependents: 0 }
}

export interface AffectedManager {
  readonly manager: TokenManager
  readonly view: ManagerView
  readonly failure: Failure | null
  readonly subjectState: ManagerSubjectState
  readonly now: Instant
  /** How many use it; called only when there is an incident. */
  readonly dependents: () => number
}

/** A token manager's own incidents. */
export function managerIncidents(
  affected: AffectedManager,
  failuresBeforeAlert: number,
): readonly GeneralIncident[] {
  const { manager, view, failure, subjectState, now } = affected
  const own = failure === null ? null : incidentKindOf(failure, manager.name)
  const since = subjectState.since ?? now
  const incident = (kind: Pick<IncidentKind, 'key' | 'title'>): GeneralIncident => ({
    incident: {
      key: `${kind.key}:${manager.id}`,
      level: 'warning',
      title: kind.title,
      sentence: view.sentence ?? '',
      fix: view.fix,
      trackingId: failure?.trackingId ?? null,
      since,
    },
    dependents: affected.dependents(),
  })
  if (own?.countedBy === 'manager') return [incident(own)]
  const failing = failure !== null && subjectState.failedInARow >= failuresBeforeAlert
  const ending = refreshTokenEnding(affected, managerWarnings(manager))
  return [
    ...(failing
      ? [incident({ key: 'manager-failing', title: 'The token manager cannot be renewed at the moment' })]
      : []),
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
const WARNINGS: readonly (Pick<Incident, 'level' | 'title'> & { readonly short: string })[] = [
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
  { manager, now, dependents }: AffectedManager,
  warnings: readonly Instant[],
): GeneralIncident | null {
  const index = warnings.findLastIndex((at) => at <= now)
  const warning = WARNINGS[index]
  const since = warnings[index]
  if (warning === undefined || since === undefined) return null
  const lived = manager.pair?.refresh?.firstLifetime ?? 0
  return {
    incident: {
      key: `manager-ends:${manager.id}`,
      level: warning.level,
      title: lived > MANAGER_WARNINGS_FOR / 2 ? warning.title : warning.short,
      sentence:
        "Webex does not extend the integration's refresh token. Reconnect the integration before it ends; otherwise no new token can be issued.",
      fix: { kind: 'connect-integration', managerId: manager.id },
      trackingId: null,
      since,
    },
    dependents: dependents(),
  }
}
