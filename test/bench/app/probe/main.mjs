// Runs the app folder of SATM_BENCH_APP as the runtime would, and says on standard output when the first element of
// SATM_BENCH_SEEN was painted in a window that shows. Neither a debugger nor the app itself has a part in it.
// Standard input takes the orders `close`, which closes the windows as a person does, and `quit`.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { app, BrowserWindow } from 'electron'

const folder = path.resolve(process.env.SATM_BENCH_APP ?? '')
const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
const host = /** @type {typeof app & Record<'setVersion' | 'setAppPath', (value: string) => void>} */ (app)
host.setName(manifest.productName)
host.setVersion(manifest.version)
host.setAppPath(folder)

/**
 * When the browser put its text on the screen, epoch ms.
 * @param {string} selector
 * @returns {Promise<number>}
 */
const painted = (selector) =>
  new Promise((resolve) => {
    const observer = new MutationObserver(() => look())
    const look = () => {
      const element = document.querySelector(selector)
      if (element === null) return
      observer.disconnect()
      new PerformanceObserver((list) => {
        const [entry] = list.getEntries()
        resolve(performance.timeOrigin + (entry?.startTime ?? 0))
      }).observe({ type: 'element', buffered: true })
      element.setAttribute('elementtiming', 'seen')
    }
    observer.observe(document, { subtree: true, childList: true })
    look()
  })

app.on('browser-window-created', (_event, window) => {
  const shown = new Promise((resolve) => {
    if (window.isVisible()) resolve(Date.now())
    else window.once('show', () => resolve(Date.now()))
  })
  // As soon as there is a document, since a row that was painted unmarked is timed no more.
  window.webContents.once('did-navigate', async () => {
    const script = `(${painted})(${JSON.stringify(process.env.SATM_BENCH_SEEN)})`
    const times = await Promise.all([shown, window.webContents.mainFrame.executeJavaScript(script)])
    process.stdout.write(`seen ${Math.max(...times)}\n`)
  })
})
createInterface(process.stdin).on('line', (order) => {
  if (order === 'close') for (const window of BrowserWindow.getAllWindows()) window.close()
  else app.quit()
})

await import(pathToFileURL(path.join(folder, manifest.main)).href)
