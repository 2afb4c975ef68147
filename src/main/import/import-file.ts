// A file chosen for import: read within limits, and told by its name and content what it is.
import { readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'
import type { TokenConfigManager } from '#contract/token-config.ts'
import { IMPORT_LIMITS, type ImportCandidate } from './candidate.ts'
import { readCsv } from './csv-reader.ts'
import { type EnvReading, readEnv } from './env-reader.ts'
import { readJson } from './json-reader.ts'
import { readTokenConfig } from './token-config-reader.ts'

export type ImportContent =
  | {
      readonly kind: 'profiles'
      readonly candidates: readonly ImportCandidate[]
      /** Only a token-config.json brings one. */
      readonly tokenManager: TokenConfigManager | null
    }
  /** A `.env`: the person chooses the profile. */
  | { readonly kind: 'tokens'; readonly tokens: Extract<EnvReading, { kind: 'read' }> }
  | { readonly kind: 'refused'; readonly sentence: string }

/** `NAME=` at the beginning of a line. Blanks of that line alone: over line ends it would take the square of their number. */
const ASSIGNMENT = /^[^\S\r\n\u2028\u2029]*(?:export[^\S\r\n\u2028\u2029]+)?\w+[^\S\r\n\u2028\u2029]*=/m

export function readImportFile(path: string): ImportContent {
  const text = readText(path)
  return typeof text === 'string' ? readImport(text, path) : text
}

/** `name`: the file's, for its extension. */
export function readImport(text: string, name: string): ImportContent {
  switch (kindOf(text, name)) {
    case 'env': {
      const tokens = readEnv(text)
      return tokens.kind === 'refused' ? tokens : { kind: 'tokens', tokens }
    }
    case 'token-config': {
      const config = readTokenConfig(text)
      return config.kind === 'refused' ? config : { ...config, kind: 'profiles' }
    }
    case 'json':
      return profiles(readJson(text))
    case 'csv':
      return profiles(readCsv(text))
  }
}

function kindOf(text: string, name: string): 'env' | 'token-config' | 'json' | 'csv' {
  const extension = extname(name).toLowerCase()
  if (extension === '.env' || /(^|[\\/])\.env[^\\/]*$/i.test(name)) return 'env'
  if (extension === '.csv' || extension === '.tsv') return 'csv'
  const start = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .slice(0, 1)
  if (extension !== '.json' && start !== '{' && start !== '[') return ASSIGNMENT.test(text) ? 'env' : 'csv'
  return start === '{' && /"serviceApp"\s*:/.test(text) ? 'token-config' : 'json'
}

function profiles(reading: ReturnType<typeof readJson>): ImportContent {
  if (reading.kind === 'refused') return reading
  return { kind: 'profiles', candidates: reading.candidates, tokenManager: null }
}

/** What it is and how large is asked before anything is read: a pipe would never end. */
function readText(path: string): string | Extract<ImportContent, { kind: 'refused' }> {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return refused('This is not a file.')
    if (stats.size > IMPORT_LIMITS.bytes) {
      const [size, most] = [megabytes(stats.size), megabytes(IMPORT_LIMITS.bytes)]
      return refused(`The file has ${size} MB; at most ${most} MB come in at once.`)
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    return refused(
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
        ? 'The file is not UTF-8. Save it as UTF-8 and try again.'
        : 'The file cannot be read.',
    )
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}

function refused(sentence: string): Extract<ImportContent, { kind: 'refused' }> {
  return { kind: 'refused', sentence }
}
