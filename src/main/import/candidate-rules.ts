// Whether a candidate can be a service app in an org at all, looked at by itself.

import { isPlaceholder } from '#contract/token-config.ts'
import {
  decodeWebexId,
  idProblem,
  isUuid,
  nameProblem,
  secretIn,
  secretProblem,
} from '#contract/value-rules.ts'
import { isTokenText } from '#engine/domain/secret.ts'
import { FIELD_LABELS, type ImportCandidate, type ImportField, type ImportFlaw } from './candidate.ts'

const IDS = ['appId', 'clientId', 'targetOrgId'] as const
const SECRETS = ['clientSecret', 'accessToken', 'refreshToken'] as const
const NAMES = ['name', 'orgName'] as const

/** null: nothing is wrong with it. The sentence never repeats a value. */
export function flawOf(candidate: ImportCandidate): ImportFlaw | null {
  if (candidate.flaw !== null) return candidate.flaw
  for (const field of IDS) {
    const flaw = candidate[field] === '' ? missing(field) : valueFlaw(field, candidate[field], idProblem)
    if (flaw !== null) return flaw
  }
  if (candidate.clientSecret === null) return missing('clientSecret')
  for (const field of SECRETS) {
    const text = candidate[field]?.reveal() ?? ''
    const flaw = valueFlaw(field, text, secretProblem)
    if (flaw !== null) return flaw
    if (field !== 'clientSecret' && text !== '' && !isTokenText(text)) {
      return { field, sentence: `${FIELD_LABELS[field]} has characters that cannot be in a token.` }
    }
  }
  for (const field of NAMES) {
    const sentence = nameProblem(FIELD_LABELS[field], candidate[field])
    if (sentence !== null) return { field, sentence }
  }
  const secrets = SECRETS.flatMap((field) => candidate[field]?.reveal() ?? [])
  return secretIn(candidate, secrets) ?? kindFlaw(candidate)
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

function valueFlaw(
  field: ImportField,
  value: string,
  problemOf: (label: string, value: string) => string | null,
): ImportFlaw | null {
  if (value === '') return null
  const label = FIELD_LABELS[field]
  const sentence = isPlaceholder(value)
    ? `${label} still holds the template's placeholder.`
    : problemOf(label, value)
  return sentence === null ? null : { field, sentence }
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
