// A `token-config.json` as an import: one service app in one org, and the token manager beside it.
import { type ConfigField, parseTokenConfig, type TokenConfigManager } from '#contract/token-config.ts'
import type { Instant, ManagerId, TokenManager } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import {
  candidateOf,
  FIELD_LABELS,
  type ImportField,
  type ImportFlaw,
  type ImportReading,
} from './candidate.ts'
import { pastedPair } from './env-reader.ts'

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

/** The token manager of a config, for a fleet that has none yet. */
export function configManager(
  config: TokenConfigManager,
  parts: { readonly id: ManagerId; readonly now: Instant },
): TokenManager {
  const common = { id: parts.id, isDefault: true, createdAt: parts.now }
  if (config.kind === 'personal-access-token') {
    const pair = pastedPair(new Secret(config.token), null, parts.now)
    return { kind: 'personal-access-token', name: 'Personal access token', ...common, pair }
  }
  return {
    kind: 'integration',
    name: 'Token manager integration',
    ...common,
    clientId: config.clientId,
    clientSecret: new Secret(config.clientSecret),
    pair: pastedPair(null, new Secret(config.refreshToken), parts.now),
  }
}
