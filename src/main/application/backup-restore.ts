// Back up, restore and export: asks for a file, does it, says what came of it. A backup that was read waits here until
// the person confirms, and is forgotten otherwise.

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ActingView, BackupSummary, Input, Replies } from '#contract/contract.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { type Backup, readBackup } from '#vault/backup/backup.ts'
import { exportList } from '#vault/backup/export-list.ts'
import { type ActingHere, nothingActsHere } from '#vault/backup/restore.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { canonicalBaseUrl } from '#webex/base-url.ts'
import { UserFacingError } from './errors.ts'
import type { Storage, WaitingBackup } from './vault-access.ts'

export interface Backups {
  write(passphrase: Secret): Promise<Replies['backup.write']>
  choose(): Promise<Replies['backup.choose']>
  read(passphrase: Secret): Promise<Replies['backup.read']>
  restore(): Promise<Replies['backup.restore']>
  forget(): void
  exportList(format: Input<'list.export'>['format']): Promise<Replies['list.export']>
}

export interface FileKind {
  readonly name: string
  readonly extensions: readonly string[]
}

const BACKUP: FileKind = { name: 'Backup', extensions: ['satm-backup'] }

export function createBackups(parts: {
  readonly storage: Pick<Storage, 'vault' | 'restore' | 'dropWaiting'>
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => OpenVault
  readonly now: () => Instant
  /** The path a person chose; null: none. */
  readonly fileToOpen: (kind: FileKind) => Promise<string | null>
  readonly fileToSave: (kind: FileKind, name: string) => Promise<string | null>
  /** A renewed pair is only in memory: the file would hold its spent predecessor. */
  readonly hasUnsaved: () => boolean
  /** Runs while nothing is under way; afterwards everything starts from what the vault then holds. */
  readonly whileStopped: <T>(work: () => Promise<T>) => Promise<T>
}): Backups {
  let chosen: string | null = null
  let read: WaitingBackup | null = null
  const day = () => new Date(parts.now()).toISOString().slice(0, 10)
  const forget = () => {
    chosen = null
    read = null
  }

  return {
    async write(passphrase) {
      const vault = parts.vault()
      if (parts.hasUnsaved()) {
        throw new UserFacingError(
          'busy',
          'A renewed token could not be stored yet. Make room on the disk first.',
        )
      }
      const file = await parts.fileToSave(BACKUP, `service-app-tokens-${day()}.satm-backup`)
      if (file === null) return null
      const writing = await vault.backup(file, passphrase)
      if (writing.kind === 'refused') throw new UserFacingError('refused', writing.sentence)
      const { profiles, managers, attempts, leftOut } = writing
      return { path: file, profiles, managers, attempts, leftOut }
    },
    async choose() {
      const file = await parts.fileToOpen(BACKUP)
      if (file === null) return null
      chosen = file
      read = null
      return { file: path.basename(file) }
    },
    async read(passphrase) {
      if (chosen === null) throw new UserFacingError('invalid', 'Choose a backup first.')
      const file = chosen
      const reading = await readBackup(file, passphrase)
      if (reading.kind !== 'ok') {
        const where = reading.kind === 'passphrase-wrong' ? { field: 'passphrase' } : {}
        throw new UserFacingError('refused', reading.sentence, where)
      }
      const backup = { ...reading.backup, cloud: canonicalBaseUrl(reading.backup.cloud) }
      const { createdAt, cloud, profiles, managers, attempts, notTokens, leftOut, oddValues } = backup
      const here = parts.storage.vault()?.actingHere(backup) ?? nothingActsHere
      const summary: BackupSummary = {
        file: path.basename(file),
        createdAt,
        cloud,
        profiles,
        managers,
        attempts,
      }
      if (chosen === file) read = { backup, summary }
      return { ...summary, notTokens, leftOut, oddValues, acting: actingIn(backup, here) }
    },
    async restore() {
      const next = read
      if (next === null) throw new UserFacingError('invalid', 'Choose a backup first.')
      const vault = parts.storage.vault()
      if (vault === null) {
        await parts.storage.restore(next)
        forget()
        return { kept: null }
      }
      const kept = await parts.whileStopped(() => vault.restore(next.backup))
      forget()
      return { kept }
    },
    forget() {
      forget()
      parts.storage.dropWaiting()
    },
    async exportList(format) {
      const { fleet } = parts.vault().load()
      const kind = { name: format.toUpperCase(), extensions: [format] }
      const file = await parts.fileToSave(kind, `service-apps-${day()}.${format}`)
      if (file === null) return null
      try {
        await writeFile(file, exportList(fleet, format), { mode: 0o600 })
      } catch {
        throw new UserFacingError('refused', 'The list could not be written there. Choose another place.')
      }
      return { path: file }
    },
  }
}

const MOST_NAMED = 20

/** What is held once it is restored comes first. */
function actingIn({ changes, delivery }: Backup, here: ActingHere): readonly ActingView[] {
  const names = new Map(
    changes.flatMap((change) =>
      change.kind === 'profile-saved' ? [[change.profile.id, change.profile.name] as const] : [],
    ),
  )
  const { targets, consumers, webhook } = delivery
  const acting: ActingView[] = [
    ...targets.map((target): ActingView => {
      const { id, profileId, spec } = target
      const held = !here.hasTarget(target)
      return { id, held, kind: 'target', name: names.get(profileId) ?? '', spec }
    }),
    ...consumers.map((consumer): ActingView => {
      const { id, name, profileIds } = consumer
      const held = !here.hasConsumer(consumer)
      return { id, held, kind: 'consumer', name, reach: reachOf(profileIds, names) }
    }),
  ]
  if (webhook !== null && webhook.url !== null) {
    acting.push({
      id: 'webhook',
      held: !here.hasWebhook(webhook),
      kind: 'webhook',
      url: webhook.url.reveal(),
    })
  }
  return acting.toSorted((one, other) => Number(other.held) - Number(one.held))
}

function reachOf(profileIds: readonly string[] | null, names: ReadonlyMap<string, string>) {
  if (profileIds === null) return null
  const known = profileIds.flatMap((id) => names.get(id) ?? []).slice(0, MOST_NAMED)
  return { names: known, more: profileIds.length - known.length }
}
