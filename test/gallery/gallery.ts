// Pictures of every screen of the real app, to be looked at by a person: fleets of several sizes, calm and in trouble,
// light, dark, in high contrast and forced colours, in a small and a large window, with long names, at 150 % and 200 %.
// Not a test.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright'
import { type Seeded, seeded } from '../bench/app/seeding.ts'
import { launchApp } from '../e2e/support/app.ts'
import { ask } from '../e2e/support/ask.ts'
import { bringTrouble, longNames, shareVault, shareVaultAndLoseIt } from './fates.ts'
import { places } from './places.ts'
import type { Place } from './ways.ts'

const looks = {
  light: { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'none' },
  dark: { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'none' },
  contrast: { colorScheme: 'light', contrast: 'more', forcedColors: 'none' },
  forced: { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'active' },
} as const

interface Size {
  readonly width: number
  readonly height: number
  readonly looks: readonly (keyof typeof looks)[]
}

const sizes: Readonly<Record<string, Size>> = {
  small: { width: 900, height: 600, looks: ['light', 'dark', 'contrast', 'forced'] },
  large: { width: 1600, height: 1000, looks: ['light', 'dark'] },
  /** The small one at 150 %. */
  zoomed: { width: 600, height: 400, looks: ['light', 'forced'] },
  /** The small one with text at 200 %. */
  doubled: { width: 450, height: 300, looks: ['light'] },
}

interface Fleet {
  readonly name: string
  /** Service apps, and the orgs of each; null: nothing is there at all. */
  readonly of: readonly [apps: number, orgs: number] | null
  /** What it resolves with ends it. */
  readonly fate?: (page: Page, fleet: Seeded) => Promise<void | (() => Promise<void>)>
  /** Names of the only places that look different with it. */
  readonly only?: readonly string[]
}

const SHARED_PLACES = ['settings-shared-vault', 'settings-data', 'list', 'problems', 'history-detail']

const fleets: readonly Fleet[] = [
  { name: 'empty', of: null },
  { name: '3', of: [3, 1] },
  { name: '3-long-names', of: [3, 1], fate: longNames },
  { name: '40', of: [4, 10] },
  { name: '40-trouble', of: [4, 10], fate: bringTrouble },
  { name: '3-shared', of: [3, 1], fate: (page) => shareVault(page), only: SHARED_PLACES },
  { name: '3-shared-offline', of: [3, 1], fate: (page) => shareVaultAndLoseIt(page), only: SHARED_PLACES },
  { name: '400-trouble', of: [8, 50], fate: bringTrouble },
  { name: '5000', of: [50, 100] },
]

/** Fills `out` with `<fleet>-<place>-<size>-<look>.png`; `only` names fleets, commas between; empty: all. */
export async function gallery(out: string, only = ''): Promise<void> {
  mkdirSync(out, { recursive: true })
  const home = mkdtempSync(path.join(tmpdir(), 'satm-gallery-'))
  try {
    for (const fleet of fleets) {
      if (only !== '' && !only.split(',').includes(fleet.name)) continue
      await picture(fleet, path.join(home, fleet.name), out)
      console.log(`${fleet.name}: done`)
    }
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

async function picture(fleet: Fleet, dataFolder: string, out: string): Promise<void> {
  const there = fleet.of === null ? null : await seeded(dataFolder, ...fleet.of)
  const app = await launchApp({ dataFolder, env: there?.env ?? {} })
  const { page } = app
  page.setDefaultTimeout(30_000)
  let end = async () => {}
  try {
    await page.getByRole('heading', { name: 'Service apps', exact: true }).waitFor()
    if (there !== null) end = (await fleet.fate?.(page, there)) ?? end
    const { fleet: seen } = await ask(page, 'view.get', {})
    for (const place of places) {
      if (place.needsFleet === true && seen.profiles.length === 0) continue
      if (fleet.only?.includes(place.name) === false) continue
      if (fleet.only === undefined && place.only?.includes(fleet.name) === false) continue
      await drawn(page, place, (name) => path.join(out, `${fleet.name}-${place.name}-${name}.png`))
    }
  } finally {
    await app.close()
    await end()
    await there?.simulator.close()
  }
}

async function drawn(page: Page, place: Place, file: (name: string) => string): Promise<void> {
  for (const [size, { looks: wanted, ...viewport }] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    await place.go(page)
    for (const look of wanted) {
      await page.emulateMedia({ ...looks[look], reducedMotion: 'reduce' })
      await page.screenshot({ path: file(`${size}-${look}`), animations: 'disabled' })
    }
    await place.leave?.(page)
  }
}
