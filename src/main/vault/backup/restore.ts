// Restore: replaces a vault's content by a backup's, all or nothing; what was there before is kept as a copy.
import type { Consumer, DeliveryTarget, WebhookSettings } from '#engine/domain/delivery-model.ts'
import { unconfirmed } from '#engine/domain/delivery-spec.ts'
import type { Attempt, Fleet, Instant, ProfileId } from '#engine/domain/model.ts'
import { beforeRestorePath } from '../db/data-files.ts'
import { keepCopy } from '../db/database.ts'
import { hasContent, restoreCloud } from '../repositories/cloud.ts'
import { addConsumer, loadConsumers } from '../repositories/consumers.ts'
import { loadTargets, saveTarget } from '../repositories/delivery-targets.ts'
import { forgetDrills } from '../repositories/drills.ts'
import { loadRows } from '../repositories/fleet.ts'
import { storeChange } from '../repositories/fleet-changes.ts'
import { restoreFleetDeliveries } from '../repositories/fleet-deliveries.ts'
import { appendAttempt } from '../repositories/history.ts'
import { forgetOtherCopyStop } from '../repositories/other-copy-stop.ts'
import { loadRenewalHold, type RenewalHold, writeRenewalHold } from '../repositories/renewal-hold.ts'
import type { ChangeContext } from '../repositories/token-pairs.ts'
import { loadWebhook, saveWebhook, settingsIn } from '../repositories/webhook.ts'
import type { Backup } from './backup.ts'
import { fleetOf } from './backup-content.ts'
import type { DeliveryRecords } from './backup-records.ts'

type VaultContext = Pick<ChangeContext, 'db' | 'key'>

const ATTEMPTS_AT_ONCE = 500

const REPLACED = [
  'data_sources',
  'delivery_targets',
  'consumers',
  'webhook',
  'token_pairs',
  'profiles',
  'credentials',
  'token_managers',
] as const

/**
 * The history comes first, piece by piece: rows that are there already stay, and rows of profiles that are not there do
 * no harm if it ends here. Returns the path of the copy that was kept, null when there was nothing to keep.
 */
export async function restoreInto(
  { db, key }: VaultContext,
  backup: Backup,
  options: { readonly folder: string; readonly now: Instant; readonly hold: RenewalHold | null },
): Promise<string | null> {
  const kept = hasContent(db) ? beforeRestorePath(options.folder, options.now) : null
  if (kept !== null) keepCopy(db, kept)
  const store = (attempts: readonly Attempt[]) =>
    db.transaction(() => {
      for (const attempt of attempts) appendAttempt(db, attempt)
    })
  let waiting: Attempt[] = []
  // Backups go from new to old; what comes in later counts as newer where times are equal.
  for await (const attempts of backup.history()) {
    waiting.push(...attempts)
    if (waiting.length < ATTEMPTS_AT_ONCE) continue
    store(waiting)
    waiting = []
  }
  store(waiting)
  db.transaction(() => {
    const here = readActingHere({ db, key }, backup)
    for (const table of REPLACED) db.run(`DELETE FROM ${table}`)
    // What comes back finds the tests that were requested here.
    if (loadRenewalHold(db, key)?.why !== 'moved') forgetDrills(db)
    forgetOtherCopyStop(db)
    for (const change of backup.changes) storeChange({ db, key, unreadablePairs: new Set() }, change)
    restoreDelivery({ db, key }, backup.delivery, here)
    restoreFleetDeliveries(db, key, backup.delivery.fleetDeliveries)
    restoreCloud(db, key, backup.cloud)
    writeRenewalHold(db, key, options.hold)
  })
  return kept
}

/**
 * What delivers tokens, may ask for them or receives alerts here already, and is not held. Exactly that of a backup stays
 * active; everything else is held until a person has confirmed it.
 */
export interface ActingHere {
  /** null: it does not. */
  targetHere(target: DeliveryTarget): DeliveryTarget | null
  hasConsumer(consumer: Consumer): boolean
  hasWebhook(webhook: WebhookSettings): boolean
}

export const nothingActsHere: ActingHere = {
  targetHere: () => null,
  hasConsumer: () => false,
  hasWebhook: () => false,
}

/** `backup`: a profile's ID must mean the same app and org there as here. */
export function readActingHere({ db, key }: VaultContext, backup: Pick<Backup, 'changes'>): ActingHere {
  const { targets } = loadTargets(db, key)
  const webhook = settingsIn(loadWebhook(db, key))
  // Not of rows that were altered.
  const [ours, theirs] = [accessIn(loadRows(db, key).fleet), accessIn(fleetOf(backup.changes))]
  const active = new Map(
    targets.flatMap(({ target, state }) => (state.held ? [] : [[targetKey(target, ours), target]])),
  )
  const keys = new Set(
    loadConsumers(db, key).consumers.flatMap((consumer) =>
      consumer.held ? [] : [consumerKey(consumer, ours)],
    ),
  )
  const bringsOthers = [...theirs].some(([id, access]) => ours.get(id) !== access)
  return {
    targetHere: (target) => active.get(targetKey(target, theirs)) ?? null,
    // Who may read all would get the tokens of those as well.
    hasConsumer: (consumer) =>
      keys.has(consumerKey(consumer, theirs)) && !(consumer.profileIds === null && bringsOthers),
    hasWebhook: ({ url, secret }) =>
      webhook !== null &&
      !webhook.held &&
      webhook.url?.reveal() === url?.reveal() &&
      webhook.secret.equals(secret),
  }
}

/** By profile: the app and the org whose tokens it has. */
type Access = ReadonlyMap<ProfileId, string>

function accessIn({ serviceApps, profiles }: Fleet): Access {
  return new Map(
    [...profiles.values()].flatMap(({ id, serviceAppId, targetOrgId }) => {
      const app = serviceApps.get(serviceAppId)
      return app === undefined ? [] : [[id, JSON.stringify([app.appId, app.clientId, targetOrgId])] as const]
    }),
  )
}

function targetKey({ id, profileId, spec }: DeliveryTarget, access: Access): string {
  // What was found of a file or a store counts here as it was found here.
  const found = { seen: null, inPlace: null, unverified: null }
  const { seen: _, inPlace: _mounted, unverified: _doubt, ...compared } = { ...found, ...spec }
  return JSON.stringify([id, profileId, access.get(profileId), compared])
}

function consumerKey({ id, name, secretHash, profileIds }: Consumer, access: Access): string {
  const reach = profileIds?.map((profileId) => [profileId, access.get(profileId)]) ?? null
  return JSON.stringify([id, name, Buffer.from(secretHash).toString('base64'), reach])
}

function restoreDelivery(
  { db, key }: VaultContext,
  { targets, consumers, webhook }: DeliveryRecords,
  here: ActingHere,
): void {
  for (const target of targets) {
    const ours = here.targetHere(target)
    saveTarget(db, key, { ...target, spec: ours?.spec ?? unconfirmed(target.spec) }, ours === null)
  }
  for (const consumer of consumers) addConsumer(db, key, { ...consumer, held: !here.hasConsumer(consumer) })
  if (webhook !== null) saveWebhook(db, key, { ...webhook, held: !here.hasWebhook(webhook) })
}
