// Opens a vault the way main does, with what a test wants to be different.
import { onTestFinished } from 'vitest'
import { type FolderLock, folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { type Opening, type OpeningOptions, openVault } from '#vault/opening.ts'
import { NOW } from './builders.ts'
import { fakeKeychain } from './fake-keychain.ts'

/** The real cost takes half a second each time. */
export const CHEAP_SCRYPT = { N: 2 ** 10, r: 8, p: 1 }

const locks = new Map<string, FolderLock>()

/** A test opens a folder again and again, as one process. */
export function lockOf(folder: string): FolderLock {
  const known = locks.get(folder)
  if (known !== undefined) return known
  const lock = folderLock(folder)
  locks.set(folder, lock)
  onTestFinished(() => {
    lock.release()
    locks.delete(folder)
  })
  return lock
}

export async function opening(folder: string, change: Partial<OpeningOptions> = {}): Promise<Opening> {
  const result = await openVault({
    folder,
    lock: lockOf(folder),
    keychain: change.keychain ?? fakeKeychain(),
    clock: { now: () => NOW },
    weakStorageConsent: 'ask',
    scryptCost: CHEAP_SCRYPT,
    ...change,
  })
  if (result.kind === 'open') onTestFinished(() => result.vault.close())
  return result
}

export async function opened(folder: string, change: Partial<OpeningOptions> = {}): Promise<OpenVault> {
  const result = await opening(folder, change)
  if (result.kind !== 'open')
    throw new Error(`expected an open vault, got ${result.kind}: ${result.sentence}`)
  return result.vault
}
