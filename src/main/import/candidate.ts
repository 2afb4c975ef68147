// One service app in one org as a file offers it, before anybody decided whether it comes in.
import { Secret } from '#engine/domain/secret.ts'

export type ImportField =
  | 'name'
  | 'appId'
  | 'clientId'
  | 'clientSecret'
  | 'targetOrgId'
  | 'orgName'
  | 'accessToken'
  | 'refreshToken'

export interface ImportCandidate {
  /** Line of the file, or number of the entry; from 1. */
  readonly line: number
  /** Trimmed; empty where nothing was given. */
  readonly name: string
  readonly appId: string
  readonly clientId: string
  readonly targetOrgId: string
  readonly orgName: string
  readonly clientSecret: Secret | null
  readonly accessToken: Secret | null
  readonly refreshToken: Secret | null
  /** What was already wrong with its form. */
  readonly flaw: ImportFlaw | null
}

export interface ImportFlaw {
  readonly field: ImportField | null
  readonly sentence: string
}

export type ImportReading =
  | { readonly kind: 'read'; readonly candidates: readonly ImportCandidate[] }
  | { readonly kind: 'refused'; readonly sentence: string }

/** Of one import: about 2 KB for each of the most rows. */
export const IMPORT_LIMITS = { bytes: 10 * 1024 * 1024, rows: 10_000, depth: 16, columns: 64 } as const

/** What a field is called where a person meets it. */
export const FIELD_LABELS: Readonly<Record<ImportField, string>> = {
  name: 'The name',
  appId: "The service app's App ID",
  clientId: "The service app's client ID",
  clientSecret: "The service app's client secret",
  targetOrgId: 'The target org ID',
  orgName: "The org's name",
  accessToken: 'The access token',
  refreshToken: 'The refresh token',
}

/** Column and key names people use, without case, spaces and punctuation. */
const SPELLINGS: Readonly<Record<ImportField, readonly string[]>> = {
  name: ['name', 'profile', 'profilename', 'label'],
  appId: ['appid', 'serviceappid', 'applicationid'],
  clientId: ['clientid', 'serviceappclientid'],
  clientSecret: ['clientsecret', 'secret', 'serviceappclientsecret'],
  targetOrgId: ['targetorgid', 'orgid', 'organizationid', 'organisationid', 'customerorgid'],
  orgName: ['orgname', 'org', 'organization', 'organisation', 'customer', 'customername'],
  accessToken: ['accesstoken', 'webexserviceappaccesstoken'],
  refreshToken: ['refreshtoken', 'webexserviceapprefreshtoken'],
}

const FIELD_BY_SPELLING = new Map(
  Object.entries(SPELLINGS).flatMap(([field, spellings]) =>
    spellings.map((spelling) => [spelling, field as ImportField] as const),
  ),
)

/** null: a column or key that means nothing here. */
export function fieldOf(heading: string): ImportField | null {
  return FIELD_BY_SPELLING.get(heading.toLowerCase().replace(/[^a-z0-9]/g, '')) ?? null
}

export function candidateOf(
  line: number,
  values: ReadonlyMap<ImportField, string>,
  flaw: ImportFlaw | null = null,
): ImportCandidate {
  const text = (field: ImportField) => values.get(field)?.trim() ?? ''
  const secret = (field: ImportField) => (text(field) === '' ? null : new Secret(text(field)))
  return {
    line,
    name: text('name'),
    appId: text('appId'),
    clientId: text('clientId'),
    targetOrgId: text('targetOrgId'),
    orgName: text('orgName'),
    clientSecret: secret('clientSecret'),
    accessToken: secret('accessToken'),
    refreshToken: secret('refreshToken'),
    flaw,
  }
}

export function refusedReading(sentence: string): ImportReading {
  return { kind: 'refused', sentence }
}
