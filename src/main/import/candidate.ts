// Import candidate: one service app in one org as a file offers it, and what is wrong or odd about it on its own.
import { composeText } from '#base/common/fold-text.ts'
import { decodeWebexId, isUuid } from '#base/common/webex-id.ts'
import { isPlaceholder } from '#contract/token-config.ts'
import { idProblem, nameProblem, secretIn, secretProblem } from '#contract/value-rules.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { FIELD_LABELS, type ImportField } from './known-names.ts'

export interface ImportCandidate {
  /** Line of the file, or number of the entry; from 1. */
  readonly line: number
  /** Trimmed; empty where nothing was given. */
  readonly name: string
  readonly appId: string
  /** Were not given and follow from others. */
  readonly derived: readonly ('appId' | 'clientId' | 'targetOrgId')[]
  readonly clientId: string
  readonly targetOrgId: string
  readonly orgName: string
  readonly clientSecret: Secret | null
  readonly accessToken: Secret | null
  readonly refreshToken: Secret | null
  /** null: nothing is wrong with it on its own. */
  readonly flaw: ImportFlaw | null
  /** Warnings about a row that is imported all the same. */
  readonly warnings: readonly string[]
}

type Given = Omit<ImportCandidate, 'flaw' | 'warnings'>

export interface ImportFlaw {
  readonly field: ImportField | null
  readonly sentence: string
  /** All that was not given, where that is what is wrong. */
  readonly missing?: readonly ImportField[]
}

/** `flaw`: what is wrong with its form. */
export function candidateOf(
  line: number,
  values: ReadonlyMap<ImportField, string>,
  flaw: ImportFlaw | null = null,
): ImportCandidate {
  const text = (field: ImportField) => composeText(values.get(field)?.trim() ?? '')
  const secret = (field: ImportField) => (text(field) === '' ? null : new Secret(text(field)))
  const ids = {
    appId: text('appId') || appIdOf(text('clientId')),
    clientId: text('clientId') || clientIdOf(text('appId')),
    targetOrgId: text('targetOrgId') || orgIdOf(text('refreshToken')) || orgIdOf(text('accessToken')),
  }
  const given: Given = {
    line,
    name: text('name'),
    ...ids,
    derived: IDS.filter((field) => ids[field] !== text(field)),
    orgName: text('orgName'),
    clientSecret: secret('clientSecret'),
    accessToken: secret('accessToken'),
    refreshToken: secret('refreshToken'),
  }
  return { ...given, flaw: flaw ?? flawOf(given), warnings: warningsOf(given) }
}

const CLIENT_ID = /^C[0-9a-f]{64}$/i

/** An App ID is normally base64 of `ciscospark://us/APPLICATION/` and the client ID; empty: it has another form. */
function appIdOf(clientId: string): string {
  return CLIENT_ID.test(clientId) ? btoa(`ciscospark://us/APPLICATION/${clientId}`).replace(/=+$/, '') : ''
}

function clientIdOf(appId: string): string {
  const app = decodeWebexId(appId)
  return app?.kind === 'APPLICATION' && CLIENT_ID.test(app.id) ? app.id : ''
}

/** Tokens of Webex are `<opaque>_<cluster>_<UUID of the org>`. */
function orgIdOf(token: string): string {
  return /_[a-z0-9]{2,12}_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(token.slice(-52))?.[1] ?? ''
}

const IDS = ['appId', 'clientId', 'targetOrgId'] as const
const SECRETS = ['clientSecret', 'accessToken', 'refreshToken'] as const
const NAMES = ['name', 'orgName'] as const

/** null: nothing is wrong with it. The sentence never repeats a value. */
function flawOf(candidate: Given): ImportFlaw | null {
  for (const field of IDS) {
    const flaw = valueFlaw(field, candidate[field], idProblem)
    if (flaw !== null) return flaw
  }
  const missing = missingIn(candidate)
  if (missing !== null) return missing
  for (const field of SECRETS) {
    const text = candidate[field]?.reveal() ?? ''
    const flaw = valueFlaw(field, text, secretProblem)
    if (flaw !== null) return flaw
    if (field !== 'clientSecret' && text !== '' && !isTokenText(text)) {
      return { field, sentence: `${FIELD_LABELS[field]} contains characters that a token cannot have.` }
    }
  }
  for (const field of NAMES) {
    const sentence = nameProblem(FIELD_LABELS[field], candidate[field])
    if (sentence !== null) return { field, sentence }
  }
  const secrets = SECRETS.flatMap((field) => candidate[field]?.reveal() ?? [])
  return secretIn(candidate, secrets) ?? kindFlaw(candidate)
}

export const DERIVED = {
  appId: 'The App ID was derived from the client ID.',
  clientId: 'The client ID was derived from the App ID.',
  targetOrgId: 'The target org ID was derived from the token.',
} as const

function warningsOf({ appId, derived, clientId, targetOrgId }: Given): readonly string[] {
  const app = decodeWebexId(appId)
  const warnings: string[] = derived.map((field) => DERIVED[field])
  if (app === null) warnings.push('The App ID does not look like a Webex ID.')
  else if (app.id !== clientId) warnings.push('The App ID and the client ID belong to different apps.')
  if (decodeWebexId(targetOrgId) === null && !isUuid(targetOrgId)) {
    warnings.push('The target org ID does not look like a Webex ID.')
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
    ? `${label} is still a placeholder of the template.`
    : problemOf(label, value)
  return sentence === null ? null : { field, sentence }
}

/** An id that says it is something else. */
function kindFlaw({ appId, targetOrgId }: Given): ImportFlaw | null {
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

function missingIn(candidate: Given): ImportFlaw | null {
  const fields = [...IDS, 'clientSecret' as const].filter((field) => (candidate[field] ?? '') === '')
  const [field] = fields
  if (field === undefined) return null
  return {
    field,
    missing: fields,
    sentence:
      fields.length === 1
        ? `${FIELD_LABELS[field]} is missing.`
        : `Missing: ${fields.map((each) => FIELD_LABELS[each].replace(/^The/, 'the')).join(', ')}.`,
  }
}
