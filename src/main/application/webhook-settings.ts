// The webhook's settings, and what it is told.
import { randomBytes } from 'node:crypto'
import type { DeliveryView, Replies } from '#contract/contract.ts'
import { messagesOf, testMessage } from '#delivery/webhook/webhook-message.ts'
import { WebhookSender } from '#delivery/webhook/webhook-queue.ts'
import {
  readWebhookAddress,
  type SendingDependencies,
  shownSecret,
} from '#delivery/webhook/webhook-request.ts'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { AlertNews, FleetView } from '#engine/domain/view-model.ts'
import type { WebhookRow } from '#vault/repositories/webhook.ts'
import { UserFacingError } from './errors.ts'

export interface Webhook {
  save(url: string | null): Promise<void>
  confirm(): Promise<void>
  renewSecret(): Promise<void>
  copySecret(): void
  test(): Promise<Replies['webhook.test']>
}

export interface RunningWebhook extends Webhook {
  view(): DeliveryView['webhook']
  /** What was just said to the person. */
  alerted(step: AlertNews, view: FleetView): void
  /** The vault was opened, or something else was restored into it. */
  reload(row: WebhookRow): void
  stop(): void
}

export interface WebhookDependencies extends SendingDependencies {
  readonly clock: Clock
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly row: () => WebhookRow
  readonly newId: () => string
  /** Onto the clipboard, as a token is; throws a `UserFacingError` while the window is locked. */
  readonly copySecret: (text: string) => unknown
  /** Never written to the log from now on. */
  readonly learn: (secret: string) => void
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
  readonly changed: () => void
}

export function createWebhook(parts: WebhookDependencies): RunningWebhook {
  const { now, newId, changed } = parts
  let settings: WebhookSettings | null = null
  const sender = new WebhookSender({ ...parts, settings: () => settings })

  const take = (next: WebhookSettings | null) => {
    settings = next
    for (const secret of [next?.secret, next?.url]) if (secret != null) parts.learn(secret.reveal())
    sender.settingsChanged()
    changed()
  }
  const save = (next: WebhookSettings) => {
    parts.row().save(next)
    take(next)
  }
  const set = (): WebhookSettings => {
    if (settings === null) throw new UserFacingError('refused', 'Set the address of the webhook first.')
    if (settings.held) throw new UserFacingError('refused', HELD)
    return settings
  }

  return {
    view: () => ({
      url: settings?.url?.reveal() ?? null,
      held: settings?.held === true && settings.url !== null,
      last: sender.last,
    }),
    alerted: (step, view) => sender.tell(messagesOf(step, view, { now, newId })),
    reload(row) {
      try {
        take(row.load())
      } catch (error) {
        // Tokens are renewed whatever is the matter with the webhook.
        parts.log('webhook.load-failed', { error })
      }
    },
    stop: () => sender.stop(),

    async save(typed) {
      if (typed === null) {
        if (settings !== null) save({ ...settings, url: null })
        return
      }
      // As with one that is confirmed.
      const secret = settings === null || settings.held ? newSecret() : settings.secret
      save({ url: new Secret(validAddress(typed)), secret, held: false })
    },
    async confirm() {
      if (settings === null || settings.url === null) {
        throw new UserFacingError('not-found', 'There is no webhook to confirm any more.')
      }
      // The one in the backup is known to whoever made it, and could sign messages in this app's place.
      const secret = newSecret()
      save({ url: new Secret(validAddress(settings.url.reveal())), secret, held: false })
      parts.copySecret(shownSecret(secret))
    },
    async renewSecret() {
      const secret = newSecret()
      save({ ...set(), secret })
      parts.copySecret(shownSecret(secret))
    },
    copySecret: () => void parts.copySecret(shownSecret(set().secret)),
    async test() {
      if (settings?.url != null) set()
      const sent = await sender.test(testMessage({ now, newId }))
      if (sent === null) throw new UserFacingError('refused', 'Set the address of the webhook first.')
      return sent
    },
  }
}

const HELD = 'This webhook came with a backup. Confirm it first.'

function validAddress(typed: string): string {
  const read = readWebhookAddress(typed)
  if (read.kind === 'invalid') throw new UserFacingError('invalid', read.sentence, { field: 'url' })
  return read.url
}

/** 256 bits, as Standard Webhooks wants them: base64. */
function newSecret(): Secret {
  return new Secret(randomBytes(32).toString('base64'))
}
