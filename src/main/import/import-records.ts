// Import records: entries of named values, from a table or a list, become candidates. Nothing given is dropped silently:
// what has no field is listed by its name.
import { appKey } from '#base/common/webex-id.ts'
import type { LackingField, NameList } from '#contract/contract.ts'
import { isPlaceholder, type TokenConfigManager } from '#contract/token-config.ts'
import { candidateOf, type ImportCandidate, type ImportFlaw } from './candidate.ts'
import {
  IMPORT_LIMITS,
  type ImportChoices,
  type ImportContent,
  type RefusedImport,
  refusedImport,
} from './import-dialect.ts'
import {
  FIELD_LABELS,
  fieldOf,
  type ImportField,
  type meaningOfName,
  nameList,
  valueFor,
} from './known-names.ts'

/** What a file says of one thing. */
export interface Fields {
  readonly values: ReadonlyMap<ImportField, string>
  /** Names of values that have no field here. */
  readonly ignored: readonly string[]
  readonly flaw: ImportFlaw | null
}

export interface ImportRecord {
  /** Line of the file, or number of the entry; from 1. */
  readonly line: number
  readonly fields: Fields
}

const NONE: NameList = { names: [], more: 0 }
const NAMES: readonly ImportField[] = ['name', 'orgName']

/**
 * The first value of a field that is neither empty nor a placeholder counts. Another one beside it is a mistake in an ID or
 * a secret; another name is ignored, and so are the values of a token manager.
 */
export function readFields(
  values: Iterable<readonly [name: string, value: unknown]>,
  meaningOf: typeof meaningOfName,
): Fields {
  const fields = new Map<ImportField, string>()
  const ignored: string[] = []
  let flaw: ImportFlaw | null = null
  const take = (name: string, field: ImportField | null, value: unknown, isByValue: boolean) => {
    const isText = typeof value === 'string'
    if (field === null || (!isText && typeof value !== 'number')) return ignored.push(name)
    if (!isText && !NAMES.includes(field)) {
      flaw ??= { field, sentence: `${FIELD_LABELS[field]} is not a text.` }
      return
    }
    const text = valueFor(field, String(value))
    const before = fields.get(field)
    if (before === undefined || isPlaceholder(before)) fields.set(field, text)
    else if (before !== text && !isPlaceholder(text)) {
      if (isByValue || NAMES.includes(field)) ignored.push(name)
      else flaw ??= { field, sentence: `${FIELD_LABELS[field]} appears twice.` }
    }
  }
  const later: (() => void)[] = []
  for (const [name, value] of values) {
    if (value === null || value === undefined || (typeof value === 'string' && value.trim() === '')) continue
    const meaning = meaningOf(name)
    if (meaning === null || !meaning.isPlain || meaning.owner === 'token-manager') ignored.push(name)
    else if (!meaning.isByValue) take(name, meaning.field, value, false)
    // Gives way to a name that is certain, wherever that stands.
    else later.push(() => take(name, fieldOf(meaning, String(value)), value, true))
  }
  for (const each of later) each()
  return { values: fields, ignored, flaw }
}

/** `common`: counts for all entries of a list, where an entry has no own value. */
export function withCommon(own: Fields, common: Fields | null): Fields {
  if (common === null) return own
  return {
    values: new Map([...common.values, ...own.values]),
    ignored: own.ignored,
    flaw: own.flaw ?? common.flaw,
  }
}

/** null: they are not. */
export function tooMany(count: number, of: 'rows' | 'entries'): RefusedImport | null {
  if (count <= IMPORT_LIMITS.rows) return null
  const [has, most] = [count, IMPORT_LIMITS.rows].map((each) => each.toLocaleString('en-US'))
  return refusedImport(`Too many ${of}: ${has}. The limit is ${most}.`)
}

/** `ignored`: names beside those of the records. */
export function profilesContent(
  records: readonly ImportRecord[],
  choices: ImportChoices,
  rest: {
    readonly ignored?: Iterable<string>
    readonly skippedLines?: number
    readonly tokenManager?: TokenConfigManager | null
  } = {},
): ImportContent {
  const ignored = new Set(rest.ignored)
  const candidates = records.map(({ line, fields }) => {
    for (const name of fields.ignored) ignored.add(name)
    return candidateOf(line, completed(fields.values, choices), fields.flaw)
  })
  return {
    kind: 'profiles',
    candidates,
    tokenManager: rest.tokenManager ?? null,
    lacking: lackingIn(candidates),
    found: {
      serviceApp: NONE,
      tokenManager: NONE,
      ignored: nameList(ignored),
      skippedLines: rest.skippedLines ?? 0,
    },
  }
}

/** A row of another service app than the one that was named stays as it is. */
function completed(
  values: ReadonlyMap<ImportField, string>,
  { serviceApp }: ImportChoices,
): ReadonlyMap<ImportField, string> {
  const isAnother = (['appId', 'clientId'] as const).some((field) => {
    const [own, named] = [values.get(field), serviceApp[field]]
    return own !== undefined && named !== undefined && appKey(own) !== appKey(named)
  })
  return isAnother ? values : new Map([...(Object.entries(serviceApp) as [ImportField, string][]), ...values])
}

/** What is the same for all rows can be said once: whose service app they are of, and the org where there is one row. */
function lackingIn(candidates: readonly ImportCandidate[]): readonly LackingField[] {
  const askable: readonly LackingField[] = [
    'appId',
    'clientId',
    'clientSecret',
    ...(candidates.length === 1 ? ['targetOrgId' as const] : []),
  ]
  const incomplete = candidates.filter(({ flaw }) => flaw?.missing !== undefined)
  const given = new Set(incomplete.map(({ appId, clientId }) => `${appId} ${clientId}`))
  if (given.size !== 1 || candidates.some(({ flaw }) => flaw === null)) return []
  const lacking = new Set(incomplete.flatMap(({ flaw }) => flaw?.missing ?? []))
  const asked = askable.filter((field) => lacking.delete(field))
  return lacking.size === 0 ? asked : []
}
