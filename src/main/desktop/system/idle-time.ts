// Idle time: for how long nobody has used the computer or the app's own windows. Input by a remote desktop or a device that
// the system does not count is use as well, and where neither Electron nor the desktop can tell, only the windows count.
import { app, type WebContents, webContents } from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { MessageBus } from './message-bus.ts'

export interface IdleTime {
  seconds(): Promise<number>
  countsFrom(): 'computer' | 'window'
}

/** A person pauses for a second at least once within this many looks; a source that never counts stays at 0. */
const LOOKS = 6
const BETWEEN_LOOKS: Duration = 1_000

const MUTTER = 'org.gnome.Mutter.IdleMonitor'
const GET_IDLE_TIME = {
  destination: MUTTER,
  path: '/org/gnome/Mutter/IdleMonitor/Core',
  interface: MUTTER,
  member: 'GetIdletime',
}

export function createIdleTime(parts: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly delay: (ms: Duration) => Promise<void>
  /** Seconds, as Electron has it: always 0 on X without the extension MIT-SCREEN-SAVER, and on some Wayland desktops. */
  readonly system: () => number
  /** GNOME tells programs that run over Xwayland nothing else. */
  readonly bus: Pick<MessageBus, 'call'>
  /** By the monotonic clock. */
  readonly lastUse: () => Duration
  readonly changed: () => void
}): IdleTime {
  const { clock, delay, system, bus, lastUse, changed } = parts
  const ofMutter = async () => {
    const [ms] = await bus.call(GET_IDLE_TIME).catch(() => [])
    return typeof ms === 'number' ? Math.floor(ms / 1000) : 0
  }
  const sources: readonly (() => number | Promise<number>)[] = [system, ofMutter]
  /** Those that may count: all, until one is above 0. */
  let asked = sources
  let countsFrom: 'not-known' | 'computer' | 'window' = 'not-known'
  const settle = (on: 'computer' | 'window') => {
    if (countsFrom === on) return
    countsFrom = on
    changed()
  }
  const ofComputer = async () => {
    for (const source of asked) {
      const seconds = await source()
      if (seconds === 0) continue
      asked = [source]
      settle('computer')
      return seconds
    }
    return 0
  }

  return {
    async seconds() {
      let seconds = await ofComputer()
      for (let looks = 1; countsFrom === 'not-known'; looks += 1) {
        if (looks === LOOKS) settle('window')
        else await delay(BETWEEN_LOOKS)
        seconds = await ofComputer()
      }
      const unused = (clock.monotonic() - lastUse()) / 1000
      return countsFrom === 'window' ? unused : Math.min(seconds, unused)
    },
    countsFrom: () => (countsFrom === 'window' ? 'window' : 'computer'),
  }
}

/** When a person last touched one of the app's windows, by the monotonic clock. */
export function watchWindowUse(clock: Pick<Clock, 'monotonic'>): () => Duration {
  let last = clock.monotonic()
  const used = () => {
    last = clock.monotonic()
  }
  const watch = (contents: WebContents) => void contents.on('input-event', used)
  for (const contents of webContents.getAllWebContents()) watch(contents)
  app.on('web-contents-created', (_event, contents) => watch(contents))
  app.on('browser-window-focus', used)
  return () => last
}
