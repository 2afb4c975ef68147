// JSON: a list of service apps and orgs, a token-config.json, or variables. A list is an array of entries, at the root or in
// objects around it, whose own values count for all entries; an entry may have a list of orgs in turn.
import { type ConfigField, isPlaceholder, parseStrictJson, parseTokenConfig } from '#contract/token-config.ts'
import type { ImportFlaw } from './candidate.ts'
import {
  IMPORT_LIMITS,
  type ImportChoices,
  type ImportContent,
  type ImportDialect,
  refusedImport,
} from './import-dialect.ts'
import {
  type Fields,
  type ImportRecord,
  profilesContent,
  readFields,
  tooMany,
  withCommon,
} from './import-records.ts'
import { FIELD_LABELS, fieldOf, type ImportField, meaningOfName, rememberedMeanings } from './known-names.ts'
import { type Variable, variablesContent } from './variable-sets.ts'

/** Names of lists whose entries are rows. Any other one counts only where it is the only list. */
const LISTS: readonly string[] = [
  'profiles',
  'orgs',
  'organizations',
  'organisations',
  'customers',
  'tenants',
  'serviceapps',
  'apps',
  'items',
  'data',
  'results',
  'records',
  'entries',
  'rows',
  'edges',
]
const LONGEST_KEY = 100

export const json: ImportDialect = {
  name: 'JSON',
  extensions: ['json', 'jsonl', 'ndjson'],
  recognises: looksLikeJson,
  read: readJson,
}

/** One service app in one org, and its token manager. */
export const tokenConfig: ImportDialect = {
  name: 'token-config.json',
  extensions: ['json'],
  recognises: (text) => looksLikeJson(text) && /"serviceApp"\s*:/.test(text),
  read: readTokenConfig,
}

/** It may begin with a comment. */
export function looksLikeJson(text: string): boolean {
  return /^\s*(?:[[{]|\/[/*])/.test(text)
}

function readJson(text: string, choices: ImportChoices): ImportContent {
  const parsed = parseRoot(text)
  if (parsed.kind === 'refused') return refusedImport(parsed.sentence)
  const root = parsed.value
  if (Array.isArray(root) && root.length === 0) return refusedImport('The file has no entries.')
  const { leaves, lists } = Array.isArray(root)
    ? { leaves: [], lists: [{ name: '', entries: root }] }
    : flatten(root)
  const list = listOf(lists)
  if (list === 'several')
    return refusedImport('The file has several lists. Keep only the list of service apps and orgs.')
  if (list === null) {
    if (!leaves.some(([name]) => meaningOfName(name)))
      return refusedImport('The file has no list of service apps.')
    const variables = given(leaves).map(([name, value]) => [name, String(value)] as const)
    return variablesContent(variables, choices)
  }
  const pairs = pairsIn(list.entries)
  if (pairs !== null) {
    const beside = given(leaves).map(([name]) => name)
    return variablesContent(pairs.variables, choices, [...beside, ...pairs.others])
  }
  const records: ImportRecord[] = []
  const meaningOf = rememberedMeanings()
  const common = readFields(leaves, meaningOf)
  const ignored = [...common.ignored, ...lists.filter((each) => each !== list).map(({ name }) => name)]
  addRecords(list.entries, common, { records, ignored, meaningOf })
  return tooMany(records.length, 'entries') ?? profilesContent(records, choices, { ignored })
}

function given(leaves: readonly (readonly [string, unknown])[]) {
  return leaves.filter(([, value]) => value !== null && value !== '')
}

/** JSON, or JSON lines: an object in each line. */
function parseRoot(text: string) {
  const limits = { longest: IMPORT_LIMITS.bytes, deepest: IMPORT_LIMITS.depth }
  const body = text.replace(/^\ufeff/, '')
  if (!/^\s*\{[^\r\n]*\}[ \t]*\r?\n\s*\{/.test(body)) return parseStrictJson(body, limits)
  const values: unknown[] = []
  for (const [index, line] of body.split(/\r\n|\r|\n/).entries()) {
    if (line.trim() === '') continue
    const parsed = parseStrictJson(line, { ...limits, firstLine: index + 1 })
    if (parsed.kind === 'refused') return parsed
    values.push(parsed.value)
  }
  return { kind: 'ok', value: values } as const
}

function addRecords(
  entries: readonly unknown[],
  common: Fields,
  reading: {
    readonly records: ImportRecord[]
    readonly ignored: string[]
    readonly meaningOf: typeof meaningOfName
  },
): void {
  const { records, ignored, meaningOf } = reading
  for (const entry of entries) {
    const line = records.length + 1
    if (!isObject(entry)) {
      const flaw: ImportFlaw = { field: null, sentence: 'This entry is not an object.' }
      records.push({ line, fields: { values: new Map(), ignored: [], flaw } })
      continue
    }
    const { leaves, lists } = flatten(entry)
    const own = withCommon(readFields(leaves, meaningOf), common)
    const inner = listOf(lists.filter(({ name }) => name === '' || isNamedList(name)))
    for (const list of lists) if (list !== inner) ignored.push(list.name)
    if (inner === null || inner === 'several') records.push({ line, fields: own })
    else {
      ignored.push(...own.ignored)
      addRecords(inner.entries, own, reading)
    }
  }
}

interface List {
  /** With those of the objects around it. */
  readonly name: string
  readonly entries: readonly unknown[]
}

/** The values of an object and of those in it, each under all their names, and the lists in it. */
function flatten(object: unknown, path = ''): { leaves: [name: string, value: unknown][]; lists: List[] } {
  const leaves: [string, unknown][] = []
  const lists: List[] = []
  const { entries, beside } = namedEntries(isObject(object) ? object : {})
  if (entries.length > 0) lists.push({ name: path, entries })
  for (const [key, value] of beside) {
    const name = path === '' ? key : `${path}.${key.slice(0, LONGEST_KEY)}`.slice(-2 * LONGEST_KEY)
    if (isObject(value)) {
      const inner = flatten(value, name)
      for (const leaf of inner.leaves) leaves.push(leaf)
      for (const list of inner.lists) lists.push(list)
    } else if (!Array.isArray(value)) leaves.push([name, value])
    else if (value.some(isObject)) lists.push({ name, entries: value })
    else if (value.some((item) => isOrgId(item)))
      lists.push({ name, entries: value.map((id) => ({ targetOrgId: id })) })
    else if (value.length > 0) leaves.push([name, true])
  }
  return { leaves, lists }
}

function listOf(lists: readonly List[]): List | 'several' | null {
  const named = lists.filter(({ name }) => isNamedList(name))
  const [list, ...others] = named.length > 0 ? named : lists
  return list === undefined ? null : others.length === 0 ? list : 'several'
}

function isNamedList(name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return LISTS.includes(last.toLowerCase().replace(/[^a-z]/g, ''))
}

/** An object of service apps or orgs, each under its name, and what stands beside them; all of it where it is anything else. */
function namedEntries(object: Readonly<Record<string, unknown>>): {
  readonly entries: readonly unknown[]
  readonly beside: readonly (readonly [string, unknown])[]
} {
  const all = Object.entries(object)
  const named = all.filter(([key, value]) => isNamedEntry(key, value))
  const beside = all.filter(([key, value]) => !isNamedEntry(key, value))
  const isSolid = named.every(([, value]) => isObject(value))
  if (!beside.every(([key, value]) => isSolid && (isRemark(key, value) || isTokenManager(key))))
    return { entries: [], beside: all }
  const entries = named.map(([name, value]) => {
    if (!isObject(value)) return { name, targetOrgId: value }
    if (isOrgId(name)) return { targetOrgId: name, ...value }
    return Object.keys(value).some((key) => meaningOfName(key)?.field === 'name') ? value : { name, ...value }
  })
  return { entries, beside }
}

function isNamedEntry(key: string, value: unknown): boolean {
  if (isSection(key)) return false
  if (!isObject(value)) return isOrgId(value)
  return isOrgId(key) || Object.entries(value).some(([inner, id]) => isIdentifying(inner, id))
}

/** As `version` and `comment` are. */
function isRemark(key: string, value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && !isSection(key)
}

function isTokenManager(key: string): boolean {
  return meaningOfName(`${key}.clientId`)?.owner === 'token-manager'
}

function isIdentifying(key: string, value: unknown): boolean {
  const meaning = meaningOfName(key)
  const field: ImportField | null =
    meaning === null ? null : fieldOf(meaning, typeof value === 'string' ? value : '')
  return field === 'clientId' || field === 'targetOrgId'
}

/** It names what is in it, as `serviceApp` and `org` do, and no customer. */
function isSection(key: string): boolean {
  return meaningOfName(key) !== null || meaningOfName(`${key}.clientId`)?.isPlain === true
}

function isOrgId(value: unknown): boolean {
  const id = meaningOfName('id')
  return typeof value === 'string' && id !== null && fieldOf(id, value) === 'targetOrgId'
}

/** A list of keys and values, as Postman, portals and AWS export their variables; null: something else. */
function pairsIn(list: readonly unknown[]) {
  const variables: Variable[] = []
  const others = new Set<string>()
  for (const item of list) {
    const fields = Object.entries(isObject(item) ? item : {})
    const of = (wanted: string) => fields.find(([field]) => field.toLowerCase() === wanted)?.[1]
    const [name, value] = [of('name') ?? of('key'), of('value')]
    if (typeof name !== 'string' || value === undefined) return null
    variables.push([name, typeof value === 'string' ? value : ''])
    for (const [other] of fields) if (!/^(?:key|name|value)$/i.test(other)) others.add(other)
  }
  return { variables, others }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const CONFIG_FIELDS: Partial<Record<ConfigField, ImportField>> = {
  'serviceApp.appId': 'appId',
  'serviceApp.clientId': 'clientId',
  'serviceApp.clientSecret': 'clientSecret',
  'serviceApp.targetOrgId': 'targetOrgId',
}

function readTokenConfig(text: string, choices: ImportChoices): ImportContent {
  const parsed = parseRoot(text)
  const root = parsed.kind === 'ok' && isObject(parsed.value) ? parsed.value : {}
  const { serviceApp = null } = root
  // A list of them, or one within something else, is read as a list.
  if (parsed.kind === 'ok' && !isObject(serviceApp)) return readJson(text, choices)
  const config = parseTokenConfig(text)
  if (config.kind === 'refused') return { kind: 'refused', sentence: config.sentence }
  const { tokenManager, placeholders } = config
  const { leaves, lists } = flatten(root)
  const also = readFields(leaves, meaningOfName)
  const values = new Map([...also.values, ...(Object.entries(config.serviceApp) as [ImportField, string][])])
  const used = new Set<unknown>([...values.values(), ...Object.values(tokenManager ?? {})])
  const ignored = [...leaves, ...lists.map(({ name, entries }) => [name, entries] as const)]
    .filter(([, value]) =>
      typeof value === 'string' ? !used.has(value.trim()) && !isPlaceholder(value) : value !== null,
    )
    .flatMap(([name, value]) => (value === '' ? [] : [name]))
  const fields = { values, ignored: [], flaw: placeholderIn(placeholders) }
  return profilesContent([{ line: 1, fields }], choices, { tokenManager, ignored })
}

function placeholderIn(placeholders: readonly ConfigField[]): ImportFlaw | null {
  const field = placeholders.map((name) => CONFIG_FIELDS[name]).find((name) => name !== undefined)
  return field === undefined
    ? null
    : { field, sentence: `${FIELD_LABELS[field]} is still a placeholder of the template.` }
}
