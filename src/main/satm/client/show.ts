// The app's answers as a person reads them.
import { elapsed, inWords } from '#base/common/duration.ts'
import type { Attempt, Instant } from '#engine/domain/model.ts'
import {
  type Incident,
  type ManagerView,
  openProblems,
  type ProfileState,
  type ProfileView,
  rejectedAt,
} from '#engine/domain/view-model.ts'
import type { SatmReplies, SharedVaultStanding, StatusReply } from '../protocol.ts'
import { iso } from './formats.ts'
import { colored, plain, type Style } from './print.ts'
import { type Cell, stateCell, table } from './table.ts'

export function showList({ now, profiles }: SatmReplies['list'], style: Style): string {
  const rows = profiles.map((profile): readonly Cell[] => [
    { text: nameIn(profile, style) },
    { text: customer(profile, style) },
    stateCell(profile.state, style),
    { text: expiry(profile.expiresAt, now, style) },
    { text: planned(profile.nextRefreshAt, now, style) },
  ])
  return table(['NAME', 'CUSTOMER', 'STATE', 'EXPIRES', 'NEXT REFRESH'], rows, style)
}

/** A person sees the org beside it. */
const nameIn = ({ name, reference }: SatmReplies['list']['profiles'][number], { terminal }: Style) =>
  terminal && reference.startsWith(`${name}@`) ? name : reference

/** A person knows no ID of 80 characters; its end tells two of them apart. */
function customer(
  { orgName, orgId }: { readonly orgName?: string | null; readonly orgId: string | null },
  { terminal }: Style,
): string {
  if (orgName != null) return orgName
  if (orgId === null) return '–'
  return terminal && orgId.length > 12 ? `…${orgId.slice(-8)}` : orgId
}

export function showStatus(status: StatusReply, style: Style): string {
  return status.kind === 'profile' ? oneProfile(status, style) : everything(status, style)
}

function oneProfile(
  { profile, now, incidents = [] }: Extract<StatusReply, { kind: 'profile' }>,
  style: Style,
): string {
  const { accessToken, refreshToken, last, unreadable } = profile
  const absent = (words: string) => (unreadable === undefined ? words : 'unknown')
  const told: readonly Fact[] = [
    ['name', profile.name],
    ['org', profile.orgName === null ? profile.targetOrgId : `${profile.orgName} (${profile.targetOrgId})`],
    ['state', [stateCell(profile.state, style)]],
    ['problem', profile.sentence],
    ...incidents.filter(isNotInProfile).map((incident) => incidentFact(incident, style)),
    [
      'access token',
      accessToken === null
        ? absent('none yet')
        : rejectedAt(profile) === null
          ? `expires ${expiry(accessToken.expiresAt, now, style)}`
          : 'rejected by Webex (401)',
    ],
    ['refresh token', refreshToken === null ? absent('none') : refreshTokenWords(refreshToken, now, style)],
    ['next refresh', planned(profile.nextRefresh?.at ?? null, now, style)],
    ['unattended', unattendedWords(profile, style)],
    ['last attempt', last === null ? absent('none yet') : `${last.outcome} ${expiry(last.at, now, style)}`],
    ['tracking id', last?.trackingId ?? null],
    ['not stored yet', profile.unsaved ? 'the newest token is only in memory: free some disk space' : null],
  ]
  return facts(told, style)
}

function unattendedWords({ isUnattended, unattendedUntil }: ProfileView, style: Style): string {
  if (unattendedUntil !== null) return `until ${moment(unattendedUntil, style)}`
  // An older app does not say.
  return isUnattended === true ? 'yes, until an unknown date' : 'no'
}

const refreshTokenWords = (token: NonNullable<ProfileView['refreshToken']>, now: number, style: Style) =>
  token.dead ? 'invalid' : `expires ${expiry(token.expiresAt, now, style)}`

function everything(status: Extract<StatusReply, { kind: 'all' }>, style: Style): string {
  const { now, states, managers, incidents, allPausedUntil, sharedVault } = status
  const counts = (Object.keys(states) as ProfileState[])
    .filter((state) => states[state] > 0)
    .map((state): Cell => {
      const cell = stateCell(state, style)
      const words = states[state] === 1 ? cell.text : cell.text.replace('Needs', 'Need')
      return { ...cell, text: `${states[state]} ${words.toLowerCase()}` }
    })
  const told: readonly Fact[] = [
    ['customers', counts.length === 0 ? 'none yet' : counts],
    ...managers.map((manager): Fact => ['token manager', managerWords(manager, managers, now, style)]),
    ['shared vault', sharedVault == null ? null : sharedVaultWords(sharedVault, now, style)],
    ['paused', allPausedUntil === null ? null : `all, until ${moment(allPausedUntil, style)}`],
    ...incidents.map((incident) => incidentFact(incident, style)),
    ['app', `version ${status.version}, data in ${status.dataFolder}`],
  ]
  return facts(told, style)
}

/** Deliveries and snoozes: the rest is what its own sentence says. */
const isNotInProfile = (incident: Incident) => incident.snoozedUntil !== undefined || isOfDelivery(incident)

const isOfDelivery = ({ code }: Incident) => code === 'undelivered' || code === 'delivery-held'

function incidentFact({ level, title, sentence, snoozedUntil }: Incident, style: Style): Fact {
  const text = `${title}. ${sentence}`
  if (snoozedUntil !== undefined) return ['snoozed', `until ${moment(snoozedUntil, style)}: ${text}`]
  return [level === 'information' ? 'information' : 'problem', text]
}

/** One line for whoever monitors it, and whether a person is needed. */
export function checkedStatus(status: StatusReply): { readonly isFine: boolean; readonly line: string } {
  const open = openProblems(status.incidents ?? [])
  const titles = open.map(({ title }) => title).join('; ')
  if (status.kind === 'profile') {
    const { name, state, sentence } = status.profile
    const isFine = open.length === 0 && (!TROUBLED.includes(state) || isSnoozed(status.incidents ?? []))
    return { isFine, line: `${name}: ${isFine ? state : titles || (sentence ?? state)}` }
  }
  const { states } = status
  const customers = Object.values(states).reduce((sum, count) => sum + count, 0)
  const of = `${customers} ${customers === 1 ? 'customer' : 'customers'}`
  if (open.length === 0) return { isFine: true, line: `${of}, no problems` }
  const count = `${open.length} ${open.length === 1 ? 'problem needs' : 'problems need'} attention`
  return { isFine: false, line: `${of}, ${count}: ${titles}` }
}

/** Whatever its state comes from: a delivery has no part in that. */
const isSnoozed = (incidents: readonly Incident[]) =>
  incidents.some((incident) => incident.snoozedUntil !== undefined && !isOfDelivery(incident))

const TROUBLED: readonly ProfileState[] = ['needs-attention', 'expired']

function managerWords(
  { name, state, sentence, refreshToken, fallbackId, isReplaced }: ManagerView,
  managers: readonly ManagerView[],
  now: number,
  style: Style,
): string {
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
      : `, refresh token expires ${expiry(refreshToken.expiresAt, now, style)}`
  const fallback = managers.find(({ id }) => id === fallbackId)?.name
  const other =
    fallback === undefined ? '' : isReplaced ? `, ${fallback} is used instead` : `, falls back to ${fallback}`
  return `${name}: ${words[state]}${until}${other}${sentence === null ? '' : `. ${sentence}`}`
}

function sharedVaultWords(
  { leader, leadsHere, trouble, agreedAt }: SharedVaultStanding,
  now: number,
  style: Style,
): string {
  const when = agreedAt === null ? 'not since the start' : expiry(agreedAt, now, style)
  if (trouble !== null) return `${trouble} (Last read: ${when})`
  const who = leadsHere ? 'renewed here' : leader === null ? 'no computer renews' : `renewed by ${leader}`
  return `${who}, last read ${when}`
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
  const rows = attempts.map((attempt): HistoryRow => {
    const { trigger, outcome, before, after, sentence, reasonMessage } = attempt
    return {
      TIME: { text: moment(attempt.startedAt, style) },
      NAME: { text: attempt.name },
      CUSTOMER: { text: customer(attempt, style) },
      TRIGGER: { text: trigger.replaceAll('-', ' ') },
      TIERS: { text: path(attempt) },
      OUTCOME: { text: outcome, color: OUTCOME_COLORS[outcome] },
      TOOK: { text: elapsed(attempt.endedAt - attempt.startedAt) },
      TOKEN: { text: `${before ?? '–'} → ${after ?? '–'}` },
      'TRACKING ID': { text: attempt.trackingId ?? '–' },
      WHY: { text: sentence ?? '' },
      REASON: { text: reasonMessage ?? '' },
      COMPUTER: { text: attempt.computer ?? '–' },
    }
  })
  const all = style.terminal ? FOR_A_PERSON : FOR_A_PROGRAM
  const isShared = attempts.some(({ computer }) => computer !== undefined)
  const columns = all.filter((column) => column !== 'COMPUTER' || isShared)
  const cells = rows.map((row) => columns.map((column) => row[column]))
  return table(columns, cells, style)
}

/** The newest column is the last: programs that read columns by position find the others unchanged. */
const FOR_A_PROGRAM = [
  'TIME',
  'NAME',
  'CUSTOMER',
  'TRIGGER',
  'TIERS',
  'OUTCOME',
  'TOOK',
  'TOKEN',
  'TRACKING ID',
  'WHY',
  'REASON',
  // Only where there is any.
  'COMPUTER',
] as const

/** What does not fit is left out from the end. */
const FOR_A_PERSON: readonly (typeof FOR_A_PROGRAM)[number][] = [
  'TIME',
  'NAME',
  'CUSTOMER',
  'OUTCOME',
  'WHY',
  'REASON',
  'COMPUTER',
  'TIERS',
  'TRIGGER',
  'TOOK',
  'TRACKING ID',
  'TOKEN',
]

type HistoryRow = Readonly<Record<(typeof FOR_A_PROGRAM)[number], Cell>>

/** "1 ✗ invalid_grant → 2 ✓". */
function path({ calls }: Pick<Attempt, 'calls'>): string {
  const steps = calls.map(({ tier, result }) =>
    result === 'ok' || result === 'unchanged' ? `${tier} ✓` : `${tier} ✗ ${result}`,
  )
  return steps.length === 0 ? '–' : steps.join(' → ')
}

const OUTCOME_COLORS = { renewed: 'green', unchanged: 'yellow', failed: 'red' } as const

/** What would be imported, or was; a line for each row that was rejected or has a warning. */
export function showImport(
  { ready, rejected, rows, tokenManager }: SatmReplies['import'],
  isDryRun: boolean,
  { terminal }: Style,
): string {
  const lines = rows
    .filter(({ isReady, remarks }) => !isReady || remarks.length > 0)
    .map(({ line, name, customer: org, isReady, remarks }) => {
      const state = isReady ? 'ready' : 'rejected'
      const whom = org === '' ? name : `${name} · ${org}`
      const told = [`line ${line}`, state, whom, remarks.join(' ')].map(plain)
      return `${told.join(terminal ? '  ' : '\t')}\n`
    })
  const rest = rejected === 0 ? '' : `, ${rejected} rejected`
  const connected = tokenManager
    ? `; the token manager ${isDryRun ? 'is connected as well' : 'was connected'}`
    : ''
  const total = `${ready} of ${rows.length} ${isDryRun ? 'are ready' : 'imported'}${rest}${connected}`
  return `${lines.join('')}${total}\n`
}

/** "in 13 d 4 h", "2 h ago"; for a program the time itself. null: unknown. */
export function expiry(at: Instant | null, now: Instant, { terminal }: Style): string {
  if (at === null) return 'unknown'
  if (!terminal) return iso(at)
  return at > now ? `in ${inWords(at - now)}` : `${inWords(now - at)} ago`
}

/** "in 6 d 2 h", "now" once it is due; a dash for none. */
function planned(at: Instant | null, now: Instant, { terminal }: Style): string {
  if (at === null) return '–'
  if (!terminal) return iso(at)
  return at > now ? `in ${inWords(at - now)}` : 'now'
}

/** ISO 8601; for a person the local time to the minute: "2026-05-18 14:03". */
export function moment(at: Instant, { terminal }: Style): string {
  if (!terminal) return iso(at)
  const date = new Date(at)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
