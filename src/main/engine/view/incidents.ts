// Incidents: one for each thing that went wrong, however many customers it affects. What profiles and token managers met is
// grouped by the incident keys of the failure catalogue: by service app, by token manager, or for the fleet.

import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import type { Instant, Profile } from '../domain/model.ts'
import { type FixAction, type Incident, type ProfileView, tokenEnd } from '../domain/view-model.ts'
import {
  aboutProfile,
  type Failure,
  type FailureSubject,
  type IncidentKind,
  type IncidentSubject,
} from '../failure/failure.ts'
import { fixOf, incidentKindOf, needsPerson, ownerOf, sentenceOf } from '../failure/failure-catalogue.ts'
import type { Outlook } from './health.ts'

/** One profile's part in an incident. */
export interface AffectedProfile {
  readonly profile: Profile
  readonly view: ProfileView
  /** The org, in one spelling. */
  readonly customer: string
  readonly failure: Failure | null
  readonly since: Instant
  readonly failedInARow: number
  /** Near its end, with nothing planned that could renew it. */
  readonly endangered: boolean
  readonly tierTwo: Outlook
  /** Why tier 2 could not give a token, while tier 1 does. */
  readonly secondNet: Failure | null
}

type IncidentText = Pick<Incident, 'title' | 'sentence' | 'fix' | 'owner'>
type IncidentHead = Pick<Incident, 'key' | 'code' | 'level'> & { readonly isOfServiceApp: boolean }

/** Those of one incident, the first one in the list first. */
type Group = readonly [AffectedProfile, ...AffectedProfile[]]

/** What a profile is affected by; its words follow when all whom it affects are known. */
interface Cause extends IncidentHead {
  readonly text: (group: Group, subject: IncidentSubject) => IncidentText
}

/** null: nothing that is worth a person's attention (yet). */
function causeOf(affected: AffectedProfile, failuresBeforeAlert: number): Cause | null {
  const { failure, endangered } = affected
  const grave = endangered || hasExpired(affected)
  if (failure === null)
    return grave ? endOfToken(affected) : (lostSecondNet(affected) ?? deadRefreshToken(affected))
  const kind = incidentKindOf(failure)
  if (kind.isPassing && affected.failedInARow < failuresBeforeAlert && !grave)
    return deadRefreshToken(affected)
  return {
    key: keyOf(kind, failure, affected),
    code: kind.code ?? kind.key,
    level: grave ? 'critical' : kind.level,
    isOfServiceApp: kind.countedBy === 'service-app',
    text([{ profile }], subject) {
      const about = aboutGroup(profile, subject)
      return {
        title: kind.title(subject),
        sentence: sentenceOf(failure, about),
        fix: fixOf(failure, about),
        owner: ownerOf(failure),
      }
    },
  }
}

/** `profile`: the first of them. */
function aboutGroup(profile: Profile, { name, customers }: IncidentSubject): FailureSubject {
  if (customers === 1) return aboutProfile(profile)
  return { kind: 'profile', id: profile.id, name, orgName: null, customers }
}

function keyOf({ key, countedBy }: IncidentKind, failure: Failure, { profile }: AffectedProfile): string {
  switch (countedBy) {
    case 'fleet':
      return key
    case 'service-app':
      return `${key}:${profile.serviceAppId}`
    case 'manager':
      return `${key}:${'managerId' in failure ? (failure.managerId ?? '') : ''}`
  }
}

function hasExpired({ view, endangered }: AffectedProfile): boolean {
  if (view.accessToken === null) return false
  return view.state === 'expired' || (view.state === 'refreshing' && endangered)
}

/** Nothing failed, and yet the token ends: it is paused, or the app was not running. */
function endOfToken(affected: AffectedProfile): Cause | null {
  const { profile, view } = affected
  if (view.state !== 'expired' && view.state !== 'paused') return null
  const { paused } = profile
  return {
    key: `${paused ? 'ends-paused' : 'ends'}:${profile.serviceAppId}`,
    code: 'ends',
    level: hasExpired(affected) ? 'critical' : 'warning',
    isOfServiceApp: true,
    text(group, { name, orgs }) {
      const expired = group.filter(hasExpired).length
      const tokens = group.length === 1 ? 'Token' : 'Tokens'
      const where = expired > 0 && expired < group.length ? `${expired} of ${orgs}` : orgs
      return {
        title:
          expired > 0
            ? `${tokens} of “${name}” expired in ${where}`
            : `${tokens} of “${name}” end${group.length === 1 ? 's' : ''} soon in ${orgs}`,
        sentence: paused
          ? `Renewals are paused. Resume them to get ${group.length === 1 ? 'a new token' : 'new tokens'}.`
          : 'No renewal is planned.',
        fix: { kind: paused ? 'resume' : 'refresh', profileId: profile.id },
        owner: 'you',
      }
    },
  }
}

/** A test of all tiers found it, or a tier 2 that was needed once: better known now than when tier 1 ends. */
function lostSecondNet({ profile, secondNet }: AffectedProfile): Cause | null {
  if (secondNet === null) return null
  return {
    key: `${SECOND_NET}:${profile.serviceAppId}:${secondNet.kind}`,
    code: SECOND_NET,
    level: 'warning',
    isOfServiceApp: true,
    text(group, subject) {
      const about = aboutGroup(profile, subject)
      const tokens = group.length === 1 ? 'the token' : 'the tokens'
      return {
        title: `Tier 2 does not work for “${subject.name}” in ${subject.orgs}`,
        sentence: `${sentenceOf(secondNet, about)} Tier 1 still renews ${tokens}; but when a refresh token ends, nothing replaces it.`,
        fix: needsPerson(secondNet) ? fixOf(secondNet, about) : { kind: 'test-tiers', profileId: profile.id },
        owner: ownerOf(secondNet),
      }
    },
  }
}

const SECOND_NET = 'tier-2-lost'

function deadRefreshToken({ profile, view }: AffectedProfile): Cause | null {
  if (view.refreshToken?.dead !== true) return null
  return {
    key: `tier-1-dead:${profile.serviceAppId}`,
    code: 'tier-1-dead',
    level: 'information',
    isOfServiceApp: true,
    text(group, { name, orgs }) {
      const outlooks = new Set(group.map(({ tierTwo }) => tierTwo))
      const worst = WORST_FIRST.find((outlook) => outlooks.has(outlook)) ?? 'renews'
      const fix: FixAction | null =
        worst === 'ends-before' ? { kind: 'connect-integration', managerId: null } : null
      return {
        title: `Refresh token of “${name}” no longer accepted in ${orgs}`,
        sentence: `${outlooks.size > 1 ? 'For some of them: ' : ''}${WITHOUT_TIER_ONE[worst]}`,
        fix,
        owner: worst === 'ends-before' ? 'integration-owner' : worst === 'cannot' ? 'you' : 'tier-2',
      }
    },
  }
}

const WORST_FIRST: readonly Outlook[] = ['cannot', 'ends-before', 'is-retried', 'is-paused', 'renews']

const WITHOUT_TIER_ONE: Readonly<Record<Outlook, string>> = {
  renews: 'The Applications API issues new tokens instead; no action needed.',
  'is-retried':
    'The Applications API issues the next token; the last request failed or is late, and is retried automatically.',
  'ends-before':
    "The Applications API would issue the next token, but the token manager's access token ends before that and nothing renews it. Connect the token manager integration.",
  'is-paused': 'The Applications API issues the next token once renewals are resumed.',
  cannot: 'The Applications API cannot issue the next token either.',
}

/** An incident of a token manager or of the fleet as a whole. */
export interface GeneralIncident {
  readonly incident: Omit<Incident, 'profileIds' | 'customers' | 'deadline' | 'serviceApp'>
  /** How many customers use what it is about; whom it affects is found by its key. */
  readonly dependents: number
}

/** Groups by key. */
export function groupIncidents(
  affected: Iterable<AffectedProfile>,
  general: readonly GeneralIncident[],
  failuresBeforeAlert: number,
): readonly Incident[] {
  const groups = new Map<
    string,
    { cause: Cause; readonly members: [AffectedProfile, ...AffectedProfile[]] }
  >()
  for (const each of affected) {
    const cause = causeOf(each, failuresBeforeAlert)
    if (cause === null) continue
    const group = groups.get(cause.key)
    if (group === undefined) groups.set(cause.key, { cause, members: [each] })
    else {
      group.members.push(each)
      group.cause = { ...group.cause, level: graver(group.cause.level, cause.level) }
    }
  }
  const shared = general.map(({ incident, dependents }): Incident => {
    const group = groups.get(incident.key)
    groups.delete(incident.key)
    const sentence = `${incident.sentence}${needWords(dependents, group?.members.length ?? 0)}`
    if (group === undefined)
      return { ...incident, sentence, serviceApp: null, profileIds: [], customers: 0, deadline: null }
    const level = graver(incident.level, group.cause.level)
    const since = Math.min(incident.since, sinceOf(group.members))
    return { ...incident, ...scopeOf(group.members), serviceApp: null, sentence, level, since }
  })
  const own = [...groups.values()].map(({ cause, members }): Incident => {
    const { key, code, level, isOfServiceApp, text } = cause
    const scope = scopeOf(members)
    const [first] = members
    return {
      key,
      code,
      level,
      ...text(members, subjectOf(members, scope)),
      ...scope,
      serviceApp: isOfServiceApp ? scope.serviceApp : null,
      trackingId: first.failure?.trackingId ?? null,
      since: sinceOf(members),
    }
  })
  return inOrder([...shared, ...own])
}

/** The gravest first, of these the first deadline. */
export function inOrder(incidents: readonly Incident[]): readonly Incident[] {
  const deadline = (incident: Incident) => incident.deadline ?? Number.MAX_SAFE_INTEGER
  return incidents.toSorted(
    (a, b) => weight(b.level) - weight(a.level) || deadline(a) - deadline(b) || a.since - b.since,
  )
}

type Scope = Pick<Incident, 'serviceApp' | 'profileIds' | 'customers' | 'deadline'>

function scopeOf(group: Group): Scope & { readonly serviceApp: NonNullable<Incident['serviceApp']> } {
  const [{ profile, view }] = group
  const ends = group.flatMap((each) => tokenEnd(each.view) ?? [])
  return {
    serviceApp: {
      id: profile.serviceAppId,
      name: commonName(group.map((each) => each.profile.name)),
      appId: view.appId,
    },
    profileIds: group.map((each) => each.profile.id),
    customers: new Set(group.map(({ customer }) => customer)).size,
    deadline: ends.length === 0 ? null : ends.reduce((earliest, end) => Math.min(earliest, end)),
  }
}

function subjectOf(group: Group, { serviceApp, customers }: Scope): IncidentSubject {
  const [{ profile }] = group
  return {
    name: isolated(serviceApp?.name ?? profile.name),
    orgs:
      customers > 1 ? `${customers} orgs` : profile.orgName === null ? '1 org' : isolated(profile.orgName),
    customers,
    hadToken: group.some(({ view }) => view.accessToken !== null),
  }
}

function sinceOf(group: Group): Instant {
  return group.reduce((earliest, { since }) => Math.min(earliest, since), Number.POSITIVE_INFINITY)
}

/** Those who depend on it and those who lack a token without it are two numbers. */
function needWords(dependents: number, affected: number): string {
  if (dependents === 0 || affected >= dependents) return ''
  if (affected === 0) return dependents === 1 ? ' It does not need it yet.' : ' None of them needs it yet.'
  return ` ${affected} of them ${affected === 1 ? 'needs' : 'need'} it now.`
}

export function graver(a: Incident['level'], b: Incident['level']): Incident['level'] {
  return weight(a) >= weight(b) ? a : b
}

export function weight(level: Incident['level']): number {
  return level === 'critical' ? 2 : level === 'warning' ? 1 : 0
}

/** Everything that keeps each profile from being renewed is an incident of the fleet. */
export function fleetIncident(failure: Failure, sentence: string, since: Instant): GeneralIncident {
  const { key, code = key, title, level } = incidentKindOf(failure)
  const fix = fixOf(failure, { kind: 'manager', name: '' })
  const subject = { name: '', orgs: '', customers: 0, hadToken: false }
  const owner = ownerOf(failure)
  return {
    incident: { key, code, level, title: title(subject), sentence, fix, owner, trackingId: null, since },
    dependents: 0,
  }
}

/** What has ended, in the past tense: nobody should read the alarm again. Also where what it was about was deleted. */
export function resolvedTitle({
  code,
  serviceApp,
  customers,
}: Pick<Incident, 'code' | 'serviceApp' | 'customers'>): string {
  const words = RESOLVED.get(code)
  if (words !== undefined) return `Resolved: ${words}`
  if (/^(no-)?manager/.test(code)) return 'Resolved: the token manager issues tokens again'
  if (serviceApp === null) return 'Resolved: renewals continued'
  const where = customers > 1 ? ` for ${customers} customers` : ''
  return `Resolved: renewals of “${isolated(serviceApp.name)}” continued${where}`
}

/** Key and code of the problem that stands in place of all others while no engine runs. */
export const NOTHING_RUNS = 'nothing-runs'

const RESOLVED: ReadonlyMap<string, string> = new Map([
  ['network-down', 'Webex was reached again'],
  ['interference', 'Webex was reached again'],
  ['proxy', 'Webex was reached again'],
  ['proxy-rejected', 'Webex was reached again'],
  ['webex-failing', 'Webex answered again'],
  ['throttled', 'Webex accepted requests again'],
  ['store', 'the data folder was written again'],
  ['shared-vault', 'the shared vault was reached again'],
  [NOTHING_RUNS, 'renewals were started'],
  [SECOND_NET, 'tier 2 is no longer rejected'],
  ['undelivered', 'tokens were delivered again'],
  ['delivery-held', 'deliveries were confirmed'],
  ['data-source-lapse', 'data sources are renewed on time'],
  ['data-source-lapsed', 'data sources were renewed'],
  ['data-source-failing', 'data sources were renewed'],
  ['data-source-not-permitted', 'data sources were renewed'],
  ['data-source-rejected', 'data sources were renewed'],
  ['data-source-incomplete', 'data sources were renewed'],
  ['data-source-removed', 'data sources were found again or are no longer kept alive'],
])
