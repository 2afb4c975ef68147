// Settings: what a person set, what the environment fixes for this run, and what the rest of the app reads of both.
import path from 'node:path'
import { definedOnly } from '#base/common/json.ts'
import { redirectUriOf } from '#connect/flow.ts'
import type { Input, SettingsView, Toast, ViewState } from '#contract/contract.ts'
import type { PreferenceValues } from '#desktop/preferences/preference-values.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { LoginItem } from '#desktop/system/login-item.ts'
import { type EngineSettings, engineSettings } from '#engine/domain/policy.ts'
import { readSettings, SETTINGS } from '#engine/domain/settings.ts'
import { canonicalBaseUrl, isWebexsOwn, parseBaseUrl } from '#webex/base-url.ts'
import { refuseUnsaved, UserFacingError } from './errors.ts'

/** What names the cloud in force. `usual`: nothing does, so the default is in force. */
export type CloudSource = 'demo' | 'variable' | 'setting' | 'invalid-setting' | 'unreadable-file' | 'usual'

export interface FixedCloud {
  readonly by: 'demo' | 'variable'
  readonly baseUrl: string
}

export interface Settings {
  baseUrl(): string
  cloudSource(): CloudSource
  /** Not one of Webex's own clouds. */
  foreignCloud(): boolean
  engine(): EngineSettings
  view(): SettingsView
  values(): PreferenceValues
  /** Throws a `UserFacingError` naming the field; then nothing was changed. */
  save(patch: Input<'settings.save'>): void
  /** Where the window was left. */
  viewState(): ViewState
  /** For this run in any case; for the next one where it can be written. */
  rememberView(viewState: ViewState): void
}

/** `fixed`: already parsed; in force for this run and not stored. */
export function createSettings(
  preferences: Preferences,
  fixed: FixedCloud | null,
  loginItem: Pick<LoginItem, 'isOn' | 'set'>,
): Settings {
  const baseUrl = () => fixed?.baseUrl ?? canonicalBaseUrl(preferences.values().baseUrl) ?? INVALID_BASE_URL
  return {
    baseUrl,
    cloudSource() {
      if (fixed !== null) return fixed.by
      if (preferences.isSet('baseUrl')) return baseUrl() === INVALID_BASE_URL ? 'invalid-setting' : 'setting'
      return preferences.putAside === null && !preferences.isNewer ? 'usual' : 'unreadable-file'
    },
    foreignCloud: () => !isWebexsOwn(baseUrl()),
    values: preferences.values,
    engine: () => engineSettings(preferences.values()),
    view() {
      const settings = readSettings(SETTINGS, preferences.values())
      return {
        ...settings,
        // The system keeps it, so it is never half set.
        startAtLogin: loginItem.isOn(),
        baseUrl: baseUrl(),
        baseUrlLocked: fixed !== null,
        redirectUri: redirectUriOf(settings.redirectPort),
      }
    },
    save(patch) {
      const { baseUrl: typed, startAtLogin, ...rest } = patch
      const accepted = typed === undefined ? {} : { baseUrl: acceptedBaseUrl(typed, fixed) }
      if (startAtLogin !== undefined) setAtLogin(loginItem, startAtLogin)
      refuseUnsaved(preferences.set({ ...definedOnly(rest), ...accepted }))
    },
    viewState: () => preferences.values().viewState,
    rememberView(viewState) {
      preferences.set({ viewState })
    },
  }
}

function setAtLogin(loginItem: Pick<LoginItem, 'set'>, on: boolean): void {
  try {
    loginItem.set(on)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UserFacingError('storage', `Start at login could not be turned ${on ? 'on' : 'off'}. ${why}`)
  }
}

/** Throws with a sentence: an address of the environment that is not valid must not fall back to another cloud. */
export function fixedCloud(ofDemo: string | null, ofEnvironment: string | null): FixedCloud | null {
  if (ofDemo !== null) return { by: 'demo', baseUrl: ofDemo }
  if (ofEnvironment === null) return null
  const parsed = parseBaseUrl(ofEnvironment)
  if (parsed.kind === 'invalid') throw new Error(`SATM_WEBEX_BASE_URL cannot be used. ${parsed.sentence}`)
  return { by: 'variable', baseUrl: parsed.baseUrl }
}

/** No token is sent to a stored address that no longer passes the checks, nor to another cloud in its place. */
const INVALID_BASE_URL = 'https://base-url-in-preferences-is-invalid.invalid/v1'

function acceptedBaseUrl(typed: string, fixed: FixedCloud | null): string {
  if (fixed !== null) {
    const without = fixed.by === 'demo' ? '--demo' : 'SATM_WEBEX_BASE_URL'
    throw new UserFacingError(
      'refused',
      `The Webex cloud is fixed for this run. Start the app without ${without} to change it.`,
      { field: 'baseUrl' },
    )
  }
  const parsed = parseBaseUrl(typed)
  if (parsed.kind === 'invalid') throw new UserFacingError('invalid', parsed.sentence, { field: 'baseUrl' })
  return parsed.baseUrl
}

/** `to`: where the file that could not be read is now; null: it is where it was. */
export function putAsideToast(to: string | null): Toast {
  const kept = to === null ? '' : ` The file is kept as ${path.basename(to)}.`
  const text = `The settings could not be read, so the default settings apply.${kept}`
  return { id: 'preferences-put-aside', level: 'warning', text, place: { kind: 'list' }, fix: null }
}

export const NEWER_SETTINGS_TOAST: Toast = {
  id: 'preferences-newer',
  level: 'warning',
  text: 'The settings were written by a newer version of this app and were left as they are. The default settings apply, and changes are lost when you quit the app. Install that version again to use your settings.',
  place: { kind: 'list' },
  fix: null,
}

export function cloudRecordedToast(baseUrl: string): Toast {
  const text = `The vault now records that its service apps belong to ${baseUrl}; so does every backup from now on.`
  return { id: 'cloud-recorded', level: 'information', text, place: { kind: 'list' }, fix: null }
}
