// What a token manager's own trouble means for everyone who depends on it: one cause, with all its profiles.

import type { Instant, ProfileId, TokenManager } from '../domain/model.ts'
import { MANAGER_WARNINGS, MANAGER_WARNINGS_FOR } from '../domain/policy.ts'
import type { ManagerView, RootCause } from '../domain/view-model.ts'
import type { Failure } from '../failure/classifier.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'

export interface ManagerSight {
  readonly manager: TokenManager
  readonly view: ManagerView
  readonly failure: Failure | null
  readonly subjectState: ManagerSubjectState
  readonly now: Instant
  /** Those who use it; asked for only when there is a cause. */
  readonly profileIds: () => readonly ProfileId[]
}

export function managerCauses(sight: ManagerSight, failuresBeforeAlert: number): readonly RootCause[] {
  const { manager, view, failure, subjectState } = sight
  const needsYou = view.fix?.kind === 'connect-integration' || failure?.kind === 'manager-token-limit'
  if (failure !== null && needsYou) return [needsYouCause(sight, failure)]
  const failing = failure !== null && subjectState.failedInARow >= failuresBeforeAlert
  const ending = endingCause(sight, managerWarnings(manager))
  return [
    ...(failure !== null && failing ? [failingCause(sight, failure)] : []),
    ...(ending === null ? [] : [ending]),
  ]
}

function needsYouCause(sight: ManagerSight, failure: Failure): RootCause {
  const { key, title } = needs(failure)
  return { key: `${key}:${sight.manager.id}`, level: 'warning', title, ...common(sight, failure) }
}

function needs({ kind }: Failure): Pick<RootCause, 'key' | 'title'> {
  switch (kind) {
    case 'manager-client-refused':
      return { key: kind, title: "The integration's client secret is refused" }
    case 'manager-token-limit':
      return { key: kind, title: "The integration has reached Webex's token limit" }
    default:
      return { key: 'manager-dead', title: 'The token manager must be reconnected' }
  }
}

function failingCause(sight: ManagerSight, failure: Failure): RootCause {
  return {
    key: `manager-failing:${sight.manager.id}`,
    level: 'warning',
    title: 'The token manager cannot be renewed at the moment',
    ...common(sight, failure),
  }
}

function common({ view, subjectState, now, profileIds }: ManagerSight, failure: Failure) {
  return {
    sentence: view.sentence ?? '',
    fix: view.fix,
    profileIds: profileIds(),
    trackingId: failure.trackingId,
    since: subjectState.since ?? now,
  }
}

/** Meant for a 90-day refresh token; shorter ones are measured in the same parts of their life. */
export function managerWarnings(manager: TokenManager): readonly Instant[] {
  const refresh = manager.pair?.refresh
  if (refresh?.expiresAt == null || refresh.firstLifetime === null) return []
  const { expiresAt } = refresh
  const scale = Math.min(1, refresh.firstLifetime / MANAGER_WARNINGS_FOR)
  return MANAGER_WARNINGS.map((before) => expiresAt - before * scale)
}

/** How each warning is called; a title that changes is what makes the next warning news. */
const endings: readonly {
  readonly level: RootCause['level']
  readonly title: string
  readonly short: string
}[] = [
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

function endingCause(
  { manager, now, profileIds }: ManagerSight,
  warnings: readonly Instant[],
): RootCause | null {
  const index = warnings.findLastIndex((at) => at <= now)
  const ending = endings[index]
  const since = warnings[index]
  if (ending === undefined || since === undefined) return null
  const lived = manager.pair?.refresh?.firstLifetime ?? 0
  return {
    key: `manager-ends:${manager.id}`,
    level: ending.level,
    title: lived > MANAGER_WARNINGS_FOR / 2 ? ending.title : ending.short,
    sentence:
      "Webex does not extend the integration's refresh token. Reconnect the integration before it ends; otherwise no new token can be issued.",
    fix: { kind: 'connect-integration', managerId: manager.id },
    profileIds: profileIds(),
    trackingId: null,
    since,
  }
}
