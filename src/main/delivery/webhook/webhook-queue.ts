// Webhook queue: sends alerts and recoveries one at a time, and repeats a failed message a limited number of times. What
// is queued is lost when the app ends: at the next start the alert is raised again if its cause is still there.
import { WakeTimer } from '#base/common/timer.ts'
import { webhookRetryDelay } from '#engine/delivery-schedule/delivery-schedule.ts'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { WebhookMessage } from './webhook-message.ts'
import { type SendingDependencies, type Sent, sendMessage } from './webhook-request.ts'

export interface WebhookDependencies extends SendingDependencies {
  readonly clock: Clock
  /** null: off, or not known while the vault is closed. */
  readonly settings: () => WebhookSettings | null
  readonly changed: () => void
  readonly log: (event: 'webhook.sent', fields: Readonly<Record<string, unknown>>) => void
}

interface Waiting {
  readonly message: WebhookMessage
  readonly tries: number
  /** By the monotonic clock. */
  readonly at: Duration
}

/** The newest ones are kept: they describe the present state. */
const MOST_WAITING = 100

export class WebhookSender {
  readonly #parts: WebhookDependencies
  readonly #wakeTimer: WakeTimer
  #waiting: Waiting[] = []
  #sending = false
  #stopped = false
  #last: (Sent & { readonly at: Instant }) | null = null

  constructor(parts: WebhookDependencies) {
    this.#parts = parts
    this.#wakeTimer = new WakeTimer(parts.clock, () => void this.#work())
  }

  /** How the last try went; null: none yet. */
  get last(): (Sent & { readonly at: Instant }) | null {
    return this.#last
  }

  tell(messages: readonly WebhookMessage[]): void {
    if (this.#stopped || messages.length === 0 || this.#target() === null) return
    const at = this.#parts.clock.monotonic()
    this.#waiting.push(...messages.map((message) => ({ message, tries: 0, at })))
    this.#waiting = this.#waiting.slice(-MOST_WAITING)
    void this.#work()
  }

  /** Sent at once and not repeated, whatever is queued. null: there is no address. */
  async test(message: WebhookMessage): Promise<Sent | null> {
    const target = this.#target()
    if (target === null) return null
    const sent = await sendMessage(this.#parts, target, message)
    this.#note(sent, message, 1)
    return sent
  }

  /** The address was changed or removed: queued messages go there now, or are dropped. */
  settingsChanged(): void {
    if (this.#target() === null) this.#waiting = []
    const at = this.#parts.clock.monotonic()
    this.#waiting = this.#waiting.map((waiting) => ({ ...waiting, at }))
    this.#last = null
    void this.#work()
  }

  stop(): void {
    this.#stopped = true
    this.#waiting = []
    this.#wakeTimer.stop()
  }

  #target() {
    const settings = this.#parts.settings()
    if (settings === null || settings.url === null || settings.held) return null
    return { url: settings.url, secret: settings.secret }
  }

  /** One at a time, so that a slow receiver gets one request only. */
  async #work(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    for (let next = this.#due(); next !== null; next = this.#due()) await this.#send(next)
    this.#sending = false
    const soonest = Math.min(...this.#waiting.map(({ at }) => at))
    if (this.#waiting.length > 0) this.#wakeTimer.within(soonest - this.#parts.clock.monotonic())
  }

  #due(): Waiting | null {
    const now = this.#parts.clock.monotonic()
    return this.#waiting.find(({ at }) => at <= now) ?? null
  }

  async #send(due: Waiting): Promise<void> {
    const target = this.#target()
    if (target === null) {
      this.#waiting = []
      return
    }
    const sent = await sendMessage(this.#parts, target, due.message)
    const tries = due.tries + 1
    this.#note(sent, due.message, tries)
    const delay = sent.delivered ? null : webhookRetryDelay(tries)
    // Newer messages may have replaced it meanwhile.
    const at = this.#parts.clock.monotonic() + (delay ?? 0)
    this.#waiting = this.#waiting.flatMap((waiting) => {
      if (waiting.message !== due.message) return [waiting]
      return delay === null ? [] : [{ message: due.message, tries, at }]
    })
  }

  #note(sent: Sent, { id, event }: WebhookMessage, tries: number): void {
    this.#last = { ...sent, at: this.#parts.now() }
    this.#parts.log('webhook.sent', { id, event, tries, ...sent })
    this.#parts.changed()
  }
}
