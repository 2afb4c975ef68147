// Delivery kinds: the handler of each kind of delivery. What its spec consists of is in `engine/domain/delivery-spec.ts`,
// its form and words in the window's own table.
import { homedir } from 'node:os'
import type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-spec.ts'
import type { DeliveryHandler, Ran } from './delivery-handler.ts'
import { envFileDelivery } from './env-file/env-file-delivery.ts'
import type { EnvFiles } from './env-file/env-writer.ts'
import { type HookDependencies, hookDelivery, tryCommand } from './hook/hook.ts'

export type DeliveryKinds = { readonly [K in DeliveryKind]: DeliveryHandler<K> }

type CommandDependencies = Pick<HookDependencies, 'clock' | 'redact' | 'log'>

export interface DeliveryKindDependencies extends CommandDependencies {
  readonly envFiles: EnvFiles
}

export function createDeliveryKinds({ envFiles, ...commands }: DeliveryKindDependencies): DeliveryKinds {
  return {
    'env-file': envFileDelivery(envFiles),
    hook: hookDelivery(here(commands)),
  }
}

/** Runs a command as a hook's is run, without a token. */
export function createTryCommand(
  commands: CommandDependencies,
): (command: string, signal: AbortSignal) => Promise<Ran> {
  return (command, signal) => tryCommand(here(commands), command, signal)
}

function here({ clock, redact, log }: CommandDependencies): HookDependencies {
  const { env, platform } = process
  return { clock, env, home: homedir(), platform, redact, log }
}

export function handlerOf<K extends DeliveryKind>(
  kinds: DeliveryKinds,
  { kind }: DeliverySpec<K>,
): DeliveryHandler<K> {
  return kinds[kind]
}
