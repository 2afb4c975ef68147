// The preferences a window needs before it is made. electron-store takes longer to load than the window, so the file is
// read without it: what is wrong counts as missing here, and openPreferences reports it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type PreferenceValues, readPreferences } from './preference-values.ts'

export function firstLook(folder: string): PreferenceValues {
  return readPreferences(stored(path.join(folder, 'preferences.json')))
}

function stored(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
