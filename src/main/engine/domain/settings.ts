// Every setting that is a number or a choice: default, range or choices, unit and source; and Webex's base URLs. The engine,
// the preferences, the requests and the window read them here. Imports nothing.

interface RangeSetting {
  readonly default: number
  readonly least: number
  readonly most: number
  readonly whole: boolean
  /** What follows the number. */
  readonly unit: string
  /** Where default and range come from. */
  readonly source: string
  /** A value outside the range that turns it off. */
  readonly off?: number
  /** The values of the window's list, where it shows one. */
  readonly offered?: readonly number[]
}

interface ChoiceSetting {
  readonly default: string | number | boolean
  readonly choices: readonly (string | number | boolean)[]
}

export type Setting = RangeSetting | ChoiceSetting

export type ValueOf<S extends Setting> = S extends { readonly choices: readonly (infer C)[] } ? C : number

type Values<T extends Readonly<Record<string, Setting>>> = { readonly [K in keyof T]: ValueOf<T[K]> }

const SWITCH = { default: false, choices: [false, true] } as const

const PORT = { least: 1, most: 65_535, whole: true } as const

/** What the engine goes by. */
export const POLICY_SETTINGS = {
  refreshAt: {
    default: 0.5,
    least: 0.3,
    most: 0.9,
    whole: false,
    unit: 'of the lifetime',
    source:
      'SPIRE and MSAL renew at 1/2, Vault and cert-manager at 2/3; 1/2 leaves a week of a 14-day token.',
    offered: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  },
  attemptsAtOnce: {
    default: 8,
    least: 1,
    most: 64,
    whole: true,
    unit: 'per client ID',
    source:
      'Keeps 4 requests a second going while an answer takes up to 2 s; 64 is the limit of the whole fleet.',
  },
  requestsPerSecond: {
    default: 4,
    least: 1,
    most: 50,
    whole: true,
    unit: 'per client ID',
    source: 'Webex allows about 300 requests a minute for a user or client ID, which is 5 a second.',
  },
  alertAfterFailures: {
    default: 3,
    least: 1,
    most: 100,
    whole: true,
    unit: 'failed attempts in a row',
    source: 'One or two failures are often gone at the next attempt.',
  },
  alertHoursBeforeExpiry: {
    default: 24,
    least: 1,
    most: 14 * 24,
    whole: true,
    unit: 'hours',
    source: 'A day is time for a person to act; the most is the lifetime of a token.',
  },
  /** One renewal a month of each service app goes through tiers 3 and 2, to prove them. */
  monthlyDrill: SWITCH,
} as const satisfies Record<string, Setting>

/** What a person sets in the window, the Webex cloud, the proxy and the local endpoint aside. */
export const SETTINGS = {
  ...POLICY_SETTINGS,
  redirectPort: {
    ...PORT,
    default: 3000,
    unit: 'on localhost',
    source: 'The redirect URI of the integration is http://localhost:3000/callback.',
  },
  /** `needs-you`: only what a person has to do something about; expiry and trouble stay in the window in any case. */
  notify: { default: 'all', choices: ['all', 'needs-you', 'none'] },
  clipboardClearSeconds: {
    default: 30,
    least: 10,
    most: 120,
    whole: true,
    unit: 'seconds',
    source: 'Long enough to paste, too short to be forgotten there.',
    off: 0,
    offered: [10, 20, 30, 60, 90, 120, 0],
  },
  theme: { default: 'system', choices: ['system', 'light', 'dark', 'contrast'] },
  /** Kept by the system, not in the preferences. */
  startAtLogin: SWITCH,
  startInTray: SWITCH,
  /** Minutes of idleness; 0: never. */
  lockAfterMinutes: { default: 0, choices: [0, 5, 10, 15, 30, 60] },
  /** When the screen locks or the computer goes to sleep. */
  lockWithScreen: { default: true, choices: [false, true] },
  /** Where the build names an update server. */
  checkForUpdates: { default: true, choices: [false, true] },
} as const satisfies Record<string, Setting>

export const ENDPOINT_SETTINGS = {
  endpointOn: SWITCH,
  endpointPort: {
    ...PORT,
    default: 7286,
    unit: 'on 127.0.0.1',
    source: "7286 spells SATM on a telephone's keys.",
  },
} as const satisfies Record<string, Setting>

/** How the app reaches Webex and the webhook. `system`: as the system, or the environment, says. */
export const PROXY_SETTINGS = {
  proxyMode: { default: 'system', choices: ['system', 'none', 'manual'] },
} as const satisfies Record<string, Setting>

export type PolicyValues = Values<typeof POLICY_SETTINGS>
export type SettingValues = Values<typeof SETTINGS>
export type EndpointValues = Values<typeof ENDPOINT_SETTINGS>
export type ProxyValues = Values<typeof PROXY_SETTINGS>

/** What is wrong with a value, as a sentence; null: it can be set. */
export function settingProblem(setting: Setting, value: unknown): string | null {
  if ('choices' in setting) {
    return setting.choices.some((choice) => choice === value)
      ? null
      : `Choose one of these: ${setting.choices.join(', ')}.`
  }
  const { least, most, whole, off } = setting
  if (typeof value === 'number' && (value === off || (value >= least && value <= most))) {
    if (!whole || Number.isInteger(value)) return null
  }
  return `Enter ${off === undefined ? '' : `${off} or `}a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`
}

/** The values of some settings in `stored`, which may hold anything. A value that cannot be set counts as missing. */
export function readSettings<T extends Readonly<Record<string, Setting>>>(
  settings: T,
  stored: object,
): Values<T> {
  const values = Object.entries(settings).map(([name, setting]) => {
    const value: unknown = Reflect.get(stored, name)
    return [name, settingProblem(setting, value) === null ? value : setting.default]
  })
  return Object.fromEntries(values) as Values<T>
}

/** The base URLs of Webex's own clouds. The commercial one is the default. */
export const WEBEX_BASE_URLS = {
  commercial: 'https://webexapis.com/v1',
  government: 'https://api-usgov.webex.com/v1',
} as const

/** `baseUrl` without a slash at its end. */
export function cloudOf(baseUrl: string): keyof typeof WEBEX_BASE_URLS | 'custom' {
  if (baseUrl === WEBEX_BASE_URLS.commercial) return 'commercial'
  return baseUrl === WEBEX_BASE_URLS.government ? 'government' : 'custom'
}
