// Moving in: puts the service apps of this computer into an empty shared vault. Wherever it is interrupted, neither side renews
// them, or one does.
import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import type { Instant } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { makeFolder } from '#vault/db/data-files.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import { FilledByAnother, UserFacingError } from './errors.ts'
import type { FileReader } from './file-reader.ts'
import type { SharedVaults } from './shared-vault.ts'

export interface MovingParts {
  /** Of this app; the file that is moved lies in it for a moment. */
  readonly dataFolder: string
  readonly readBackup: FileReader['backup']
  readonly now: () => Instant
}

/** Whether its service apps lie in a shared vault already. */
export function isMovedIn(hold: RenewalHold | null): boolean {
  return hold?.why === 'moved' && hold.to === 'shared-vault'
}

export async function isEmptyVault(local: Pick<OpenVault, 'load'>): Promise<boolean> {
  const { fleet, unreadable } = await local.load()
  return fleet.profiles.size + fleet.managers.size + unreadable.length === 0
}

/**
 * Nothing may be under way over `local`. When it resolves nothing is renewed over it any more, and the shared vault is in use.
 * When it rejects before the shared vault is whole, everything goes on here.
 */
export async function moveIn(
  local: Pick<OpenVault, 'load' | 'backup' | 'renewalHold'>,
  vaults: Pick<SharedVaults, 'moveIn' | 'activate'>,
  parts: MovingParts,
): Promise<void> {
  const hold = await local.renewalHold.load()
  if (isMovedIn(hold)) return endMove(local, vaults)
  const isOther = hold !== null && (hold.why !== 'moving' || hold.to !== 'shared-vault')
  if (isOther) throw new UserFacingError('refused', HELD)
  const move = randomUUID()
  const held = { to: 'shared-vault', at: parts.now(), file: null, move } as const
  await local.renewalHold.save({ why: 'moving', ...held })
  try {
    await fill(local, vaults, parts, move)
  } catch (error) {
    if (hold?.move !== undefined && (await isInUse(local, vaults, hold))) return
    // If this fails as well, the vault holds the renewals, and the window says what to do. What an interrupted move has put
    // there may be in use.
    await local.renewalHold.save(hold).catch(() => undefined)
    throw error
  }
  // Whole there and not in use: from now on it can only be used there.
  await local.renewalHold.save({ why: 'moved', ...held })
  try {
    await endMove(local, vaults)
  } catch (error) {
    if (!(error instanceof FilledByAnother)) throw error
    // Another computer has moved in since, over what was not in use yet: nobody has ever renewed these there.
    await local.renewalHold.save(hold)
    throw hold === null ? new UserFacingError('refused', AT_ONCE) : error
  }
}

/** Somebody else may have put in use what an interrupted move has put there. Where not, it is to be held as before. */
async function isInUse(
  local: Pick<OpenVault, 'renewalHold'>,
  vaults: Pick<SharedVaults, 'activate'>,
  hold: RenewalHold,
): Promise<boolean> {
  await local.renewalHold.save({ ...hold, why: 'moved' })
  return endMove(local, vaults).then(
    () => true,
    () => false,
  )
}

/**
 * Goes on with a move that was interrupted right before its end. Rejects with a `FilledByAnother` where another computer has put
 * its own in the place of these, and with nothing changed where the shared vault cannot be reached.
 */
export async function endMove(
  { renewalHold }: Pick<OpenVault, 'renewalHold'>,
  vaults: Pick<SharedVaults, 'activate'>,
): Promise<void> {
  const hold = await renewalHold.load()
  if (hold === null || hold.why !== 'moved' || hold.move === undefined) return
  await vaults.activate(hold.move)
  const { move: _, ...rest } = hold
  await renewalHold.save(rest)
}

async function fill(
  local: Pick<OpenVault, 'backup'>,
  vaults: Pick<SharedVaults, 'moveIn'>,
  { dataFolder, readBackup }: MovingParts,
  move: string,
): Promise<void> {
  const folder = path.join(dataFolder, 'shared-vault')
  makeFolder(folder)
  const file = path.join(folder, 'moving.satm-backup')
  const passphrase = new Secret(randomBytes(PASSPHRASE_BYTES).toString('base64url'))
  try {
    const written = await local.backup(file, passphrase)
    if (written.kind === 'refused') throw new UserFacingError('refused', written.sentence)
    if (written.leftOut > 0) throw new UserFacingError('refused', LEFT_BEHIND)
    const reading = await readBackup(file, passphrase, new AbortController().signal)
    if (reading.kind !== 'ok') throw new UserFacingError('refused', reading.sentence)
    await vaults.moveIn(reading.backup, move)
  } finally {
    rmSync(file, { force: true })
  }
}

const PASSPHRASE_BYTES = 32

const LEFT_BEHIND =
  'Records that cannot be read would be left behind, so nothing was moved. Repair or delete them first: see Problems.'
const AT_ONCE =
  'Another computer has moved its service apps into that shared vault at the same time. Those of this computer stay here and are renewed here. Move them into an empty shared vault instead.'
const HELD = 'These service apps are not renewed here, so they cannot be moved. Renew them here first.'
