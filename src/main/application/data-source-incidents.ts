// Data source incidents: what keeps data sources from being renewed, and those that had lapsed, one for each cause and service
// app.
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import { orgKey } from '#base/common/webex-id.ts'
import { lastPartOf } from '#engine/data-sources/renewal-times.ts'
import type { KeptDataSourceView } from '#engine/domain/data-source.ts'
import type { Fleet, Instant, Profile } from '#engine/domain/model.ts'
import { DAY } from '#engine/domain/policy.ts'
import type { FixAction, Incident } from '#engine/domain/view-model.ts'
import { graver } from '#engine/view/incidents.ts'

interface Cause extends Pick<Incident, 'code' | 'level' | 'sentence' | 'fix' | 'owner'> {
  /** What the cause is counted as; another code under the same one is news. */
  readonly kind: string
  readonly since: Instant
}

interface Entry {
  readonly profile: Profile
  readonly source: KeptDataSourceView
  readonly cause: Cause
}

interface Situation {
  readonly now: Instant
  /** Fewer only inform, as long as there is time. */
  readonly failuresBeforeAlert: number
  /** All renewals are paused, of tokens as well. */
  readonly isAllPaused: boolean
}

export function dataSourceIncidents(
  kept: readonly KeptDataSourceView[],
  { profiles, serviceApps }: Fleet,
  situation: Situation,
): readonly Incident[] {
  const groups = new Map<string, [Entry, ...Entry[]]>()
  for (const source of kept) {
    const profile = profiles.get(source.profileId)
    const cause = profile === undefined ? null : causeOf(source, profile, situation)
    if (profile === undefined || cause === null) continue
    const key = `${cause.kind}:${profile.serviceAppId}`
    const entry = { profile, source, cause }
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return [...groups].map(([key, entries]): Incident => {
    const worst = entries.reduce((a, b) => (graver(a.cause.level, b.cause.level) === a.cause.level ? a : b))
    const found = [...new Map(entries.map(({ profile }) => [profile.id, profile])).values()]
    const customers = new Set(found.map(({ targetOrgId }) => orgKey(targetOrgId))).size
    const name = commonName(found.map((profile) => profile.name))
    const { profile, cause } = worst
    const ends = entries.flatMap(({ source }) => source.expiresAt ?? [])
    return {
      key,
      code: cause.code,
      level: cause.level,
      title: titleOf(cause.code, entries, { name: isolated(name), orgs: orgsOf(profile, customers) }),
      sentence: cause.sentence,
      fix: cause.fix,
      owner: cause.owner,
      serviceApp: {
        id: profile.serviceAppId,
        name,
        appId: serviceApps.get(profile.serviceAppId)?.appId ?? '',
      },
      profileIds: found.map(({ id }) => id),
      customers,
      deadline: cause.code === LAPSE || ends.length === 0 ? null : Math.min(...ends),
      trackingId: worst.source.failure?.trackingId ?? null,
      since: Math.min(...entries.map((entry) => entry.cause.since)),
    }
  })
}

const LAPSE = 'data-source-lapse'

/** When the incidents change though nothing else does; Infinity: never. */
export function nextDataSourceIncident(kept: readonly KeptDataSourceView[], now: Instant): Instant {
  const times = kept.flatMap((source) => [
    lastPartOf(source) ?? 0,
    source.expiresAt ?? 0,
    source.lapse === null ? 0 : source.lapse.until + DAY,
  ])
  return times.reduce((next, time) => (time > now && time < next ? time : next), Number.POSITIVE_INFINITY)
}

/** null: nothing that a person has to know. */
function causeOf(
  source: KeptDataSourceView,
  profile: Profile,
  { now, failuresBeforeAlert, isAllPaused }: Situation,
): Cause | null {
  const { failure, expiresAt, lapse } = source
  if (source.isDisabled) return null
  const isLapsed = expiresAt !== null && expiresAt <= now
  const isEnding = (lastPartOf(source) ?? now + 1) <= now
  const level = isLapsed ? 'critical' : 'warning'
  const fix: FixAction = { kind: 'show-data-sources', profileId: profile.id }
  if (profile.paused || isAllPaused) {
    if (!isEnding) return null
    const code = isLapsed ? 'data-source-lapsed-paused' : 'data-source-paused'
    const what = profile.paused ? 'Renewals' : 'All renewals'
    const sentence = `${what} are paused. Resume them, or stop keeping the data source alive.`
    const resume: FixAction = profile.paused ? { kind: 'resume', profileId: profile.id } : fix
    const since = lastPartOf(source) ?? now
    return { kind: 'data-source-paused', code, level, sentence, fix: resume, owner: 'you', since }
  }
  if (failure !== null) {
    const { sentence, owner, since } = failure
    if (failure.isRefusal) {
      const code = `data-source-${failure.kind}`
      return { kind: code, code, level: isEnding ? 'critical' : 'warning', sentence, fix, owner, since }
    }
    const isQuiet = !isEnding && failure.failures < failuresBeforeAlert
    return {
      kind: 'data-source-failing',
      code: isLapsed ? 'data-source-lapsed' : 'data-source-failing',
      level: isQuiet ? 'information' : level,
      sentence,
      fix,
      owner,
      since,
    }
  }
  if (lapse === null || now - lapse.until >= DAY) return null
  const sentence = `Webex delivered no data for about ${inOneUnit(lapse.until - lapse.from)}. Data is delivered again. A data source lives a day at most, so this app has to run at least once in that time.`
  return { kind: LAPSE, code: LAPSE, level: 'warning', sentence, fix, owner: 'you', since: lapse.from }
}

function titleOf(
  code: string,
  entries: readonly Entry[],
  { name, orgs }: { readonly name: string; readonly orgs: string },
): string {
  const count = entries.length
  const sources = count === 1 ? `Data source of “${name}”` : `${count} data sources of “${name}”`
  switch (code) {
    case LAPSE:
      return `${sources} had lapsed in ${orgs}`
    case 'data-source-lapsed':
    case 'data-source-lapsed-paused':
      return `${sources} lapsed in ${orgs}`
    case 'data-source-paused':
      return `${sources} ${count === 1 ? 'lapses' : 'lapse'} soon in ${orgs}`
    case 'data-source-not-permitted':
      return `“${name}” is not permitted to renew its data sources in ${orgs}`
    case 'data-source-removed':
      return `${sources} no longer ${count === 1 ? 'exists' : 'exist'} in ${orgs}`
    default:
      return `${sources} cannot be renewed in ${orgs}`
  }
}

function orgsOf({ orgName }: Profile, customers: number): string {
  if (customers > 1) return `${customers} orgs`
  return orgName === null ? '1 org' : isolated(orgName)
}
