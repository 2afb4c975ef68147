// A `token-config.json` as an import: one service app in one org, and the token manager beside it.
import { type ConfigField, parseTokenConfig, type TokenConfigManager } from '#contract/token-config.ts'
import {
  candidateOf,
  FIELD_LABELS,
  type ImportField,
  type ImportFlaw,
  type ImportReading,
} from './candidate.ts'

export type TokenConfigReading =
  | (Extract<ImportReading, { kind: 'read' }> & { readonly tokenManager: TokenConfigManager | null })
  | Extract<ImportReading, { kind: 'refused' }>

const FIELDS: Partial<Record<ConfigField, ImportField>> = {
  'serviceApp.appId': 'appId',
  'serviceApp.clientId': 'clientId',
  'serviceApp.clientSecret': 'clientSecret',
  'serviceApp.targetOrgId': 'targetOrgId',
}

export function readTokenConfig(text: string): TokenConfigReading {
  const config = parseTokenConfig(text)
  if (config.kind === 'refused') return { kind: 'refused', sentence: config.sentence }
  const values = new Map<ImportField, string>(Object.entries(config.serviceApp) as [ImportField, string][])
  return {
    kind: 'read',
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
