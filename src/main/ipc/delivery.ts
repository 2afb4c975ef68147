// The requests about where tokens go: targets, the local endpoint, the webhook.
import type { Input, Replies } from '../../preload/contract.ts'
import type { Handlers } from './dispatch.ts'

/** Each throws a `Refusal` when the answer is no. Secrets made in here reach the clipboard and nothing else. */
export interface Targets {
  chooseFile(): Promise<Replies['delivery.choose-file']>
  checkFile(path: string): Promise<Replies['delivery.check-file']>
  ofProfile(profileId: string): Replies['delivery.targets']
  runs(targetId: string): Replies['delivery.runs']
  save(input: Input<'delivery.save'>): Promise<Replies['delivery.save']>
  remove(targetId: string): Promise<void>
  deliver(input: Input<'delivery.deliver'>): Promise<Replies['delivery.deliver']>
  exportEnv(profileId: string): Promise<Replies['delivery.export-env']>
}

export interface Endpoint {
  save(input: Input<'endpoint.save'>): Promise<void>
  addConsumer(input: Input<'endpoint.add-consumer'>): Promise<Replies['endpoint.add-consumer']>
  confirmConsumer(consumerId: string): void
  copySecret(): void
  forgetSecret(): void
  revoke(consumerId: string): Promise<void>
}

export interface Webhook {
  save(url: string | null): Promise<void>
  confirm(): Promise<void>
  renewSecret(): Promise<void>
  copySecret(): void
  test(): Promise<Replies['webhook.test']>
}

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
    'endpoint.confirm-consumer': ({ consumerId }) => {
      endpoint.confirmConsumer(consumerId)
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
