// The app's answers as a person reads them.
import { elapsed, inWords } from '#base/common/duration.ts'
import type { Attempt, Instant } from '#engine/domain/model.ts'
import {
  type ManagerView,
  type ProfileState,
  type ProfileView,
  rejectedAt,
} from '#engine/domain/view-model.ts'
import type { Refreshed, SatmReplies, StatusReply } from '../protocol.ts'
import { type Cell, colored, plain, type Style, stateCell, table } from './print.ts'

export function showList({ now, profiles }: SatmReplies['list'], style: Style): string {
  const rows = profiles.map((profile): readonly Cell[] => [
    { text: profile.reference },
    { text: profile.orgName ?? profile.orgId },
    stateCell(profile.state),
    { text: expiry(profile.expiresAt, now) },
    { text: planned(profile.nextRefreshAt, now) },
  ])
  return table(['NAME', 'ORG', 'STATE', 'EXPIRES', 'NEXT REFRESH'], rows, style)
}

export function showStatus(status: StatusReply, style: Style): string {
  return status.kind === 'profile' ? oneProfile(status.profile, status.now, style) : everything(status, style)
}

function oneProfile(profile: ProfileView, now: number, style: Style): string {
  const { accessToken, refreshToken, last, unreadable } = profile
  const absent = (words: string) => (unreadable === undefined ? words : 'unknown')
  const told: readonly Fact[] = [
    ['name', profile.name],
    ['org', profile.orgName === null ? profile.targetOrgId : `${profile.orgName} (${profile.targetOrgId})`],
    ['state', [stateCell(profile.state)]],
    ['problem', profile.sentence],
    [
      'access token',
      accessToken === null
        ? absent('none yet')
        : rejectedAt(profile) === null
          ? `expires ${expiry(accessToken.expiresAt, now)}`
          : 'rejected by Webex (401)',
    ],
    ['refresh token', refreshToken === null ? absent('none') : refreshTokenWords(refreshToken, now)],
    ['next refresh', planned(profile.nextRefresh?.at ?? null, now)],
    ['unattended', unattendedWords(profile)],
    ['last attempt', last === null ? absent('none yet') : `${last.outcome} ${expiry(last.at, now)}`],
    ['tracking id', last?.trackingId ?? null],
    ['not stored yet', profile.unsaved ? 'the newest token is only in memory: free some disk space' : null],
  ]
  return facts(told, style)
}

function unattendedWords({ isUnattended, unattendedUntil }: ProfileView): string {
  if (unattendedUntil !== null) return `until ${moment(unattendedUntil)}`
  // An older app does not say.
  return isUnattended === true ? 'yes, until an unknown date' : 'no'
}

const refreshTokenWords = (token: NonNullable<ProfileView['refreshToken']>, now: number) =>
  token.dead ? 'invalid' : `expires ${expiry(token.expiresAt, now)}`

function everything(status: Extract<StatusReply, { kind: 'all' }>, style: Style): string {
  const { now, states, managers, incidents, allPausedUntil } = status
  const counts = (Object.keys(states) as ProfileState[])
    .filter((state) => states[state] > 0)
    .map((state): Cell => {
      const cell = stateCell(state)
      return { ...cell, text: `${states[state]} ${cell.text.toLowerCase()}` }
    })
  const told: readonly Fact[] = [
    ['customers', counts.length === 0 ? 'none yet' : counts],
    ...managers.map((manager): Fact => ['token manager', managerWords(manager, now)]),
    ['paused', allPausedUntil === null ? null : `all, until ${moment(allPausedUntil)}`],
    ...incidents.map(({ title, sentence }): Fact => ['problem', `${title}. ${sentence}`]),
    ['app', `version ${status.version}, data in ${status.dataFolder}`],
  ]
  return facts(told, style)
}

function managerWords({ name, state, sentence, refreshToken }: ManagerView, now: number): string {
  const words = {
    ready: 'connected',
    'needs-attention': 'needs attention',
    refreshing: 'refreshing',
    retrying: 'retrying',
    expired: 'expired',
  }
  const until =
    refreshToken === null || refreshToken.dead
      ? ''
      : `, refresh token expires ${expiry(refreshToken.expiresAt, now)}`
  return `${name}: ${words[state]}${until}${sentence === null ? '' : `. ${sentence}`}`
}

/** null: left out. Cells are joined by commas. */
type Fact = readonly [string, string | readonly Cell[] | null]

function facts(all: readonly Fact[], style: Style): string {
  const told = all.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
  const width = Math.max(...told.map(({ name }) => name.length))
  return told
    .map(({ name, value }) => {
      const cells: readonly Cell[] = typeof value === 'string' ? [{ text: value }] : value
      const words = cells.map(({ text, color }) => colored(plain(text), color, style)).join(', ')
      return `${name.padEnd(width)}  ${words}\n`
    })
    .join('')
}

export function showHistory({ attempts }: SatmReplies['history'], style: Style): string {
  const rows = attempts.map((attempt): readonly Cell[] => [
    { text: moment(attempt.startedAt) },
    { text: attempt.name },
    { text: attempt.orgId ?? '–' },
    { text: attempt.trigger.replaceAll('-', ' ') },
    { text: path(attempt) },
    { text: attempt.outcome, color: OUTCOME_COLORS[attempt.outcome] },
    { text: elapsed(attempt.endedAt - attempt.startedAt) },
    { text: `${attempt.before ?? '–'} → ${attempt.after ?? '–'}` },
    { text: attempt.trackingId ?? '–' },
    { text: attempt.sentence ?? '' },
    { text: attempt.reasonMessage ?? '' },
  ])
  const head = [
    'TIME',
    'NAME',
    'ORG',
    'TRIGGER',
    'TIERS',
    'OUTCOME',
    'TOOK',
    'TOKEN',
    'TRACKING ID',
    'WHY',
    // The newest column is the last: programs that read columns by position find the others unchanged.
    'REASON',
  ]
  return table(head, rows, style)
}

/** "1 ✗ invalid_grant → 2 ✓". */
function path({ calls }: Pick<Attempt, 'calls'>): string {
  const steps = calls.map(({ tier, result }) =>
    result === 'ok' || result === 'unchanged' ? `${tier} ✓` : `${tier} ✗ ${result}`,
  )
  return steps.length === 0 ? '–' : steps.join(' → ')
}

const OUTCOME_COLORS = { renewed: 'green', unchanged: 'yellow', failed: 'red' } as const

/** One line for one that went well. */
export function showRefreshed({ reference, outcome, tier, now, expiresAt }: Refreshed): string {
  const left = expiresAt === null ? '' : `, valid for ${inWords(expiresAt - now)}`
  const how = outcome === 'renewed' ? `renewed by tier ${tier}` : 'unchanged: Webex returned the same token'
  return `${plain(reference)}: ${how}${left}\n`
}

/** And for one that did not. */
export function showFailed({ reference, sentence, trackingId }: Refreshed): string {
  const id = trackingId === null ? '' : ` (tracking id ${trackingId})`
  return `${reference}: ${sentence ?? 'could not be refreshed.'}${id}`
}

/** "in 13 d 4 h", "expired 2 h ago"; null: unknown. */
function expiry(at: Instant | null, now: Instant): string {
  if (at === null) return 'unknown'
  return at > now ? `in ${inWords(at - now)}` : `${inWords(now - at)} ago`
}

/** "in 6 d 2 h", "now" once it is due; a dash for none. */
function planned(at: Instant | null, now: Instant): string {
  if (at === null) return '–'
  return at > now ? `in ${inWords(at - now)}` : 'now'
}

/** Local time to the second, sortable: "2026-05-18 14:03:59". */
function moment(at: Instant): string {
  const date = new Date(at)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
