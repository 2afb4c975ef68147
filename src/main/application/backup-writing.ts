// Backup writing: everything into one encrypted file, as a copy, or to be renewed elsewhere from then on.
import { backupPassphraseProblem } from '#base/common/passphrase-strength.ts'
import type { BackupWritten } from '#contract/contract.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { BackupCounts } from '#vault/backup/backup.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import { type EngineSupervisor, unsavedToken } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { FileReader } from './file-reader.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each rejects with a `UserFacingError`, or a `StoreFailure` of the vault; an older file of that name is intact then. */
export interface BackupWriting {
  write(file: string, passphrase: Secret): Promise<BackupWritten>
  /**
   * Once the file has its name nothing is renewed here any more, and the vault says so. When it is refused everything
   * goes on.
   */
  move(file: string, passphrase: Secret): Promise<BackupWritten>
}

export function createBackupWriting(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'whileStopped'>
  readonly reader: Pick<FileReader, 'backup'>
  /** Where a move from here leads. */
  readonly elsewhere: RenewalHold['to']
  readonly now: () => Instant
}): BackupWriting {
  const { vaultAccess, supervisor, reader, elsewhere: to, now } = dependencies
  const written = async (file: string, passphrase: Secret, isProved: boolean): Promise<BackupWritten> => {
    const prove = async (place: string, counts: BackupCounts, leftOut: number) => {
      if (leftOut > 0) return LEFT_BEHIND
      const reading = await reader.backup(place, passphrase, new AbortController().signal)
      return reading.kind === 'ok' && hasAll(reading.backup, counts) ? null : NOT_READ_BACK
    }
    const writing = await vaultAccess.opened().backup(file, passphrase, isProved ? prove : undefined)
    if (writing.kind === 'refused') throw new UserFacingError('refused', writing.sentence)
    const { serviceApps, customers, managers, attempts, leftOut } = writing
    return { path: file, serviceApps, customers, managers, attempts, leftOut }
  }
  return {
    async write(file, passphrase) {
      // The file would hold the spent predecessor of a pair that is only in memory.
      const engine = supervisor.current()?.engine
      if (engine?.hasUnsaved()) throw unsavedToken(engine)
      return written(file, passphrase, false)
    },
    async move(file, passphrase) {
      const problem = backupPassphraseProblem(passphrase.reveal())
      if (problem !== null) throw new UserFacingError('invalid', problem, { field: 'passphrase' })
      return supervisor.whileStopped(async () => {
        const { renewalHold } = vaultAccess.opened()
        // What was moved already has spent tokens here.
        if ((await renewalHold.load()) !== null) throw new UserFacingError('refused', HELD)
        const hold = { to, at: now(), file }
        await renewalHold.save({ why: 'moving', ...hold })
        let moved: BackupWritten
        try {
          moved = await written(file, passphrase, true)
        } catch (error) {
          // If this fails as well, the vault holds the renewals, and the window says what to do.
          await renewalHold.save(null).catch(() => undefined)
          throw error
        }
        await renewalHold.save({ why: 'moved', ...hold })
        return moved
      })
    },
  }
}

const LEFT_BEHIND =
  'records that cannot be read would be left behind. Repair or delete them in the app first: see Problems.'
const NOT_READ_BACK = 'it could not be read back. Check the disk, or choose another place.'
const HELD = 'These service apps are not renewed here, so they cannot be moved. Renew them here first.'

function hasAll(read: BackupCounts, counts: BackupCounts): boolean {
  const all = ['profiles', 'serviceApps', 'customers', 'managers', 'attempts'] as const
  return all.every((each) => read[each] === counts[each])
}
