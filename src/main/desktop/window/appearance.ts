// The native parts of the window's appearance: light or dark, the colour before the page has painted, the menu, and zoom.
import { app, type Input, Menu, nativeTheme, type WebContents } from 'electron'
import type { PreferenceValues } from '../preferences/preference-values.ts'

/** High contrast is drawn by the page; the native parts follow the system then. */
export function applyTheme(theme: PreferenceValues['theme']): void {
  nativeTheme.themeSource = theme === 'contrast' ? 'system' : theme
}

/** What is seen before the page has painted: Momentum's grouped background. */
export function backgroundColour(): string {
  return nativeTheme.shouldUseDarkColors ? '#000000' : '#f7f7f7'
}

/**
 * Electron's own menu has its links and developer tools, and takes its time at every start. Must run before `ready`.
 */
export function withoutElectronMenu(): void {
  Menu.setApplicationMenu(null)
}

/**
 * The menu behind the Alt key, or macOS's bar, for its shortcuts. Closing, quitting, editing, zooming: nothing that
 * reloads or inspects the page in a packaged app.
 */
export function setAppMenu(): void {
  const development: Electron.MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }]
  const first: Electron.MenuItemConstructorOptions =
    process.platform === 'darwin' ? { role: 'appMenu' } : { role: 'fileMenu' }
  const view: Electron.MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...development,
    ],
  }
  Menu.setApplicationMenu(Menu.buildFromTemplate([first, { role: 'editMenu' }, view, { role: 'windowMenu' }]))
}

/** Levels of Chromium, as in the menu: https://www.electronjs.org/docs/latest/api/web-contents#contentssetzoomlevellevel */
const ZOOM_STEP = 0.5

/**
 * Zooms by what a key types with Ctrl or Cmd: on any layout, the number pad too, with Shift where it is needed or not. An
 * accelerator of the menu knows one place of the keyboard.
 */
export function zoomByKeys(contents: WebContents): void {
  contents.on('before-input-event', (event, input) => {
    const direction = zoomDirection(input)
    if (direction === null) return
    event.preventDefault()
    contents.setZoomLevel(direction === 0 ? 0 : contents.getZoomLevel() + direction * ZOOM_STEP)
  })
}

/** 0: to the size it begins with; null: another key. AltGr types characters, and is Ctrl and Alt on Windows. */
function zoomDirection({ type, key, code, control, meta, alt, shift }: Input): -1 | 0 | 1 | null {
  const isCommand = process.platform === 'darwin' ? meta : control
  if (type !== 'keyDown' || !isCommand || alt) return null
  if (key === '+' || key === '=') return 1
  if (key === '-' || key === '_') return -1
  // Where digits need Shift (French, Czech) or are not those of ASCII (Persian), the key in their place counts.
  return key === '0' || (code === 'Digit0' && !shift) ? 0 : null
}
