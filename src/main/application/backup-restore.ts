// Backup, restore and export of the list. A backup that was read waits here until the person confirms.
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { commonName } from '#base/common/common-name.ts'
import { replaceFile } from '#base/node/whole-file.ts'
import type { ActingView, BackupSummary, Input, Replies } from '#contract/contract.ts'
import type { FileFilter } from '#desktop/system/file-dialogs.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { Backup } from '#vault/backup/backup.ts'
import { exportList } from '#vault/backup/export-list.ts'
import { type ActingHere, nothingActsHere } from '#vault/backup/restore.ts'
import { canonicalBaseUrl } from '#webex/base-url.ts'
import type { BackupWriting } from './backup-writing.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { FileReader } from './file-reader.ts'
import type { VaultAccess, WaitingBackup } from './vault-access.ts'

export interface Backups {
  write(passphrase: Secret): Promise<Replies['backup.write']>
  /** Asks where, then moves everything there. */
  move(passphrase: Secret): Promise<Replies['backup.move']>
  choose(): Promise<Replies['backup.choose']>
  read(passphrase: Secret): Promise<Replies['backup.read']>
  /** `paused`: nothing of it is renewed before a person resumes it. */
  restore(paused: boolean): Promise<Replies['backup.restore']>
  /** Ends what is being read, too. */
  forget(): void
  /** `profileIds`: of these alone. */
  exportList(
    format: Input<'list.export'>['format'],
    profileIds?: readonly ProfileId[],
  ): Promise<Replies['list.export']>
}

const BACKUP: FileFilter = { name: 'Backup', extensions: ['satm-backup'] }

export function createBackups(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'vault' | 'opened' | 'restore' | 'dropWaiting'>
  readonly supervisor: Pick<EngineSupervisor, 'whileStopped'>
  readonly reader: Pick<FileReader, 'backup'>
  readonly writing: BackupWriting
  readonly now: () => Instant
  /** The path a person chose; null: none. */
  readonly dialogs: {
    fileToOpen(filter: FileFilter): Promise<string | null>
    fileToSave(filter: FileFilter, name: string): Promise<string | null>
  }
}): Backups {
  const { vaultAccess, supervisor, reader, writing, now, dialogs } = dependencies
  let chosen: string | null = null
  let read: WaitingBackup | null = null
  let underWay = new AbortController()
  const day = () => new Date(now()).toISOString().slice(0, 10)
  const fileToSave = () => dialogs.fileToSave(BACKUP, `service-app-tokens-${day()}.satm-backup`)
  const forget = () => {
    underWay.abort()
    underWay = new AbortController()
    chosen = null
    read = null
  }

  return {
    async write(passphrase) {
      const file = await fileToSave()
      return file === null ? null : writing.write(file, passphrase)
    },
    async move(passphrase) {
      const file = await fileToSave()
      return file === null ? null : writing.move(file, passphrase)
    },
    async choose() {
      const file = await dialogs.fileToOpen(BACKUP)
      if (file === null) return null
      forget()
      chosen = file
      return { file: path.basename(file) }
    },
    async read(passphrase) {
      if (chosen === null) throw new UserFacingError('invalid', 'Choose a backup first.')
      const file = chosen
      const { backup, summary } = await readFrom(reader, file, passphrase, underWay.signal)
      const { notTokens, leftOut, oddValues } = backup
      const here = (await vaultAccess.vault()?.actingHere(backup)) ?? nothingActsHere
      if (chosen === file) read = { backup, summary }
      return { ...summary, notTokens, leftOut, oddValues, acting: actingIn(backup, here) }
    },
    async restore(paused) {
      if (read === null) throw new UserFacingError('invalid', 'Choose a backup first.')
      const next = paused ? { ...read, backup: pausedIn(read.backup) } : read
      const vault = vaultAccess.vault()
      if (vault === null) {
        await vaultAccess.restore(next)
        forget()
        return { kept: null }
      }
      const kept = await supervisor.whileStopped(() => vault.restore(next.backup))
      forget()
      return { kept }
    },
    forget() {
      forget()
      vaultAccess.dropWaiting()
    },
    async exportList(format, profileIds) {
      const { fleet, unreadable } = await vaultAccess.opened().load()
      const kind = { name: format.toUpperCase(), extensions: [format] }
      const file = await dialogs.fileToSave(kind, `service-apps-${day()}.${format}`)
      if (file === null) return null
      try {
        const list = Readable.from([exportList(fleet, format, unreadable, profileIds)])
        await replaceFile(file, (stream) => pipeline(list, stream))
      } catch {
        throw new UserFacingError('refused', 'The list could not be written there. Choose another place.')
      }
      return { path: file }
    },
  }
}

/** Rejects with a `UserFacingError`. */
async function readFrom(
  reader: Pick<FileReader, 'backup'>,
  file: string,
  passphrase: Secret,
  signal: AbortSignal,
): Promise<WaitingBackup> {
  const reading = await reader.backup(file, passphrase, signal)
  if (reading.kind !== 'ok') {
    const where = reading.kind === 'passphrase-wrong' ? { field: 'passphrase' } : {}
    throw new UserFacingError('refused', reading.sentence, where)
  }
  const backup = { ...reading.backup, cloud: canonicalBaseUrl(reading.backup.cloud) }
  const { createdAt, cloud, serviceApps, customers, managers, attempts } = backup
  const counts = { serviceApps, customers, managers, attempts }
  return { backup, summary: { file: path.basename(file), createdAt, cloud, ...counts } }
}

/**
 * Has a server's new vault begin with a backup, as soon as its passphrase is given. All that acts is held as after any
 * restore, and so are the renewals: whoever had the service apps until now may still renew them. Rejects with a
 * `UserFacingError`.
 */
export async function takeOverBackup(
  {
    vaultAccess,
    reader,
    now,
  }: Pick<Parameters<typeof createBackups>[0], 'reader' | 'now'> & {
    readonly vaultAccess: Pick<VaultAccess, 'restore'>
  },
  { file, passphrase }: { readonly file: string; readonly passphrase: Secret },
): Promise<BackupSummary> {
  const read = await readFrom(reader, file, passphrase, new AbortController().signal)
  await vaultAccess.restore({ ...read, hold: { why: 'restored', to: 'computer', at: now(), file } })
  return read.summary
}

/** The other copy may go on renewing. */
function pausedIn(backup: Backup): Backup {
  const changes = backup.changes.map((change) =>
    change.kind === 'profile-saved' ? { ...change, profile: { ...change.profile, paused: true } } : change,
  )
  return { ...backup, changes }
}

const MOST_NAMED = 20

/** Everything that would write, run, send or give out tokens; first what is held after the restore. */
function actingIn({ changes, delivery }: Backup, here: ActingHere): readonly ActingView[] {
  const names = new Map(
    changes.flatMap((change) =>
      change.kind === 'profile-saved' ? [[change.profile.id, change.profile.name] as const] : [],
    ),
  )
  const { targets, fleetDeliveries, consumers, webhook } = delivery
  const acting: ActingView[] = [
    ...targets.map((target): ActingView => {
      const { id, profileId, spec } = target
      const held = here.targetHere(target) === null
      return { id, held, kind: 'target', name: names.get(profileId) ?? '', spec }
    }),
    ...fleetDeliveries.map(({ id, serviceAppId, spec }): ActingView => {
      const whose = changes.flatMap((change) =>
        change.kind === 'profile-saved' && change.profile.serviceAppId === serviceAppId
          ? [change.profile.name]
          : [],
      )
      const name =
        serviceAppId === null
          ? 'all service apps, including future ones'
          : `all customers of ${commonName(whose) || 'a service app'}, including future ones`
      return { id, held: true, kind: 'target', name, spec }
    }),
    ...consumers.map((consumer): ActingView => {
      const { id, name, profileIds } = consumer
      const held = !here.hasConsumer(consumer)
      return { id, held, kind: 'consumer', name, reach: reachOf(profileIds, names) }
    }),
  ]
  if (webhook !== null && webhook.url !== null) {
    const held = !here.hasWebhook(webhook)
    acting.push({ id: 'webhook', held, kind: 'webhook', url: webhook.url.reveal() })
  }
  return acting.toSorted((one, other) => Number(other.held) - Number(one.held))
}

function reachOf(profileIds: readonly string[] | null, names: ReadonlyMap<string, string>) {
  if (profileIds === null) return null
  const known = profileIds.flatMap((id) => names.get(id) ?? []).slice(0, MOST_NAMED)
  return { names: known, more: profileIds.length - known.length }
}
