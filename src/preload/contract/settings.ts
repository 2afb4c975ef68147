// The settings as the window shows them, and what can be set. Free of zod, so that the window can load it.
import type { ProxyValues, SettingValues } from '#engine/domain/settings.ts'

export type { PolicyValues } from '#engine/domain/settings.ts'
export {
  cloudOf,
  ENDPOINT_SETTINGS,
  POLICY_SETTINGS,
  PROXY_SETTINGS,
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

/** The proxy that is set, and the sign-in that is kept for one. */
export interface ProxyView extends ProxyValues {
  /** Of the manual one: scheme, host and port. */
  readonly proxyAddress: string
  /** The hosts that need none, separated by commas. */
  readonly proxyBypass: string
  /** null: none is saved. The password stays in main. */
  readonly signIn: {
    readonly user: string
    /** The only proxy that gets it. */
    readonly proxy: string
    /** The proxy said no to it, and it is not sent until a person wants that. */
    readonly rejected: boolean
  } | null
}
