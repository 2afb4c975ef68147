// token-config.json: one service app in one org, and its token manager.
import { type ConfigField, parseTokenConfig } from '#contract/token-config.ts'
import { candidateOf, FIELD_LABELS, type ImportField, type ImportFlaw } from './candidate.ts'
import type { ImportContent, ImportDialect } from './import-dialect.ts'

const FIELDS: Partial<Record<ConfigField, ImportField>> = {
  'serviceApp.appId': 'appId',
  'serviceApp.clientId': 'clientId',
  'serviceApp.clientSecret': 'clientSecret',
  'serviceApp.targetOrgId': 'targetOrgId',
}

export const tokenConfig: ImportDialect = {
  name: 'token-config.json',
  extensions: ['json'],
  recognises: (text) => /^\s*\{/.test(text) && /"serviceApp"\s*:/.test(text),
  read: readTokenConfig,
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
  const field = placeholders.map((name) => FIELDS[name]).find((name) => name !== undefined)
  return field === undefined
    ? null
    : { field, sentence: `${FIELD_LABELS[field]} still holds the template's placeholder.` }
}
