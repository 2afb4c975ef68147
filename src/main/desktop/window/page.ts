// Our page in a window of its own, loading: what either may do is said here and nowhere else.
import { app, BrowserWindow, screen } from 'electron'
import { systemDelay } from '../system/system-clock.ts'
import { APP_ORIGIN } from './app-files.ts'
import { backgroundColour } from './theme.ts'
import { placeWindow, type Rectangle, SMALLEST } from './window-bounds.ts'

/** ms from having all it asked for. */
const PAINTS_WITHIN = 2_000

export interface PageParts {
  /** Absolute path of the built preload. */
  readonly preload: string
  /** Never in a packaged app, whatever this says. */
  readonly devTools: boolean
  readonly icon: string | null
}

export interface Page {
  readonly window: BrowserWindow
  /** There is something to see, or there never will be: an empty window can be closed, one that stays hidden cannot. */
  readonly settled: Promise<void>
}

/** Begins to load the page in a hidden window, where the last one was. */
export function loadPage(parts: PageParts, saved: Rectangle | null): Page {
  const window = new BrowserWindow(windowOptions(parts, saved))
  const settled = new Promise<void>((resolve) => {
    window.once('ready-to-show', resolve)
    window.once('closed', resolve)
    window.webContents.once('did-fail-load', () => resolve())
    // Where a hidden window is never painted nobody would tell.
    window.webContents.once('did-finish-load', () => systemDelay(PAINTS_WITHIN).then(resolve))
    window.webContents.once('render-process-gone', () => resolve())
  })
  window.loadURL(`${APP_ORIGIN}/`).catch(() => undefined)
  return { window, settled }
}

/** Every switch is said, also where it is Electron's default today. */
function windowOptions(parts: PageParts, saved: Rectangle | null): Electron.BrowserWindowConstructorOptions {
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id)
  return {
    ...placeWindow(
      saved,
      [primary, ...others].map((display) => display.workArea),
    ),
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    show: false,
    title: app.name,
    backgroundColor: backgroundColour(),
    autoHideMenuBar: true,
    ...(parts.icon === null ? {} : { icon: parts.icon }),
    webPreferences: {
      preload: parts.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableBlinkFeatures: '',
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      autoplayPolicy: 'document-user-activation-required',
      backgroundThrottling: true,
      devTools: parts.devTools && !app.isPackaged,
    },
  }
}
