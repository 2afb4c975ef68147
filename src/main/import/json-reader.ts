// JSON: a list of service apps and orgs, or a token-config.json. A list is an array of entries, or an object whose own
// values count for all entries of its list (`profiles`, `orgs` or `serviceApps`).
import { type ConfigField, parseStrictJson, parseTokenConfig } from '#contract/token-config.ts'
import {
  candidateOf,
  FIELD_LABELS,
  fieldOf,
  type ImportCandidate,
  type ImportField,
  type ImportFlaw,
} from './candidate.ts'
import { IMPORT_LIMITS, type ImportContent, type ImportDialect, refusedImport } from './import-dialect.ts'

const LISTS = ['profiles', 'orgs', 'serviceApps'] as const

export const json: ImportDialect = {
  name: 'JSON',
  extensions: ['json'],
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

function readJson(text: string): ImportContent {
  const parsed = parseStrictJson(text, { longest: IMPORT_LIMITS.bytes, deepest: IMPORT_LIMITS.depth })
  if (parsed.kind === 'refused') return refusedImport(parsed.sentence)
  const root = parsed.value
  const list = listIn(root)
  if (list === null) return refusedImport('There is no list of service apps in it.')
  if (list.length === 0) return refusedImport('There are no entries in it.')
  if (list.length > IMPORT_LIMITS.rows) {
    return refusedImport(
      `There are ${list.length} entries in it; at most ${IMPORT_LIMITS.rows} come in at once.`,
    )
  }
  const common = isObject(root) ? valuesOf(root) : { values: new Map<ImportField, string>(), flaw: null }
  const candidates = list.map((entry, index) => readEntry(entry, index + 1, common))
  return { kind: 'profiles', candidates, tokenManager: null }
}

interface Values {
  readonly values: ReadonlyMap<ImportField, string>
  readonly flaw: ImportFlaw | null
}

function readEntry(entry: unknown, line: number, common: Values): ImportCandidate {
  if (!isObject(entry))
    return candidateOf(line, new Map(), { field: null, sentence: 'This entry is not an object.' })
  const own = valuesOf(entry)
  return candidateOf(line, new Map([...common.values, ...own.values]), own.flaw ?? common.flaw)
}

function valuesOf(entry: Readonly<Record<string, unknown>>): Values {
  const values = new Map<ImportField, string>()
  let flaw: ImportFlaw | null = null
  for (const [key, value] of Object.entries(entry)) {
    const field = fieldOf(key)
    if (field === null || value === null || Array.isArray(value)) continue
    if (typeof value !== 'string') flaw ??= { field, sentence: `${FIELD_LABELS[field]} is not a text.` }
    else if (values.has(field)) flaw ??= { field, sentence: `${FIELD_LABELS[field]} stands there twice.` }
    else values.set(field, value)
  }
  return { values, flaw }
}

function listIn(root: unknown): readonly unknown[] | null {
  if (Array.isArray(root)) return root
  if (!isObject(root)) return null
  const named = namedEntries(root)
  if (named !== null) return named
  const lists = LISTS.flatMap((key) => (Object.hasOwn(root, key) ? [root[key]] : []))
  const [list] = lists
  return lists.length === 1 && Array.isArray(list) ? list : null
}

/** An object of service apps, each under its name; null where it is anything else. */
function namedEntries(root: Readonly<Record<string, unknown>>): readonly unknown[] | null {
  const entries = Object.entries(root)
  const isServiceApp = (value: unknown) =>
    isObject(value) && Object.keys(value).some((key) => fieldOf(key) === 'clientId')
  if (entries.length === 0 || !entries.every(([, value]) => isServiceApp(value))) return null
  return entries.map(([name, value]) => {
    const own = isObject(value) ? value : {}
    return Object.keys(own).some((key) => fieldOf(key) === 'name') ? own : { name, ...own }
  })
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

function readTokenConfig(text: string): ImportContent {
  const config = parseTokenConfig(text)
  if (config.kind === 'refused') return { kind: 'refused', sentence: config.sentence }
  const values = new Map<ImportField, string>(Object.entries(config.serviceApp) as [ImportField, string][])
  return {
    kind: 'profiles',
    candidates: [candidateOf(1, values, placeholderIn(config.placeholders))],
    tokenManager: config.tokenManager,
  }
}

function placeholderIn(placeholders: readonly ConfigField[]): ImportFlaw | null {
  const field = placeholders.map((name) => CONFIG_FIELDS[name]).find((name) => name !== undefined)
  return field === undefined
    ? null
    : { field, sentence: `${FIELD_LABELS[field]} still holds the template's placeholder.` }
}
