// Whether a candidate can be a service app in an org at all, looked at by itself.

import { isPlaceholder } from '../../preload/token-config.ts'
import { isTokenText } from '../engine/secret.ts'
import { FIELD_LABELS, type ImportCandidate, type ImportField, type ImportFlaw } from './import-candidate.ts'
import { decodeWebexId, isUuid } from './webex-ids.ts'

const LONGEST_ID = 500
const LONGEST_SECRET = 8192
const LONGEST_NAME = 200
const PRINTABLE = /^[\x21-\x7e]*$/
/** Control characters, and those that turn text around so that a name reads as another. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u

const IDS = ['appId', 'clientId', 'targetOrgId'] as const
const TOKENS = ['accessToken', 'refreshToken'] as const
const NAMES = ['name', 'orgName'] as const

/** null: nothing is wrong with it. The sentence never repeats a value. */
export function flawOf(candidate: ImportCandidate): ImportFlaw | null {
  if (candidate.flaw !== null) return candidate.flaw
  for (const field of IDS) {
    const flaw = idFlaw(field, candidate[field])
    if (flaw !== null) return flaw
  }
  if (candidate.clientSecret === null) return missing('clientSecret')
  const secretFlaw = textFlaw('clientSecret', candidate.clientSecret.reveal(), LONGEST_SECRET)
  if (secretFlaw !== null) return secretFlaw
  for (const field of TOKENS) {
    const text = candidate[field]?.reveal() ?? ''
    const flaw = textFlaw(field, text, LONGEST_SECRET)
    if (flaw !== null) return flaw
    if (text !== '' && !isTokenText(text)) return badCharacters(field)
  }
  for (const field of NAMES) {
    if (UNPRINTABLE.test(candidate[field]))
      return { field, sentence: `${FIELD_LABELS[field]} has control characters.` }
    if (candidate[field].length > LONGEST_NAME) return tooLong(field)
  }
  return kindFlaw(candidate)
}

/** What is odd and still comes in. */
export function warningsOf({ appId, clientId, targetOrgId }: ImportCandidate): string[] {
  const app = decodeWebexId(appId)
  const warnings: string[] = []
  if (app === null) warnings.push('The App ID has another form than Webex usually gives.')
  else if (app.id !== clientId) warnings.push('The App ID and the client ID belong to different apps.')
  if (decodeWebexId(targetOrgId) === null && !isUuid(targetOrgId)) {
    warnings.push('The target org ID has another form than Webex usually gives.')
  }
  return warnings
}

function idFlaw(field: (typeof IDS)[number], value: string): ImportFlaw | null {
  return value === '' ? missing(field) : textFlaw(field, value, LONGEST_ID)
}

function textFlaw(field: ImportField, value: string, longest: number): ImportFlaw | null {
  if (isPlaceholder(value))
    return { field, sentence: `${FIELD_LABELS[field]} still holds the template's placeholder.` }
  if (value.length > longest) return tooLong(field)
  if (PRINTABLE.test(value)) return null
  return badCharacters(field)
}

function badCharacters(field: ImportField): ImportFlaw {
  return { field, sentence: `${FIELD_LABELS[field]} has spaces or characters that cannot be in it.` }
}

/** An id that says it is something else. */
function kindFlaw({ appId, targetOrgId }: ImportCandidate): ImportFlaw | null {
  const app = decodeWebexId(appId)
  if (app !== null && app.kind !== 'APPLICATION') {
    return { field: 'appId', sentence: `This is the id of ${kindName(app.kind)}, not of an app.` }
  }
  const org = decodeWebexId(targetOrgId)
  if (org !== null && org.kind !== 'ORGANIZATION') {
    return { field: 'targetOrgId', sentence: `This is the id of ${kindName(org.kind)}, not of an org.` }
  }
  return null
}

function kindName(kind: string): string {
  switch (kind) {
    case 'APPLICATION':
      return 'an app'
    case 'ORGANIZATION':
      return 'an org'
    case 'PEOPLE':
      return 'a person'
    default:
      return 'something else'
  }
}

function missing(field: ImportField): ImportFlaw {
  return { field, sentence: `${FIELD_LABELS[field]} is missing.` }
}

function tooLong(field: ImportField): ImportFlaw {
  return { field, sentence: `${FIELD_LABELS[field]} is too long.` }
}
