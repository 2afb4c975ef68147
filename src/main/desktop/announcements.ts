// Which alert is said where, and what is taken back when it ends. Pure but for the memory of what is being shown.

import type { ProfileId } from '../engine/model.ts'
import type { FixAction } from '../engine/view.ts'

/** What the engine's alerts look like to whoever says them. */
export interface Alert {
  /** One per root cause. */
  readonly key: string
  readonly level: 'information' | 'warning' | 'critical'
  readonly title: string
  readonly body: string
  readonly profileIds: readonly ProfileId[]
  readonly fix: FixAction | null
}

export interface AlertChanges {
  readonly raise: readonly Alert[]
  /** What has ended well, in words of its own; the key is that of the alert it ends. */
  readonly recovered: readonly Alert[]
  /** Keys whose alert is no longer true and needs no word. */
  readonly withdraw: readonly string[]
}

/** The same inside the window. */
export interface AlertToast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly profileId: ProfileId | null
  readonly fix: FixAction | null
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

export interface AnnouncementParts {
  readonly focused: () => boolean
  readonly toast: (toast: AlertToast) => void
  readonly open: (profileId: ProfileId | null) => void
  /** null: this desktop has no notifications. */
  readonly notify: (notification: DesktopNotification) => { close(): void } | null
}

export interface Announcements {
  announce(changes: AlertChanges): void
  /** Takes back everything still on the screen. */
  clear(): void
}

export function createAnnouncements(parts: AnnouncementParts): Announcements {
  // The desktop's own handle is kept while it is shown: a collected one loses its click.
  const shown = new Map<string, { close(): void }>()
  let toasts = 0

  const toast = (alert: Alert, level: AlertToast['level'], text: string) => {
    toasts += 1
    parts.toast({
      id: `alert-${toasts}`,
      level,
      text,
      profileId: onlyProfile(alert),
      fix: alert.fix,
    })
  }

  const withdraw = (key: string) => {
    const notification = shown.get(key)
    shown.delete(key)
    notification?.close()
  }

  const say = (alert: Alert, level: AlertToast['level']) => {
    withdraw(alert.key)
    const inFull = `${alert.title}. ${alert.body}`
    // A window that is being looked at says the rest where it stays: in its banner and on the profile's page.
    if (parts.focused()) return toast(alert, level, `${alert.title}.`)
    let ended = false
    let notification: { close(): void } | null = null
    const forget = () => {
      ended = true
      if (shown.get(alert.key) === notification) shown.delete(alert.key)
    }
    // It may fail before it has returned.
    notification = parts.notify({
      title: alert.title,
      body: alert.body,
      level: alert.level,
      clicked: () => {
        forget()
        parts.open(onlyProfile(alert))
      },
      failed: () => {
        forget()
        toast(alert, level, inFull)
      },
      closed: forget,
    })
    if (notification === null) toast(alert, level, inFull)
    else if (!ended) shown.set(alert.key, notification)
  }

  return {
    announce({ raise, recovered, withdraw: gone }) {
      for (const key of gone) withdraw(key)
      for (const alert of recovered) say(alert, 'success')
      for (const alert of raise) say(alert, alert.level)
    },
    clear() {
      for (const key of [...shown.keys()]) withdraw(key)
    },
  }
}

function onlyProfile(alert: Alert): ProfileId | null {
  return alert.profileIds.length === 1 ? (alert.profileIds[0] ?? null) : null
}

/** Said once, the first time that closing the window did not end the app. */
export function stillAtWork(appName: string, where: 'tray' | 'taskbar'): AlertChanges {
  const body =
    where === 'tray'
      ? 'Tokens are renewed while the window is closed. Open or quit the app from its icon in the tray.'
      : 'Tokens are renewed while the window is minimised. Quit the app under Settings.'
  const said = {
    key: 'still-at-work',
    level: 'information',
    title: `${appName} keeps running`,
    body,
    profileIds: [],
    fix: null,
  } as const
  return { raise: [said], recovered: [], withdraw: [] }
}
