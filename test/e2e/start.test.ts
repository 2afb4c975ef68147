// A start as a person's: no debugger, so the page loads before anything behind it is there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApp } from '../bench/app/probed.ts'
import { startTrayHost } from './desktop-harness/mock-services.ts'

let dataFolder = ''

beforeEach(() => {
  dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-start-'))
})
afterEach(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))

const logged = () => readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')

describe('a start without a debugger', () => {
  test('shows the window, answers the page that came first, and ends in order', async () => {
    const app = startApp({ dataFolder, env: {} }, 'h1')
    await expect(app.seenAfter).resolves.toBeGreaterThan(0)
    await app.end()
    expect(logged()).not.toMatch(/"level":"(warn|error)"/)
  })

  test('takes the preferences it cannot read for the usual ones, and puts them aside', async () => {
    writeFileSync(path.join(dataFolder, 'preferences.json'), '{"theme": "dark", "window":')
    const app = startApp({ dataFolder, env: {} }, 'h1')
    await app.seenAfter
    await app.end()
    expect(readdirSync(dataFolder)).toContain('preferences.json.broken-1')
  })

  test.runIf(process.platform === 'linux')(
    'puts its icon into the tray once the window is seen',
    async () => {
      const trayHost = await startTrayHost()
      const app = startApp({ dataFolder, env: {} }, 'h1')
      try {
        await app.seenAfter
        const icons = async () => (await trayHost.calls('RegisterStatusNotifierItem')).length
        await expect.poll(icons, { timeout: 30_000, interval: 100 }).toBe(1)
      } finally {
        await app.end()
        await trayHost.stop()
      }
    },
  )
})
