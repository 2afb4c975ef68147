// Deliveries over the command line: listed, added, edited and removed by the window's use cases.
import { isDeepStrictEqual } from 'node:util'
import { assertNever } from '#base/common/assert-never.ts'
import { references } from '#base/common/find-profile.ts'
import type { FileCheck, FleetDeliveryView, Input, TargetView } from '#contract/contract.ts'
import { quoted } from '#contract/value-rules.ts'
import { type TypedSpec, typedSpec } from '#engine/domain/delivery-spec.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import { type ListedDelivery, Refused, type SatmReplies } from '../protocol.ts'
import { findOrRefuse, type Named, referenceOf } from './named-profile.ts'
import type { SatmRequest } from './request-parser.ts'

/** What the window's use cases do of it. Each rejects with `Refused` when the answer is no. */
export interface DeliveryAccess {
  /** The oldest first. */
  ofProfiles(profileIds: Iterable<ProfileId>): Promise<readonly TargetView[]>
  checkFile(input: Input<'delivery.check-file'>): Promise<FileCheck>
  save(input: Input<'delivery.save'>): Promise<{ readonly targetId: string }>
  /** Waits for the delivery that saving a target began, if there is a token. */
  delivered(targetId: string): Promise<void>
  remove(targetId: string): Promise<void>
  fleetDeliveries(): Promise<readonly FleetDeliveryView[]>
  /** The ID of the fleet delivery that a target belongs to. */
  fleetDeliveryOf(targetId: string): string | null
  /** With its targets. */
  removeFleetDelivery(id: string): Promise<void>
}

export type DeliveryRequest = Extract<
  SatmRequest,
  { kind: 'deliveries' | 'delivery-check' | 'delivery-save' | 'delivery-remove' }
>

interface Core extends Named {
  readonly engine: Pick<Engine, 'fleet' | 'view' | 'now'>
}

export async function answerDeliveries(
  access: DeliveryAccess,
  core: Core,
  request: DeliveryRequest,
): Promise<SatmReplies[DeliveryRequest['kind']]> {
  const { now } = core.engine
  switch (request.kind) {
    case 'deliveries': {
      const { profile } = request
      const ids = profile === null ? core.engine.fleet().profiles.keys() : [findOrRefuse(core, profile).id]
      const targets = listed(access, core, await access.ofProfiles(ids))
      const ofFleet = profile === null ? bare(await access.fleetDeliveries(), targets) : []
      return { now: now(), deliveries: [...targets, ...ofFleet] }
    }
    case 'delivery-check':
      return access.checkFile({ path: request.path, targetId: request.id })
    case 'delivery-save': {
      const { of, target, shown } = request
      const before = 'id' in of ? await named(access, core, of.id) : null
      // Whoever edits a part of it may not have read the rest.
      if (before?.state === 'held') throw new Refused('needs-person', HELD)
      const owner = before === null ? null : access.fleetDeliveryOf(before.id)
      // Only the warnings of its file are its own.
      if (
        before !== null &&
        owner !== null &&
        !isDeepStrictEqual(unconfirmed(typedSpec(before.spec)), unconfirmed(target))
      )
        throw new Refused('needs-person', ofFleetDelivery(owner))
      const profileId = before?.profileId ?? ('profile' in of ? findOrRefuse(core, of.profile).id : '')
      const seen = shown === null ? {} : { shown }
      const { targetId } = await access.save({ profileId, targetId: before?.id ?? null, target, ...seen })
      await access.delivered(targetId)
      return {
        now: now(),
        delivery: rowOf(access, await named(access, core, targetId), referenceOf(core, profileId)),
      }
    }
    case 'delivery-remove': {
      const ofFleet = (await access.fleetDeliveries()).find(({ id }) => id === request.id)
      if (ofFleet !== undefined) {
        await access.removeFleetDelivery(request.id)
        return { serviceApp: null, place: placeOf(ofFleet) }
      }
      const found = await named(access, core, request.id)
      const owner = access.fleetDeliveryOf(found.id)
      if (owner !== null) throw new Refused('needs-person', ofFleetDelivery(owner))
      await access.remove(found.id)
      return { serviceApp: referenceOf(core, found.profileId), place: placeOf(found) }
    }
    default:
      return assertNever(request)
  }
}

const HELD =
  'This delivery is held since a backup was restored. Read it first: satm confirm --list. Once it is confirmed, it can be edited.'

const FLEET_DELIVERY =
  'This is a fleet delivery: it is changed in the app’s window, under Settings → Delivery. Here it can be removed.'

const ofFleetDelivery = (id: string) =>
  `This delivery belongs to a fleet delivery, which is changed in the app’s window, and removed whole, with those of all its customers: satm deliveries remove ${id}.`

const unconfirmed = (typed: TypedSpec) => ({ ...typed, confirmed: [] })

const placeOf = ({ spec }: Pick<TargetView, 'spec'>) => (spec.kind === 'env-file' ? spec.path : spec.command)

function listed(
  access: DeliveryAccess,
  { engine, unreadable }: Core,
  targets: readonly TargetView[],
): readonly ListedDelivery[] {
  const known = references([...engine.fleet().profiles.values(), ...unreadable])
  return targets.map((one) => rowOf(access, one, known.get(one.profileId) ?? one.profileId))
}

/** Those without a target: one that is held has made none, and could not be removed if nobody knew its ID. */
function bare(
  all: readonly FleetDeliveryView[],
  targets: readonly ListedDelivery[],
): readonly ListedDelivery[] {
  return all
    .filter(({ id }) => !targets.some(({ fleetDelivery }) => fleetDelivery === id))
    .map(({ id, appName, spec, held, problem }) => ({
      id,
      serviceApp: appName ?? 'all service apps',
      kind: spec.kind,
      place: placeOf({ spec }),
      state: held ? 'held' : 'waiting',
      deliveredAt: null,
      fingerprint: null,
      sentence: problem,
      fleetDelivery: id,
      target: typedSpec(spec),
    }))
}

async function named(access: DeliveryAccess, { engine }: Core, id: string): Promise<TargetView> {
  const all = await access.ofProfiles(engine.fleet().profiles.keys())
  const found = all.find((one) => one.id === id)
  if (found !== undefined) return found
  if ((await access.fleetDeliveries()).some((one) => one.id === id))
    throw new Refused('needs-person', FLEET_DELIVERY)
  throw new Refused('no-such-profile', `No delivery has the ID ${quoted(id)}. See satm deliveries list.`)
}

function rowOf(access: DeliveryAccess, one: TargetView, serviceApp: string): ListedDelivery {
  const { id, spec, state, delivered, failure } = one
  return {
    id,
    serviceApp,
    kind: spec.kind,
    place: placeOf(one),
    state,
    deliveredAt: delivered?.at ?? null,
    fingerprint: delivered?.fingerprint ?? null,
    sentence: failure?.sentence ?? null,
    fleetDelivery: access.fleetDeliveryOf(id),
    target: typedSpec(spec),
  }
}
