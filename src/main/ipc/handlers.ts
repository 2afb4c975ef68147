// One handler per request of the contract. They translate intents into calls of the core; no rule of the engine lives here.

import { UserFacingError } from '#application/errors.ts'
import type { HistoryQueries } from '#application/history-query.ts'
import type { Core } from '#application/running-core.ts'
import type { AppView, Input } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type AppParts, appHandlers } from './app-requests.ts'
import { type ConnectingParts, connectingHandlers } from './connect-requests.ts'
import { type DeliveryParts, deliveryHandlers } from './delivery-requests.ts'
import type { Handlers } from './dispatcher.ts'
import { type KeepingParts, keepingHandlers } from './keeping-requests.ts'
import { type ProfileParts, profileHandlers } from './profile-requests.ts'

export interface HandlerParts extends KeepingParts, DeliveryParts, AppParts, ConnectingParts, ProfileParts {
  /** null while the vault is not open. */
  readonly core: () => Core | null
  readonly view: () => AppView
  readonly pushView: () => void
  readonly copy: AppParts['copy'] & ProfileParts['copy']
  readonly storage: {
    retry(): Promise<void>
    acceptWeak(): Promise<void>
    passphrase(passphrase: Secret): Promise<void>
    beginAnew(): Promise<void>
    chooseCloud(baseUrl: string): Promise<void>
  }
  readonly history: HistoryQueries
  readonly settings: { save(patch: Input<'settings.save'>): Promise<void> }
}

export function createHandlers(parts: HandlerParts): Handlers {
  const open = (): Core => {
    const running = parts.core()
    if (running !== null) return running
    throw new UserFacingError('storage', parts.view().storage.sentence)
  }
  return {
    'view.get': () => parts.view(),
    'view.push': () => {
      parts.pushView()
      return null
    },
    ...profileHandlers(parts, open),
    ...connectingHandlers(parts, open),

    'history.page': (query) => parts.history.page(query),
    'history.days': async (query) => ({ days: await parts.history.days(query) }),
    'history.export': (query) => parts.history.export(query),

    'settings.save': async (patch) => {
      await parts.settings.save(patch)
      return null
    },
    'storage.retry': async () => {
      await parts.storage.retry()
      return null
    },
    'storage.accept-weak': async () => {
      await parts.storage.acceptWeak()
      return null
    },
    'storage.passphrase': async ({ passphrase }) => {
      await parts.storage.passphrase(new Secret(passphrase))
      return null
    },
    'storage.begin-anew': async () => {
      await parts.storage.beginAnew()
      return null
    },
    'storage.choose-cloud': async ({ baseUrl }) => {
      await parts.storage.chooseCloud(baseUrl)
      return null
    },
    ...keepingHandlers(parts),
    ...deliveryHandlers(parts),
    ...appHandlers(parts),
  }
}
