// What a person does over the command line where there is no window: the real flow of a connection, and what is held.

import { createAdministration } from '#application/administration.ts'
import { UserFacingError } from '#application/errors.ts'
import { keepConnection } from '#application/token-managers.ts'
import { readUnreadable } from '#application/unreadable-records.ts'
import type { Connect } from '#connect/connect.ts'
import { createConnect } from '#connect/flow.ts'
import type { FileCheck, FleetDeliveryView, Input, TargetView } from '#contract/contract.ts'
import type { TargetState } from '#delivery/target-state.ts'
import { notYetDelivered } from '#engine/delivery-schedule/delivery-schedule.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import { type DeliverySpec, readTypedSpec } from '#engine/domain/delivery-spec.ts'
import type { Answer, Authorization, TokenGrant } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Administration } from '#satm/server/administration.ts'
import { ok } from '../../connect/support/harness.ts'
import type { World } from '../../engine/support/world.ts'

type Exchange = Parameters<Authorization['exchangeCode']>[0]

export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const CONSUMER_SECRET = `satm_${'C'.repeat(43)}`

export interface Administered {
  readonly administration: Administration
  readonly connect: Connect
  /** The next answers of Webex to a code; missing: a grant. */
  readonly answers: Answer<TokenGrant>[]
  readonly exchanges: Exchange[]
  targets: TargetState[]
  consumers: Omit<Consumer, 'secretHash'>[]
  /** Targets as they are listed. */
  delivered: TargetView[]
  fleetDeliveries: FleetDeliveryView[]
  /** On any file. */
  remarks: FileCheck['remarks'][number][]
  readonly saves: Input<'delivery.save'>[]
  /** Held while it is one. */
  webhookUrl: string | null
  renewals: string | null
  /** What a delivery comes to. */
  delivers: (entry: TargetState) => boolean
}

export const aConsumer = (more: Partial<Administered['consumers'][number]> = {}) => ({
  id: 'c1',
  name: 'ci',
  profileIds: null,
  createdAt: 0,
  lastUsedAt: null,
  held: false,
  ...more,
})

export const aDelivery = (more: Partial<TargetView> = {}): TargetView => ({
  id: 'd1',
  profileId: 'p1',
  spec: {
    kind: 'env-file',
    path: '/srv/orders/.env',
    accessTokenName: 'TOKEN',
    refreshTokenName: null,
    confirmed: [],
  },
  state: 'delivered',
  delivered: { at: 0, fingerprint: '0a1b2c3d' },
  failure: null,
  ...more,
})

export const aFleetDelivery = (more: Partial<FleetDeliveryView> = {}): FleetDeliveryView => ({
  id: 'f1',
  appId: null,
  appName: null,
  spec: { ...aDelivery().spec, kind: 'env-file', path: '/srv/{customer}/.env' } as FleetDeliveryView['spec'],
  held: false,
  customers: 1,
  delivered: 0,
  unverified: 0,
  failing: 1,
  problem: null,
  ...more,
})

export const aHeldTarget = (profileId: string, spec: DeliverySpec, id = `t-${profileId}`): TargetState => ({
  target: { id, profileId, spec, createdAt: 0 },
  state: { ...notYetDelivered, held: true },
  isChanging: false,
  running: null,
  asked: [],
  askedAt: 0,
  wakeAt: null,
})

export function administered(world: World): Administered {
  const answers: Answer<TokenGrant>[] = []
  const exchanges: Exchange[] = []
  const { engine, clock } = world
  const connect = createConnect({
    clock,
    fetch: () => Promise.reject(new Error('nothing listens')),
    authorizationUrl: ({ clientId, state, redirectUri }) =>
      `https://webexapis.example/v1/authorize?${new URLSearchParams({ client_id: clientId, state, redirect_uri: redirectUri })}`,
    async exchangeCode(exchange) {
      exchanges.push(exchange)
      return answers.shift() ?? ok()
    },
    proveStore: async () => undefined,
    webexIsThere: async () => true,
    openBrowser: () => Promise.reject(new Error('no browser')),
    bringToFront: () => undefined,
    platform: process.platform,
    onConnected: (connection) => keepConnection(engine, connection, () => 'new-manager'),
  })
  const it: Omit<Administered, 'administration'> = {
    connect,
    answers,
    exchanges,
    targets: [],
    consumers: [],
    delivered: [],
    fleetDeliveries: [],
    remarks: [],
    saves: [],
    webhookUrl: null,
    renewals: null,
    delivers: () => true,
  }
  const administration = createAdministration({
    supervisor: {
      running: () => ({ engine, connect, unreadable: readUnreadable([], engine.fleet()) }) as never,
    },
    settings: { values: () => ({ redirectPort: 3000 }) as never },
    fleet: engine.fleet,
    targets: () => it.targets,
    async deliver({ targetId }) {
      const entry = it.targets.find(({ target }) => target.id === targetId)
      if (entry === undefined) return { delivered: 0, unverified: 0, of: 0 }
      const isDelivered = it.delivers(entry)
      const failure = { at: 0, fingerprint: 'f', sentence: 'No such folder.', failures: 1, retryAt: null }
      entry.state = { ...entry.state, held: false, failure: isDelivered ? null : failure }
      return { delivered: isDelivered ? 1 : 0, unverified: 0, of: 1 }
    },
    deliveries: {
      ofProfile: (profileId) => ({ targets: it.delivered.filter((one) => one.profileId === profileId) }),
      checkFile: async ({ path }) => ({ path, exists: true, shown: 'as shown', remarks: it.remarks }),
      async save({ profileId, targetId, target, shown }) {
        const reading = readTypedSpec(target)
        if (reading.kind === 'flawed') throw new UserFacingError('invalid', reading.flaw.sentence)
        const id = targetId ?? `d${it.delivered.length + 1}`
        it.saves.push({ profileId, targetId, target, ...(shown === undefined ? {} : { shown }) })
        const others = it.delivered.filter((one) => one.id !== id)
        it.delivered = [...others, aDelivery({ id, profileId, spec: reading.spec })]
        return { targetId: id }
      },
      delivered: async () => undefined,
      async remove(id) {
        it.delivered = it.delivered.filter((one) => one.id !== id)
      },
    },
    fleetDeliveries: {
      list: async () => ({ deliveries: it.fleetDeliveries }),
      confirm: async () => undefined,
      isOwned: (targetId) => targetId.startsWith('fleet:'),
      async remove(id) {
        it.fleetDeliveries = it.fleetDeliveries.filter((one) => one.id !== id)
        it.delivered = it.delivered.filter((one) => !one.id.startsWith(`fleet:${id}:`))
      },
    },
    endpoint: {
      view: () =>
        ({ on: true, port: 7286, listening: true, problem: null, consumers: it.consumers }) as never,
      async confirmConsumer(id) {
        it.consumers = it.consumers.map((one) => (one.id === id ? { ...one, held: false } : one))
      },
      async newConsumer({ name, profileIds }) {
        // It is stored first.
        await Promise.resolve()
        it.consumers = [...it.consumers, aConsumer({ id: `id-${name}`, name, profileIds })]
        return { consumerId: `id-${name}`, secret: new Secret(CONSUMER_SECRET) }
      },
      async revoke(id) {
        it.consumers = it.consumers.filter((one) => one.id !== id)
      },
    },
    webhook: {
      view: () => ({ url: it.webhookUrl, held: it.webhookUrl !== null, last: null }),
      async confirmed() {
        it.webhookUrl = null
        return new Secret(WEBHOOK_SECRET)
      },
    },
    renewals: {
      held: () => it.renewals,
      async confirm() {
        it.renewals = null
      },
    },
  })
  return Object.assign(it, { administration })
}
