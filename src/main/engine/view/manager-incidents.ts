// Incidents of a token manager: it needs a person, keeps failing, or its refresh token ends.
import { isolated } from '#base/common/display-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type { Instant, Profile, TokenManager } from '../domain/model.ts'
import { MANAGER_WARNINGS, MANAGER_WARNINGS_FOR } from '../domain/policy.ts'
import type { Incident, ManagerView, Owner } from '../domain/view-model.ts'
import { dependedOn } from '../failure/catalogue-entry.ts'
import type { Failure, IncidentKind, IncidentSubject } from '../failure/failure.ts'
import { incidentKindOf, ownerOf } from '../failure/failure-catalogue.ts'
import type { StandIn } from '../renewal/serving-managers.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'
import type { GeneralIncident } from './incidents.ts'

export interface AffectedManager {
  readonly manager: TokenManager
  readonly view: ManagerView
  readonly failure: Failure | null
  readonly subjectState: ManagerSubjectState
  readonly now: Instant
  /** Those who use it; called only when there is an incident. */
  readonly dependents: () => readonly Profile[]
  /** The fallback that can take its place; null: none can. */
  readonly standIn: StandIn | null
}

/** A token manager's own incidents. */
export function managerIncidents(
  affected: AffectedManager,
  failuresBeforeAlert: number,
): readonly GeneralIncident[] {
  const { manager, view, failure, subjectState, now } = affected
  const kind = failure === null ? null : incidentKindOf(failure)
  const incident = (key: string, title: IncidentKind['title'], owner: Owner): GeneralIncident => {
    const dependents = customersOf(affected)
    return {
      incident: {
        key: `${key}:${manager.id}`,
        code: key,
        level: levelOf(affected, 'warning'),
        title: titleOf(affected, title, dependents),
        sentence: withStandIn(view.sentence ?? '', affected),
        fix: view.fix,
        owner,
        trackingId: failure?.trackingId ?? null,
        since: subjectState.since ?? now,
      },
      dependents,
    }
  }
  if (failure !== null && kind?.countedBy === 'manager')
    return [incident(kind.key, kind.title, ownerOf(failure))]
  const failing = failure !== null && subjectState.failedInARow >= failuresBeforeAlert
  const ending = refreshTokenEnding(affected, managerWarnings(manager))
  return [
    ...(failing
      ? [
          incident(
            'manager-failing',
            dependedOn('The integration cannot be renewed at the moment'),
            ownerOf(failure),
          ),
        ]
      : []),
    ...(ending === null ? [] : [ending]),
  ]
}

/** A fallback issues every token, for as long as that can go on. */
function levelOf({ standIn }: AffectedManager, level: Incident['level']): Incident['level'] {
  return standIn?.canLast === true ? 'information' : level
}

function titleOf(affected: AffectedManager, title: IncidentKind['title'], dependents: number): string {
  const words = title(managerSubject(affected, dependents))
  const { standIn } = affected
  return standIn === null ? words : `${words}: ${standInWords(standIn)}`
}

function standInWords({ manager, isInUse }: StandIn): string {
  return `“${isolated(manager.name)}” ${isInUse ? 'is used instead' : 'can take its place'}`
}

function withStandIn(sentence: string, { standIn }: AffectedManager): string {
  if (standIn === null) return sentence
  const name = isolated(standIn.manager.name)
  const words = standIn.isInUse
    ? `Until then the fallback “${name}” is used instead.`
    : `When its access token ends, the fallback “${name}” is used instead.`
  return `${sentence} ${words}${standIn.canLast ? '' : ` Nothing can renew “${name}”.`}`
}

/** No customer depends on it alone while a fallback can take its place. */
function customersOf({ dependents, standIn }: AffectedManager): number {
  if (standIn !== null) return 0
  return new Set(dependents().map(({ targetOrgId }) => orgKey(targetOrgId))).size
}

function managerSubject({ manager }: AffectedManager, customers: number): IncidentSubject {
  return { name: isolated(manager.name), orgs: '', customers, hadToken: manager.pair !== null }
}

/** Meant for a 90-day refresh token; shorter ones are measured in the same parts of their life. */
export function managerWarnings(manager: TokenManager): readonly Instant[] {
  const refresh = manager.pair?.refresh
  if (refresh?.expiresAt == null || refresh.firstLifetime === null) return []
  const { expiresAt } = refresh
  const scale = Math.min(1, refresh.firstLifetime / MANAGER_WARNINGS_FOR)
  return MANAGER_WARNINGS.map((before) => expiresAt - before * scale)
}

const NOT_EXTENDED = "Webex does not extend the integration's refresh token."

/** Each warning is news. `short`: for a refresh token of less than 90 days. */
const WARNINGS: readonly (Pick<Incident, 'level'> & { readonly title: string; readonly short: string })[] = [
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

function refreshTokenEnding(affected: AffectedManager, warnings: readonly Instant[]): GeneralIncident | null {
  const { manager, now } = affected
  const index = warnings.findLastIndex((at) => at <= now)
  const warning = WARNINGS[index]
  const since = warnings[index]
  if (warning === undefined || since === undefined) return null
  const lived = manager.pair?.refresh?.firstLifetime ?? 0
  const words = lived > MANAGER_WARNINGS_FOR / 2 ? warning.title : warning.short
  const dependents = customersOf(affected)
  return {
    incident: {
      key: `manager-ends:${manager.id}`,
      code: `manager-ends-${index}`,
      level: levelOf(affected, warning.level),
      title: titleOf(affected, dependedOn(words), dependents),
      sentence:
        affected.standIn === null
          ? `${NOT_EXTENDED} Reconnect the integration before it ends; otherwise no new token can be issued.`
          : withStandIn(`${NOT_EXTENDED} Reconnect the integration before it ends.`, affected),
      fix: { kind: 'connect-integration', managerId: manager.id },
      owner: 'integration-owner',
      trackingId: null,
      since,
    },
    dependents,
  }
}
