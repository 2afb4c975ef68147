// Env file: tokens under the names that Webex's samples use. It names neither app nor org, so a profile takes them.
import { entriesOf, hasAssignment, meaningOf } from '#base/common/dotenv.ts'
import { isPlaceholder } from '#contract/token-config.ts'
import { secretProblem } from '#contract/value-rules.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { IMPORT_LIMITS, type ImportContent, type ImportDialect, refusedImport } from './import-dialect.ts'
import { looksLikeJson } from './json-reader.ts'

const ACCESS = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
const REFRESH = 'WEBEX_SERVICE_APP_REFRESH_TOKEN'

export const envFile: ImportDialect = {
  name: '.env',
  extensions: ['env'],
  recognises: (text) => !looksLikeJson(text) && hasAssignment(text),
  read: readEnv,
}

function readEnv(text: string): ImportContent {
  if (text.length > IMPORT_LIMITS.bytes) return refusedImport('This is too long to be taken in.')
  const values = new Map<string, string>()
  for (const { name, from, to } of entriesOf(text)) {
    if (name !== ACCESS && name !== REFRESH) continue
    if (values.has(name)) return refusedImport(`${name} stands there twice.`)
    values.set(name, meaningOf(text.slice(from, to)))
  }
  for (const [name, value] of values) {
    if (isPlaceholder(value)) return refusedImport(`${name} still holds the template's placeholder.`)
    const problem = value === '' ? null : secretProblem(name, value)
    if (problem !== null) return refusedImport(problem)
    if (value !== '' && !isTokenText(value))
      return refusedImport(`${name} has characters that cannot be in a token.`)
  }
  const accessToken = secretOf(values.get(ACCESS))
  const refreshToken = secretOf(values.get(REFRESH))
  if (accessToken === null && refreshToken === null)
    return refusedImport(`There is neither ${ACCESS} nor ${REFRESH} in it.`)
  return { kind: 'tokens', accessToken, refreshToken }
}

function secretOf(value: string | undefined): Secret | null {
  return value === undefined || value === '' ? null : new Secret(value)
}
