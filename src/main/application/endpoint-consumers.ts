// Endpoint consumers: who may ask the local endpoint for tokens, whether it listens, and why not.
import { randomBytes, randomUUID } from 'node:crypto'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { DeliveryView, Input, Replies } from '#contract/contract.ts'
import { Consumers, createLastUse, type NamedProfile } from '#delivery/endpoint/consumer-registry.ts'
import { createHeldSecret, digestOf, newConsumerSecret } from '#delivery/endpoint/consumer-secret.ts'
import { createEndpointSwitch } from '#delivery/endpoint/endpoint-switch.ts'
import type { ListenAddress, ServerCertificate } from '#delivery/endpoint/listen-address.ts'
import { type Answering, createAnswering, type Fleet } from '#delivery/endpoint/request-handler.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { tokenSourceOf } from '#engine/domain/token-supply.ts'
import type { EngineSession, EngineSupervisor } from './engine-supervisor.ts'
import { refuseUnsaved, UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each throws or rejects with a `UserFacingError` or a `StoreFailure` when the answer is no. Secrets made for the window reach the clipboard and nothing else. */
export interface Endpoint {
  save(input: Input<'endpoint.save'>): Promise<void>
  addConsumer(input: Input<'endpoint.add-consumer'>): Promise<Replies['endpoint.add-consumer']>
  confirmConsumer(consumerId: string): Promise<void>
  copySecret(): void
  forgetSecret(): void
  revoke(consumerId: string): Promise<void>
}

export interface RunningEndpoint extends Endpoint {
  /** `secret`: for whoever asked; it is kept nowhere. */
  newConsumer(
    input: Input<'endpoint.add-consumer'>,
  ): Promise<{ readonly consumerId: string; readonly secret: Secret }>
  view(): DeliveryView['endpoint']
  /** Listens if it is switched on; what keeps it from listening is in the view. Never rejects. */
  start(): Promise<void>
  /** Reads anew who may ask: another vault was opened, or something was restored. Never rejects. */
  reload(): Promise<void>
  /** Stores what is only in memory: before the vault is closed. */
  keep(): Promise<void>
  /** From now on for new connections, where other machines reach it. */
  exchangeCertificate(certificate: ServerCertificate): void
  /** Nothing listens when this resolves. */
  stop(): Promise<void>
}

export interface EndpointDependencies {
  readonly clock: Clock
  readonly preferences: Pick<Preferences, 'values' | 'set'>
  readonly vaultAccess: Pick<VaultAccess, 'vault' | 'opened'>
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'held'>
  /** Onto the clipboard, as a token is; throws a `UserFacingError` while the window is locked. */
  readonly copySecret: (text: string) => unknown
  /** `node (process 4711)`, or null. */
  readonly portOwner: (port: number) => Promise<string | null>
  readonly changed: () => void
  readonly failed: (error: unknown) => void
  /** A server listens here, whatever the preferences say. Missing: an app with a window. */
  readonly listen?: ListenAddress
  /** HTTP status. */
  readonly answered?: (status: number) => void
}

export function createEndpoint(dependencies: EndpointDependencies): RunningEndpoint {
  const { clock, preferences, vaultAccess, supervisor, copySecret, portOwner, changed, failed } = dependencies
  const { listen, answered } = dependencies
  const place = () =>
    listen === undefined
      ? { on: preferences.values().endpointOn, port: preferences.values().endpointPort }
      : { on: true, port: listen.port }
  const storedConsumers = () => vaultAccess.vault()?.consumers ?? null
  const session = () => supervisor.current()
  const engine = () => session()?.engine ?? null
  const held = createHeldSecret(clock)
  let consumers = new Consumers([])
  /** What is read anew has every change before it, and each change is made to what was read last. */
  const changes = new SerialQueue()
  /** The window and the renewals go on whatever is the matter with the consumers. */
  const stored = async (): Promise<readonly Consumer[]> => {
    try {
      return (await storedConsumers()?.load()) ?? []
    } catch (error) {
      failed(error)
      return []
    }
  }
  const storeUses = async () => {
    const [rows, uses] = [storedConsumers(), consumers.takeUnstored()]
    if (rows === null || uses.length === 0) return
    try {
      await rows.markUsed(uses)
    } catch (error) {
      failed(error)
    }
  }

  const lastUse = createLastUse({ clock, show: changed, keep: () => void changes.run(storeUses) })
  const answering: Answering = createAnswering({
    clock,
    open() {
      const running = session()
      return running === null || storedConsumers() === null ? null : { consumers, fleet: fleetOf(running) }
    },
    whyClosed() {
      const held = supervisor.held()
      return held === null ? null : `${held.title}. “satm status” says what to do.`
    },
    used(id, at) {
      consumers.used(id, at)
      lastUse.happened()
    },
    isServer: listen !== undefined,
  })
  const listening = createEndpointSwitch({
    async answering(...asked) {
      const answer = await answering(...asked)
      answered?.(answer.status)
      return answer
    },
    clock,
    portOwner,
    changed,
    failed,
    ...(listen?.kind === 'network' ? { network: listen } : {}),
  })

  const newConsumer: RunningEndpoint['newConsumer'] = async ({ name, profileIds }) => {
    const rows = vaultAccess.opened().consumers
    const profiles = engine()?.fleet().profiles
    if (profileIds?.some((id) => profiles?.has(id) !== true)) {
      throw new UserFacingError('not-found', 'One of these service apps was removed. Choose again.', {
        field: 'profileIds',
      })
    }
    const secret = newConsumerSecret(randomBytes)
    const consumer: Consumer = {
      id: randomUUID(),
      name,
      secretHash: digestOf(secret.reveal()),
      profileIds: profileIds === null ? null : [...new Set(profileIds)],
      createdAt: clock.now(),
      lastUsedAt: null,
      held: false,
    }
    await changes.run(async () => {
      await rows.add(consumer)
      consumers.add(consumer)
    })
    changed()
    return { consumerId: consumer.id, secret }
  }

  return {
    view: () => ({
      ...place(),
      ...listening.state(),
      consumers: storedConsumers() === null ? [] : consumers.list(),
    }),
    async start() {
      const { on, port } = place()
      if (on) await listening.on(port, 'keep trying')
    },
    reload: () =>
      changes.run(async () => {
        consumers = new Consumers(await stored())
      }),
    keep() {
      lastUse.flush()
      return changes.settled()
    },
    exchangeCertificate: listening.exchangeCertificate,
    async stop() {
      held.forget()
      await listening.off()
      lastUse.stop()
    },

    async save({ on, port }) {
      if (on) {
        const problem = await listening.on(port, 'or not at all')
        if (problem !== null) throw new UserFacingError('invalid', problem, { field: 'port' })
      } else await listening.off()
      const failure = preferences.set({ endpointOn: on, endpointPort: port })
      changed()
      refuseUnsaved(failure)
    },
    newConsumer,
    async addConsumer(input) {
      const { consumerId, secret } = await newConsumer(input)
      held.hold(secret)
      copySecret(secret.reveal())
      return { consumerId }
    },
    confirmConsumer: (consumerId) =>
      changes.run(async () => {
        if (!consumers.has(consumerId)) throw gone()
        await vaultAccess.opened().consumers.confirm(consumerId)
        consumers.confirm(consumerId)
        changed()
      }),
    copySecret() {
      const secret = held.current()
      if (secret === null) {
        throw new UserFacingError(
          'refused',
          'The secret is no longer available. Revoke this consumer and add a new one.',
        )
      }
      copySecret(secret.reveal())
    },
    forgetSecret: held.forget,
    async revoke(consumerId) {
      // First here: whatever the disk does, its secret is wrong from now on.
      const known = consumers.remove(consumerId)
      changed()
      if (!known) throw gone()
      try {
        await changes.run(async () => {
          // What was read anew meanwhile has it again.
          consumers.remove(consumerId)
          await vaultAccess.opened().consumers.remove(consumerId)
        })
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        throw new UserFacingError(
          'storage',
          `Rejected from now on, but it could not be deleted and may work again after a restart: ${error.message}`,
        )
      }
    },
  }
}

function gone(): UserFacingError {
  return new UserFacingError('not-found', 'This consumer was already revoked.')
}

function fleetOf({ engine, unreadable }: Pick<EngineSession, 'engine' | 'unreadable'>): Fleet {
  const lost = unreadable.profiles
  const profiles = () => engine.fleet().profiles
  return {
    ...tokenSourceOf(engine),
    // A name that was ambiguous must not mean the one that is left.
    profiles() {
      if (lost.length === 0) return profiles()
      const all = new Map<ProfileId, NamedProfile>(profiles())
      for (const row of lost) all.set(row.id, row)
      return all
    },
    shown: () => engine.view().profiles,
    isRefused: async (id) => (await engine.test(id)).status === 401,
  }
}
