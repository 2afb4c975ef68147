// Own files: what the app makes in a data folder, which may hold other files of the person.
import { realpathSync } from 'node:fs'
import path from 'node:path'

export const OWN_FILES = ['preferences.json', 'satm.json', 'satm.sock', 'satm.next']

const OWN_FOLDERS = ['vault', 'logs', 'chromium']

/** `file`: its path without links. */
export function isOwnFile(dataFolder: string, file: string): boolean {
  const [first = ''] = path.relative(withoutLinks(dataFolder), file).split(path.sep)
  return OWN_FOLDERS.includes(first) || OWN_FILES.includes(first)
}

function withoutLinks(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
