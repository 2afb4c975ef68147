// The built window in a real Chromium, under the app's policy, with a bridge whose every answer the test decides.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { AppView, Attempt, RequestName } from '../../src/preload/contract.ts'
import { buildRenderer } from './build.ts'
import { type Answers, type Asked, installBridge } from './fake-bridge.ts'
import { attempts, NOW } from './fake-view.ts'
import { type Served, serve } from './serve.ts'

export interface Wanted {
  readonly view: AppView
  readonly hash?: string
  readonly answers?: Answers
  readonly attempts?: readonly Attempt[]
  readonly browser?: BrowserContextOptions
}

/** What main answers when all goes well. */
const usual: Answers = {
  'profile.refresh': { ok: true, value: attempts(1)[0] },
  'profile.copy-token': { ok: true, value: { clearsAfterSeconds: null, refreshedFirst: false } },
  'fleet.refresh-due': { ok: true, value: { started: 0 } },
}

/** Registers what the tests of a file share; `open` gives each its own page, with its own clock standing at NOW. */
export function windows(): { open(wanted: Wanted): Promise<Page> } {
  let browser: Browser
  let served: Served
  let folder: string
  const pages: Page[] = []
  const thrown: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'satm-window-'))
    await buildRenderer(folder)
    served = await serve(folder)
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()))
    expect(thrown.splice(0), 'errors thrown in the page').toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await served?.close()
    await rm(folder, { recursive: true, force: true })
  })

  return {
    async open({ view, hash = '', answers = {}, attempts: past = attempts(60), browser: options = {} }) {
      const context = await browser.newContext({
        viewport: { width: 1200, height: 800 },
        reducedMotion: 'reduce',
        locale: 'en-US',
        timezoneId: 'UTC',
        ...options,
      })
      const page = await context.newPage()
      pages.push(page)
      page.setDefaultTimeout(5_000)
      await page.clock.install({ time: NOW })
      await installBridge(page, { view, answers: { ...usual, ...answers }, attempts: past })
      page.on('pageerror', (error) => thrown.push(error.message))
      await page.goto(`${served.url}${hash}`)
      await page.locator('.window, .storage-screen').waitFor()
      return page
    },
  }
}

/** The inputs of every request of that name, oldest first. */
export async function asked(page: Page, name: RequestName): Promise<readonly Asked['input'][]> {
  const all = await page.evaluate(() => window.fake.asked)
  return all.filter((one) => one.name === name).map(({ input }) => input)
}

/** Pushes a changed view, as main would. */
export async function push(page: Page, view: AppView): Promise<void> {
  await page.evaluate((next) => window.fake.push({ ...next, revision: window.fake.view.revision + 1 }), view)
  // The window draws once a frame, and frames follow the page's clock.
  await page.clock.runFor(50)
}

/** From now on answers that request so. */
export async function answer(page: Page, name: RequestName, reply: unknown): Promise<void> {
  await page.evaluate(([key, value]) => Object.assign(window.fake.answers, { [key]: value }), [
    name,
    reply,
  ] as const)
}
