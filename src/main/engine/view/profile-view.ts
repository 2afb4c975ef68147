// Profile view: one profile as it is shown, without a secret.

import { isolated } from '#base/common/display-text.ts'
import type { Duration, Instant, RefreshToken, ServiceApp, Tier, TokenPair } from '../domain/model.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import { reasonMessage } from '../domain/renewal-reason-messages.ts'
import type {
  AccessTokenView,
  LastAttemptView,
  ProfileView,
  RefreshTokenView,
  TierView,
} from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import type { ProfileSubjectState } from '../renewal/subject-state.ts'
import { managerReadyFrom } from '../renewal/tier-plan.ts'
import { canRenew, type SpentReason, type TierState, tierStatesOf } from '../renewal/tier-states.ts'
import { expiryWarningAt, lastTenthAt, shortRefreshAt } from '../renewal/token-lifetime.ts'
import {
  type HealthInput,
  healthOf,
  type Outlook,
  secondNetFailure,
  tierTwoOutlook,
  unattendedOf,
} from './health.ts'

export interface ProfileViewInput extends Omit<HealthInput, 'tierStates'> {
  readonly serviceApp: ServiceApp | null
  readonly unsaved: boolean
  readonly expiryWarning: Duration
}

export interface ProfileSnapshot {
  readonly view: ProfileView
  readonly failure: Failure | null
  readonly tierTwo: Outlook
  readonly secondNet: Failure | null
  /** From here on it looks different although nothing happened. */
  readonly until: Instant
}

export function makeProfileView(given: ProfileViewInput): ProfileSnapshot {
  const input = { ...given, tierStates: tierStatesOf(given) }
  const unattended = unattendedOf(input)
  const { profile, serviceApp, subjectState, planned, tierInputs } = input
  const { state, sentence, fix, failure } = healthOf(input)
  const view: ProfileView = {
    id: profile.id,
    name: profile.name,
    appId: serviceApp?.appId ?? '',
    clientId: serviceApp?.clientId ?? '',
    targetOrgId: profile.targetOrgId,
    orgName: profile.orgName,
    managerId: profile.managerId,
    probe: profile.probe,
    state,
    sentence,
    fix,
    accessToken: accessTokenView(profile.pair),
    refreshToken: refreshTokenView(profile.pair?.refresh ?? null),
    nextRefresh:
      planned === null || state === 'paused' || onlyPersonHelps(input, failure)
        ? null
        : {
            at: planned.at === Number.NEGATIVE_INFINITY ? tierInputs.now : planned.at,
            why: reasonMessage(planned.reason),
          },
    isUnattended: unattended.can,
    unattendedUntil: unattended.until,
    ladder: ladderView(input),
    ...(subjectState.drill === null
      ? {}
      : { drill: { ...subjectState.drill, isNext: planned?.reason.code === 'drill' } }),
    last: lastView(subjectState),
    ...(subjectState.lastTest === null ? {} : { lastTest: subjectState.lastTest }),
    unsaved: input.unsaved,
  }
  return {
    view,
    failure,
    tierTwo: tierTwoOutlook(input),
    secondNet: secondNetFailure(input),
    until: changesAt(input, tierInputs.now),
  }
}

/** The 6-hourly look at what needs a person is no plan to rely on, unless tier 1 keeps the token alive. */
function onlyPersonHelps({ tierPlan, tierInputs }: ProfileViewInput, failure: Failure | null): boolean {
  if (failure === null) return false
  if (tierInputs.appStop !== null) return true
  return tierPlan.tierOne !== 'ready' && tierPlan.blocker !== null
}

export function accessTokenView(pair: TokenPair | null): AccessTokenView | null {
  if (pair === null || pair.accessToken === null || pair.fingerprint === null) return null
  const { fingerprint, issuedAt, expiresAt, origin } = pair
  return { fingerprint, issuedAt, expiresAt, origin }
}

export function refreshTokenView(refresh: RefreshToken | null): RefreshTokenView | null {
  if (refresh === null) return null
  return { issuedAt: refresh.issuedAt, expiresAt: refresh.expiresAt, dead: refresh.dead }
}

export function lastView({ last }: Pick<ProfileSubjectState, 'last'>): LastAttemptView | null {
  if (last === null) return null
  const { endedAt, trigger, outcome, tier, sentence, trackingId } = last
  return { at: endedAt, trigger, outcome, tier, sentence, trackingId }
}

const SPENT: Readonly<Record<SpentReason, string>> = {
  'no-refresh-token': 'There is no refresh token.',
  dead: 'Webex no longer accepts the refresh token.',
  expired: 'The refresh token has expired.',
  'no-manager': 'No token manager is connected.',
  'not-connected': 'The token manager is not connected yet.',
  'personal-token': 'A personal access token cannot be renewed.',
}

const REFUSED: Readonly<Record<Extract<TierState, { kind: 'refused' }>['what'], string>> = {
  secret: "Webex rejects the service app's client secret.",
  'token-limit': 'The limit of live access tokens is reached.',
  manager: 'The token manager cannot issue tokens at the moment.',
  request: 'Webex rejected the last request.',
}

const WHAT_IT_DOES: Readonly<Record<Tier, string>> = {
  1: 'Renews the token with its own refresh token.',
  2: 'Requests a new token from the Applications API.',
  3: "Renews the integration's own token.",
}

const STATES = {
  ready: 'ready',
  standby: 'unknown',
  retrying: 'failing',
  refused: 'failing',
  spent: 'spent',
} as const satisfies Record<TierState['kind'], TierView['state']>

function ladderView(input: HealthInput): readonly TierView[] {
  const { tierStates, subjectState, managerSubjectState, tierInputs } = input
  return ([1, 2, 3] as const).map((tier) => {
    const state = tierStates[tier]
    const remembered = tier === 3 ? managerSubjectState : subjectState
    const use = remembered?.uses[tier]
    return {
      tier,
      state: STATES[state.kind],
      canRenew: canRenew(state),
      lastUsedAt: use?.at ?? null,
      isUnused: use === undefined && remembered?.isRestored !== true,
      sentence: tierSentence(tier, state, tier === 1 ? null : tierInputs.fallback),
    }
  })
}

function tierSentence(tier: Tier, state: TierState, fallback: FallbackUse | null): string {
  const words = stateSentence(tier, state)
  if (fallback === null) return words
  return `${words} “${isolated(fallback.name)}” is used instead of “${isolated(fallback.insteadOf.name)}”.`
}

function stateSentence(tier: Tier, state: TierState): string {
  switch (state.kind) {
    case 'ready':
      return WHAT_IT_DOES[tier]
    case 'standby':
      return `Standby. ${WHAT_IT_DOES[tier]}`
    case 'retrying':
      return state.waitsFor === 'bearer'
        ? "Webex does not accept the token manager's access token at the moment; tier 3 renews it first."
        : 'The last request failed; it is retried automatically.'
    case 'refused':
      return REFUSED[state.what]
    case 'spent':
      return SPENT[state.reason]
  }
}

/** The next instant at which time alone changes what is shown. */
function changesAt({ profile, tierInputs, planned, expiryWarning }: ProfileViewInput, now: Instant): Instant {
  const { pair } = profile
  const managers = [tierInputs.manager, tierInputs.standby]
  const candidates = [
    pair?.expiresAt,
    pair === null ? null : expiryWarningAt(pair, expiryWarning),
    lastTenthAt(pair),
    pair?.refresh?.expiresAt,
    pair?.refresh == null ? null : shortRefreshAt(pair.refresh),
    ...managers.flatMap((status) => {
      if (status === null || status.kind === 'absent') return []
      const { expiresAt, refresh } = status.manager.pair ?? {}
      // A refused one is tried again then, and may take the place of the other one.
      return [expiresAt, refresh?.expiresAt, managerReadyFrom(status)]
    }),
    planned?.at,
    tierInputs.tokenLimit?.until,
  ]
  let earliest = Number.POSITIVE_INFINITY
  for (const at of candidates) if (at != null && at > now && at < earliest) earliest = at
  return earliest
}
