// What any Electron window costs: sandboxed as ours is, with a page of one line.
import path from 'node:path'
import { app, BrowserWindow } from 'electron'

app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1180, height: 760, webPreferences: { sandbox: true } })
  return window.loadFile(path.join(import.meta.dirname, 'page.html'))
})
