// Options of the simulator and the settings it runs with, some of which change while it runs. The only file of it that
// reads the system's clock and sets a timer; everything else is given both.
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import type { RandomBytes } from './identifiers.ts'

/** Epoch milliseconds. */
export type SimulatorClock = { now(): number }

/** Resolves after `ms` or, without throwing, as soon as the signal is aborted. */
export type Delay = (ms: number, signal?: AbortSignal) => Promise<void>

export const seconds = z.int().positive()

/** Any of them; what is left out stays as it is. */
export const lifetimesSchema = z.strictObject({
  /** Service app tokens. */
  accessTtl: seconds.exactOptional(),
  refreshTtl: seconds.exactOptional(),
  /** The token manager integration's tokens. */
  managerAccessTtl: seconds.exactOptional(),
  managerRefreshTtl: seconds.exactOptional(),
})

export type Lifetimes = Readonly<Required<z.output<typeof lifetimesSchema>>>

export const DEAD_GRANT_ANSWERS = ['oauth-400', 'webex-401', 'code-400', 'empty-401'] as const
export const DATA_SOURCE_TOKENS = ['jwsToken', 'jwtToken'] as const
export const BAD_CLIENT_ANSWERS = ['oauth-401', 'oauth-400', 'webex-401', 'webex-400'] as const

/** As above: a switch for everything about Webex that is unproven, since the caller has to cope with either. */
export const behaviourSchema = z.strictObject({
  /** A refresh gives a new refresh token and kills the presented one. */
  rotate: z.boolean().exactOptional(),
  /** A refresh gives the refresh token its full lifetime again. */
  slide: z.boolean().exactOptional(),
  /** Seconds after an issue within which a refresh gives the same pair with the same expiry; 0: never. */
  unchangedWithin: z.int().nonnegative().exactOptional(),
  /** Tier 1 answers carry no refresh token; nothing is rotated then. */
  omitRefreshTokenTier1: z.boolean().exactOptional(),
  /** Tier 2 answers carry no refresh token; none is issued then. */
  omitRefreshTokenTier2: z.boolean().exactOptional(),
  /** Tier 2 kills the pairs issued before. */
  tier2ReplacesPair: z.boolean().exactOptional(),
  /** Shape and status of the answer to a dead refresh token. */
  deadGrantAnswer: z.enum(DEAD_GRANT_ANSWERS).exactOptional(),
  /** … and to a wrong client id or secret at the token endpoint. */
  badClientAnswer: z.enum(BAD_CLIENT_ANSWERS).exactOptional(),
  /** How an answer calls the token of a data source: both were seen. */
  dataSourceToken: z.enum(DATA_SOURCE_TOKENS).exactOptional(),
  /** 0: all of them. */
  dataSourcesPerPage: z.int().nonnegative().exactOptional(),
})

export type Behaviour = Readonly<Required<z.output<typeof behaviourSchema>>>

export type ServiceAppOptions = {
  readonly name?: string
  /** How many orgs have authorised it; 1. */
  readonly orgs?: number
  readonly scopes?: readonly string[]
  /** How many data sources it has registered in each org; 1. */
  readonly dataSources?: number
}

export type SimulatorOptions = Partial<Lifetimes> &
  Partial<Behaviour> & {
    /** 0, the default, lets the system choose. */
    readonly port?: number
    readonly redirectUri?: string
    /** Either the service apps one by one, … */
    readonly serviceApps?: readonly ServiceAppOptions[]
    /** … or their number, … */
    readonly apps?: number
    /** … and the number of orgs of each. */
    readonly orgs?: number
    /** The first org of each service app is the same one, and so on; otherwise each has orgs of its own. */
    readonly sharedOrgs?: boolean
    /** Milliseconds added before every answer. */
    readonly latency?: number
    /** Milliseconds added to the `Date` header. */
    readonly dateSkew?: number
    /** Serve a page with all credentials at `/`, and the control over HTTP under `/_control`. */
    readonly portal?: boolean
    readonly clock?: SimulatorClock
    readonly delay?: Delay
    readonly random?: RandomBytes
  }

export type Settings = {
  lifetimes: Lifetimes
  behaviour: Behaviour
  latency: number
  dateSkew: number
}

export type Environment = Required<Pick<SimulatorOptions, 'clock' | 'delay' | 'random'>>

const DAY = 86_400

/** Seen in Webex answers: 14 days and 90 days, each less one second. */
const ACCESS_TTL = 14 * DAY - 1
const REFRESH_TTL = 90 * DAY - 1

export const SERVICE_APP_SCOPES: readonly string[] = [
  'spark-admin:datasource_read',
  'spark-admin:datasource_write',
  'meeting:schedules_read',
  'spark:rooms_read',
  'cjp:config_read',
]

export function settingsOf(options: SimulatorOptions): Settings {
  const accessTtl = options.accessTtl ?? ACCESS_TTL
  const refreshTtl = options.refreshTtl ?? REFRESH_TTL
  return {
    lifetimes: {
      accessTtl,
      refreshTtl,
      managerAccessTtl: options.managerAccessTtl ?? accessTtl,
      managerRefreshTtl: options.managerRefreshTtl ?? refreshTtl,
    },
    behaviour: {
      rotate: options.rotate ?? true,
      slide: options.slide ?? false,
      unchangedWithin: options.unchangedWithin ?? 0,
      omitRefreshTokenTier1: options.omitRefreshTokenTier1 ?? false,
      omitRefreshTokenTier2: options.omitRefreshTokenTier2 ?? false,
      tier2ReplacesPair: options.tier2ReplacesPair ?? false,
      deadGrantAnswer: options.deadGrantAnswer ?? 'oauth-400',
      badClientAnswer: options.badClientAnswer ?? 'oauth-401',
      dataSourceToken: options.dataSourceToken ?? 'jwsToken',
      dataSourcesPerPage: options.dataSourcesPerPage ?? 0,
    },
    latency: options.latency ?? 0,
    dateSkew: options.dateSkew ?? 0,
  }
}

export function environmentOf(options: SimulatorOptions): Environment {
  return {
    clock: options.clock ?? { now: () => Date.now() },
    delay: options.delay ?? systemDelay,
    random: options.random ?? randomBytes,
  }
}

const systemDelay: Delay = (ms, signal) =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)

/** The service apps to set up; by default two, with two orgs and one. */
export function serviceAppsOf(options: SimulatorOptions): readonly ServiceAppOptions[] {
  if (options.serviceApps !== undefined) return options.serviceApps
  if (options.apps === undefined && options.orgs === undefined) return [{ orgs: 2 }, { orgs: 1 }]
  return Array.from({ length: options.apps ?? 2 }, () => ({ orgs: options.orgs ?? 1 }))
}
