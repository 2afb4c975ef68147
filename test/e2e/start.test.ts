// A start as a person's: no debugger, so the page loads before anything behind it is there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApp } from '../bench/app/probed.ts'
import { seeded } from '../bench/app/seeding.ts'
import { startTrayHost } from './desktop-harness/mock-services.ts'

/** Seconds that a token lives. */
const SOON_DUE = 20

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

  test('shows a large fleet before its tokens are opened, and renews them then', async () => {
    const fleet = await seeded(dataFolder, 6, 100, SOON_DUE)
    const app = startApp(fleet)
    try {
      await app.seenAfter
      const renewed = () => fleet.simulator.ledger.at('tier1').filter(({ status }) => status === 200).length
      await expect.poll(renewed, { timeout: 30_000, interval: 100 }).toBeGreaterThan(0)
    } finally {
      await app.end()
      await fleet.simulator.close()
    }
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
