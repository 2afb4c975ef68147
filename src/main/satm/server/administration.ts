// Administration over the command line: connecting an integration, confirming what is held, the endpoint's consumers, and
// deliveries.
import { references } from '#base/common/find-profile.ts'
import { quoted } from '#contract/value-rules.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import {
  type Confirmed,
  type ConnectBegun,
  type ConnectFinished,
  type EndpointState,
  type HeldAction,
  Refused,
  type SatmReplies,
} from '../protocol.ts'
import { answerDeliveries, type DeliveryAccess, type DeliveryRequest } from './delivery-answers.ts'
import { findOrRefuse, type Named } from './named-profile.ts'
import type { SatmRequest } from './request-parser.ts'

/** What the window's use cases do of it. Each rejects with `Refused` when the answer is no. */
export interface Administration {
  beginConnect(input: Omit<RequestOf<'connect-begin'>, 'kind'>): Promise<ConnectBegun>
  finishConnect(url: string): Promise<ConnectFinished>
  cancelConnect(authorizationUrl: string): Promise<boolean>
  held(): Promise<readonly HeldAction[]>
  /** Nothing is confirmed when one of the IDs is not that of something held. */
  confirm(ids: readonly string[]): Promise<readonly Confirmed[]>
  /** The oldest first. */
  consumers(): readonly Omit<Consumer, 'secretHash'>[]
  endpoint(): EndpointState
  /** The secret is known to nobody else. */
  addConsumer(input: {
    readonly name: string
    readonly profileIds: readonly ProfileId[] | null
  }): Promise<{ readonly id: string; readonly secret: string }>
  removeConsumer(id: string): Promise<void>
  readonly deliveries: DeliveryAccess
}

type RequestOf<K extends SatmRequest['kind']> = Extract<SatmRequest, { kind: K }>

export type AdministrationRequest =
  | RequestOf<
      | 'connect-begin'
      | 'connect-finish'
      | 'connect-cancel'
      | 'held'
      | 'confirm'
      | 'consumers'
      | 'consumer-add'
      | 'consumer-remove'
    >
  | DeliveryRequest

interface Core extends Named {
  readonly engine: Pick<Engine, 'fleet' | 'view' | 'now'>
}

export async function answerAdministration(
  administration: Administration,
  core: Core,
  request: AdministrationRequest,
): Promise<SatmReplies[AdministrationRequest['kind']]> {
  const { now } = core.engine
  switch (request.kind) {
    case 'connect-begin':
      return administration.beginConnect(request)
    case 'connect-finish':
      return administration.finishConnect(request.url)
    case 'connect-cancel':
      return { isCanceled: await administration.cancelConnect(request.authorizationUrl) }
    case 'held':
      return { now: now(), held: await administration.held() }
    case 'confirm':
      return { results: await administration.confirm(request.ids) }
    case 'consumers':
      return listConsumers(administration, core)
    case 'consumer-add': {
      const { name, profiles } = request
      const profileIds = profiles?.map((asked) => findOrRefuse(core, asked).id) ?? null
      return {
        ...(await administration.addConsumer({ name, profileIds })),
        endpoint: administration.endpoint(),
      }
    }
    case 'consumer-remove': {
      const { id, name } = namedConsumer(administration.consumers(), request.name)
      await administration.removeConsumer(id)
      return { name }
    }
    default:
      return answerDeliveries(administration.deliveries, core, request)
  }
}

function listConsumers(
  administration: Administration,
  { engine, unreadable }: Core,
): SatmReplies['consumers'] {
  const known = references([...engine.fleet().profiles.values(), ...unreadable])
  const consumers = administration
    .consumers()
    .map(({ id, name, profileIds, createdAt, lastUsedAt, held: isHeld }) => ({
      id,
      name,
      serviceApps: profileIds?.map((profileId) => known.get(profileId) ?? `${profileId} (removed)`) ?? null,
      createdAt,
      lastUsedAt,
      isHeld,
    }))
  return { now: engine.now(), consumers, endpoint: administration.endpoint() }
}

/** By its ID or its name. */
function namedConsumer<C extends Pick<Consumer, 'id' | 'name'>>(all: readonly C[], asked: string): C {
  const byId = all.find(({ id }) => id === asked)
  const named = byId === undefined ? all.filter(({ name }) => name === asked) : [byId]
  const [found, ...others] = named
  if (found === undefined)
    throw new Refused('no-such-profile', `No consumer named ${quoted(asked)}. See satm consumers list.`)
  if (others.length === 0) return found
  const ids = named.map(({ id }) => id).join(', ')
  throw new Refused(
    'ambiguous',
    `${named.length} consumers are named ${quoted(asked)}. Use the ID of one: ${ids}`,
  )
}
