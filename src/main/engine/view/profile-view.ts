// Profile view: one profile as it is shown, without a secret.

import type { Duration, Instant, RefreshToken, ServiceApp, Tier, TokenPair } from '../domain/model.ts'
import { reasonMessage } from '../domain/renewal-reason-messages.ts'
import type {
  AccessTokenView,
  LastAttemptView,
  ProfileView,
  RefreshTokenView,
  TierView,
} from '../domain/view-model.ts'
import type { Failure } from '../failure/failure.ts'
import type { ManagerSubjectState, ProfileSubjectState } from '../renewal/subject-state.ts'
import { expiryWarningAt, lastTenthAt, shortRefreshAt } from '../renewal/token-lifetime.ts'
import { type HealthInput, healthOf, runsByItselfUntil } from './health.ts'

export interface ProfileViewInput extends HealthInput {
  readonly serviceApp: ServiceApp | null
  readonly managerSubjectState: ManagerSubjectState | null
  readonly unsaved: boolean
  readonly expiryWarning: Duration
}

export interface ProfileSnapshot {
  readonly view: ProfileView
  readonly failure: Failure | null
  /** From here on it looks different although nothing happened. */
  readonly until: Instant
}

export function makeProfileView(input: ProfileViewInput): ProfileSnapshot {
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
    runsByItselfUntil: runsByItselfUntil(input),
    ladder: ladderView(input),
    last: lastView(subjectState),
    unsaved: input.unsaved,
  }
  return { view, failure, until: changesAt(input, tierInputs.now) }
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

type TierState = readonly [state: TierView['state'], sentence: string]

function ladderView(input: ProfileViewInput): readonly TierView[] {
  const { subjectState, managerSubjectState } = input
  const views: readonly (readonly [Tier, TierState, Instant | null])[] = [
    [1, tierOneState(input), used(subjectState, 1)],
    [2, tierTwoState(input), used(subjectState, 2)],
    [3, tierThreeState(input), managerSubjectState === null ? null : used(managerSubjectState, 3)],
  ]
  return views.map(([tier, [state, sentence], lastUsedAt]) => ({ tier, state, lastUsedAt, sentence }))
}

const SECRET_REFUSED: TierState = ['failing', "The service app's client secret is refused."]
const LIMITED: TierState = ['failing', 'The limit of live access tokens is reached.']

function tierOneState({ tierPlan, subjectState, tierInputs }: ProfileViewInput): TierState {
  switch (tierPlan.tierOne) {
    case 'missing':
      return ['spent', 'There is no refresh token.']
    case 'dead':
      return ['spent', 'Webex no longer accepts the refresh token.']
    case 'expired':
      return ['spent', 'The refresh token has expired.']
    case 'ready': {
      if (tierInputs.appStop !== null) return SECRET_REFUSED
      if (tierInputs.tokenLimit !== null) return LIMITED
      if (subjectState.failure?.tier === 1) return ['failing', 'The last refresh failed; it is tried again.']
      const proven = subjectState.last?.outcome !== 'failed' && used(subjectState, 1) !== null
      return proven
        ? ['ready', 'Renews the token with its own refresh token.']
        : ['unknown', 'Would renew the token with its own refresh token; not tried yet.']
    }
  }
}

function tierTwoState({ tierPlan, subjectState, tierInputs }: ProfileViewInput): TierState {
  if (tierInputs.manager.kind === 'absent') return ['spent', 'No token manager is connected.']
  if (tierInputs.manager.kind === 'spent') return ['spent', 'The token manager cannot serve any more.']
  if (tierInputs.appStop !== null) return SECRET_REFUSED
  if (tierInputs.tokenLimit !== null) return LIMITED
  if (tierPlan.blocker !== null) return ['failing', 'Webex refused to issue a token for this org.']
  if (subjectState.failure?.tier === 2) return ['failing', 'The last request failed; it is tried again.']
  return used(subjectState, 2) === null
    ? ['unknown', 'Would ask the Applications API for a new token; not tried yet.']
    : ['ready', 'Asks the Applications API for a new token.']
}

function tierThreeState({ tierInputs, managerSubjectState }: ProfileViewInput): TierState {
  if (tierInputs.manager.kind === 'absent') return ['spent', 'No token manager is connected.']
  const { manager } = tierInputs.manager
  if (manager.kind === 'personal-access-token') return ['spent', 'A personal access token cannot be renewed.']
  const { pair } = manager
  if (pair?.refresh == null) return ['spent', 'The integration has no refresh token.']
  const over = pair.refresh.expiresAt !== null && pair.refresh.expiresAt <= tierInputs.now
  if (pair.refresh.dead || over) return ['spent', 'The integration must be reconnected.']
  if (managerSubjectState?.failure != null)
    return ['failing', 'The last renewal of the integration failed; it is tried again.']
  return managerSubjectState === null || used(managerSubjectState, 3) === null
    ? ['unknown', "Would renew the integration's own token; not tried yet."]
    : ['ready', "Renews the integration's own token."]
}

function used(subjectState: ProfileSubjectState | ManagerSubjectState, tier: Tier): Instant | null {
  return subjectState.lastUsed[tier] ?? null
}

/** The next instant at which time alone changes what is shown. */
function changesAt({ profile, tierInputs, planned, expiryWarning }: ProfileViewInput, now: Instant): Instant {
  const { pair } = profile
  const manager = tierInputs.manager.kind === 'absent' ? null : tierInputs.manager.manager.pair
  const candidates = [
    pair?.expiresAt,
    pair === null ? null : expiryWarningAt(pair, expiryWarning),
    lastTenthAt(pair),
    pair?.refresh?.expiresAt,
    pair?.refresh == null ? null : shortRefreshAt(pair.refresh),
    manager?.expiresAt,
    manager?.refresh?.expiresAt,
    // A refused one that nothing can renew is tried again then.
    tierInputs.manager.kind === 'spent' ? tierInputs.manager.from : null,
    planned?.at,
    tierInputs.tokenLimit?.until,
  ]
  let earliest = Number.POSITIVE_INFINITY
  for (const at of candidates) if (at != null && at > now && at < earliest) earliest = at
  return earliest
}
