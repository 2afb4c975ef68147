// Preferences: a person's choices that are not secret. A file that cannot be read, or that somebody else can write, is put
// aside and kept, one of a newer version is left as it is; nothing that is wrong with it stops the app.
import { existsSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import ElectronStore from 'electron-store'
import { isOwnFile } from '#base/node/folder-access.ts'
import {
  isNewerPreferences,
  PREFERENCES_NAME,
  type PreferenceValues,
  readPreferences,
} from './preference-values.ts'

/** The part of electron-store that is used. */
export interface PreferenceStore {
  readonly store: unknown
  set(values: Record<string, unknown>): void
}

export interface Preferences {
  readonly values: () => PreferenceValues
  /** Whether the file or the person set it; otherwise the default is in force. */
  readonly isSet: (name: 'baseUrl') => boolean
  /**
   * Uses the values in this run and writes them with one write. Returns null when they are on disk, otherwise the
   * error: it is called while a window closes, where nothing could catch it.
   */
  readonly set: (patch: Partial<PreferenceValues>) => Error | null
  /**
   * Reads the file anew, which somebody else has written; false: it cannot be read, and the values stay. The Webex cloud
   * stays in any case: whoever changes that asks `cloud-binding.ts` first.
   */
  readonly reread: () => boolean
  /** Why the file of the last run was put aside, and where it is now. */
  readonly putAside: { readonly to: string | null; readonly cause: unknown } | null
  /** A newer version of the app wrote the file: nothing is read of it, and nothing is written. */
  readonly isNewer: boolean
}

export interface PreferenceFile {
  readonly file: string
  readonly open: () => PreferenceStore
  readonly exists: (file: string) => boolean
  readonly rename: (from: string, to: string) => void
}

export function openPreferences(folder: string): Preferences {
  const file = path.join(folder, `${PREFERENCES_NAME}.json`)
  return preferencesOver({
    file,
    open: (): PreferenceStore => {
      // Who writes it chooses where secrets are sent: the address of Webex is in it.
      const stats = statSync(file, { throwIfNoEntry: false })
      if (stats !== undefined && !isOwnFile(stats)) throw new Error('Other users can write this file.')
      return new ElectronStore<Record<string, unknown>>({
        name: PREFERENCES_NAME,
        cwd: folder,
        configFileMode: 0o600,
        clearInvalidConfig: false,
        accessPropertiesByDotNotation: false,
      })
    },
    exists: existsSync,
    rename: renameSync,
  })
}

export function preferencesOver(parts: PreferenceFile): Preferences {
  const { store, putAside } = openKeepingBroken(parts)
  const isNewer = isNewerPreferences(store?.store)
  const stored: unknown = isNewer ? undefined : store?.store
  let values = readPreferences(stored)
  const given: Record<string, unknown> = { ...(typeof stored === 'object' ? stored : {}) }
  return {
    values: () => values,
    isSet: (name) => given[name] !== undefined && given[name] === values[name],
    set(patch) {
      Object.assign(given, patch)
      values = readPreferences({ ...values, ...patch })
      if (store === null) return new Error('the settings file could not be opened')
      if (isNewer) return new Error('the settings file was written by a newer version of this app')
      try {
        store.set({ ...patch })
        return null
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      }
    },
    reread() {
      try {
        const now: unknown = parts.open().store
        if (isNewerPreferences(now)) return false
        values = { ...readPreferences(now), baseUrl: values.baseUrl }
        return true
      } catch {
        return false
      }
    },
    putAside,
    isNewer,
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
