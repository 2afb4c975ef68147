// The end of all that was kept: the vault with every copy of it, the log, the settings, the window's own files.
import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { FolderLock } from '#vault/db/folder-lock.ts'
import { UserFacingError } from './errors.ts'

/** Throws a `UserFacingError` unless this process has the folder: another instance may work on what would be deleted. */
export function requireLock(lock: Pick<FolderLock, 'take'>): void {
  if (lock.take().kind === 'held') return
  throw new UserFacingError(
    'storage',
    'This instance does not have the data folder to itself, so nothing was deleted. Quit the other instance of this app, or make the folder writable, and try again.',
  )
}

interface DataPlaces {
  readonly dataFolder: string
  readonly vaultFolder: string
  readonly logFolder: string
  readonly chromiumFolder: string
}

/** What the app makes in a data folder, which may hold other files of the person. */
const OURS = ['preferences.json', 'satm.json', 'satm.sock']

/**
 * Runs when nothing is open any more. What the system does not let go (Windows, a file in use) stays; the vault goes
 * first, and its failure is thrown.
 */
export function deleteData({ dataFolder, vaultFolder, logFolder, chromiumFolder }: DataPlaces): void {
  rmSync(vaultFolder, { recursive: true, force: true })
  const files = OURS.map((name) => path.join(dataFolder, name))
  for (const place of [logFolder, chromiumFolder, ...files, ...brokenPreferences(dataFolder)]) {
    try {
      rmSync(place, { recursive: true, force: true })
    } catch {
      // No secret is in it.
    }
  }
  try {
    rmdirSync(dataFolder)
  } catch {
    // The person keeps something else there.
  }
}

function brokenPreferences(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('preferences.json.broken-'))
    .map((name) => path.join(folder, name))
}
