// The page in a window of its own: where the window goes and what both may do. Every permission of theirs is set here.
import { app, BrowserWindow, screen } from 'electron'
import type { Rectangle } from '../preferences/preference-values.ts'
import { systemDelay } from '../system/system-clock.ts'
import { APP_ORIGIN } from './app-files.ts'
import { backgroundColour, zoomByKeys } from './appearance.ts'

/** ms from having all it asked for. */
const PAINTS_WITHIN = 2_000

export interface PageOptions {
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
export function loadPage(parts: PageOptions, saved: Rectangle | null): Page {
  const window = new BrowserWindow(windowOptions(parts, saved))
  zoomByKeys(window.webContents)
  const settled = new Promise<void>((resolve) => {
    window.once('ready-to-show', resolve)
    window.once('closed', resolve)
    window.webContents.once('did-fail-load', () => resolve())
    // Where hidden windows are never painted there is no `ready-to-show`.
    window.webContents.once('did-finish-load', () => systemDelay(PAINTS_WITHIN).then(resolve))
    window.webContents.once('render-process-gone', () => resolve())
  })
  window.loadURL(`${APP_ORIGIN}/`).catch(() => undefined)
  return { window, settled }
}

/** Every switch is set, also where it is Electron's default today. */
function windowOptions(
  parts: PageOptions,
  saved: Rectangle | null,
): Electron.BrowserWindowConstructorOptions {
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

export const SMALLEST = { width: 900, height: 600 } as const
const FIRST_TIME = { width: 1180, height: 780 } as const
/** So much of the title bar has to be on a screen for a hand to reach it. */
const LEAST_TITLE_BAR = { width: 120, height: 40 } as const

/**
 * `saved` is from an earlier run, maybe with other screens; `workAreas` are today's, the primary one first.
 * Never larger than its screen, never below 900 × 600 where the screen has the room.
 */
export function placeWindow(saved: Rectangle | null, workAreas: readonly Rectangle[]): Rectangle {
  const primary = workAreas[0] ?? { x: 0, y: 0, ...FIRST_TIME }
  if (saved === null) return centred(FIRST_TIME, primary)
  const home = workAreas.find((area) => isReachable(saved, area))
  if (home === undefined) return centred(saved, primary)
  const size = fitted(saved, home)
  return {
    x: clamp(saved.x, home.x, home.x + home.width - size.width),
    y: clamp(saved.y, home.y, home.y + home.height - size.height),
    ...size,
  }
}

function isReachable(window: Rectangle, area: Rectangle): boolean {
  const across = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const titleBarTop =
    window.y >= area.y - LEAST_TITLE_BAR.height && window.y <= area.y + area.height - LEAST_TITLE_BAR.height
  return across >= LEAST_TITLE_BAR.width && titleBarTop
}

function centred(size: Size, area: Rectangle): Rectangle {
  const { width, height } = fitted(size, area)
  const x = Math.round(area.x + (area.width - width) / 2)
  const y = Math.round(area.y + (area.height - height) / 2)
  return { x, y, width, height }
}

type Size = Pick<Rectangle, 'width' | 'height'>

function fitted(size: Size, area: Size): Size {
  return {
    width: Math.min(Math.max(size.width, SMALLEST.width), Math.max(area.width, 1)),
    height: Math.min(Math.max(size.height, SMALLEST.height), Math.max(area.height, 1)),
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.round(Math.min(Math.max(value, low), Math.max(low, high)))
}
