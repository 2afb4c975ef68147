// The app's file reader without a thread: the same portions, one after the other; and what writes backups with it.
import { createBackupWriting } from '#application/backup-writing.ts'
import { createFileReader, performReading } from '#application/file-reader.ts'
import { NOW } from '../../vault/support/builders.ts'

export const directReader = createFileReader({ run: performReading, clock: { after: () => () => {} } })

/** As the app writes them; nothing runs beside it. */
export const directWriting = (vaultAccess: Parameters<typeof createBackupWriting>[0]['vaultAccess']) =>
  createBackupWriting({
    vaultAccess,
    supervisor: { current: () => null, whileStopped: (work) => work() },
    reader: directReader,
    elsewhere: 'server',
    now: () => NOW,
  })
