// The tokens of a `.env` file, under the names Webex's samples use. They say nothing of app or org: a profile takes them.

import { isPlaceholder } from '#contract/token-config.ts'
import { secretProblem } from '#contract/value-rules.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { IMPORT_LIMITS } from './candidate.ts'

export type EnvReading =
  | { readonly kind: 'read'; readonly accessToken: Secret | null; readonly refreshToken: Secret | null }
  | { readonly kind: 'refused'; readonly sentence: string }

const ACCESS = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
const REFRESH = 'WEBEX_SERVICE_APP_REFRESH_TOKEN'
/** `export`, quotes and comments as in dotenv; a value never goes over a line. */
const LINE =
  /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"\s*(?:#[\s\S]*)?$|'([^']*)'\s*(?:#[\s\S]*)?$|([^#]*))/

export function readEnv(text: string): EnvReading {
  if (text.length > IMPORT_LIMITS.bytes) return refused('This is too long to be taken in.')
  const values = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)) {
    const [, name, double, single, plain] = LINE.exec(line) ?? []
    if (name !== ACCESS && name !== REFRESH) continue
    if (values.has(name)) return refused(`${name} stands there twice.`)
    values.set(name, double ?? single ?? plain?.trimEnd() ?? '')
  }
  for (const [name, value] of values) {
    if (isPlaceholder(value)) return refused(`${name} still holds the template's placeholder.`)
    const problem = value === '' ? null : secretProblem(name, value)
    if (problem !== null) return refused(problem)
    if (value !== '' && !isTokenText(value))
      return refused(`${name} has characters that cannot be in a token.`)
  }
  const accessToken = secretOf(values.get(ACCESS))
  const refreshToken = secretOf(values.get(REFRESH))
  if (accessToken === null && refreshToken === null)
    return refused(`There is neither ${ACCESS} nor ${REFRESH} in it.`)
  return { kind: 'read', accessToken, refreshToken }
}

function secretOf(value: string | undefined): Secret | null {
  return value === undefined || value === '' ? null : new Secret(value)
}

function refused(sentence: string): EnvReading {
  return { kind: 'refused', sentence }
}
