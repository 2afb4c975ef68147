// The built window in a real Chromium, under the app's policy, with a bridge whose every answer the test decides.
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import type { AppView, RequestName, ShownAttempt } from '#contract/contract.ts'
import { type Answers, type Asked, installBridge } from './fake-bridge.ts'
import { attempts, NOW } from './fake-view.ts'
import { type Served, serve } from './serve.ts'

export interface Wanted {
  readonly view: AppView
  readonly hash?: string
  readonly answers?: Answers
  readonly attempts?: readonly ShownAttempt[]
  readonly browser?: BrowserContextOptions
}

/** What main answers when all goes well. */
const usual: Answers = {
  'profile.refresh': { ok: true, value: attempts(1)[0] },
  'profile.copy-token': { ok: true, value: { clearsAfterSeconds: null, refreshedFirst: false } },
  'fleet.refresh-due': { ok: true, value: { started: 0 } },
}

/** ms; a busy machine may take its time. */
const PATIENCE = 20_000
/** ms */
const MOMENT = 500

/** Registers what the tests of a file share; `open` gives each its own page, with its own clock standing at NOW. */
export function windows(): { open(wanted: Wanted): Promise<Page> } {
  let browser: Browser
  let served: Served
  const pages: Page[] = []
  const thrown: string[] = []

  beforeAll(async () => {
    served = await serve(inject('builtWindow'))
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()))
    expect(thrown.splice(0), 'errors thrown in the page').toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await served?.close()
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
      await stopTime(context)
      const page = await context.newPage()
      pages.push(page)
      page.setDefaultTimeout(PATIENCE)
      await installBridge(page, { view, answers: { ...usual, ...answers }, attempts: past })
      page.on('pageerror', (error) => thrown.push(error.message))
      await page.goto(`${served.url}${hash}`)
      // Most screens are loaded when they are wanted.
      await page.locator('main > *').waitFor()
      await drawn(page)
      return page
    },
  }
}

/** The inputs of every request of that name, oldest first. */
export async function asked(page: Page, name: RequestName): Promise<readonly Asked['input'][]> {
  const all = await page.evaluate(() => window.fake.asked)
  return all.filter((one) => one.name === name).map(({ input }) => input)
}

/** Pushes a changed view, as main would, and waits until it is drawn. */
export async function push(page: Page, view: AppView): Promise<void> {
  // As text: a large fleet would take seconds to cross as an object.
  await page.evaluate((text) => {
    window.fake.push({ ...JSON.parse(text), revision: window.fake.view.revision + 1 })
  }, JSON.stringify(view))
  await drawn(page)
}

/** Lets time pass, in ms, and waits until what it brought is drawn. */
export async function pass(page: Page, time: number): Promise<void> {
  await page.clock.runFor(time)
  await drawn(page)
}

/** Waits until what has happened so far is drawn and has had its effects. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        // React's own work goes by such messages, in their order.
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = resolve
        requestAnimationFrame(() => requestAnimationFrame(() => port2.postMessage(null)))
      }),
  )
}

/** Waits until what is typed goes there. */
export async function focused(field: Locator): Promise<void> {
  await field.and(field.page().locator(':focus')).waitFor()
}

/** From now on answers that request so. */
export async function answer(page: Page, name: RequestName, reply: unknown): Promise<void> {
  await page.evaluate(([key, value]) => Object.assign(window.fake.answers, { [key]: value }), [
    name,
    reply,
  ] as const)
}

/**
 * It stands at NOW and passes only in `pass`. What comes within moments comes by itself all the same: frames, and the
 * short waits by which React, its parts and the view store draw.
 */
async function stopTime(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const { requestAnimationFrame, cancelAnimationFrame, setTimeout, clearTimeout } = window
    Object.assign(window, { real: { requestAnimationFrame, cancelAnimationFrame, setTimeout, clearTimeout } })
  })
  await context.clock.install({ time: NOW })
  await context.clock.pauseAt(NOW)
  await context.addInitScript((moment) => {
    const { setTimeout, clearTimeout, ...frames } = Reflect.get(window, 'real')
    const standing = { setTimeout: window.setTimeout, clearTimeout: window.clearTimeout }
    const waits = new Set<number>()
    Object.assign(window, frames, {
      setTimeout(act: TimerHandler, delay = 0, ...given: unknown[]) {
        if (delay >= moment) return standing.setTimeout(act, delay, ...given)
        const wait = setTimeout(act, delay, ...given)
        waits.add(wait)
        return wait
      },
      clearTimeout: (wait: number) => (waits.delete(wait) ? clearTimeout(wait) : standing.clearTimeout(wait)),
    })
  }, MOMENT)
}
