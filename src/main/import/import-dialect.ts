// Import dialect: a format that the import understands, and what a text of it contains.
import type { FoundNames, LackingField, UnclearSet, VariableRole } from '#contract/contract.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { ImportCandidate } from './candidate.ts'

/** A new one is a file with its reader, and an entry in the list of `import-file.ts`. */
export interface ImportDialect {
  /** As the file dialog names it. */
  readonly name: string
  /** Of file names, in lower case without the dot. */
  readonly extensions: readonly string[]
  /** Asked only where the extension leaves several dialects. */
  recognises(text: string): boolean
  read(text: string, choices: ImportChoices): ImportContent
}

/** What the person said after a first reading. */
export interface ImportChoices {
  /** Fills in what every row lacks. */
  readonly serviceApp: Readonly<Partial<Record<LackingField, string>>>
  /** Of sets of variables, by their ID. */
  readonly roles: Readonly<Record<string, VariableRole>>
}

export const NO_CHOICES: ImportChoices = { serviceApp: {}, roles: {} }

export type ImportContent =
  | {
      readonly kind: 'profiles'
      readonly candidates: readonly ImportCandidate[]
      readonly tokenManager: TokenConfigManager | null
      readonly lacking: readonly LackingField[]
      readonly found: FoundNames
    }
  /** Of no service app yet: a person chooses the profile. */
  | {
      readonly kind: 'tokens'
      readonly accessToken: Secret | null
      readonly refreshToken: Secret | null
      readonly tokenManager: TokenConfigManager | null
      readonly found: FoundNames
    }
  /** A person says who takes each set; then it is read again. */
  | { readonly kind: 'unclear'; readonly sets: readonly UnclearSet[]; readonly found: FoundNames }
  | RefusedImport

export interface RefusedImport {
  readonly kind: 'refused'
  /** What is wrong; never repeats a value. */
  readonly sentence: string
}

/** Of one import: about 5 KB for each of the most rows. */
export const IMPORT_LIMITS = { bytes: 50 * 1024 * 1024, rows: 10_000, depth: 16, columns: 64 } as const

export function refusedImport(sentence: string): RefusedImport {
  return { kind: 'refused', sentence }
}
