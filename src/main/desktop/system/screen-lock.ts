// Screen lock of a Linux desktop, for which Electron has no event: the signals of its screen savers and of logind. Several
// may report the same lock.
import type { MessageBus } from './message-bus.ts'

/** Each desktop has its own of one kind; many send by the first as well. */
const SCREEN_SAVERS = [
  'org.freedesktop.ScreenSaver',
  'org.gnome.ScreenSaver',
  'org.cinnamon.ScreenSaver',
  'org.mate.ScreenSaver',
  'org.xfce.ScreenSaver',
]

const LOGIND = 'org.freedesktop.login1'
const SESSION = 'org.freedesktop.login1.Session'
const SESSIONS = { sender: LOGIND, pathNamespace: '/org/freedesktop/login1/session' }

/** Each lock and each unlock may be reported more than once. */
export function watchScreenLock(parts: {
  readonly sessionBus: Pick<MessageBus, 'watch'>
  readonly systemBus: Pick<MessageBus, 'watch' | 'property'>
  /** The sessions of other users are no concern. */
  readonly userId: number
  readonly onLock: () => void
  readonly onUnlock: () => void
  readonly failed: (error: unknown) => void
}): void {
  const { sessionBus, systemBus, userId, onLock, onUnlock, failed } = parts
  const changed = (isLocked: boolean) => (isLocked ? onLock() : onUnlock())
  for (const from of SCREEN_SAVERS) {
    sessionBus.watch({ interface: from, member: 'ActiveChanged' }, ({ body }) => changed(body[0] === true))
  }
  // Which of a user's sessions the app belongs to is not always known: a desktop may start it outside of any.
  const inSession = async (path: string, isLocked: boolean) => {
    const owner = await systemBus.property({ destination: LOGIND, path, interface: SESSION }, 'User')
    if (Array.isArray(owner) && owner[0] === userId) changed(isLocked)
  }
  for (const member of ['Lock', 'Unlock']) {
    systemBus.watch({ ...SESSIONS, interface: SESSION, member }, ({ path }) => {
      inSession(path, member === 'Lock').catch(failed)
    })
  }
  systemBus.watch(
    {
      ...SESSIONS,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'PropertiesChanged',
      arg0: SESSION,
    },
    ({ path, body: [, values] }) => {
      const isLocked = values instanceof Map ? values.get('LockedHint') : undefined
      if (typeof isLocked === 'boolean') inSession(path, isLocked).catch(failed)
    },
  )
}
