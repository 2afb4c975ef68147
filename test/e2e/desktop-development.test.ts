// Development: the page comes from Vite under the app's own origin and is reloaded when a file changes.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import path from 'node:path'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type BuiltHarness,
  buildHarness,
  eventually,
  launchHarness,
  type RunningHarness,
} from './desktop-harness/launch.ts'

let built: BuiltHarness
let server: ViteDevServer
let app: RunningHarness
let sources = ''

beforeAll(async () => {
  built = await buildHarness()
  sources = built.folder()
  cpSync(path.join(import.meta.dirname, 'desktop-harness', 'page'), sources, { recursive: true })
  const page = path.join(sources, 'index.html')
  writeFileSync(page, readFileSync(page, 'utf8').replace('src="/script.js"', 'type="module" src="/live.ts"'))
  writeFileSync(path.join(sources, 'live.ts'), liveScript('first'))
  server = await createServer({
    root: sources,
    configFile: false,
    logLevel: 'error',
    // The client is told the wanted port, not the one it got: 0 would not do.
    server: { port: await freePort(), strictPort: true, host: '127.0.0.1' },
  })
  await server.listen()
  const [url = ''] = server.resolvedUrls?.local ?? []
  app = await launchHarness(built, built.folder(), { ELECTRON_RENDERER_URL: url })
})
afterAll(async () => {
  await app.close()
  await server.close()
  built.remove()
})

test('a changed file is seen in the window, and the outside is as far away as ever', async () => {
  await app.run(({ window }) => window.show())
  const page = await app.electron.firstWindow()
  await eventually(() => page.evaluate(() => document.body.dataset.live)).toBe('first')
  expect(page.url()).toBe('app://satm/')
  const colour = () => page.evaluate(() => getComputedStyle(document.querySelector('h1') as Element).color)
  await eventually(colour).toBe('rgb(1, 2, 3)')

  await eventually(() => Object.values(server.watcher.getWatched()).flat()).toContain('live.ts')
  writeFileSync(path.join(sources, 'live.ts'), liveScript('second'))
  await eventually(() => page.evaluate(() => document.body.dataset.live)).toBe('second')

  const reached = await page.evaluate(() =>
    fetch('http://127.0.0.1:9/').then(
      () => true,
      () => false,
    ),
  )
  expect(reached).toBe(false)
})

/** Accepts its own update, as a component does: the page is not loaded anew. */
function liveScript(word: string): string {
  return `const word: string = '${word}'\ndocument.body.dataset.live = word\nimport.meta.hot?.accept()\n`
}

async function freePort(): Promise<number> {
  const probe = createTcpServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
