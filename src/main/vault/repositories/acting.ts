// What acts: delivery targets, consumers and the webhook, held until a person confirms each, where others may have written
// what they say, or of which app and org their tokens are.
import type { KeyObject } from 'node:crypto'
import { unconfirmed } from '#engine/domain/delivery-spec.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
import { loadConsumers } from './consumers.ts'
import { loadTargets, saveTarget } from './delivery-targets.ts'
import { holdFleetDeliveries } from './fleet-deliveries.ts'
import { updateSealed } from './row-seal.ts'
import { loadWebhook, settingsIn } from './webhook.ts'

/**
 * Runs inside the caller's transaction. `profiles`: only what delivers or gives out their tokens; null: everything. Returns
 * how many acted until now. Altered rows never act.
 */
export function holdActing(
  { db, key }: { readonly db: Connection; readonly key: KeyObject },
  profiles: ReadonlySet<ProfileId> | null,
): number {
  const concerns = (id: ProfileId) => profiles === null || profiles.has(id)
  const targets = loadTargets(db, key).targets.filter(
    ({ target, state }) => !state.held && concerns(target.profileId),
  )
  for (const { target } of targets) {
    saveTarget(db, key, { ...target, spec: unconfirmed(target.spec) }, true)
  }
  const consumers = loadConsumers(db, key).consumers.filter(
    ({ held, profileIds }) =>
      !held && (profileIds === null ? profiles?.size !== 0 : profileIds.some(concerns)),
  )
  for (const { id } of consumers) updateSealed({ db, key }, 'consumers', { held: 1 }, 'id = ?', id)
  const webhook = profiles === null ? settingsIn(loadWebhook(db, key)) : null
  const isSending = webhook !== null && webhook.url !== null && !webhook.held
  // One without an address as well: its secret signs whatever is sent later.
  if (webhook !== null) updateSealed({ db, key }, 'webhook', { held: 1 }, 'id = 1')
  // They deliver for profiles to come as well, whoever wrote those.
  const fleet = profiles?.size === 0 ? 0 : holdFleetDeliveries(db, key)
  return targets.length + consumers.length + Number(isSending) + fleet
}
