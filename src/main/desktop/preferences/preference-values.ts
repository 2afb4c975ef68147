// What is kept of a person's choices, field by field: one that cannot be read falls back alone.
import { z } from 'zod'

export const WEBEX_BASE_URL = 'https://webexapis.com/v1'

const integer = (low: number, high: number, otherwise: number) =>
  z.number().int().min(low).max(high).catch(otherwise)

/** A window's corner may lie left of or above the primary screen. */
const coordinate = z.number().int().min(-100_000).max(100_000)
const extent = z.number().int().min(1).max(100_000)

const fields = {
  window: z
    .object({ x: coordinate, y: coordinate, width: extent, height: extent, maximised: z.boolean() })
    .nullable()
    .catch(null),
  theme: z.enum(['system', 'light', 'dark', 'contrast']).catch('system'),
  baseUrl: z.string().min(1).max(500).catch(WEBEX_BASE_URL),
  redirectPort: integer(1, 65_535, 3000),
  /** Share of a token's lifetime after which it is due. */
  refreshAt: z.number().min(0.3).max(0.9).catch(0.5),
  attemptsAtOnce: integer(1, 64, 8),
  requestsPerSecond: integer(1, 50, 4),
  alertAfterFailures: integer(1, 100, 3),
  alertHoursBeforeExpiry: integer(1, 24 * 14, 24),
  notify: z.enum(['all', 'needs-you', 'none']).catch('all'),
  /** 0: never. */
  clipboardClearSeconds: z.union([z.literal(0), z.number().int().min(10).max(120)]).catch(30),
  startAtLogin: z.boolean().catch(false),
  startInTray: z.boolean().catch(false),
  /** Minutes of idleness; 0: never. */
  lockAfterMinutes: z.union([z.literal(0), z.literal(5), z.literal(15), z.literal(60)]).catch(0),
  /** The local endpoint; 7286 spells SATM on a telephone's keys. */
  endpointOn: z.boolean().catch(false),
  endpointPort: integer(1, 65_535, 7286),
  closedToTrayBefore: z.boolean().catch(false),
  /** Where older versions noted to which cloud the tokens belong. Read once, then null: the vault says it now. */
  cloudOfTokens: z.string().min(1).max(500).nullable().catch(null),
}

const schema = z.object(fields)

export type PreferenceValues = Readonly<z.infer<typeof schema>>

/** Never fails: `stored` may be anything a file can hold. */
export function readPreferences(stored: unknown): PreferenceValues {
  const object = typeof stored === 'object' && stored !== null && !Array.isArray(stored) ? stored : {}
  return schema.parse(Object.fromEntries(Object.keys(fields).map((key) => [key, Reflect.get(object, key)])))
}
