// The desktop modules put together without vault, engine and Webex, so that a test can play every state to them.
import path from 'node:path'
import * as electron from 'electron'
import type { Toast as AlertToast, Place } from '#contract/contract.ts'
import { createClipboard, type TokenClipboard } from '#delivery/clipboard/clipboard.ts'
import { createLog, type Log, logUncaught } from '#desktop/log/log.ts'
import { createNotifier, type Announcements as Notifier } from '#desktop/notifications/announcements.ts'
import { openPreferences, type Preferences } from '#desktop/preferences/preferences.ts'
import { watchWindowUse } from '#desktop/system/idle-time.ts'
import { openAuthorizationUrl } from '#desktop/system/links.ts'
import { createLoginItem } from '#desktop/system/login-item.ts'
import { createMessageBuses } from '#desktop/system/message-bus.ts'
import { watchPower } from '#desktop/system/power.ts'
import { passwordStoreSwitch } from '#desktop/system/session-bus.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { type AppTray, createTray } from '#desktop/tray/tray.ts'
import { APP_ORIGIN } from '#desktop/window/app-files.ts'
import { registerAppScheme, serveApp } from '#desktop/window/app-protocol.ts'
import { applyTheme, backgroundColour } from '#desktop/window/appearance.ts'
import { applySessionRules } from '#desktop/window/session-rules.ts'
import { createWindow, type MainWindow } from '#desktop/window/window.ts'

/** What the harness was told, and what it noticed, in order. */
export type Noticed =
  | {
      readonly what:
        | 'shown'
        | 'closed'
        | 'locked'
        | 'refresh-all-due'
        | 'show-problems'
        | 'pause-for-hour'
        | 'resume-all'
        | 'quit'
    }
  | { readonly what: 'first-close'; readonly to: 'tray' | 'taskbar' }
  | { readonly what: 'loaded-again' }
  | { readonly what: 'refused'; readonly event: string }
  | { readonly what: 'refresh' | 'copy-token'; readonly profileId: string }
  | { readonly what: 'open'; readonly place: Place }
  | { readonly what: 'toast'; readonly toast: AlertToast }
  | { readonly what: 'power'; readonly reason: string }

export interface Harness {
  readonly electron: typeof electron
  readonly origin: string
  readonly noticed: Noticed[]
  readonly window: MainWindow
  readonly preferences: Preferences
  readonly log: Log
  readonly notifier: Notifier
  readonly clipboard: TokenClipboard
  readonly keyring: string | null
  readonly lastUse: () => number
  readonly tray: () => AppTray
  readonly applyTheme: typeof applyTheme
  readonly backgroundColour: typeof backgroundColour
  readonly createLoginItem: typeof createLoginItem
  readonly openAuthorizationUrl: typeof openAuthorizationUrl
  clearAfter: number
  trayThere: boolean | null
}

declare global {
  var harness: Harness
}

const { app } = electron
const folder = process.env.SATM_HARNESS_FOLDER ?? ''
app.setPath('userData', path.join(folder, 'chromium'))
const keyring = passwordStoreSwitch()
registerAppScheme()
void app.whenReady().then(start)

function start(): void {
  const noticed: Noticed[] = []
  const clock = systemClock()
  const log = createLog({ folder: path.join(folder, 'logs'), clock })
  logUncaught(log)
  const preferences = openPreferences(folder)
  const devServer = process.env.ELECTRON_RENDERER_URL ?? null
  applySessionRules({
    devServer,
    session: electron.session.defaultSession,
    refused: (event) => noticed.push({ what: 'refused', event }),
  })
  serveApp(electron.session.defaultSession, path.join(import.meta.dirname, 'page'), devServer)
  const window = createWindow({
    page: {
      preload: path.join(import.meta.dirname, 'page', 'preload.cjs'),
      devTools: false,
      icon: null,
    },
    viewChannel: 'view',
    preferences,
    trayExists: () => globalThis.harness.trayThere ?? globalThis.harness.tray().exists('fresh'),
    onShown: () => noticed.push({ what: 'shown' }),
    onClosed: () => noticed.push({ what: 'closed' }),
    onFirstClose: (to) => noticed.push({ what: 'first-close', to }),
    clock: systemClock(),
    log: { error: () => undefined },
    onLoadedAgain: () => noticed.push({ what: 'loaded-again' }),
  })
  let tray: AppTray | null = null
  const makeTray = () =>
    createTray({
      clock,
      icons: process.env.SATM_HARNESS_ICONS ?? '',
      locked: () => false,
      show: window.show,
      showProblems: () => noticed.push({ what: 'show-problems' }),
      quit: () => noticed.push({ what: 'quit' }),
      refresh: (profileId) => noticed.push({ what: 'refresh', profileId }),
      copyToken: (profileId) => noticed.push({ what: 'copy-token', profileId }),
      refreshAllDue: () => noticed.push({ what: 'refresh-all-due' }),
      pauseForHour: () => noticed.push({ what: 'pause-for-hour' }),
      resume: () => noticed.push({ what: 'resume-all' }),
    })
  globalThis.harness = {
    electron,
    origin: APP_ORIGIN,
    noticed,
    window,
    preferences,
    log,
    keyring,
    lastUse: watchWindowUse(clock),
    notifier: createNotifier({
      focused: window.isFocused,
      locked: () => false,
      toast(toast) {
        noticed.push({ what: 'toast', toast })
        return () => undefined
      },
      open: (place) => noticed.push({ what: 'open', place }),
      bus: createMessageBuses({ env: process.env, clock, failed: () => undefined }).session,
    }),
    clipboard: createClipboard({ clock, clearAfter: () => globalThis.harness.clearAfter }),
    tray: () => {
      if (tray === null) {
        tray = makeTray()
        tray.appear()
      }
      return tray
    },
    applyTheme,
    backgroundColour,
    createLoginItem,
    openAuthorizationUrl,
    clearAfter: 0,
    trayThere: null,
  }
  watchPower({
    clock,
    onChange: (reason) => noticed.push({ what: 'power', reason }),
    onLock: () => noticed.push({ what: 'locked' }),
  })
  app.on('window-all-closed', () => undefined)
}
