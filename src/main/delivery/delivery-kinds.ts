// Delivery kinds: the handler of each kind of delivery. What its spec consists of is in `engine/domain/delivery-model.ts`,
// its form and words in the window's own table.
import { homedir } from 'node:os'
import type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-model.ts'
import type { DeliveryHandler } from './delivery-handler.ts'
import { envFileDelivery } from './env-file/env-file-delivery.ts'
import type { EnvFiles } from './env-file/env-writer.ts'
import { type HookDependencies, hookDelivery } from './hook/hook.ts'

export type DeliveryKinds = { readonly [K in DeliveryKind]: DeliveryHandler<K> }

export interface DeliveryKindDependencies extends Pick<HookDependencies, 'clock' | 'redact' | 'log'> {
  readonly envFiles: EnvFiles
}

export function createDeliveryKinds({
  clock,
  envFiles,
  redact,
  log,
}: DeliveryKindDependencies): DeliveryKinds {
  const { env, platform } = process
  return {
    'env-file': envFileDelivery(envFiles),
    hook: hookDelivery({ clock, env, home: homedir(), platform, redact, log }),
  }
}

export function handlerOf<K extends DeliveryKind>(
  kinds: DeliveryKinds,
  { kind }: DeliverySpec<K>,
): DeliveryHandler<K> {
  return kinds[kind]
}
