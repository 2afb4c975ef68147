// Tray menu: one icon, one sentence, and a menu with those that need attention first. Pure but for the summary; `tray.ts` shows it.
import { nameWithOrg } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import {
  type FleetView,
  openProblems,
  type ProfileState,
  type ProfileView,
  rejectedAt,
} from '#engine/domain/view-model.ts'
import { FleetSummary, type StateCounts } from './fleet-summary.ts'

export type TrayIcon = 'healthy' | 'working' | 'attention' | 'expired'

export type TrayAction =
  | { readonly kind: 'show' }
  | { readonly kind: 'show-problems' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'refresh-all-due' }
  | { readonly kind: 'pause-for-hour' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'refresh'; readonly profileId: ProfileId }
  | { readonly kind: 'copy-token'; readonly profileId: ProfileId }

export type TrayEntry =
  | { readonly kind: 'separator' }
  | { readonly kind: 'words'; readonly label: string }
  | {
      readonly kind: 'action'
      readonly label: string
      readonly action: TrayAction
      readonly enabled: boolean
    }
  | { readonly kind: 'submenu'; readonly label: string; readonly entries: readonly TrayEntry[] }

export interface TrayModel {
  readonly icon: TrayIcon
  readonly tooltip: string
  readonly entries: readonly TrayEntry[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MOST_PROFILES = 10
const SEPARATOR: TrayEntry = { kind: 'separator' }

/**
 * `locked`: neither names nor numbers, only whether attention is needed, and nothing to do but open or quit. `summary`: kept
 * from one call to the next, so that not all profiles are gone through again.
 */
export function trayModel(
  view: FleetView,
  name: string,
  locked = false,
  summary = new FleetSummary(),
): TrayModel {
  summary.update(view.profiles)
  const { counts } = summary
  if (locked) return lockedModel(worstIcon(view, counts), name)
  const profiles = summary.mostUrgent(MOST_PROFILES)
  return {
    icon: worstIcon(view, counts),
    tooltip: `${name}: ${inWords(view, summary)}`,
    entries: [
      hasProblems(view)
        ? action(inWords(view, summary), { kind: 'show-problems' })
        : { kind: 'words', label: inWords(view, summary) },
      SEPARATOR,
      ...profiles.map((profile) => profileEntry(profile, view.now)),
      ...(view.profiles.length > profiles.length ? [action('More…', { kind: 'show' })] : []),
      ...(profiles.length > 0 ? [SEPARATOR] : []),
      ...alwaysThere(view),
    ],
  }
}

/**
 * For a desktop without a tray host, where only an old panel (XEmbed) may show the icon: Chromium's fallback there frees
 * neither the submenus nor the pictures it was given. So a renewal changes nothing but the tooltip.
 */
export function hostlessTrayModel(
  view: FleetView,
  name: string,
  locked = false,
  summary = new FleetSummary(),
): TrayModel {
  const { icon, tooltip } = trayModel(view, name, locked, summary)
  const entries = locked ? OPEN_AND_QUIT : alwaysThere(view)
  return { icon: icon === 'working' ? 'healthy' : icon, tooltip, entries }
}

const LOCKED_WORDS: Readonly<Record<TrayIcon, string>> = {
  healthy: 'locked, no problems',
  working: 'locked, renewing',
  attention: 'locked, a problem needs attention',
  expired: 'locked, a token has expired',
}

function lockedModel(icon: TrayIcon, name: string): TrayModel {
  const words = LOCKED_WORDS[icon]
  return {
    icon,
    tooltip: `${name}: ${words}`,
    entries: [{ kind: 'words', label: words }, SEPARATOR, ...OPEN_AND_QUIT],
  }
}

const OPEN_AND_QUIT: readonly TrayEntry[] = [
  action('Open', { kind: 'show' }),
  action('Quit', { kind: 'quit' }),
]

function alwaysThere(view: FleetView): readonly TrayEntry[] {
  const some = view.profiles.length > 0
  return [
    action('Refresh all due', { kind: 'refresh-all-due' }, some),
    view.allPausedUntil === null
      ? action('Pause for 1 hour', { kind: 'pause-for-hour' }, some)
      : action('Resume', { kind: 'resume' }),
    SEPARATOR,
    ...OPEN_AND_QUIT,
  ]
}

function action(label: string, what: TrayAction, enabled = true): TrayEntry {
  return { kind: 'action', label, action: what, enabled }
}

function profileEntry(profile: ProfileView, now: Instant): TrayEntry {
  const hasToken = profile.accessToken !== null
  return {
    kind: 'submenu',
    label: `${nameWithOrg(profile)}: ${stateWords(profile, now)}`,
    entries: [
      action('Copy token', { kind: 'copy-token', profileId: profile.id }, hasToken),
      action(
        'Refresh',
        { kind: 'refresh', profileId: profile.id },
        profile.state !== 'refreshing' && profile.unreadable === undefined,
      ),
    ],
  }
}

function stateWords(profile: ProfileView, now: Instant): string {
  const expiresAt = profile.accessToken?.expiresAt ?? null
  const left =
    rejectedAt(profile) !== null
      ? 'rejected by Webex'
      : expiresAt === null
        ? 'unknown lifetime'
        : `${roughly(expiresAt - now)} left`
  const words: Readonly<Record<ProfileState, string>> = {
    expired: 'expired',
    'needs-attention': 'needs attention',
    'not-yet-issued': 'no token yet',
    paused: 'paused',
    retrying: `retrying, ${left}`,
    refreshing: left,
    healthy: left,
  }
  return words[profile.state]
}

/** Coarse on purpose: a menu that changes every second closes under the pointer. */
export function roughly(left: Duration): string {
  if (left < 5 * MINUTE) return 'under 5 min'
  const step = left < HOUR ? 5 * MINUTE : left < 48 * HOUR ? HOUR : 24 * HOUR
  return inOneUnit(left - (left % step))
}

/** By the problems a person is to hear of: what is snoozed is calm here, too. */
function worstIcon(view: FleetView, counts: StateCounts): TrayIcon {
  const problems = openProblems(view.incidents)
  if (problems.some(({ deadline }) => deadline !== null && deadline <= view.now)) return 'expired'
  if (problems.length > 0) return 'attention'
  return counts.refreshing > 0 || counts.retrying > 0 ? 'working' : 'healthy'
}

function hasProblems(view: FleetView): boolean {
  return openProblems(view.incidents).length > 0
}

function inWords(view: FleetView, summary: FleetSummary): string {
  const [first, ...others] = openProblems(view.incidents)
  const problems =
    first === undefined ? [] : [others.length === 0 ? first.title : `${others.length + 1} problems`]
  const calm = view.incidents.filter(({ snoozedUntil }) => snoozedUntil !== undefined).length
  const snoozed = calm === 0 ? [] : [`${calm} snoozed`]
  const paused = view.allPausedUntil === null ? [] : ['paused']
  return [...paused, ...problems, ...snoozed, fleetWords(summary)].join(' · ')
}

function fleetWords({ customers, counts }: FleetSummary): string {
  if (customers === 0) return 'no service apps yet'
  const parts = [
    [counts.expired, 'expired'],
    [counts['needs-attention'], counts['needs-attention'] === 1 ? 'needs attention' : 'need attention'],
    [counts.retrying, 'retrying'],
    [counts.refreshing, 'refreshing'],
    [counts['not-yet-issued'], 'not yet issued'],
    [counts.paused, 'paused'],
  ] as const
  const others = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const all = customers === 1 ? '1 customer' : `${customers} customers`
  return others.length === 0 ? `${all}, all healthy` : `${all}: ${others.join(', ')}`
}
