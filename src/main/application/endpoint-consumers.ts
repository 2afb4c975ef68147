// The local endpoint, put together: who may ask, whether it listens, and why not.
import { randomBytes } from 'node:crypto'
import type { DeliveryView, Input, Replies } from '#contract/contract.ts'
import { Consumers, createLastUse } from '#delivery/endpoint/consumer-registry.ts'
import { createHeldSecret, digestOf, newConsumerSecret } from '#delivery/endpoint/consumer-secret.ts'
import { createEndpointSwitch } from '#delivery/endpoint/endpoint-switch.ts'
import { type Answering, createAnswering, type Fleet } from '#delivery/endpoint/request-handler.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import type { ConsumerRows } from '#vault/repositories/consumers.ts'
import { UserFacingError } from './errors.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no. Secrets made here reach the clipboard and nothing else. */
export interface Endpoint {
  save(input: Input<'endpoint.save'>): Promise<void>
  addConsumer(input: Input<'endpoint.add-consumer'>): Promise<Replies['endpoint.add-consumer']>
  confirmConsumer(consumerId: string): void
  copySecret(): void
  forgetSecret(): void
  revoke(consumerId: string): Promise<void>
}

export interface RunningEndpoint extends Endpoint {
  view(): DeliveryView['endpoint']
  /** Listens if it is switched on; what keeps it from listening is in the view. Never rejects. */
  start(): Promise<void>
  /** Stores what is only in memory: before the vault is closed. */
  keep(): void
  /** Nothing listens when this resolves. */
  stop(): Promise<void>
}

export interface EndpointParts {
  readonly clock: Clock
  readonly preferences: Pick<Preferences, 'values' | 'set'>
  /** `vault.consumers`; null while the vault is closed. */
  readonly rows: () => ConsumerRows | null
  /** null while nothing runs. */
  readonly engine: () => Engine | null
  /** Why the vault is closed. */
  readonly closedSentence: () => string
  /** Onto the clipboard, as a token is; throws a `UserFacingError` while the window is locked. */
  readonly copySecret: (text: string) => unknown
  /** `node (process 4711)`, or null. */
  readonly portOwner: (port: number) => Promise<string | null>
  readonly newId: () => string
  readonly changed: () => void
  readonly failed: (error: unknown) => void
}

interface Loaded {
  readonly rows: ConsumerRows | null
  readonly engine: Engine | null
  readonly consumers: Consumers
}

export function createEndpoint(parts: EndpointParts): RunningEndpoint {
  const { clock, preferences, changed } = parts
  const held = createHeldSecret(clock)
  let loaded: Loaded = { rows: null, engine: null, consumers: new Consumers([]) }
  /** Read anew when another vault was opened, or the engine began anew: something may have been restored. */
  const current = (): Consumers => {
    const rows = parts.rows()
    const engine = parts.engine()
    if (rows !== loaded.rows || (engine !== null && engine !== loaded.engine)) {
      loaded = { rows, engine, consumers: new Consumers(stored(rows)) }
    }
    return loaded.consumers
  }

  /** The window and the renewals go on whatever is the matter with the consumers. */
  const stored = (rows: ConsumerRows | null): readonly Consumer[] => {
    try {
      return rows?.load() ?? []
    } catch (error) {
      parts.failed(error)
      return []
    }
  }

  const lastUse = createLastUse({
    clock,
    show: changed,
    keep() {
      const rows = parts.rows()
      if (rows === null) return
      try {
        for (const { id, lastUsedAt } of current().takeUnstored()) rows.markUsed(id, lastUsedAt)
      } catch (error) {
        parts.failed(error)
      }
    },
  })
  const answering: Answering = createAnswering({
    clock,
    open() {
      const engine = parts.engine()
      return engine === null || parts.rows() === null
        ? null
        : { consumers: current(), fleet: fleetOf(engine) }
    },
    used(id, at) {
      current().used(id, at)
      lastUse.happened()
    },
  })
  const listening = createEndpointSwitch({
    answering,
    clock,
    portOwner: parts.portOwner,
    changed,
    failed: parts.failed,
  })
  const opened = (): ConsumerRows => {
    const rows = parts.rows()
    if (rows === null) throw new UserFacingError('storage', parts.closedSentence())
    return rows
  }

  return {
    view: () => ({
      on: preferences.values().endpointOn,
      port: preferences.values().endpointPort,
      ...listening.state(),
      consumers: current().list(),
    }),
    async start() {
      const { endpointOn, endpointPort } = preferences.values()
      if (endpointOn) await listening.on(endpointPort, 'keep trying')
    },
    keep: lastUse.flush,
    async stop() {
      held.forget()
      await listening.off()
      lastUse.stop()
    },

    async save({ on, port }: Input<'endpoint.save'>) {
      if (on) {
        const problem = await listening.on(port, 'or not at all')
        if (problem !== null) throw new UserFacingError('invalid', problem, { field: 'port' })
      } else await listening.off()
      const failure = preferences.set({ endpointOn: on, endpointPort: port })
      changed()
      if (failure === null) return
      throw new UserFacingError('storage', `This holds for now but could not be written: ${failure.message}.`)
    },
    async addConsumer({ name, profileIds }) {
      const rows = opened()
      const profiles = parts.engine()?.fleet().profiles
      if (profileIds?.some((id) => profiles?.has(id) !== true)) {
        throw new UserFacingError('not-found', 'One of these service apps is gone. Choose again.', {
          field: 'profileIds',
        })
      }
      const secret = newConsumerSecret(randomBytes)
      const consumer: Consumer = {
        id: parts.newId(),
        name,
        secretHash: digestOf(secret.reveal()),
        profileIds: profileIds === null ? null : [...new Set(profileIds)],
        createdAt: clock.now(),
        lastUsedAt: null,
        held: false,
      }
      rows.add(consumer)
      current().add(consumer)
      held.hold(secret)
      changed()
      parts.copySecret(secret.reveal())
      return { consumerId: consumer.id }
    },
    confirmConsumer(consumerId) {
      const consumers = current()
      if (!consumers.has(consumerId)) throw gone()
      opened().confirm(consumerId)
      consumers.confirm(consumerId)
      changed()
    },
    copySecret() {
      const secret = held.current()
      if (secret === null) {
        throw new UserFacingError(
          'refused',
          'The secret is gone from memory. Revoke this consumer and make a new one.',
        )
      }
      parts.copySecret(secret.reveal())
    },
    forgetSecret: held.forget,
    async revoke(consumerId) {
      // First here: whatever the disk does, its secret is wrong from now on.
      const known = current().remove(consumerId)
      changed()
      if (!known) throw gone()
      try {
        opened().remove(consumerId)
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        throw new UserFacingError(
          'storage',
          `Refused from now on, but at the next start it may be back: ${error.message}`,
        )
      }
    },
  }
}

function gone(): UserFacingError {
  return new UserFacingError('not-found', 'This consumer is gone already.')
}

function fleetOf(engine: Engine): Fleet {
  return {
    now: () => engine.now(),
    profiles: () => engine.fleet().profiles,
    profile: (id) => engine.fleet().profiles.get(id),
    refresh: (id) => engine.refresh(id, 'manual', 'program'),
    isRefused: async (id) => (await engine.test(id)).status === 401,
    isPaused(id) {
      if (engine.fleet().profiles.get(id)?.paused === true) return true
      const { allPausedUntil, now } = engine.view()
      return allPausedUntil !== null && allPausedUntil > now
    },
  }
}
