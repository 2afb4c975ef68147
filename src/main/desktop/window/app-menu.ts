// The menu behind the Alt key, and macOS's bar: its keys are what people use of it.
import { app, Menu } from 'electron'

/** Electron's own menu has its links and developer tools, and takes its time at every start. Must run before `ready`. */
export function withoutElectronMenu(): void {
  Menu.setApplicationMenu(null)
}

/** Closing, quitting, editing, zooming: nothing that reloads or inspects the page in a packaged app. */
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
