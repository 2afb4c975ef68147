// Webhook settings: address and signing secret, and the alerts that are sent to it.
import { randomBytes, randomUUID } from 'node:crypto'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { DeliveryView, Replies } from '#contract/contract.ts'
import { messagesOf, testMessage } from '#delivery/webhook/webhook-message.ts'
import { WebhookSender } from '#delivery/webhook/webhook-queue.ts'
import {
  readWebhookAddress,
  type SendingDependencies,
  shownSecret,
} from '#delivery/webhook/webhook-request.ts'
import type { Log } from '#desktop/log/log.ts'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { isSameData } from '#engine/domain/same-data.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { AlertNews, FleetView } from '#engine/domain/view-model.ts'
import type { WebhookRow } from '#vault/repositories/webhook.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

export interface Webhook {
  save(url: string | null): Promise<void>
  confirm(): Promise<void>
  renewSecret(): Promise<void>
  copySecret(): void
  test(): Promise<Replies['webhook.test']>
}

export interface RunningWebhook extends Webhook {
  /** As `confirm`, with the new signing secret for whoever asked; it is copied nowhere. */
  confirmed(): Promise<Secret>
  view(): DeliveryView['webhook']
  /** What was just said to the person. */
  alerted(step: AlertNews, view: FleetView): void
  /** The vault was opened, or something else was restored into it. */
  reload(row: WebhookRow): Promise<void>
  stop(): void
}

export interface WebhookDependencies {
  readonly clock: Clock
  /** Its time is corrected: receivers refuse what seems to be old. While it is held, whoever renews instead sends alerts. */
  readonly supervisor: Pick<EngineSupervisor, 'now' | 'held' | 'vault'>
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly network: Pick<SendingDependencies, 'fetch' | 'userAgent' | 'whyNoAnswer'>
  /** Onto the clipboard, as a token is; throws a `UserFacingError` while the window is locked. */
  readonly copySecret: (text: string) => unknown
  readonly log: Pick<Log, 'info' | 'knownSecret'>
  readonly changed: () => void
}

export function createWebhook(dependencies: WebhookDependencies): RunningWebhook {
  const { clock, supervisor, vaultAccess, network, copySecret, log, changed } = dependencies
  const { now } = supervisor
  let settings: WebhookSettings | null = null
  const sender = new WebhookSender({
    ...network,
    clock,
    now,
    settings: () => settings,
    log: log.info,
    changed,
  })
  const message = { now, newId: randomUUID }

  const take = (next: WebhookSettings | null) => {
    settings = next
    for (const secret of [next?.secret, next?.url]) if (secret != null) log.knownSecret(secret.reveal())
    sender.settingsChanged()
    changed()
  }
  /** One change builds on the one before, which has to be stored and taken over by then. */
  const changes = new SerialQueue()
  const save = async (next: WebhookSettings) => {
    await vaultAccess.opened().webhook.save(next)
    take(next)
  }
  const set = (): WebhookSettings => {
    if (settings === null) throw notSet()
    if (settings.held) throw new UserFacingError('refused', HELD)
    return settings
  }

  const confirmed = () =>
    changes.run(async () => {
      if (settings === null || settings.url === null) {
        throw new UserFacingError('not-found', 'The webhook to confirm was removed.')
      }
      // Of two that confirm it at once, the first has been told a secret that must stay valid.
      if (!settings.held) throw new UserFacingError('not-found', 'This webhook was already confirmed.')
      // The one in the backup is known to whoever made it, and could sign messages in this app's place.
      const secret = newSecret()
      await save({ url: new Secret(validAddress(settings.url.reveal())), secret, held: false })
      return new Secret(shownSecret(secret))
    })

  return {
    view: () => ({
      url: settings?.url?.reveal() ?? null,
      held: settings?.held === true && settings.url !== null,
      last: sender.last,
    }),
    alerted(step, view) {
      if (supervisor.held() !== null || supervisor.vault()?.sharing?.status.leadsHere === false) return
      sender.tell(messagesOf(step, view, message))
    },
    reload: (row) =>
      changes.run(async () => {
        try {
          const stored = await row.load()
          // Read again whenever another computer has stored something: what waits to be sent goes on waiting.
          if (settings === null || !isSameData(settings, stored)) take(stored)
        } catch (error) {
          // Tokens are renewed whatever is the matter with the webhook.
          log.info('webhook.load-failed', { error })
        }
      }),
    stop: () => sender.stop(),

    save: (typed) =>
      changes.run(async () => {
        if (typed === null) {
          if (settings !== null) await save({ ...settings, url: null })
          return
        }
        // As with one that is confirmed.
        const secret = settings === null || settings.held ? newSecret() : settings.secret
        await save({ url: new Secret(validAddress(typed)), secret, held: false })
      }),
    confirmed,
    confirm: async () => void copySecret((await confirmed()).reveal()),
    renewSecret: () =>
      changes.run(async () => {
        const secret = newSecret()
        await save({ ...set(), secret })
        copySecret(shownSecret(secret))
      }),
    copySecret: () => void copySecret(shownSecret(set().secret)),
    async test() {
      if (settings?.url != null) set()
      const sent = await sender.test(testMessage(message))
      if (sent === null) throw notSet()
      return sent
    },
  }
}

function notSet(): UserFacingError {
  return new UserFacingError('refused', 'Set the address of the webhook first.')
}

const HELD = 'This webhook came with a backup or from unprotected data. Confirm it first.'

function validAddress(typed: string): string {
  const read = readWebhookAddress(typed)
  if (read.kind === 'invalid') throw new UserFacingError('invalid', read.sentence, { field: 'url' })
  return read.url
}

/** 256 bits, as Standard Webhooks wants them: base64. */
function newSecret(): Secret {
  return new Secret(randomBytes(32).toString('base64'))
}
