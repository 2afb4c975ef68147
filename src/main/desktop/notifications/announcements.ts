// Announcements: which alert is shown where, as a desktop notification or as a toast while the window is being looked at,
// and what is withdrawn when it ends.
import { Notification } from 'electron'
import { inOneUnit } from '#base/common/duration.ts'
import type { Place, Toast } from '#contract/contract.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { SettingValues } from '#engine/domain/settings.ts'
import type { Alert, AlertNews } from '#engine/domain/view-model.ts'
import type { MessageBus } from '../system/message-bus.ts'

export interface AlertChanges extends AlertNews {
  /** Keys whose alert is no longer true and needs no word. */
  readonly withdraw: readonly string[]
}

export interface DesktopNotification {
  readonly title: string
  readonly body: string
  readonly level: Alert['level']
  readonly clicked: () => void
  /** The desktop would not show it. */
  readonly failed: () => void
  readonly closed: () => void
}

export type Wanted = SettingValues['notify']

interface AnnouncementDependencies {
  readonly focused: () => boolean
  /** Which alerts become desktop notifications; missing: all. The window shows everything in any case. */
  readonly wanted?: () => Wanted
  /** While it is locked nothing on the screen names anybody. */
  readonly locked: () => boolean
  /** Returns how it is taken back. `gone`: it has left without that. */
  readonly toast: (toast: Toast, gone: () => void) => () => void
  readonly open: (place: Place) => void
  /** null: this desktop has no notifications. */
  readonly notify: (notification: DesktopNotification) => { close(): void } | null
}

export interface Announcements {
  announce(changes: AlertChanges): void
  /** Locked: notifications with names are closed. Unlocked: the one that asks to unlock is closed. */
  lockChanged(): void
  /** Takes back everything still on the screen. */
  clear(): void
}

interface Shown {
  readonly alert: Alert
  readonly level: Toast['level']
  readonly notification: { close(): void }
}

/** About the app itself, without a name. */
const STILL_AT_WORK = 'still-at-work'

/** As the app quits: its window is closing, whether or not it has the focus. */
const DATA_SOURCES_LEFT = 'data-sources-left'

/** Shown for any alert while the app is locked. */
const NAMELESS = {
  key: 'while-locked',
  title: 'A problem needs attention',
  about: '',
  body: 'Unlock to see it.',
  profileIds: [],
  fix: null,
} as const

export function createAnnouncements(parts: AnnouncementDependencies): Announcements {
  // The desktop's own handle is kept while it is shown: a collected one loses its click.
  const shown = new Map<string, Shown>()
  // Keys of the alerts that the nameless notification replaces.
  const nameless = new Set<string>()
  // One toast for all alerts that are still told: a storm of failures must not cover the window.
  const toasted = new Map<string, { readonly alert: Alert; readonly level: Toast['level'] }>()
  let takeBackToast = () => {}
  let toasts = 0

  const showToast = () => {
    takeBackToast()
    takeBackToast = () => {}
    const last = [...toasted.values()].at(-1)
    if (last === undefined) return
    toasts += 1
    const toast = toasted.size === 1 ? toastOf(last.alert, last.level) : severalToast([...toasted.values()])
    takeBackToast = parts.toast({ ...toast, id: `alert-${toasts}` }, () => toasted.clear())
  }
  const toast = (alert: Alert, level: Toast['level']) => {
    toasted.delete(alert.key)
    toasted.set(alert.key, { alert, level })
    showToast()
  }

  const close = (key: string) => {
    const one = shown.get(key)
    shown.delete(key)
    one?.notification.close()
    if (toasted.delete(key)) showToast()
  }
  const withdraw = (key: string) => {
    close(key)
    if (nameless.delete(key) && nameless.size === 0) close(NAMELESS.key)
  }

  const show = (alert: Alert, level: Toast['level']) => {
    let ended = false
    let notification: { close(): void } | null = null
    const forget = () => {
      ended = true
      if (notification !== null && shown.get(alert.key)?.notification === notification)
        shown.delete(alert.key)
    }
    // It may fail before it has returned.
    notification = parts.notify({
      title: alert.title,
      body: alert.body,
      level: alert.level,
      clicked: () => {
        forget()
        parts.open(placeOf(alert))
      },
      failed: () => {
        forget()
        toast(alert, level)
      },
      closed: forget,
    })
    if (notification === null) toast(alert, level)
    else if (!ended) shown.set(alert.key, { alert, level, notification })
  }

  /** One notification for all alerts: how many there are is shown after unlocking. */
  const showNameless = (alert: Alert, level: Toast['level']) => {
    if (level === 'success' || level === 'information') return
    nameless.add(alert.key)
    if (!shown.has(NAMELESS.key)) show({ ...NAMELESS, level: alert.level }, level)
  }

  const tell = (alert: Alert, level: Toast['level']) => {
    withdraw(alert.key)
    // A window that is being looked at shows the rest where it stays: on Problems and on the profile's page.
    if (parts.focused() && alert.key !== DATA_SOURCES_LEFT) return toast(alert, level)
    if (!isWanted(alert, level, parts.wanted?.() ?? 'all')) return
    if (parts.locked() && !isNameless(alert.key)) showNameless(alert, level)
    else show(alert, level)
  }

  return {
    announce({ raise, recovered, withdraw: gone }) {
      for (const key of gone) withdraw(key)
      for (const alert of recovered) tell(alert, 'success')
      for (const alert of raise) tell(alert, alert.level)
    },
    lockChanged() {
      if (!parts.locked()) {
        nameless.clear()
        return close(NAMELESS.key)
      }
      for (const [key, { alert, level }] of [...shown]) {
        if (key === NAMELESS.key || isNameless(key)) continue
        close(key)
        showNameless(alert, level)
      }
    },
    clear() {
      nameless.clear()
      for (const key of [...shown.keys()]) close(key)
    },
  }
}

function isWanted({ key, fix }: Alert, level: Toast['level'], wanted: Wanted): boolean {
  switch (wanted) {
    case 'all':
      return true
    case 'none':
      return false
    case 'needs-you':
      // What is retried automatically has a button too, but needs nobody.
      return (
        level === 'critical' ||
        (level === 'warning' && isGroup(key)) ||
        (level === 'warning' && fix !== null && fix.kind !== 'refresh' && fix.kind !== 'check-network')
      )
  }
}

/** About the app itself: they name nobody. */
const isNameless = (key: string) => key === STILL_AT_WORK || key === DATA_SOURCES_LEFT

/** Several causes in one alert. */
const isGroup = (key: string) => key.startsWith('group:')

function placeOf({ key, profileIds, fix }: Alert): Place {
  const [first] = profileIds
  // What stops a token manager stops more service apps as each is due, whoever was first.
  if (isGroup(key) || (fix !== null && 'managerId' in fix)) return { kind: 'problems' }
  if (first === undefined)
    return key === STILL_AT_WORK || key === NAMELESS.key ? { kind: 'list' } : { kind: 'problems' }
  return profileIds.length === 1 ? { kind: 'profile', profileId: first } : { kind: 'problems' }
}

/** One line. Whoever wants to know more follows it. */
function toastOf(alert: Alert, level: Toast['level']): Omit<Toast, 'id'> {
  const { title, about } = alert
  const place = level === 'success' ? { kind: 'list' as const } : placeOf(alert)
  return { level, text: about === '' ? `${title}.` : `${title} · ${about}.`, place, fix: null }
}

function severalToast(
  all: readonly { readonly alert: Alert; readonly level: Toast['level'] }[],
): Omit<Toast, 'id'> {
  const problems = all.filter(({ level }) => level !== 'success' && level !== 'information')
  if (problems.length === 0) {
    const text = all.every(({ level }) => level === 'success')
      ? `${all.length} problems resolved.`
      : `${all.length} changes to know of.`
    return { level: 'information', text, place: { kind: 'problems' }, fix: null }
  }
  const [only] = problems
  if (problems.length === 1 && only !== undefined) return toastOf(only.alert, only.level)
  const level = problems.some((one) => one.level === 'critical') ? 'critical' : 'warning'
  return {
    level,
    text: `${problems.length} problems need attention.`,
    place: { kind: 'problems' },
    fix: null,
  }
}

/** Shown once, the first time that closing the window did not end the app. */
export function stillAtWork(appName: string, where: 'tray' | 'taskbar'): AlertChanges {
  const body =
    where === 'tray'
      ? 'Tokens are renewed while the window is closed. Open or quit the app from its icon in the tray.'
      : 'Tokens are renewed while the window is minimized. Quit the app with Ctrl+Q in its window.'
  const said = {
    key: STILL_AT_WORK,
    level: 'information',
    title: `${appName} keeps running`,
    about: '',
    body,
    profileIds: [],
    fix: null,
  } as const
  return { raise: [said], recovered: [], withdraw: [] }
}

/** Shown as the app quits. `left`: until the first of the data sources that it keeps alive lapses. */
export function dataSourcesLeft(kept: number, left: Duration): AlertChanges {
  const which = kept === 1 ? 'The data source lapses' : `The first of ${kept} data sources lapses`
  const said = {
    key: DATA_SOURCES_LEFT,
    level: 'information',
    title: 'Data sources are no longer renewed',
    about: '',
    body: `${which} ${left > 0 ? `in ${inOneUnit(left)}` : 'now'}, and Webex then stops delivering its data. Start the app again before that.`,
    profileIds: [],
    fix: null,
  } as const
  return { raise: [said], recovered: [], withdraw: [] }
}

/** Announces by the desktop's own notifications. */
export function createNotifier(
  parts: Omit<AnnouncementDependencies, 'notify'> & { readonly bus: Pick<MessageBus, 'call'> },
): Announcements {
  return createAnnouncements({ ...parts, notify: (wanted) => notify(wanted, parts.bus) })
}

function notify(wanted: DesktopNotification, bus: Pick<MessageBus, 'call'>): { close(): void } | null {
  if (!Notification.isSupported()) return null
  let notification: Notification | null = null
  let isClosed = false
  const show = (body: string) => {
    if (isClosed) return
    notification = new Notification({
      title: wanted.title,
      body,
      urgency: wanted.level === 'critical' ? 'critical' : 'normal',
      // A critical one stays until somebody has seen it.
      timeoutType: wanted.level === 'critical' ? 'never' : 'default',
    })
    // Without a server this comes while `show` is still running.
    notification.on('failed', wanted.failed)
    notification.on('click', wanted.clicked)
    notification.on('close', wanted.closed)
    notification.show()
  }
  if (process.platform === 'linux') void serverReads(bus).then((reads) => show(bodyFor(reads, wanted.body)))
  else show(wanted.body)
  return {
    close() {
      isClosed = true
      notification?.close()
    },
  }
}

const SERVER = 'org.freedesktop.Notifications'
const GET_CAPABILITIES = {
  destination: SERVER,
  path: '/org/freedesktop/Notifications',
  interface: SERVER,
  member: 'GetCapabilities',
}

/** Asked anew each time, since another server may have taken over. */
async function serverReads(bus: Pick<MessageBus, 'call'>): Promise<'markup' | 'text' | 'not-known'> {
  const [capabilities] = await bus.call(GET_CAPABILITIES).catch(() => [])
  if (!Array.isArray(capabilities)) return 'not-known'
  return capabilities.includes('body-markup') ? 'markup' : 'text'
}

/**
 * Electron and libnotify pass the body on as it is, and a server with body-markup reads it as XML (Desktop Notifications
 * Specification 1.2, "Markup"); the title is plain text for all of them.
 */
function bodyFor(reads: 'markup' | 'text' | 'not-known', body: string): string {
  if (reads === 'text') return body
  const written = reads === 'markup' ? ESCAPED : LOOKALIKES
  return body.replace(/[&<>]/g, (character) => written[character] ?? character)
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
/** Right for either server. */
const LOOKALIKES: Readonly<Record<string, string>> = { '&': '＆', '<': '‹', '>': '›' }
