// The main window. Closing it to the tray destroys it; showing it creates a new one.
import { app, type BrowserWindow, dialog, nativeTheme, type WebContents } from 'electron'
import type { Clock } from '#engine/domain/ports.ts'
import type { Log } from '../log/log.ts'
import type { Preferences } from '../preferences/preferences.ts'
import { NETWORK_SERVICE } from '../system/network-session.ts'
import { backgroundColour } from './appearance.ts'
import { loadPage, type Page, type PageOptions } from './page.ts'

export interface WindowDependencies {
  readonly page: PageOptions
  /** Loaded ahead of time, for a `show` that is about to come. */
  readonly first?: Page | null
  /** The channel views are pushed on. */
  readonly viewChannel: string
  readonly preferences: Preferences
  /** Asked when the window is being closed: without a tray it is minimised instead. */
  readonly trayExists: () => boolean
  /** The window can be seen again: it wants the current view. */
  readonly onShown: () => void
  /** The window is gone; the app lives on. */
  readonly onClosed: () => void
  /** The first time ever that closing left the app at work, and where it went. */
  readonly onFirstClose: (to: 'tray' | 'taskbar') => void
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Pick<Log, 'error'>
  /** The page's process ended and is loaded again, once a minute at most; otherwise the person is asked. */
  readonly onLoadedAgain: () => void
}

/** ms. A page that ends twice within this time would end again. */
const CRASHES_APART = 60_000

export interface MainWindow {
  show(): void
  /** Dropped while there is no window; whether anybody looks is `isVisible`. */
  send(view: unknown): void
  isFocused(): boolean
  isVisible(): boolean
  /** Whose requests are answered. */
  webContents(): WebContents | null
  destroy(): void
}

export function createWindow(parts: WindowDependencies): MainWindow {
  let window: BrowserWindow | null = null
  let page: 'loading' | 'ready' | 'revealed' = 'loading'
  let wanted = false
  let crashedAt = Number.NEGATIVE_INFINITY
  // A later listener may prevent the quit, so the event itself is checked when it matters.
  let quit: Electron.Event | null = null
  app.on('before-quit', (event) => {
    quit = event
  })
  const isQuitting = () => quit !== null && !quit.defaultPrevented

  const existing = () => (window === null || window.isDestroyed() ? null : window)

  const close = (event: { preventDefault(): void }, closing: BrowserWindow) => {
    remember(closing, parts.preferences)
    if (isQuitting()) return
    const toTray = parts.trayExists()
    if (!toTray) {
      event.preventDefault()
      closing.minimize()
    }
    if (parts.preferences.values().closedToTrayBefore) return
    parts.preferences.set({ closedToTrayBefore: true })
    if (!toTray) return parts.onFirstClose('taskbar')
    // Until it is closed the window has the focus, and the notification would become a toast inside it.
    closing.once('closed', () => parts.onFirstClose('tray'))
  }

  const take = ({ window: made, settled }: Page) => {
    window = made
    page = 'loading'
    made.on('close', (event) => close(event, made))
    made.on('closed', () => {
      if (window === made) {
        window = null
        wanted = false
      }
      parts.onClosed()
    })
    made.on('restore', parts.onShown)
    // Also after it was only hidden, as the system may do with all windows of an app.
    made.on('show', parts.onShown)
    settled.then(() => {
      if (made.isDestroyed() || window !== made) return
      page = 'ready'
      if (wanted) reveal(made)
    })
    // Chromium never ends a load that was under way when its network service died.
    const loadAgain = (_event: unknown, { serviceName }: { readonly serviceName?: string }) => {
      if (serviceName === NETWORK_SERVICE && made.webContents.isLoadingMainFrame()) made.webContents.reload()
    }
    app.on('child-process-gone', loadAgain)
    made.once('closed', () => app.off('child-process-gone', loadAgain))
    const repaint = () => made.setBackgroundColor(backgroundColour())
    nativeTheme.on('updated', repaint)
    made.once('closed', () => nativeTheme.off('updated', repaint))
    made.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit' && !isQuitting()) crashed(made, reason)
    })
  }

  const crashed = (made: BrowserWindow, reason: string) => {
    const now = parts.clock.monotonic()
    const isFirst = now - crashedAt >= CRASHES_APART
    crashedAt = now
    parts.log.error('window.crashed', { reason, next: isFirst ? 'loaded-again' : 'asked' })
    if (isFirst) {
      made.webContents.reload()
      return parts.onLoadedAgain()
    }
    made.destroy()
    void askToReopen().then((reopens) => {
      if (reopens) show()
    })
  }

  const reveal = (made: BrowserWindow) => {
    page = 'revealed'
    if (parts.preferences.values().window?.maximised === true) made.maximize()
    made.show()
  }

  if (parts.first != null && isAlive(parts.first.window)) take(parts.first)
  else parts.first?.window.destroy()

  const show = () => {
    wanted = true
    const shown = existing()
    if (shown === null) return take(loadPage(parts.page, parts.preferences.values().window))
    // Still loading: it is shown when there is something to see.
    if (page === 'loading') return
    if (page === 'ready') return reveal(shown)
    if (shown.isMinimized()) shown.restore()
    shown.show()
    shown.focus()
  }

  return {
    show,
    send(view) {
      const shown = existing()
      if (shown === null || shown.webContents.isCrashed()) return
      shown.webContents.send(parts.viewChannel, view)
    },
    isFocused: () => existing()?.isFocused() ?? false,
    isVisible: () => {
      const shown = existing()
      return shown?.isVisible() === true && !shown.isMinimized()
    },
    webContents: () => existing()?.webContents ?? null,
    destroy() {
      const shown = existing()
      if (shown === null) return
      remember(shown, parts.preferences)
      shown.destroy()
    },
  }
}

/** False: not now. The window can be opened from the tray or by a second launch. */
async function askToReopen(): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: app.name,
    message: 'The window stopped unexpectedly, twice within a minute.',
    detail:
      'Tokens are still being renewed. If it stops again, restart the app. The log in the data folder contains the reason.',
    buttons: ['Open the window', 'Not now'],
    defaultId: 0,
    cancelId: 1,
  })
  return response === 0
}

/** It may have ended while everything else was being loaded. */
function isAlive(window: BrowserWindow): boolean {
  return !window.isDestroyed() && !window.webContents.isCrashed()
}

function remember(window: BrowserWindow, preferences: Preferences): void {
  preferences.set({ window: { ...window.getNormalBounds(), maximised: window.isMaximized() } })
}
