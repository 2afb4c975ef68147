// Faults: what can be made to go wrong at which endpoint, in one parsed shape for tests, the command line and the
// control.
import { z } from 'zod'

/** As the ledger and the faults name them. `/access_token` is several: the client and the grant type decide. */
const ENDPOINTS = [
  'authorize',
  'code',
  'tier1',
  'tier2',
  'tier3',
  /** POST /access_token with a client or grant type nobody knows. */
  'accessToken',
  'tokenExpiry',
  'dataSources',
  /** One of them, by its ID. */
  'dataSource',
  'dataSourceSchemas',
  'peopleMe',
  'meetings',
  'rooms',
  'contactCenter',
  'jwks',
  'unknown',
] as const

export type Endpoint = (typeof ENDPOINTS)[number]

/** What a fault may aim at: one endpoint, the whole token endpoint, or everything. */
const FAULT_TARGETS = [...ENDPOINTS, 'anyAccessToken', 'any'] as const

/** Whether the endpoint did its work before the trouble. A rotated refresh token is lost with `done`. */
const effect = z.enum(['none', 'done']).default('none')

const aim = {
  endpoint: z.enum(FAULT_TARGETS),
  /** How many requests it meets, one after another. */
  times: z.union([z.int().positive(), z.literal('until cleared')]).default(1),
  /** How many matching requests pass first: 2 makes it meet the third. */
  skip: z.int().nonnegative().default(0),
  /** Only requests of this client: a service app's name, or `integration`. */
  client: z.string().optional(),
  /** Only requests about this org. */
  orgId: z.string().optional(),
}

const shape = z.enum(['webex', 'oauth', 'html', 'empty'])

const retryAfter = z.union([
  z.strictObject({ seconds: z.int().nonnegative() }),
  /** An HTTP date this many seconds from now. */
  z.strictObject({ dateInSeconds: z.int() }),
  /** The header's value as it is: for what else a server may write there. */
  z.strictObject({ raw: z.string() }),
  z.enum(['missing', 'absurd']),
])

export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...aim,
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    shape: shape.default('webex'),
    /** The message or error_description. */
    message: z.string().optional(),
    /** The OAuth error code. */
    error: z.string().optional(),
    effect,
  }),
  z.strictObject({
    ...aim,
    kind: z.literal('throttled'),
    status: z.union([z.literal(429), z.literal(423)]).default(429),
    shape: shape.default('webex'),
    retryAfter,
  }),
  z.strictObject({ ...aim, kind: z.literal('malformed-json'), effect }),
  z.strictObject({ ...aim, kind: z.literal('missing-field'), field: z.string() }),
  z.strictObject({
    ...aim,
    kind: z.literal('expires-in'),
    value: z.enum(['negative', 'zero', 'string', 'huge', 'words', 'null', 'boolean', 'object', 'list']),
    field: z.enum(['expires_in', 'refresh_token_expires_in']).default('expires_in'),
  }),
  z.strictObject({
    ...aim,
    kind: z.literal('slow-drip'),
    bytesAtOnce: z.int().positive().default(8),
    everyMs: z.int().nonnegative().default(1000),
  }),
  z.strictObject({ ...aim, kind: z.literal('hang'), effect }),
  z.strictObject({ ...aim, kind: z.literal('reset'), effect }),
  z.strictObject({
    ...aim,
    kind: z.literal('huge-body'),
    bytes: z.int().positive().default(2_097_152),
    effect,
  }),
  z.strictObject({
    ...aim,
    kind: z.literal('redirect'),
    status: z
      .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])
      .default(302),
    location: z.url().default('http://portal.invalid/login'),
    effect,
  }),
  /** The real answer, with a `Date` header this many milliseconds off (on top of any lasting skew). */
  z.strictObject({ ...aim, kind: z.literal('date-skew'), ms: z.int() }),
])

/** As written by a caller: everything with a default may be left out. */
export type FaultInput = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema>
export type RetryAfter = z.output<typeof retryAfter>
export type ErrorShape = z.output<typeof shape>

/** Whether the endpoint's own work is done before the fault shows. */
export function letsWorkHappen(fault: Fault): boolean {
  switch (fault.kind) {
    case 'missing-field':
    case 'expires-in':
    case 'slow-drip':
    case 'date-skew':
      return true
    case 'throttled':
      return false
    default:
      return fault.effect === 'done'
  }
}

const AT_ACCESS_TOKEN: ReadonlySet<Endpoint> = new Set(['code', 'tier1', 'tier3', 'accessToken'])

/** Whether a request to this endpoint is one the fault may meet. */
export function isTarget(target: Fault['endpoint'], endpoint: Endpoint): boolean {
  if (target === 'any') return true
  if (target === 'anyAccessToken') return AT_ACCESS_TOKEN.has(endpoint)
  return target === endpoint
}
