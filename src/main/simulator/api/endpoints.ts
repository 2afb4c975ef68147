// The endpoints as the ledger and the faults name them. `/access_token` is three of them: who asks for what decides.

export const ENDPOINTS = [
  'authorize',
  'code',
  'tier1',
  'tier2',
  'tier3',
  /** POST /access_token with a client or grant type nobody knows. */
  'accessToken',
  'tokenExpiry',
  'dataSources',
  'dataSourceSchemas',
  'peopleMe',
  'meetings',
  'rooms',
  'contactCenter',
  'unknown',
] as const

export type Endpoint = (typeof ENDPOINTS)[number]

/** What a fault may aim at: one endpoint, the whole token endpoint, or everything. */
export const FAULT_TARGETS = [...ENDPOINTS, 'anyAccessToken', 'any'] as const
export type FaultTarget = (typeof FAULT_TARGETS)[number]

const AT_ACCESS_TOKEN: ReadonlySet<Endpoint> = new Set(['code', 'tier1', 'tier3', 'accessToken'])

export function isTarget(target: FaultTarget, endpoint: Endpoint): boolean {
  if (target === 'any') return true
  if (target === 'anyAccessToken') return AT_ACCESS_TOKEN.has(endpoint)
  return target === endpoint
}
