// The requests about where tokens go: targets, the local endpoint, the webhook.
import type { Targets } from '#application/delivery-targets.ts'
import type { Endpoint } from '#application/endpoint-consumers.ts'
import type { Webhook } from '#application/webhook-settings.ts'
import type { Handlers } from './dispatcher.ts'

export interface DeliveryParts {
  readonly targets: Targets
  readonly endpoint: Endpoint
  readonly webhook: Webhook
}

type Delivering = Pick<
  Handlers,
  Extract<keyof Handlers, `delivery.${string}` | `endpoint.${string}` | `webhook.${string}`>
>

export function deliveryHandlers({ targets, endpoint, webhook }: DeliveryParts): Delivering {
  return {
    'delivery.choose-file': () => targets.chooseFile(),
    'delivery.check-file': ({ path }) => targets.checkFile(path),
    'delivery.targets': ({ profileId }) => targets.ofProfile(profileId),
    'delivery.runs': ({ targetId }) => targets.runs(targetId),
    'delivery.save': (input) => targets.save(input),
    'delivery.remove': async ({ targetId }) => {
      await targets.remove(targetId)
      return null
    },
    'delivery.deliver': (input) => targets.deliver(input),
    'delivery.export-env': ({ profileId }) => targets.exportEnv(profileId),
    'endpoint.save': async (input) => {
      await endpoint.save(input)
      return null
    },
    'endpoint.add-consumer': (input) => endpoint.addConsumer(input),
    'endpoint.copy-secret': () => {
      endpoint.copySecret()
      return null
    },
    'endpoint.forget-secret': () => {
      endpoint.forgetSecret()
      return null
    },
    'endpoint.confirm-consumer': async ({ consumerId }) => {
      await endpoint.confirmConsumer(consumerId)
      return null
    },
    'endpoint.revoke': async ({ consumerId }) => {
      await endpoint.revoke(consumerId)
      return null
    },
    'webhook.save': async ({ url }) => {
      await webhook.save(url)
      return null
    },
    'webhook.confirm': async () => {
      await webhook.confirm()
      return null
    },
    'webhook.renew-secret': async () => {
      await webhook.renewSecret()
      return null
    },
    'webhook.copy-secret': () => {
      webhook.copySecret()
      return null
    },
    'webhook.test': () => webhook.test(),
  }
}
