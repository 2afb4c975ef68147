// Alerts: one for each incident, from what was announced before and what is shown now. A pure function.

import { nameWithOrg } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { Instant, ProfileId } from '../domain/model.ts'
import { ALERT_GROUP_SIZE, ALERT_GROUP_WINDOW, ALERT_GROWTH_PAUSE } from '../domain/policy.ts'
import {
  type Alert,
  type AlertNews,
  type FleetView,
  type Incident,
  isOfDataSources,
  type ProfileView,
  tokenEnd,
} from '../domain/view-model.ts'
import { graver, NOTHING_RUNS, resolvedTitle, weight } from './incidents.ts'

/** An incident that was announced. */
interface AnnouncedIncident
  extends Pick<Incident, 'code' | 'level' | 'serviceApp' | 'customers' | 'profileIds'> {
  readonly at: Instant
  /** The key of the alert it was announced under: its own, or a group's. */
  readonly under: string
}

export interface AlertState {
  readonly announced: ReadonlyMap<string, AnnouncedIncident>
}

export interface AlertStep extends AlertNews {
  readonly state: AlertState
  /** Keys of alerts to take away without a word. */
  readonly withdraw: readonly string[]
  /** When something is news that is none yet, though nothing else changes; null: never. */
  readonly again: Instant | null
}

export const noAlerts: AlertState = { announced: new Map() }

/**
 * What is snoozed is not announced, and is taken away without a word; nor what is retried and no problem yet: it would be
 * announced twice.
 */
export function nextAlerts(before: AlertState, view: FleetView): AlertStep {
  const announced = new Map(before.announced)
  const heard = view.incidents.filter(
    (incident) => incident.snoozedUntil === undefined && !isNoneYet(incident),
  )
  const newsAt = (incident: Incident) => whenNews(announced.get(incident.key), incident)
  const news = heard.filter((incident) => newsAt(incident) <= view.now)
  const later = heard.map(newsAt).filter((at) => at > view.now && at < Number.POSITIVE_INFINITY)
  const shown = new Set(heard.map(({ key }) => key))
  const isThere = new Set(view.incidents.map(({ key }) => key))
  const gone = [...announced].filter(([key]) => !shown.has(key))
  for (const [key] of gone) announced.delete(key)
  const raised = raise(announced, news, heard, view)
  const closed = close(
    announced,
    gone.map(([key, each]) => ({ ...each, key, isSnoozed: isThere.has(key) })),
    view,
  )
  // What is raised again under a key must not be taken away under it.
  const kept = new Set(raised.alerts.map(({ key }) => key))
  return {
    state: { announced },
    raise: raised.alerts,
    recovered: closed.recovered.filter(({ key }) => !kept.has(key)),
    withdraw: [...raised.withdraw, ...closed.withdraw].filter((key) => !kept.has(key)),
    again: later.length === 0 ? null : Math.min(...later),
  }
}

const isNoneYet = ({ level, owner }: Incident) => level === 'information' && owner === 'nobody-or-you'

/**
 * At once: new, worse than was announced, or something else. Each customer of a service app has a cause of its own, such as
 * an authorization that was withdrawn: more of them are news, though not one by one.
 */
function whenNews(announced: AnnouncedIncident | undefined, incident: Incident): Instant {
  if (
    announced === undefined ||
    weight(incident.level) > weight(announced.level) ||
    announced.code !== incident.code
  )
    return Number.NEGATIVE_INFINITY
  const hasGrown =
    incident.serviceApp !== null &&
    incident.level !== 'information' &&
    incident.customers > announced.customers
  return hasGrown ? announced.at + ALERT_GROWTH_PAUSE : Number.POSITIVE_INFINITY
}

interface Raised {
  readonly alerts: readonly Alert[]
  readonly withdraw: readonly string[]
}

/** Adds the news to `announced`; from the third within a minute on, they are announced together. */
function raise(
  announced: Map<string, AnnouncedIncident>,
  news: readonly Incident[],
  heard: readonly Incident[],
  view: FleetView,
): Raised {
  if (news.length === 0) return { alerts: [], withdraw: [] }
  const newKeys = new Set(news.map(({ key }) => key))
  const recent = [...announced].filter(
    ([key, { at }]) => !newKeys.has(key) && Math.abs(view.now - at) < ALERT_GROUP_WINDOW,
  )
  const group = recent.find(([key, { under }]) => under !== key)?.[1].under ?? null
  const together = group !== null || recent.length + news.length >= ALERT_GROUP_SIZE
  if (!together) {
    for (const cause of news) announced.set(cause.key, announcementOf(cause, view.now, cause.key))
    return { alerts: news.map((cause) => alertOf(cause, view)), withdraw: [] }
  }
  const under = group ?? `group:${view.now}`
  const withdraw = [...recent, ...news.map(({ key }) => [key, announced.get(key)] as const)]
    .filter(([key, each]) => each !== undefined && each.under === key)
    .map(([key]) => key)
  for (const [key, each] of recent) announced.set(key, { ...each, under })
  for (const cause of news) announced.set(cause.key, announcementOf(cause, view.now, under))
  const members = heard.filter(({ key }) => announced.get(key)?.under === under)
  return { alerts: [groupAlert(under, members)], withdraw }
}

function announcementOf(
  { code, level, serviceApp, customers, profileIds }: Incident,
  at: Instant,
  under: string,
): AnnouncedIncident {
  return { code, level, serviceApp, customers, profileIds, at, under }
}

type Gone = AnnouncedIncident & { readonly key: string; readonly isSnoozed: boolean }

/** Each alert of which nothing is left: a word of recovery, or none where the alert itself was only information. */
function close(
  announced: ReadonlyMap<string, AnnouncedIncident>,
  gone: readonly Gone[],
  view: FleetView,
): { readonly recovered: readonly Alert[]; readonly withdraw: readonly string[] } {
  const alive = new Set([...announced.values()].map(({ under }) => under))
  // Then what is gone has not ended.
  const nothingRuns = announced.has(NOTHING_RUNS)
  const over = new Map<string, Gone[]>()
  for (const each of gone) {
    if (!alive.has(each.under)) over.set(each.under, [...(over.get(each.under) ?? []), each])
  }
  const withdraw: string[] = []
  const recovered: Alert[] = []
  for (const [key, all] of over) {
    const members = all.filter(({ level, isSnoozed }) => level !== 'information' && !isSnoozed)
    // As at the first start.
    const nothingToRenew = view.profiles.length === 0 && members.every((each) => each.profileIds.length === 0)
    if (members.length === 0 || nothingToRenew || nothingRuns) withdraw.push(key)
    else recovered.push(recoveredAlert(key, members, view))
  }
  if (recovered.length < ALERT_GROUP_SIZE) return { recovered, withdraw }
  const [first, ...others] = recovered
  if (first === undefined) return { recovered, withdraw }
  const profileIds = [...new Set(recovered.flatMap((alert) => alert.profileIds))]
  const about = whomOf(profileIds, view)
  const together = {
    ...first,
    title: `${recovered.length} problems resolved`,
    about,
    body: sentenceFor(about, RENEWED),
    profileIds,
  }
  return {
    recovered: [together],
    withdraw: [...withdraw, ...others.map(({ key }) => key)],
  }
}

function alertOf(cause: Incident, view: FleetView): Alert {
  const { key, level, title, profileIds, fix, sentence } = cause
  const about = aboutWhom(profileIds, view, !isOfDataSources(cause))
  return { key, level, title, about, body: sentenceFor(about, sentence), profileIds, fix }
}

const sentenceFor = (about: string, sentence: string) => (about === '' ? sentence : `${about}: ${sentence}`)

/** "Orders · Acme, token ends in about 3 h", "Orders · Acme and 211 more, first token ends in about 3 h". */
function aboutWhom(profileIds: readonly ProfileId[], view: FleetView, isAboutToken = true): string {
  const whom = whomOf(profileIds, view)
  if (whom === '' || !isAboutToken) return whom
  const wanted = new Set(profileIds)
  const profiles = view.profiles.filter(({ id }) => wanted.has(id))
  return `${whom}${timeLeft(profiles, profileIds.length === 1 ? 'token' : 'first token', view.now)}`
}

/** "Orders · Acme and 211 more". */
function whomOf(profileIds: readonly ProfileId[], { profiles }: FleetView): string {
  const first = profiles.find(({ id }) => id === profileIds[0])
  if (first === undefined) return ''
  const more = profileIds.length - 1
  return more === 0 ? nameWithOrg(first) : `${nameWithOrg(first)} and ${more} more`
}

function timeLeft(profiles: readonly ProfileView[], what: string, now: Instant): string {
  const ends = profiles.flatMap((profile) => tokenEnd(profile) ?? [])
  if (ends.length === 0) return ''
  const left = ends.reduce((soonest, end) => Math.min(soonest, end)) - now
  return left > 0
    ? `, ${what} ends in about ${inOneUnit(left)}`
    : `, ${what} ended about ${inOneUnit(left)} ago`
}

/** Two or more of them: one button cannot fix several things. */
function groupAlert(key: string, causes: readonly Incident[]): Alert {
  const level = causes.map((cause) => cause.level).reduce(graver, 'information')
  return {
    key,
    level,
    title: `${causes.length} ${level === 'information' ? 'changes to know of' : 'problems need attention'}`,
    about: '',
    body: causes.map(({ title }) => `${title}.`).join(' '),
    profileIds: [...new Set(causes.flatMap(({ profileIds }) => profileIds))],
    fix: null,
  }
}

const RENEWED = 'Tokens are renewed automatically again.'

/** Without a deadline: there is none any more. */
function recoveredAlert(key: string, members: readonly Gone[], view: FleetView): Alert {
  const [first] = members
  const profileIds = [...new Set(members.flatMap((each) => each.profileIds))]
  const about = whomOf(profileIds, view)
  return {
    key,
    level: 'information',
    title:
      members.length === 1 && first !== undefined
        ? resolvedTitle(first)
        : `${members.length} problems resolved`,
    about,
    body: sentenceFor(about, RENEWED),
    profileIds,
    fix: null,
  }
}
