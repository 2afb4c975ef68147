// Reads a `token-config.json` as people have it on disk, in its three dialects. The window uses it on what is pasted, the
// import on files.
import { visit } from 'jsonc-parser'
import { idProblem, secretIn, secretProblem } from './value-rules.ts'

export type TokenConfigManager =
  | {
      readonly kind: 'integration'
      readonly clientId: string
      readonly clientSecret: string
      readonly refreshToken: string
    }
  | { readonly kind: 'personal-access-token'; readonly token: string }

export type TokenConfig =
  | {
      readonly kind: 'ok'
      /** A field that held a template's placeholder is empty here and named in `placeholders`. */
      readonly serviceApp: {
        readonly appId: string
        readonly clientId: string
        readonly clientSecret: string
        readonly targetOrgId: string
      }
      /** null: none given in full. */
      readonly tokenManager: TokenConfigManager | null
      readonly placeholders: readonly ConfigField[]
    }
  | { readonly kind: 'refused'; readonly field: ConfigField | null; readonly sentence: string }

/** Far more than four ids and five secrets need, in characters. */
const LONGEST_TEXT = 256 * 1024
const DEEPEST = 16

/** What a field is called where a person meets it. */
const LABELS = {
  'serviceApp.appId': "the service app's App ID",
  'serviceApp.clientId': "the service app's client ID",
  'serviceApp.clientSecret': "the service app's client secret",
  'serviceApp.targetOrgId': 'the target org ID',
  'tokenManager.clientId': "the integration's client ID",
  'tokenManager.clientSecret': "the integration's client secret",
  'tokenManager.refreshToken': "the integration's refresh token",
  'tokenManager.personalAccessToken': 'the personal access token',
} as const

export type ConfigField = keyof typeof LABELS
const FIELDS = Object.keys(LABELS) as ConfigField[]

type Json = null | boolean | number | string | readonly Json[] | JsonObject
interface JsonObject {
  readonly [key: string]: Json
}

type Found = { readonly value: string; readonly isPlaceholder: boolean }
type Refused = Extract<TokenConfig, { kind: 'refused' }>

/** Never throws. Sentences name fields, never their values. */
export function parseTokenConfig(text: string): TokenConfig {
  const parsed = parseStrictJson(text, { longest: LONGEST_TEXT, deepest: DEEPEST })
  if (parsed.kind === 'refused') return refused(null, parsed.sentence)
  const root = asObject(parsed.value)
  const app = asObject(own(root, 'serviceApp'))
  if (app === null) return refused(null, 'This is not a token-config.json: it has no "serviceApp" section.')

  const manager = asObject(own(root, 'tokenManager'))
  const integration = asObject(own(manager, 'integration'))
  const ofIntegration = (plain: string, prefixed: string) =>
    firstGiven([own(integration, plain), own(manager, prefixed), own(manager, plain)])
  const fields: Record<ConfigField, Json | undefined> = {
    'serviceApp.appId': own(app, 'appId'),
    'serviceApp.clientId': own(app, 'clientId'),
    'serviceApp.clientSecret': own(app, 'clientSecret'),
    'serviceApp.targetOrgId': own(app, 'targetOrgId'),
    'tokenManager.clientId': ofIntegration('clientId', 'oauthClientId'),
    'tokenManager.clientSecret': ofIntegration('clientSecret', 'oauthClientSecret'),
    'tokenManager.refreshToken': ofIntegration('refreshToken', 'oauthRefreshToken'),
    'tokenManager.personalAccessToken': own(manager, 'personalAccessToken'),
  }
  const found = new Map<ConfigField, Found>()
  for (const field of FIELDS) {
    const result = readValue(field, fields[field])
    if ('kind' in result) return result
    found.set(field, result)
  }
  return assemble((field) => found.get(field) ?? { value: '', isPlaceholder: false })
}

function assemble(get: (field: ConfigField) => Found): TokenConfig {
  const appFields = FIELDS.filter((field) => field.startsWith('serviceApp.'))
  const missing = appFields.find((field) => get(field).value === '' && !get(field).isPlaceholder)
  if (missing !== undefined) return refused(missing, `${capital(LABELS[missing])} is missing.`)
  if (appFields.every((field) => get(field).isPlaceholder)) {
    return refused(null, 'This is the unchanged template. Fill in the values of your service app first.')
  }
  const tokenManager = managerOf(get)
  const mixedUp =
    tokenManager?.kind === 'integration'
      ? secretIn(tokenManager, [tokenManager.clientSecret, tokenManager.refreshToken])
      : null
  if (mixedUp !== null) return refused('tokenManager.clientId', mixedUp.sentence)
  return {
    kind: 'ok',
    serviceApp: {
      appId: get('serviceApp.appId').value,
      clientId: get('serviceApp.clientId').value,
      clientSecret: get('serviceApp.clientSecret').value,
      targetOrgId: get('serviceApp.targetOrgId').value,
    },
    tokenManager,
    placeholders: FIELDS.filter((field) => get(field).isPlaceholder),
  }
}

/** An integration can be renewed, so it takes precedence over a personal access token. */
function managerOf(get: (field: ConfigField) => Found): TokenConfigManager | null {
  const clientId = get('tokenManager.clientId').value
  const clientSecret = get('tokenManager.clientSecret').value
  const refreshToken = get('tokenManager.refreshToken').value
  if (clientId !== '' && clientSecret !== '' && refreshToken !== '') {
    return { kind: 'integration', clientId, clientSecret, refreshToken }
  }
  const token = get('tokenManager.personalAccessToken').value
  return token === '' ? null : { kind: 'personal-access-token', token }
}

function readValue(field: ConfigField, json: Json | undefined): Found | Refused {
  if (json === undefined || json === null) return { value: '', isPlaceholder: false }
  if (typeof json !== 'string') return refused(field, `${capital(LABELS[field])} is not a text.`)
  const value = json.trim()
  if (isPlaceholder(value)) return { value: '', isPlaceholder: true }
  if (value === '') return { value, isPlaceholder: false }
  const problem = (field.endsWith('Id') ? idProblem : secretProblem)(capital(LABELS[field]), value)
  return problem === null ? { value, isPlaceholder: false } : refused(field, problem)
}

/** What templates carry where a value belongs: `YOUR_SERVICE_APP_ID_HERE`, `your_…`, `<client id>`, `xxxx`. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.some((pattern) => pattern.test(value.trim()))
}

/** Letters only where a real id or token would have digits too. */
const PLACEHOLDERS: readonly RegExp[] = [
  /^(your|insert|paste|enter|replace|put|change|fill)[-_ ]?[a-z_\- ]*$/i,
  /^[a-z_\- ]*[-_ ]here$/i,
  /^(<.*>|\{\{.*\}\}|\$\{.*\}|\[.*\])$/,
  // What a shell or a password manager would put in there.
  /^(\$[a-z_]\w*|%\w+%|op:\/\/.*)$/i,
  /^(x{3,}|\*{3,}|\.{3,}|todo|tbd|placeholder|example)$/i,
]

export type StrictJson =
  | { readonly kind: 'ok'; readonly value: Json }
  | { readonly kind: 'refused'; readonly sentence: string }

/**
 * JSON (RFC 8259) as people edit it: comments and trailing commas are skipped, as is a BOM; a duplicate key is an error.
 * `limits`: characters and levels; `firstLine`: of the text, in its file. An error names its line and column, and quotes nothing.
 */
export function parseStrictJson(
  text: string,
  limits: { readonly longest: number; readonly deepest: number; readonly firstLine?: number },
): StrictJson {
  if (text.length > limits.longest) return { kind: 'refused', sentence: 'Too long to import.' }
  const body = text.startsWith('\ufeff') ? text.slice(1) : text
  if (body.trim() === '') return { kind: 'refused', sentence: 'It is empty.' }
  const root: Json[] = []
  const open: (Json[] | Record<string, Json>)[] = [root]
  const tooDeep = 'This is nested too deeply to be imported'
  const at = (line: number, column: number) =>
    `look at line ${line + (limits.firstLine ?? 1)}, column ${column + 1}.`
  let key = ''
  let flaw: string | null = null
  const add = (value: Json) => {
    const parent = open.at(-1)
    if (Array.isArray(parent)) parent.push(value)
    // Also for the key `__proto__`, which an assignment would not store.
    else if (parent !== undefined)
      Object.defineProperty(parent, key, { value, enumerable: true, configurable: true })
  }
  const begin = (value: Json[] | Record<string, Json>, line: number, column: number) => {
    if (open.length > limits.deepest) flaw ??= `${tooDeep}: ${at(line, column)}`
    add(value)
    open.push(value)
  }
  const end = () => void open.pop()
  try {
    visit(
      body,
      {
        onObjectBegin: (_offset, _length, line, column) => begin({}, line, column),
        onArrayBegin: (_offset, _length, line, column) => begin([], line, column),
        onObjectEnd: end,
        onArrayEnd: end,
        onLiteralValue: add,
        onObjectProperty(name, _offset, _length, line, column) {
          key = name
          if (!Object.hasOwn(open.at(-1) ?? {}, name)) return
          flaw ??= `Duplicate key: ${at(line, column)}`
        },
        onError(_code, _offset, _length, line, column) {
          flaw ??= `This is not valid JSON: ${at(line, column)}`
        },
      },
      { allowTrailingComma: true },
    )
  } catch (error) {
    // The stack ended: far deeper than any limit.
    if (!(error instanceof RangeError)) throw error
    flaw ??= `${tooDeep}.`
  }
  const [value] = root
  if (flaw !== null || value === undefined) {
    return { kind: 'refused', sentence: flaw ?? 'It is empty.' }
  }
  return { kind: 'ok', value }
}

/**
 * Dialect A has a section of its own; B and C put the fields into `tokenManager`, with and without a prefix. The reference
 * tool's helper leaves placeholders and empty texts under one name beside the value under the other.
 */
function firstGiven(candidates: readonly (Json | undefined)[]): Json | undefined {
  const isGiven = (json: Json | undefined) => json !== undefined && json !== null && json !== ''
  const given = candidates.filter(isGiven)
  return given.find((json) => typeof json !== 'string' || !isPlaceholder(json)) ?? given[0]
}

/** Own properties only: nothing inherited, whatever the key. */
function own(object: JsonObject | null, key: string): Json | undefined {
  return object !== null && Object.hasOwn(object, key) ? object[key] : undefined
}

function asObject(json: Json | undefined): JsonObject | null {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : null
}

function refused(field: ConfigField | null, sentence: string): Refused {
  return { kind: 'refused', field, sentence }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
