// Choices of a person that are no secret. A file that cannot be read is put aside, never thrown away, and never stops the app.
import { existsSync, renameSync } from 'node:fs'
import path from 'node:path'
import ElectronStore from 'electron-store'
import { type PreferenceStore, type Preferences, preferencesOver } from './preferences-store.ts'

const NAME = 'preferences'

export type { PreferenceValues } from './preference-values.ts'
export type { Preferences } from './preferences-store.ts'

export function openPreferences(folder: string): Preferences {
  return preferencesOver({
    file: path.join(folder, `${NAME}.json`),
    open: (): PreferenceStore =>
      new ElectronStore<Record<string, unknown>>({
        name: NAME,
        cwd: folder,
        configFileMode: 0o600,
        clearInvalidConfig: false,
        accessPropertiesByDotNotation: false,
      }),
    exists: existsSync,
    rename: renameSync,
  })
}
