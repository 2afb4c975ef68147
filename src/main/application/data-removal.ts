// Data removal: deletes all that the app stored, at its end: the vault with every copy of it, log, settings, the page's files.
import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { FolderLock } from '#vault/db/folder-lock.ts'
import { UserFacingError } from './errors.ts'
import { OWN_FILES } from './own-files.ts'

export interface DataRemoval {
  /** Ends the app and deletes everything then. Throws a `UserFacingError` unless this process has the folder. */
  request(): void
  /** The app does not end after all. */
  withdraw(): void
  /** For the very end, when nothing is open any more: deletes what was requested, and a demo's own folder always. */
  finish(): void
}

export function createDataRemoval(dependencies: {
  readonly lock: Pick<FolderLock, 'take'>
  readonly places: DataPlaces
  /** The folder belongs to this run alone. */
  readonly isOwnFolder: boolean
  readonly quit: () => void
}): DataRemoval {
  const { lock, places, isOwnFolder, quit } = dependencies
  let isRequested = false
  return {
    request() {
      requireLock(lock)
      isRequested = true
      quit()
    },
    withdraw() {
      isRequested = false
    },
    finish() {
      if (isOwnFolder) rmSync(places.dataFolder, { recursive: true, force: true })
      else if (isRequested) deleteData(places)
    },
  }
}

/** Another instance may work on what would be deleted. */
function requireLock(lock: Pick<FolderLock, 'take'>): void {
  if (lock.take().kind === 'held') return
  throw new UserFacingError(
    'storage',
    'Nothing was deleted: the data folder is in use by another instance of this app, or not writable. Quit the other instance or make the folder writable, and try again.',
  )
}

interface DataPlaces {
  readonly dataFolder: string
  readonly vaultFolder: string
  readonly logFolder: string
  readonly chromiumFolder: string
}

/** What the system does not release (Windows, a file in use) stays; the vault is deleted first, and its failure is thrown. */
function deleteData({ dataFolder, vaultFolder, logFolder, chromiumFolder }: DataPlaces): void {
  rmSync(vaultFolder, { recursive: true, force: true })
  const files = OWN_FILES.map((name) => path.join(dataFolder, name))
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
