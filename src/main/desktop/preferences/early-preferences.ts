// The few preferences a window needs before it is made. The library that keeps them takes longer to load than the
// window, so they are read without it: what is odd here counts as not said, and openPreferences tells what is wrong.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { PreferenceValues } from './preference-values.ts'

export type FirstLook = Pick<PreferenceValues, 'theme' | 'startInTray' | 'window'>

type Place = NonNullable<FirstLook['window']>

const THEMES = ['system', 'light', 'dark', 'contrast'] as const

export function firstLook(folder: string): FirstLook {
  return lookAt(stored(path.join(folder, 'preferences.json')))
}

/** As `readPreferences` understands them. */
export function lookAt(stored: unknown): FirstLook {
  return {
    theme: THEMES.find((theme) => theme === member(stored, 'theme')) ?? 'system',
    startInTray: member(stored, 'startInTray') === true,
    window: place(member(stored, 'window')),
  }
}

function stored(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function place(value: unknown): Place | null {
  const [x, y] = [integer(member(value, 'x'), -100_000), integer(member(value, 'y'), -100_000)]
  const [width, height] = [integer(member(value, 'width'), 1), integer(member(value, 'height'), 1)]
  const maximised = member(value, 'maximised')
  if (x === null || y === null || width === null || height === null) return null
  return typeof maximised === 'boolean' ? { x, y, width, height, maximised } : null
}

function integer(value: unknown, least: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 100_000
    ? value
    : null
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Reflect.get(value, name)
    : undefined
}
