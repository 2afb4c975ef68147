// Preferences over a store that may fail to open, hold nonsense, or refuse to write.
import { type PreferenceValues, readPreferences } from './preference-values.ts'

/** The part of electron-store that is used. */
export interface PreferenceStore {
  readonly store: unknown
  set(values: Record<string, unknown>): void
}

export interface Preferences {
  readonly values: () => PreferenceValues
  /** Whether it is in force because the file or the person says so; otherwise it is the usual one. */
  readonly isSet: (name: 'baseUrl') => boolean
  /**
   * Takes the values over for this run and writes them with one write. Returns null when they are on disk, otherwise
   * the error: a window that closes has nobody to throw at.
   */
  readonly set: (patch: Partial<PreferenceValues>) => Error | null
  /** Why the file of the last run was put aside, and where it is now. */
  readonly putAside: { readonly to: string | null; readonly cause: unknown } | null
}

export interface PreferenceFile {
  readonly file: string
  readonly open: () => PreferenceStore
  readonly exists: (file: string) => boolean
  readonly rename: (from: string, to: string) => void
}

export function preferencesOver(parts: PreferenceFile): Preferences {
  const { store, putAside } = openKeepingBroken(parts)
  const stored: unknown = store?.store
  let values = readPreferences(stored)
  const given: Record<string, unknown> = { ...(typeof stored === 'object' ? stored : {}) }
  return {
    values: () => values,
    isSet: (name) => given[name] !== undefined && given[name] === values[name],
    set(patch) {
      Object.assign(given, patch)
      values = readPreferences({ ...values, ...patch })
      if (store === null) return new Error('The preferences file could not be opened.')
      try {
        store.set({ ...patch })
        return null
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      }
    },
    putAside,
  }
}

function openKeepingBroken(parts: PreferenceFile): {
  store: PreferenceStore | null
  putAside: Preferences['putAside']
} {
  try {
    return { store: parts.open(), putAside: null }
  } catch (cause) {
    const to = freeName(parts)
    try {
      parts.rename(parts.file, to)
      return { store: parts.open(), putAside: { to, cause } }
    } catch {
      return { store: null, putAside: { to: parts.exists(to) ? to : null, cause } }
    }
  }
}

/** Earlier broken files stay too. */
function freeName({ file, exists }: PreferenceFile): string {
  let number = 1
  while (exists(`${file}.broken-${number}`)) number += 1
  return `${file}.broken-${number}`
}
