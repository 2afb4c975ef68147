// Values of the preferences, parsed field by field: one that cannot be read falls back alone.
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { isOwnFile } from '#base/node/folder-access.ts'
import { readViewState, type ViewState } from '#contract/view-state.ts'
import {
  ENDPOINT_SETTINGS,
  type EndpointValues,
  PROXY_SETTINGS,
  type ProxyValues,
  readSettings,
  SETTINGS,
  type SettingValues,
  WEBEX_BASE_URLS,
} from '#engine/domain/settings.ts'

/** Raised when an older app would misread what is written; a file without a version is of the first. */
const PREFERENCES_VERSION = 1

/** Characters of a list of hosts. */
const LONGEST_LIST = 4_000
/** Far beyond any screen. */
const FARTHEST = 100_000

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PreferenceValues extends SettingValues, EndpointValues, ProxyValues {
  readonly baseUrl: string
  /** As the file has them; `proxySettings` says what is in force. */
  readonly proxyAddress: string
  readonly proxyBypass: string
  readonly window: (Rectangle & { readonly maximised: boolean }) | null
  /** Of the service apps' names it has what was searched for. */
  readonly viewState: ViewState
  readonly closedToTrayBefore: boolean
  /** Where older versions noted to which cloud the tokens belong. Read once, then null: the vault says it now. */
  readonly cloudOfTokens: string | null
  /** When the update server last answered. */
  readonly updateCheckedAt: number | null
  /** The newest version that it has announced. */
  readonly newestRelease: string | null
  /** The version that was being installed when the app ended; null: none, or it has started since. */
  readonly updatingTo: string | null
}

/** Never fails: `stored` may be anything a file can hold. What a newer version wrote is not read. */
export function readPreferences(stored: unknown): PreferenceValues {
  const values = isNewerPreferences(stored) ? {} : objectOf(stored)
  return {
    ...readSettings(SETTINGS, values),
    ...readSettings(ENDPOINT_SETTINGS, values),
    ...readSettings(PROXY_SETTINGS, values),
    proxyAddress: text(Reflect.get(values, 'proxyAddress')),
    proxyBypass: text(Reflect.get(values, 'proxyBypass')),
    baseUrl: address(Reflect.get(values, 'baseUrl')) ?? WEBEX_BASE_URLS.commercial,
    window: windowPlace(Reflect.get(values, 'window')),
    viewState: readViewState(Reflect.get(values, 'viewState')),
    closedToTrayBefore: Reflect.get(values, 'closedToTrayBefore') === true,
    cloudOfTokens: address(Reflect.get(values, 'cloudOfTokens')),
    updateCheckedAt: instant(Reflect.get(values, 'updateCheckedAt')),
    newestRelease: version(Reflect.get(values, 'newestRelease')),
    updatingTo: version(Reflect.get(values, 'updatingTo')),
  }
}

export function isNewerPreferences(stored: unknown): boolean {
  const version: unknown = Reflect.get(objectOf(stored), 'version')
  return typeof version === 'number' && version > PREFERENCES_VERSION
}

function windowPlace(stored: unknown): PreferenceValues['window'] {
  const values = objectOf(stored)
  const integer = (name: string, least: number) => {
    const value: unknown = Reflect.get(values, name)
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= FARTHEST
      ? value
      : null
  }
  // A window's corner may lie left of or above the primary screen.
  const [x, y] = [integer('x', -FARTHEST), integer('y', -FARTHEST)]
  const [width, height] = [integer('width', 1), integer('height', 1)]
  const maximised: unknown = Reflect.get(values, 'maximised')
  if (x === null || y === null || width === null || height === null) return null
  return typeof maximised === 'boolean' ? { x, y, width, height, maximised } : null
}

function address(stored: unknown): string | null {
  return typeof stored === 'string' && stored.length > 0 && stored.length <= 500 ? stored : null
}

function instant(stored: unknown): number | null {
  return typeof stored === 'number' && Number.isSafeInteger(stored) && stored >= 0 ? stored : null
}

function version(stored: unknown): string | null {
  return typeof stored === 'string' && /^\d{1,6}(\.\d{1,6}){2}$/.test(stored) ? stored : null
}

function text(stored: unknown): string {
  return typeof stored === 'string' && stored.length <= LONGEST_LIST ? stored : ''
}

function objectOf(stored: unknown): object {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored) ? stored : {}
}

/** The file is this name with `.json`. */
export const PREFERENCES_NAME = 'preferences'

/**
 * What the first window needs of the preferences. electron-store takes longer to load than the window, so the file is
 * read without it: what is wrong counts as missing here, and `openPreferences` reports it.
 */
export function firstLook(folder: string): PreferenceValues {
  return readPreferences(stored(path.join(folder, `${PREFERENCES_NAME}.json`)))
}

function stored(file: string): unknown {
  try {
    if (!isOwnFile(statSync(file))) return null
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
