// The native parts of the window's appearance: light or dark, the colour before the page has painted, and the menu.
import { app, Menu, nativeTheme } from 'electron'
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
