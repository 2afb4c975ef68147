// Known names: what columns, keys and variables are called, whose they are, and how a name from a file is shown.
import { decodeWebexId, isUuid, rawOrgId } from '#base/common/webex-id.ts'
import type { NameList } from '#contract/contract.ts'
import { looksSecret } from '#contract/value-rules.ts'

export type ImportField =
  | 'name'
  | 'appId'
  | 'clientId'
  | 'clientSecret'
  | 'targetOrgId'
  | 'orgName'
  | 'accessToken'
  | 'refreshToken'

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

export type Owner = 'service-app' | 'token-manager'

export interface NameMeaning {
  readonly field: ImportField | null
  /** Its value decides first: an ID of an org or an app is that, whatever `field` says. */
  readonly isByValue: boolean
  /** null: the name does not say. */
  readonly owner: Owner | null
  /** The words that tell one set of variables from another: `acme` of `ACME_SA_CLIENT_ID`. */
  readonly key: string
  /** It has none but known words. A column with others, such as `parent_org_id`, is something else. */
  readonly isPlain: boolean
}

/** The end of a name, in lower case without separators. */
const ENDINGS: Readonly<Record<ImportField, readonly string[]>> = {
  name: ['name', 'profile', 'profilename', 'label'],
  appId: ['appid', 'serviceappid', 'applicationid'],
  clientId: ['clientid', 'serviceappclientid'],
  clientSecret: ['clientsecret', 'secret', 'serviceappclientsecret'],
  targetOrgId: ['targetorgid', 'targetorg', 'orgid', 'organizationid', 'organisationid', 'customerorgid'],
  orgName: [
    'orgname',
    'orgdisplayname',
    'displayname',
    'organizationname',
    'organisationname',
    'organizationdisplayname',
    'customername',
    'companyname',
    'company',
  ],
  accessToken: ['accesstoken', 'bearertoken', 'token'],
  refreshToken: ['refreshtoken'],
}

const BY_VALUE: Readonly<Record<string, ImportField | null>> = {
  id: null,
  orguuid: null,
  customerid: null,
  org: 'orgName',
  organization: 'orgName',
  organisation: 'orgName',
  customer: 'orgName',
  tenant: 'orgName',
}

/** With any words before them. `WEBHOOK_SECRET` and `BOT_TOKEN` are something else. */
const UNMISTAKABLE = ['clientid', 'clientsecret', 'accesstoken', 'refreshtoken']
/** What may stand before a name: `app.name` names no row. */
const NAMED = /^(?:node|org|organi[sz]ation|customer|tenant|company)?$/

const SERVICE_APP = /\b(?:sa|service ?apps?|byods|wxcc)\b/
const TOKEN_MANAGER = /\b(?:int|integrations?|token ?manager|personal)\b/
/** Say nothing of which set a variable belongs to. The others of the service app name one. */
const UNTELLING =
  /\b(?:sa|service ?apps?|int|integrations?|token ?manager|personal|webex|cisco|app|env|vite|next|public|react|tf|var|data|node|credentials?|tokens?|customer|target|org|organi[sz]ation)\b/g
const KNOWN_SETS = /\b(?:byods|wxcc)\b/g

const FIELD_BY_ENDING = new Map<string, Pick<NameMeaning, 'field' | 'isByValue'>>([
  ...Object.entries(ENDINGS).flatMap(([field, endings]) =>
    endings.map((ending) => [ending, { field: field as ImportField, isByValue: false }] as const),
  ),
  ...Object.entries(BY_VALUE).map(([ending, field]) => [ending, { field, isByValue: true }] as const),
])

const LONGEST_NAME = 200
const MOST_WORDS = 12

/** null: a name that means nothing here. In any spelling: camelCase, snake_case, kebab-case, with spaces or dots. */
export function meaningOfName(name: string): NameMeaning | null {
  if (name.length > LONGEST_NAME) return null
  const words = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+|\d+/gu) ?? []
  if (words.length > MOST_WORDS) return null
  const lower = words.map((word) => word.toLowerCase())
  for (let at = 0; at < lower.length; at++) {
    const ending = lower.slice(at).join('')
    const found = FIELD_BY_ENDING.get(ending)
    if (found === undefined) continue
    const before = lower.slice(0, at).join(' ')
    const key = before.replace(UNTELLING, '').replace(/ +/g, ' ').trim()
    const isPlain = key.replace(KNOWN_SETS, '').trim() === ''
    if (!isPlain && !UNMISTAKABLE.includes(ending)) return null
    if (!found.isByValue && (found.field === 'name' || found.field === 'orgName') && !NAMED.test(before))
      return null
    const isApp = SERVICE_APP.test(before) || ending.startsWith('serviceapp')
    const isManager = TOKEN_MANAGER.test(before)
    const owner = isApp === isManager ? null : isApp ? 'service-app' : 'token-manager'
    return { ...found, owner, key, isPlain }
  }
  return null
}

/** For a file with the same names in each of its entries. */
export function rememberedMeanings(): typeof meaningOfName {
  const known = new Map<string, NameMeaning | null>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const meaning = meaningOfName(name)
    known.set(name, meaning)
    return meaning
  }
}

/** null: it means nothing here with this value. */
export function fieldOf({ field, isByValue }: NameMeaning, value: string): ImportField | null {
  if (!isByValue) return field
  const kind = decodeWebexId(value)?.kind ?? (isUuid(rawOrgId(value)) ? 'ORGANIZATION' : null)
  if (kind === 'ORGANIZATION') return 'targetOrgId'
  return kind === 'APPLICATION' ? 'appId' : field
}

const MOST_SHOWN = 20
const LONGEST_SHOWN = 40

/** As it stands in a header, a token has the scheme before it. */
export function valueFor(field: ImportField, value: string): string {
  return field === 'accessToken' ? value.trim().replace(/^Bearer[ \t]+/i, '') : value.trim()
}

/** Each once. What may be a secret is counted and not shown: where the names are missing, a value is in their place. */
export function nameList(names: Iterable<string>): NameList {
  const all = new Set(names)
  const shown = [...all].filter(isName).slice(0, MOST_SHOWN)
  return { names: shown.map(cut), more: all.size - shown.length }
}

/** Digits within a word, as in `a1b2`, are of a value. */
function isName(text: string): boolean {
  return (
    text.length <= LONGEST_NAME &&
    /^[\p{L}\p{N} _.,:/()&#$*[\]-]+$/u.test(text) &&
    text.split(/[^\p{L}\p{N}]+/u).every((word) => /^\p{L}{0,30}\p{N}{0,4}$/u.test(word)) &&
    !looksSecret(text)
  )
}

function cut(name: string): string {
  return name.length > LONGEST_SHOWN ? `${name.slice(0, LONGEST_SHOWN - 1).trimEnd()}…` : name
}
