// Alerts: one for each incident, from what was announced before and what is shown now. A pure function.

import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { Instant, ProfileId } from '../domain/model.ts'
import { ALERT_GROUP_SIZE, ALERT_GROUP_WINDOW } from '../domain/policy.ts'
import type { Alert, AlertNews, FleetView, Incident, ProfileView } from '../domain/view-model.ts'
import { graver, weight } from './incidents.ts'

/** A root cause that was announced. */
interface AnnouncedIncident {
  readonly level: Incident['level']
  readonly title: string
  readonly profileIds: readonly ProfileId[]
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
}

export const noAlerts: AlertState = { announced: new Map() }

export function nextAlerts(before: AlertState, view: FleetView): AlertStep {
  const announced = new Map(before.announced)
  const news = view.incidents.filter((cause) => isNews(announced.get(cause.key), cause))
  const current = new Set(view.incidents.map(({ key }) => key))
  const ended = [...announced].filter(([key]) => !current.has(key))
  for (const [key] of ended) announced.delete(key)
  const raised = raise(announced, news, view)
  const closed = close(announced, ended, view)
  // What is raised again under a key must not be taken away under it.
  const kept = new Set(raised.alerts.map(({ key }) => key))
  return {
    state: { announced },
    raise: raised.alerts,
    recovered: closed.recovered.filter(({ key }) => !kept.has(key)),
    withdraw: [...raised.withdraw, ...closed.withdraw].filter((key) => !kept.has(key)),
  }
}

/** New, worse than was announced, or called differently: a title changes only when there is something new to say. */
function isNews(announced: AnnouncedIncident | undefined, cause: Incident): boolean {
  return (
    announced === undefined ||
    weight(cause.level) > weight(announced.level) ||
    announced.title !== cause.title
  )
}

interface Raised {
  readonly alerts: readonly Alert[]
  readonly withdraw: readonly string[]
}

/** Adds the news to `announced`; from the third within a minute on, they are announced together. */
function raise(
  announced: Map<string, AnnouncedIncident>,
  news: readonly Incident[],
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
  const members = view.incidents.filter(({ key }) => announced.get(key)?.under === under)
  return { alerts: [groupAlert(under, members)], withdraw }
}

function announcementOf(
  { level, title, profileIds }: Incident,
  at: Instant,
  under: string,
): AnnouncedIncident {
  return { level, title, profileIds, at, under }
}

/** Each alert of which nothing is left: a word of recovery, or none where the alert itself was only information. */
function close(
  announced: ReadonlyMap<string, AnnouncedIncident>,
  ended: readonly (readonly [string, AnnouncedIncident])[],
  view: FleetView,
): { readonly recovered: readonly Alert[]; readonly withdraw: readonly string[] } {
  const alive = new Set([...announced.values()].map(({ under }) => under))
  const over = new Map<string, (AnnouncedIncident & { readonly key: string })[]>()
  for (const [key, each] of ended) {
    if (!alive.has(each.under)) over.set(each.under, [...(over.get(each.under) ?? []), { ...each, key }])
  }
  const withdraw: string[] = []
  const recovered: Alert[] = []
  for (const [key, members] of over) {
    const isInformation = members.every(({ level }) => level === 'information')
    // As at the first start.
    const nothingToRenew = view.profiles.length === 0 && members.every((each) => each.profileIds.length === 0)
    if (isInformation || nothingToRenew) withdraw.push(key)
    else recovered.push(recoveredAlert(key, members, view))
  }
  if (recovered.length < ALERT_GROUP_SIZE) return { recovered, withdraw }
  const [first, ...others] = recovered
  if (first === undefined) return { recovered, withdraw }
  const profileIds = [...new Set(recovered.flatMap((alert) => alert.profileIds))]
  const about = aboutWhom(profileIds, view)
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
  const about = aboutWhom(profileIds, view)
  return { key, level, title, about, body: sentenceFor(about, sentence), profileIds, fix }
}

const sentenceFor = (about: string, sentence: string) => (about === '' ? sentence : `${about}: ${sentence}`)

/** "Orders (Acme), its token ends in about 3 h", "Orders (Acme) and 211 more, the first token ends in about 3 h". */
function aboutWhom(profileIds: readonly ProfileId[], view: FleetView): string {
  const wanted = new Set(profileIds)
  const profiles = view.profiles.filter(({ id }) => wanted.has(id))
  const first = profiles.find(({ id }) => id === profileIds[0])
  if (first === undefined) return ''
  const org = first.orgName === null ? '' : ` (${isolated(first.orgName)})`
  const name = `${isolated(first.name)}${org}`
  const single = profileIds.length === 1
  const whom = single ? name : `${name} and ${profileIds.length - 1} more`
  return `${whom}${timeLeft(profiles, single ? 'its' : 'the first', view.now)}`
}

function timeLeft(profiles: readonly ProfileView[], whose: string, now: Instant): string {
  const ends = profiles.flatMap(({ accessToken }) => accessToken?.expiresAt ?? [])
  if (ends.length === 0) return ''
  const left = ends.reduce((soonest, end) => Math.min(soonest, end)) - now
  return left > 0
    ? `, ${whose} token ends in about ${inOneUnit(left)}`
    : `, ${whose} token ended about ${inOneUnit(left)} ago`
}

/** Two or more of them: one button cannot mend several things. */
function groupAlert(key: string, causes: readonly Incident[]): Alert {
  return {
    key,
    level: causes.map((cause) => cause.level).reduce(graver, 'information'),
    title: `${causes.length} things need a look`,
    about: '',
    body: causes.map(({ title }) => `${title}.`).join(' '),
    profileIds: [...new Set(causes.flatMap(({ profileIds }) => profileIds))],
    fix: null,
  }
}

const RENEWED = 'Tokens are renewed automatically again.'

/** What was resolved, by the first part of its key: in the past tense, since nobody should read the alarm again. */
const RESOLVED: ReadonlyMap<string, string> = new Map([
  ['network-down', 'Webex was reached again'],
  ['interference', 'Webex was reached again'],
  ['webex-failing', 'Webex answered again'],
  ['throttled', 'Webex accepted requests again'],
  ['store', 'the data folder was written again'],
  ['nothing-runs', 'token renewal was started'],
])

/** Also where it ended since what it was about was deleted. */
function resolvedTitle(incidentKey: string): string {
  const [kind = ''] = incidentKey.split(':', 1)
  return `Resolved: ${RESOLVED.get(kind) ?? 'token renewal was continued'}`
}

function recoveredAlert(
  key: string,
  members: readonly (AnnouncedIncident & { readonly key: string })[],
  view: FleetView,
): Alert {
  const [first] = members
  const profileIds = [...new Set(members.flatMap((each) => each.profileIds))]
  const about = aboutWhom(profileIds, view)
  return {
    key,
    level: 'information',
    title:
      members.length === 1 && first !== undefined
        ? resolvedTitle(first.key)
        : `${members.length} problems resolved`,
    about,
    body: sentenceFor(about, RENEWED),
    profileIds,
    fix: null,
  }
}
