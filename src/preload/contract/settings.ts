// The settings as the window shows them, and what can be set. Free of zod, so that the window can load it.
import type { SettingValues } from '#engine/domain/settings.ts'

export type { PolicyValues } from '#engine/domain/settings.ts'
export {
  cloudOf,
  ENDPOINT_SETTINGS,
  POLICY_SETTINGS,
  readSettings,
  SETTINGS,
  settingProblem,
  WEBEX_BASE_URLS,
} from '#engine/domain/settings.ts'

export interface SettingsView extends SettingValues {
  readonly baseUrl: string
  /** Set by SATM_WEBEX_BASE_URL or the demo: the field is shown but cannot be changed. */
  readonly baseUrlLocked: boolean
  readonly redirectUri: string
}
