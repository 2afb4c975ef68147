// Puts a backup's content in the place of a vault's, all or nothing; what was there before is kept as a copy.
import { join } from 'node:path'
import type { DeliveryTargetId } from '../engine/delivery.ts'
import type { Attempt, Instant } from '../engine/model.ts'
import type { Backup } from './backup.ts'
import type { DeliveryRecords } from './backup-records.ts'
import { restoreCloud } from './cloud-row.ts'
import { addConsumer } from './consumer-rows.ts'
import { dated } from './data-files.ts'
import { keepCopy } from './database.ts'
import { placeOf, runningHere, saveTarget } from './delivery-rows.ts'
import { type ChangeContext, storeChange } from './fleet-changes.ts'
import { appendAttempt } from './history.ts'
import { saveWebhook } from './webhook-row.ts'

const ATTEMPTS_AT_ONCE = 500

const REPLACED = [
  'delivery_targets',
  'consumers',
  'webhook',
  'token_pairs',
  'profiles',
  'credentials',
  'token_managers',
] as const

/**
 * The history comes first, piece by piece: rows that are there already stay, and rows of profiles that are not there
 * harm nobody if it ends here. Returns the path of the copy that was kept, null when there was nothing to keep.
 */
export async function restoreInto(
  { db, key }: Pick<ChangeContext, 'db' | 'key'>,
  backup: Backup,
  options: { readonly folder: string; readonly now: Instant },
): Promise<string | null> {
  const hasContent =
    db.get('SELECT 1 FROM credentials UNION ALL SELECT 1 FROM token_managers LIMIT 1') !== null
  const kept = hasContent ? join(options.folder, `vault-kept-before-restore-${dated(options.now)}.db`) : null
  if (kept !== null) keepCopy(db, kept)
  const store = (attempts: readonly Attempt[]) =>
    db.transaction(() => {
      for (const attempt of attempts) appendAttempt(db, attempt)
    })
  let waiting: Attempt[] = []
  // Backups go from new to old; what comes in later counts as newer where times are equal.
  for await (const attempt of backup.history()) {
    waiting.push(attempt)
    if (waiting.length < ATTEMPTS_AT_ONCE) continue
    store(waiting)
    waiting = []
  }
  store(waiting)
  db.transaction(() => {
    const trusted = runningHere(db, key)
    for (const table of REPLACED) db.run(`DELETE FROM ${table}`)
    for (const change of backup.changes) storeChange({ db, key, unreadablePairs: new Set() }, change)
    restoreDelivery({ db, key }, backup.delivery, trusted)
    restoreCloud(db, key, backup.cloud)
  })
  return kept
}

/** A command from a backup is somebody else's until a person here has run it once; one that was here already goes on. */
function restoreDelivery(
  { db, key }: Pick<ChangeContext, 'db' | 'key'>,
  { targets, consumers, webhook }: DeliveryRecords,
  trusted: ReadonlyMap<DeliveryTargetId, string>,
): void {
  for (const target of targets) {
    const isTrusted = trusted.get(target.id) === placeOf(target.profileId, target.spec)
    saveTarget(db, key, target, target.spec.kind === 'hook' && !isTrusted)
  }
  for (const consumer of consumers) addConsumer(db, consumer)
  if (webhook !== null) saveWebhook(db, key, webhook)
}
