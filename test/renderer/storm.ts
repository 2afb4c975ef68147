// How smooth the window stays with a large fleet: opening, typing, scrolling, a hundred changes a second. Not a test,
// since a busy machine would fail it; prints the tasks that blocked the main thread for more than 50 ms.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Page } from 'playwright'
import { inPieces } from '#contract/view-changes.ts'
import { buildRenderer } from './build.ts'
import { installBridge } from './fake-bridge.ts'
import { fleetOf, integration, view } from './fake-view.ts'
import { serve } from './serve.ts'

interface Blocked {
  readonly longest: number
  readonly over50: number
  readonly busy: number
}

export default async function storm(count = '10000', orgs = '20'): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-storm-'))
  await buildRenderer(folder)
  const served = await serve(folder)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
    const profiles = fleetOf(Number(count), Number(orgs))
    const now = Date.now()
    const whole = view({ fleet: { now, managers: [integration()], profiles } })
    const [first, ...rest] = [...inPieces(whole, 500)]
    if (first === undefined || 'base' in first) throw new Error('The first piece is a view')
    await installBridge(page, { view: first })
    await page.addInitScript(() => {
      Object.assign(window, { long: [] as number[] })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) long().push(entry.duration)
      }).observe({ type: 'longtask', buffered: true })
      const long = () => (window as unknown as { long: number[] }).long
    })
    page.on('pageerror', (error) => console.log(error.stack))
    await page.goto(served.url)
    await page.locator('[aria-label="Service apps"] tbody tr').first().waitFor()
    await report(page, 'open')
    await page.evaluate(
      async (pieces) => {
        for (const piece of pieces) {
          window.fake.tell(piece)
          await new Promise((resolve) => setTimeout(resolve, 0))
        }
      },
      rest.map((piece) => JSON.stringify(piece)),
    )
    await page.getByText(Number(count).toLocaleString('en-US')).first().waitFor()
    await report(page, 'all profiles there')

    await page
      .getByRole('searchbox', { name: 'Search' })
      .pressSequentially('room booking wonka', { delay: 60 })
    await page.waitForTimeout(500)
    await report(page, 'typing in search')
    await page.getByRole('searchbox', { name: 'Search' }).fill('')
    await page.waitForTimeout(500)
    await report(page, 'search cleared')

    await page.evaluate(async () => {
      const scroller = document.querySelector('[aria-label="Service apps"]')?.parentElement
      for (let i = 0; i < 120; i += 1) {
        scroller?.scrollBy({ top: 500 })
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
    })
    await report(page, 'scrolling')

    await page.evaluate(async (total) => {
      const { profiles: _, incidents: _causes, ...fleet } = window.fake.view.fleet
      const { fleet: __, ...rest } = window.fake.view
      let revision = window.fake.view.revision
      const template = window.fake.view.fleet.profiles[0]
      for (let i = 0; i < 300; i += 1) {
        const n = (i * 7919) % total
        const state = i % 2 ? 'refreshing' : 'healthy'
        const changed = [[n, { ...template, id: `profile-${n + 1}`, name: `Changed ${n}`, state }]]
        window.fake.tell(
          JSON.stringify({
            base: revision,
            rest: { ...rest, revision: revision + 1, fleet },
            incidents: null,
            changed,
            removed: [],
          }),
        )
        revision += 1
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }, Number(count))
    await report(page, '300 changes at 100 a second')
  } finally {
    await browser.close()
    await served.close()
    await rm(folder, { recursive: true })
  }
}

async function report(page: Page, what: string): Promise<void> {
  const blocked: Blocked = await page.evaluate(() => {
    const { long } = window as unknown as { long: number[] }
    const seen = long.splice(0)
    return {
      longest: Math.round(Math.max(0, ...seen)),
      over50: seen.length,
      busy: Math.round(seen.reduce((sum, one) => sum + one, 0)),
    }
  })
  console.log(`${what}: ${blocked.over50} tasks over 50 ms, the longest ${blocked.longest} ms`)
}
