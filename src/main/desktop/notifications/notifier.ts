// Alerts become desktop notifications, or toasts while the window is being looked at.
import { Notification } from 'electron'
import {
  type AnnouncementDependencies,
  type Announcements,
  createAnnouncements,
  type DesktopNotification,
} from './announcements.ts'

export type Notifier = Announcements

export function createNotifier(parts: Omit<AnnouncementDependencies, 'notify'>): Notifier {
  return createAnnouncements({ ...parts, notify })
}

function notify(wanted: DesktopNotification): { close(): void } | null {
  if (!Notification.isSupported()) return null
  const notification = new Notification({
    title: plain(wanted.title),
    body: plain(wanted.body),
    urgency: wanted.level === 'critical' ? 'critical' : 'normal',
    // A critical one stays until somebody has seen it.
    timeoutType: wanted.level === 'critical' ? 'never' : 'default',
  })
  // Without a server this comes while `show` is still running.
  notification.on('failed', wanted.failed)
  notification.on('click', wanted.clicked)
  notification.on('close', wanted.closed)
  notification.show()
  return { close: () => notification.close() }
}

/** Many Linux servers read the text as markup, and there is no agreed way to escape it for those that do not. */
function plain(text: string): string {
  return process.platform === 'linux' ? text.replaceAll('<', '‹').replaceAll('>', '›') : text
}
