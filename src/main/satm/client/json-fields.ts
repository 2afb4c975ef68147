// JSON fields: what `--json FIELDS` can name, for each command that lists something.

export const LIST_FIELDS = [
  'reference',
  'name',
  'appId',
  'orgName',
  'orgId',
  'state',
  'expiresAt',
  'nextRefreshAt',
  'lastOutcome',
  'sentence',
  'id',
] as const

export const HELD_FIELDS = ['id', 'kind', 'name', 'actions'] as const
export const DELIVERY_FIELDS = [
  'id',
  'serviceApp',
  'kind',
  'place',
  'state',
  'deliveredAt',
  'fingerprint',
  'sentence',
  'fleetDelivery',
] as const
export const CONSUMER_FIELDS = ['id', 'name', 'serviceApps', 'createdAt', 'lastUsedAt', 'isHeld'] as const

export const DATA_SOURCE_FIELDS = ['id', 'url', 'state', 'expiresAt', 'nextRenewalAt', 'sentence', 'result']
export const HISTORY_FIELDS = [
  'startedAt',
  'endedAt',
  'name',
  'orgName',
  'orgId',
  'trigger',
  'outcome',
  'tier',
  'before',
  'after',
  'trackingId',
  'sentence',
  'reasonMessage',
  'id',
  'computer',
] as const

/** For the help of a command. */
export const fieldsIn = (fields: readonly string[]) =>
  `--json FIELDS prints only these fields, separated by commas: ${fields.join(', ')}.`
