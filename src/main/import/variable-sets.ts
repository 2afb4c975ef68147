// Variable sets: variables of an env file or of a list of keys, sorted by whose they are. Those of the token manager and
// of a service app look alike and are never mixed; what their names leave open, a person says.
import { fingerprint } from '#base/node/fingerprint.ts'
import type { NameList, VariableRole } from '#contract/contract.ts'
import { isPlaceholder, type TokenConfigManager } from '#contract/token-config.ts'
import { idProblem, secretIn, secretProblem } from '#contract/value-rules.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { type ImportChoices, type ImportContent, refusedImport } from './import-dialect.ts'
import { type Fields, profilesContent } from './import-records.ts'
import {
  FIELD_LABELS,
  fieldOf,
  type ImportField,
  meaningOfName,
  nameList,
  type Owner,
  valueFor,
} from './known-names.ts'

export type Variable = readonly [name: string, value: string]

interface VariableSet {
  readonly key: string
  readonly owner: Owner | null
  readonly names: Map<string, ImportField>
  readonly values: Map<ImportField, string>
  /** Has two values. */
  twice: ImportField | null
}

const TOKENS: readonly ImportField[] = ['accessToken', 'refreshToken']
const isName = (field: ImportField) => field === 'name' || field === 'orgName'
/** Only a service app has them here. */
const OF_SERVICE_APP: readonly ImportField[] = ['name', 'orgName', 'appId', 'targetOrgId']
const INTEGRATION: readonly ImportField[] = ['clientId', 'clientSecret', 'refreshToken']

/** `beside`: names of what is in the file and no variable. */
export function variablesContent(
  variables: Iterable<Variable>,
  choices: ImportChoices,
  beside: Iterable<string> = [],
): ImportContent {
  const { sets, ignored } = setsIn(variables)
  const roleOf = (set: VariableSet) => ownerOf(set, sets) ?? choices.roles[idOf(set)] ?? null
  const of = (role: VariableRole | null) => sets.filter((set) => roleOf(set) === role)
  const apps = appsIn(of('service-app')).filter(({ values }) => ![...values.keys()].every(isName))
  const manager = joined(of('token-manager'))
  const tokenManager = managerIn(manager)
  const used = tokenManager?.kind === 'personal-access-token' ? TOKENS.slice(0, 1) : INTEGRATION
  const ofManager = [...manager.names].filter(([, field]) => used.includes(field)).map(([name]) => name)
  const found = {
    serviceApp: namesOf(of('service-app')),
    tokenManager: nameList(ofManager),
    ignored: nameList([
      ...ignored,
      ...beside,
      ...of('ignored').flatMap(({ names }) => [...names.keys()]),
      ...[...manager.names.keys()].filter((name) => !ofManager.includes(name)),
    ]),
    skippedLines: 0,
  }
  const unclear = of(null)
  if (unclear.length > 0) {
    const shown = unclear.map((set) => ({
      id: idOf(set),
      ...namesOf([set]),
      isToken: !set.values.has('clientId'),
    }))
    return { kind: 'unclear', sets: shown, found }
  }
  const problem = managerProblem(manager, tokenManager)
  if (problem !== null && (apps.length === 0 || tokenManager !== null)) return refusedImport(problem)
  const [only, ...others] = apps
  if (only === undefined && tokenManager === null) return refusedImport(nothingKnown(found.ignored))
  if (
    only !== undefined &&
    others.length === 0 &&
    [...only.values.keys()].every((field) => TOKENS.includes(field))
  )
    return tokensContent(only, { tokenManager, found })
  const records = apps.map((set, index) => ({ line: index + 1, fields: fieldsOf(set, others.length > 0) }))
  const content = profilesContent(records, choices, { tokenManager })
  return content.kind === 'profiles' ? { ...content, found } : content
}

function setsIn(variables: Iterable<Variable>) {
  const sets = new Map<string, VariableSet>()
  const ignored: string[] = []
  for (const [name, written] of variables) {
    const value = written.trim()
    if (value === '') continue
    const meaning = meaningOfName(name)
    const field = meaning === null ? null : fieldOf(meaning, value)
    if (meaning === null || field === null) {
      ignored.push(name)
      continue
    }
    const owner = meaning.owner ?? (OF_SERVICE_APP.includes(field) ? 'service-app' : null)
    const id = `${owner} ${meaning.key}`
    const set = sets.get(id) ?? { ...emptySet(meaning.key), owner }
    sets.set(id, set)
    set.names.set(name, field)
    put(set, field, valueFor(field, value))
  }
  const isGiven = ({ values }: VariableSet) => [...values.values()].some((value) => !isPlaceholder(value))
  const template = [...sets.values()].filter((set) => !isGiven(set))
  for (const { names } of template) ignored.push(...names.keys())
  return { sets: [...sets.values()].filter(isGiven), ignored }
}

/** Beside the other two IDs of a service app, what could be an integration's is the service app's. */
function ownerOf({ owner, key }: VariableSet, sets: readonly VariableSet[]): Owner | null {
  if (owner !== null) return owner
  const beside = sets.find((set) => set.owner === 'service-app' && set.key === key)?.values
  return beside?.has('appId') && beside.has('targetOrgId') && !beside.has('clientId') ? 'service-app' : null
}

/** The same when the file is read again. */
function idOf({ names }: VariableSet): string {
  return fingerprint([...names.keys()].join('\n'))
}

function namesOf(sets: readonly VariableSet[]): NameList {
  return nameList(sets.flatMap(({ names }) => [...names.keys()]))
}

function emptySet(key: string): VariableSet {
  return { key, owner: null, names: new Map(), values: new Map(), twice: null }
}

function put(set: VariableSet, field: ImportField, value: string): void {
  const before = set.values.get(field)
  if (before === undefined || isPlaceholder(before)) set.values.set(field, value)
  else if (before !== value && !isPlaceholder(value)) set.twice ??= field
}

/** As one set. */
function joined(sets: readonly VariableSet[]): VariableSet {
  const all = emptySet(sets.map(({ key }) => key).find((key) => key !== '') ?? '')
  for (const { names, values, twice } of sets) {
    all.twice ??= twice
    for (const [name, field] of names) all.names.set(name, field)
    for (const [field, value] of values) put(all, field, value)
  }
  return all
}

/** A set for each service app. What has no word of its own belongs to all that have one; tokens only to a single one. */
function appsIn(sets: readonly VariableSet[]): readonly VariableSet[] {
  const byKey = new Map<string, VariableSet>()
  for (const set of sets) byKey.set(set.key, joined([byKey.get(set.key) ?? emptySet(set.key), set]))
  const common = byKey.get('')
  byKey.delete('')
  const named = [...byKey.values()]
  if (common === undefined) return named
  const [first] = named
  const fields = [...common.values.keys()]
  if (first !== undefined && named.length === 1 && fields.every((field) => !first.values.has(field)))
    return [joined([first, common])]
  if (first === undefined || !fields.every((field) => OF_SERVICE_APP.includes(field)))
    return [common, ...named]
  return named.map((set) => {
    const rest = new Map([...common.values].filter(([field]) => !set.values.has(field)))
    return joined([set, { ...common, values: rest }])
  })
}

function fieldsOf({ key, values, twice }: VariableSet, isOneOfSeveral: boolean): Fields {
  const isNamed = values.has('name') || values.has('orgName') || !isOneOfSeveral
  const all = isNamed ? values : new Map([...values, ['name' as const, key.toUpperCase()]])
  const flaw = twice && { field: twice, sentence: `${FIELD_LABELS[twice]} appears twice.` }
  return { values: all, ignored: [], flaw }
}

/** An integration can be renewed, so it takes precedence over a personal access token. null: neither is complete. */
function managerIn({ values }: VariableSet): TokenConfigManager | null {
  const given = (field: ImportField) => {
    const value = values.get(field) ?? ''
    return isPlaceholder(value) ? '' : value
  }
  const [clientId, clientSecret, refreshToken] = [
    given('clientId'),
    given('clientSecret'),
    given('refreshToken'),
  ]
  if (clientId !== '' && clientSecret !== '' && refreshToken !== '')
    return { kind: 'integration', clientId, clientSecret, refreshToken }
  const token = given('accessToken')
  const isAlone = clientId === '' && clientSecret === '' && refreshToken === ''
  return token !== '' && isAlone ? { kind: 'personal-access-token', token } : null
}

function managerProblem({ names, twice }: VariableSet, manager: TokenConfigManager | null): string | null {
  if (names.size === 0) return null
  if (twice !== null) return 'The file has two token managers. Keep one of them and try again.'
  if (manager === null)
    return 'The token manager in the file is incomplete: an integration needs its client ID, client secret and refresh token. Connect it under Settings instead.'
  if (manager.kind === 'personal-access-token')
    return tokenProblem('The personal access token', manager.token)
  return (
    idProblem("The integration's client ID", manager.clientId) ??
    secretProblem("The integration's client secret", manager.clientSecret) ??
    tokenProblem("The integration's refresh token", manager.refreshToken) ??
    secretIn(manager, [manager.clientSecret, manager.refreshToken])?.sentence ??
    null
  )
}

function tokensContent(
  { values, twice }: VariableSet,
  rest: Pick<Extract<ImportContent, { kind: 'tokens' }>, 'tokenManager' | 'found'>,
): ImportContent {
  if (twice !== null) return refusedImport(`${FIELD_LABELS[twice]} appears twice.`)
  for (const [field, value] of values) {
    const problem = tokenProblem(FIELD_LABELS[field], value)
    if (problem !== null) return refusedImport(problem)
  }
  const secretOf = (field: ImportField) => {
    const value = values.get(field)
    return value === undefined ? null : new Secret(value)
  }
  return {
    kind: 'tokens',
    accessToken: secretOf('accessToken'),
    refreshToken: secretOf('refreshToken'),
    ...rest,
  }
}

function tokenProblem(label: string, value: string): string | null {
  if (isPlaceholder(value)) return `${label} is still a placeholder of the template.`
  const problem = secretProblem(label, value)
  if (problem !== null) return problem
  return isTokenText(value) ? null : `${label} contains characters that a token cannot have.`
}

function nothingKnown({ names, more }: NameList): string {
  const others = more === 0 ? '' : ` and ${more} more`
  const found = names.length + more === 0 ? '' : ` Found: ${names.join(', ')}${others}.`
  return `No known names found.${found} Names end in CLIENT_ID, CLIENT_SECRET, ACCESS_TOKEN or REFRESH_TOKEN.`
}
