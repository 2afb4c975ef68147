// Runs the app folder of SATM_BENCH_APP as the runtime would, and says on standard output when the first element of
// SATM_BENCH_SEEN was painted in a window that shows. Neither a debugger nor the app itself has a part in it.
// Standard input takes the orders `close`, which closes the windows as a person does, `request`, which sends one from the
// window, `heaps`, which is answered with the MiB that JavaScript holds in main and in the window after a garbage
// collection, `place`, which is answered with where on the screen that element is, and `quit`.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { app, BrowserWindow } from 'electron'

const folder = path.resolve(process.env.SATM_BENCH_APP ?? '')
const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
const host = /** @type {typeof app & Record<'setVersion' | 'setAppPath', (value: string) => void>} */ (app)
host.setName(manifest.productName)
host.setVersion(manifest.version)
host.setAppPath(folder)

/**
 * When the browser first put the text of any of them on the screen, epoch ms. All are marked: one that was there while
 * the window was hidden may be gone when it shows.
 * @param {string} selector
 * @returns {Promise<number>}
 */
const painted = (selector) =>
  new Promise((resolve) => {
    const mark = () => {
      for (const element of document.querySelectorAll(`${selector}:not([elementtiming])`))
        element.setAttribute('elementtiming', 'seen')
    }
    const observer = new MutationObserver(mark)
    new PerformanceObserver((list, own) => {
      observer.disconnect()
      own.disconnect()
      resolve(performance.timeOrigin + (list.getEntries()[0]?.startTime ?? 0))
    }).observe({ type: 'element', buffered: true })
    observer.observe(document, { subtree: true, childList: true })
    mark()
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
  else if (order === 'heaps') void heaps().then((held) => process.stdout.write(`heaps ${held.join(' ')}\n`))
  else if (order === 'place') void place().then((px) => process.stdout.write(`place ${px.join(' ')}\n`))
  else if (order.startsWith('request ')) request(order.slice('request '.length))
  else app.quit()
})

/** @param {string} words name and input, as JSON */
function request(words) {
  const [window] = BrowserWindow.getAllWindows()
  void window?.webContents.executeJavaScript(`void window.satm.request(...${words})`)
}

/**
 * Left, top, width and height, px, of what shows of it: a long text is cut off by what it is in.
 * @returns {Promise<readonly number[]>}
 */
async function place() {
  /** @param {string} selector */
  const find = (selector) => {
    const element = document.querySelector(selector)
    const [own, around] = [element, element?.parentElement].map((one) => one?.getBoundingClientRect())
    if (own === undefined || around === undefined) return []
    const { screenX, screenY } = window
    return [screenX + own.x, screenY + own.y, Math.min(own.width, around.right - own.x), own.height]
  }
  const [window] = BrowserWindow.getAllWindows()
  return window?.webContents.executeJavaScript(`(${find})(${JSON.stringify(process.env.SATM_BENCH_SEEN)})`)
}

/** @returns {Promise<readonly [main: number, renderer: number]>} MiB */
async function heaps() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // Native objects are released by tasks that follow a collection, and release others in turn.
  for (let round = 0; round < 3; round += 1) {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await pause(20)
  }
  const main = process.memoryUsage().heapUsed / 2 ** 20
  const [window] = BrowserWindow.getAllWindows()
  return [main, window === undefined ? 0 : await heapOf(window.webContents.debugger)]
}

/** @param {Electron.Debugger} page */
async function heapOf(page) {
  page.attach('1.3')
  for (let round = 0; round < 3; round += 1) await page.sendCommand('HeapProfiler.collectGarbage')
  const { usedSize } = await page.sendCommand('Runtime.getHeapUsage')
  page.detach()
  return usedSize / 2 ** 20
}

await import(pathToFileURL(path.join(folder, manifest.main)).href)
