// How long the window's main thread is held up with a large fleet: the real app, its real bridge and a real engine.
import { setTimeout as pause } from 'node:timers/promises'
import { _electron, type ElectronApplication, type Page } from 'playwright'
import type {} from '#renderer/app/bridge.ts'
import { recordTasks } from './main-thread.ts'
import { launchArguments, runtime } from './probed.ts'
import { profileIdOf } from './profile-ids.ts'
import type { Seeded } from './seeding.ts'

/** The longest task, ms. */
export interface Longest {
  /** As the browser's long-task observer tells it; 0: none was over 50 ms. On a busy machine mostly waiting. */
  readonly held: number
  /** Of the main thread's own processor time. */
  readonly computed: number
}

export interface LongTasks {
  readonly opening: Longest
  readonly typing: Longest
  readonly scrolling: Longest
  readonly storm: Longest
  /** Profiles that changed in the window, a second. */
  readonly stormRate: number
}

const STORM_SECONDS = 5

export async function longTasksOf({ dataFolder, env, simulator }: Seeded): Promise<LongTasks> {
  const ids = idsOf(simulator)
  const electron = await launched(dataFolder, env)
  try {
    const opened = await recordTasks(electron)
    const page = await electron.firstWindow()
    const total = page.getByText(new RegExp(`^${ids.length.toLocaleString('en-US')} (customers|tokens)`))
    await total.waitFor({ timeout: 60_000 })
    await pause(1000)
    const opening = { held: await held(page), computed: await opened() }
    const typing = await during(electron, page, () => type(page))
    const scrolling = await during(electron, page, () => scroll(page))
    let stormRate = 0
    const storm = await during(electron, page, async () => {
      stormRate = await refreshMany(page, ids)
    })
    return { opening, typing, scrolling, storm, stormRate }
  } finally {
    await electron.close()
  }
}

const idsOf = ({ serviceApps }: Seeded['simulator']) =>
  serviceApps.flatMap(({ clientId, orgs }) => orgs.map(({ orgId }) => profileIdOf(clientId, orgId)))

function launched(dataFolder: string, env: Seeded['env']): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: runtime(),
    // Playwright would switch it off for everybody.
    chromiumSandbox: true,
    args: [...launchArguments(dataFolder)],
    env: { ...(process.env as Record<string, string>), ...env },
  })
}

export interface ScreenTasks {
  readonly opening: Longest
  /** Of a problem, with its customers; null: the screen has none. */
  readonly unfolding: Longest | null
  readonly storm: Longest
}

/** Of a screen over a fleet that has trouble in many places. */
export async function longTasksOn(
  screen: 'Overview' | 'Problems',
  { dataFolder, env, simulator }: Seeded,
): Promise<ScreenTasks> {
  const ids = idsOf(simulator)
  const electron = await launched(dataFolder, env)
  try {
    const page = await electron.firstWindow()
    // It opens where it was left.
    await page.getByRole('link', { name: 'Service apps', exact: true }).click()
    await page.getByRole('row').nth(1).waitFor({ timeout: 60_000 })
    await pause(3000)
    const opening = await during(electron, page, async () => {
      await page.getByRole('link', { name: screen, exact: true }).click()
      await page.getByRole('heading', { level: 1, name: screen }).waitFor()
    })
    const problem = page.getByRole('main').getByRole('button', { expanded: false }).first()
    const unfolding =
      screen === 'Problems'
        ? await during(electron, page, async () => {
            await problem.click()
            await page.getByRole('table', { name: 'Customers' }).waitFor()
          })
        : null
    const storm = await during(electron, page, async () => {
      await refreshMany(page, ids)
    })
    return { opening, unfolding, storm }
  } finally {
    await electron.close()
  }
}

async function during(electron: ElectronApplication, page: Page, act: () => Promise<void>): Promise<Longest> {
  await held(page)
  const done = await recordTasks(electron)
  await act()
  await pause(1000)
  return { held: await held(page), computed: await done() }
}

/** Since it was asked last, or since the page began. */
function held(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const since = Number(document.documentElement.dataset.asked ?? 0)
    const tasks = await new Promise<readonly PerformanceEntry[]>((resolve) => {
      const observer = new PerformanceObserver((list) => resolve(list.getEntries()))
      observer.observe({ type: 'longtask', buffered: true })
      setTimeout(() => resolve([]), 200)
    })
    document.documentElement.dataset.asked = String(performance.now())
    return Math.max(0, ...tasks.filter(({ startTime }) => startTime >= since).map(({ duration }) => duration))
  })
}

async function type(page: Page): Promise<void> {
  const search = page.getByRole('searchbox', { name: 'Search' })
  await search.click()
  for (const letter of 'app 7 org 12') {
    await page.keyboard.press(letter)
    await pause(60)
  }
  await pause(500)
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
}

/** As a wheel turned for two seconds does. */
async function scroll(page: Page): Promise<void> {
  await page.mouse.move(700, 600)
  for (let turn = 0; turn < 120; turn += 1) {
    await page.mouse.wheel(0, 400)
    await pause(16)
  }
}

/**
 * About eighty refreshes a second, which is what the rate limits let through; each is two changes.
 * Resolves to the changes a second that arrived.
 */
async function refreshMany(page: Page, ids: readonly string[]): Promise<number> {
  return page.evaluate(
    async ([known, seconds]) => {
      let changes = 0
      const stop = window.satm.onView((push) => {
        changes += push.split('"appId":').length - 1
      })
      const began = performance.now()
      const asking = setInterval(() => {
        for (let n = 0; n < 4; n += 1) {
          const profileId = known[Math.floor(Math.random() * known.length)] ?? ''
          void window.satm.request('profile.refresh', { profileId })
        }
      }, 50)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
      clearInterval(asking)
      stop()
      return changes / ((performance.now() - began) / 1000)
    },
    [ids, STORM_SECONDS] as const,
  )
}
