// Tray menu: one icon, one sentence, and a menu with those that need attention first. Pure; `tray.ts` shows it.
import { inOneUnit } from '#base/common/duration.ts'
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import {
  countStates,
  type FleetView,
  type ProfileState,
  type ProfileView,
  type RootCause,
} from '#engine/domain/view-model.ts'

export type TrayIcon = 'healthy' | 'working' | 'attention' | 'expired'

export type TrayAction =
  | { readonly kind: 'show' }
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

/** Lower comes first, and the lowest present decides the icon. */
const RANK: Readonly<Record<ProfileState, number>> = {
  expired: 0,
  'needs-you': 1,
  'not-yet-issued': 2,
  retrying: 3,
  refreshing: 4,
  healthy: 4,
  paused: 5,
}

/** `locked`: shows neither names nor numbers, only whether attention is needed. */
export function trayModel(view: FleetView, name: string, locked = false): TrayModel {
  const counts = countStates(view.profiles)
  if (locked) return lockedModel(view, worstIcon(view, counts), name)
  const profiles = mostUrgent(view.profiles, MOST_PROFILES)
  return {
    icon: worstIcon(view, counts),
    tooltip: `${name}: ${inWords(view, counts)}`,
    entries: [
      { kind: 'words', label: inWords(view, counts) },
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
export function hostlessTrayModel(view: FleetView, name: string, locked = false): TrayModel {
  const { icon, tooltip } = trayModel(view, name, locked)
  return { icon: icon === 'working' ? 'healthy' : icon, tooltip, entries: alwaysThere(view) }
}

const LOCKED_WORDS: Readonly<Record<TrayIcon, string>> = {
  healthy: 'locked, nothing needs you',
  working: 'locked, renewing',
  attention: 'locked, something needs you',
  expired: 'locked, a token has expired',
}

function lockedModel(view: FleetView, icon: TrayIcon, name: string): TrayModel {
  const words = LOCKED_WORDS[icon]
  return {
    icon,
    tooltip: `${name}: ${words}`,
    entries: [{ kind: 'words', label: words }, SEPARATOR, ...alwaysThere(view)],
  }
}

function alwaysThere(view: FleetView): readonly TrayEntry[] {
  const some = view.profiles.length > 0
  return [
    action('Refresh all due', { kind: 'refresh-all-due' }, some),
    view.allPausedUntil === null
      ? action('Pause for 1 hour', { kind: 'pause-for-hour' }, some)
      : action('Resume', { kind: 'resume' }),
    SEPARATOR,
    action('Open', { kind: 'show' }),
    action('Quit', { kind: 'quit' }),
  ]
}

function action(label: string, what: TrayAction, enabled = true): TrayEntry {
  return { kind: 'action', label, action: what, enabled }
}

function profileEntry(profile: ProfileView, now: Instant): TrayEntry {
  const org = profile.orgName === null ? '' : ` · ${profile.orgName}`
  const hasToken = profile.accessToken !== null
  return {
    kind: 'submenu',
    label: `${profile.name}${org}: ${stateWords(profile, now)}`,
    entries: [
      action('Copy token', { kind: 'copy-token', profileId: profile.id }, hasToken),
      action('Refresh', { kind: 'refresh', profileId: profile.id }, profile.state !== 'refreshing'),
    ],
  }
}

function stateWords(profile: ProfileView, now: Instant): string {
  const expiresAt = profile.accessToken?.expiresAt ?? null
  const left = expiresAt === null ? 'unknown lifetime' : `${roughly(expiresAt - now)} left`
  const words: Readonly<Record<ProfileState, string>> = {
    expired: 'expired',
    'needs-you': 'needs you',
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

type Counts = ReturnType<typeof countStates>

function worstIcon(view: FleetView, counts: Counts): TrayIcon {
  if (counts.expired > 0) return 'expired'
  const managerDown = view.managers.some(({ state }) => state === 'needs-you' || state === 'expired')
  if (counts['needs-you'] > 0 || managerDown || troubles(view).length > 0) return 'attention'
  return counts.refreshing > 0 || counts.retrying > 0 ? 'working' : 'healthy'
}

/** Root causes a person can do something about. */
function troubles(view: FleetView): readonly RootCause[] {
  return view.rootCauses.filter(({ level }) => level !== 'information')
}

function inWords(view: FleetView, counts: Counts): string {
  const [first, ...others] = troubles(view)
  const trouble =
    first === undefined ? [] : [others.length === 0 ? first.title : `${others.length + 1} problems`]
  const paused = view.allPausedUntil === null ? [] : ['paused']
  return [...paused, ...trouble, fleetWords(view.profiles.length, counts)].join(' · ')
}

function fleetWords(all: number, counts: Counts): string {
  if (all === 0) return 'no service apps yet'
  const parts = [
    [counts.expired, 'expired'],
    [counts['needs-you'], counts['needs-you'] === 1 ? 'needs you' : 'need you'],
    [counts.retrying, 'retrying'],
    [counts.refreshing, 'refreshing'],
    [counts['not-yet-issued'], 'without a token'],
    [counts.paused, 'paused'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const apps = all === 1 ? '1 service app' : `${all} service apps`
  return said.length === 0 ? `${apps}, all healthy` : `${apps}, ${said.join(', ')}`
}

/** The first `most` in order, in one pass: the fleet may be thousands and this runs on every change. */
function mostUrgent(profiles: readonly ProfileView[], most: number): readonly ProfileView[] {
  const chosen: ProfileView[] = []
  for (const profile of profiles) {
    const last = chosen.at(-1)
    if (chosen.length === most && last !== undefined && compare(profile, last) >= 0) continue
    const place = chosen.findIndex((other) => compare(profile, other) < 0)
    chosen.splice(place < 0 ? chosen.length : place, 0, profile)
    chosen.length = Math.min(chosen.length, most)
  }
  return chosen
}

function compare(one: ProfileView, other: ProfileView): number {
  const expiry = (profile: ProfileView) => profile.accessToken?.expiresAt ?? Number.MAX_SAFE_INTEGER
  return (
    RANK[one.state] - RANK[other.state] ||
    expiry(one) - expiry(other) ||
    one.name.localeCompare(other.name) ||
    (one.id < other.id ? -1 : 1)
  )
}
