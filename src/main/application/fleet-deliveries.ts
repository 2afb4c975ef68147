// Fleet deliveries: one template for all customers or those of one service app, the future ones as well. Each customer
// gets a delivery target of its own, so that everything known of targets holds for it.
import { commonName } from '#base/common/common-name.ts'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { FleetDeliveryView, Input, Replies } from '#contract/contract.ts'
import { type DeliveryKinds, handlerOf } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { filledIn } from '#delivery/fleet-template.ts'
import { type TargetState, whyUndelivered } from '#delivery/target-state.ts'
import type { DeliveryTarget, FleetDelivery } from '#engine/domain/delivery-model.ts'
import { type DeliverySpec, readTypedSpec } from '#engine/domain/delivery-spec.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Duration, Profile } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { Delivery } from './delivery.ts'
import { UserFacingError } from './errors.ts'
import { customerName, type FleetPlace, FleetPlaces, isSameSpec } from './fleet-places.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface FleetDeliveries {
  list(): Promise<Replies['fleet-delivery.list']>
  /** Who would get what, before anything is saved. */
  preview(input: Input<'fleet-delivery.preview'>): Promise<Replies['fleet-delivery.preview']>
  save(input: Input<'fleet-delivery.save'>): Promise<Replies['fleet-delivery.save']>
  /** It was held. */
  confirm(id: string): Promise<void>
  remove(id: string): Promise<void>
  /** Who gets what. */
  customers(id: string): Promise<Replies['fleet-delivery.customers']>
}

export interface RunningFleetDeliveries extends FleetDeliveries {
  /** Whether a target is one of a fleet delivery's, so that it is changed there. */
  isOwned(targetId: string): boolean
  /** Adds, changes and removes targets as the fleet is now. Never rejects. */
  sync(): Promise<void>
}

export interface FleetDeliveryDependencies {
  /** null while nothing runs. */
  readonly engine: () => Engine | null
  /** null while nothing runs. */
  readonly deliveries: () => DeliveryQueue | null
  readonly change: Delivery['change']
  readonly clock: Pick<Clock, 'after'>
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => Pick<OpenVault, 'deliveries' | 'fleetDeliveries'>
  readonly kinds: DeliveryKinds
  readonly newId: () => string
  readonly failed: (error: unknown) => void
}

/** Targets are stored so many at a time, so that none of them holds up the rest. */
const STORED_AT_ONCE = 200
const SHOWN_BEFORE = 5
/** After a failure to store or read. */
const RETRY: Duration = 30_000

export function createFleetDeliveries(parts: FleetDeliveryDependencies): RunningFleetDeliveries {
  const changes = new SerialQueue()
  const division = new FleetPlaces(parts.kinds)
  /** As they were stored last. */
  let known: readonly FleetDelivery[] = []
  /** By ID: which customers had no place of their own when its targets were last brought up to date. */
  const crowded = new Map<string, string>()

  /** The one that has not begun. */
  let next: Promise<void> | null = null
  let cancelRetry = () => {}

  const running = (): { readonly engine: Engine; readonly deliveries: DeliveryQueue } => {
    const [engine, deliveries] = [parts.engine(), parts.deliveries()]
    if (engine === null || deliveries === null) {
      throw new UserFacingError('busy', 'The app is stopping. Try again in a moment.')
    }
    return { engine, deliveries }
  }
  const load = async () => {
    known = await parts.vault().fleetDeliveries.load()
    return known
  }
  const store = async (next: readonly FleetDelivery[]) => {
    await parts.vault().fleetDeliveries.save(next)
    known = next
  }
  const named = async (id: string): Promise<FleetDelivery> => {
    const found = (await load()).find((one) => one.id === id)
    if (found === undefined)
      throw new UserFacingError('not-found', 'This fleet delivery was already removed.')
    return found
  }

  const profilesOf = (serviceAppId: FleetDelivery['serviceAppId']): readonly Profile[] =>
    [...running().engine.fleet().profiles.values()].filter(
      (profile) => serviceAppId === null || profile.serviceAppId === serviceAppId,
    )

  const placesOf = (
    id: string | null,
    { serviceAppId, spec }: Pick<FleetDelivery, 'serviceAppId' | 'spec'>,
  ): readonly FleetPlace[] =>
    profilesOf(serviceAppId).map((profile) => ({
      profile,
      spec: filledIn(spec, profile),
      targetId: targetIdOf(id ?? '', profile.id),
    }))

  const divided = (id: string | null, places: readonly FleetPlace[]) =>
    division.divide(running().deliveries.targets, places, (one) => id !== null && ownerOf(one) === id)

  const wanted = async (delivery: FleetDelivery): Promise<ReadonlyMap<string, FleetPlace>> => {
    if (delivery.held) return new Map()
    const { own, shared } = await divided(delivery.id, placesOf(delivery.id, delivery))
    if (shared === null) crowded.delete(delivery.id)
    else crowded.set(delivery.id, shared)
    return new Map(own.map((place) => [place.targetId, place]))
  }

  const bringUpToDate = (delivery: FleetDelivery, why: 'changed' | 'confirmed' | 'removed') =>
    parts.change(
      async () => (why === 'removed' ? new Map<string, FleetPlace>() : await wanted(delivery)),
      (places) => writeTargets(delivery, places, why),
    )

  const writeTargets = async (
    delivery: FleetDelivery,
    places: ReadonlyMap<string, FleetPlace>,
    why: 'changed' | 'confirmed' | 'removed',
  ) => {
    const { engine, deliveries } = running()
    const there = [...deliveries.targets.all()].filter(({ target }) => ownerOf(target.id) === delivery.id)
    const rows = parts.vault().deliveries
    // What is held was not made by this one as it is now: a person decides on it.
    const gone =
      delivery.held && why !== 'removed'
        ? []
        : // A backup may have one of this ID for another profile.
          there.filter(({ target }) => places.get(target.id)?.profile.id !== target.profileId)
    if (gone.length > 0) await rows.removeAll(gone.map(({ target }) => target.id))
    for (const { target } of gone) {
      deliveries.remove(target.id)
      await handlerOf(parts.kinds, target.spec).forget(target.spec)
    }
    const now = engine.now()
    const changed = [...places].flatMap(([id, { profile, spec }]): DeliveryTarget[] => {
      const before = deliveries.targets.get(id)
      const isHeld = before?.state.held === true && why === 'confirmed'
      if (before !== undefined && !isHeld && isSameSpec(before.target.spec, spec)) return []
      return [{ id, profileId: profile.id, spec, createdAt: before?.target.createdAt ?? now }]
    })
    for (let at = 0; at < changed.length; at += STORED_AT_ONCE) {
      // One that was removed meanwhile would hold up all the others.
      const some = changed
        .slice(at, at + STORED_AT_ONCE)
        .filter(({ profileId }) => engine.fleet().profiles.has(profileId))
      const stored = rows.saveAll(some)
      await Promise.all(some.map((target) => deliveries.save(target, () => stored)))
    }
  }

  /** What could not be stored is stored later: until then nobody else would notice. */
  const failedForNow = (error: unknown) => {
    parts.failed(error)
    cancelRetry()
    cancelRetry = parts.clock.after(RETRY, () => void sync())
  }

  const inputOf = ({ appId, target }: Input<'fleet-delivery.preview'>) => {
    const reading = readTypedSpec(target)
    if (reading.kind === 'flawed') {
      throw new UserFacingError('invalid', reading.flaw.sentence, { field: reading.flaw.field })
    }
    if (appId === null) return { serviceAppId: null, spec: reading.spec }
    const { serviceApps } = running().engine.fleet()
    const app = [...serviceApps.values()].find((one) => one.appId === appId)
    if (app === undefined) throw new UserFacingError('not-found', 'This service app was removed.')
    return { serviceAppId: app.id, spec: reading.spec }
  }

  const viewOf = (delivery: FleetDelivery): FleetDeliveryView => {
    const { engine, deliveries } = running()
    const { serviceAppId } = delivery
    const profiles = profilesOf(serviceAppId)
    const states = profiles.flatMap((profile) => {
      const entry = deliveries.targets.get(targetIdOf(delivery.id, profile.id))
      return entry === undefined ? [] : [deliveries.standing(entry)]
    })
    const count = (state: (typeof states)[number]) => states.filter((one) => one === state).length
    const app = serviceAppId === null ? undefined : engine.fleet().serviceApps.get(serviceAppId)
    const isOfAll = serviceAppId === null
    return {
      id: delivery.id,
      appId: app?.appId ?? null,
      appName: isOfAll ? null : commonName(profiles.map(({ name }) => name)) || 'A removed service app',
      spec: delivery.spec,
      held: delivery.held,
      customers: profiles.length,
      delivered: count('delivered'),
      unverified: count('unverified'),
      failing: count('failing') + count('held'),
      problem: crowded.get(delivery.id) ?? null,
    }
  }

  const rowOf = ({ profile, spec }: FleetPlace, entry: TargetState | undefined) => ({
    profileId: profile.id,
    targetId: entry?.target.id ?? null,
    name: customerName(profile),
    place: shownPlace(entry?.target.spec ?? spec),
    state: entry === undefined ? null : running().deliveries.standing(entry),
    sentence: entry === undefined ? null : whyUndelivered(entry),
  })

  const isRunning = () => parts.engine() !== null && parts.deliveries() !== null

  const syncNow = async () => {
    // All of it is looked at again when everything has started.
    if (!isRunning()) return
    for (const delivery of await load()) {
      try {
        await bringUpToDate(delivery, 'changed')
      } catch (error) {
        if (!isRunning()) return
        // One that cannot be stored keeps none of the others.
        failedForNow(error)
      }
    }
  }

  const sync = () => {
    // However many changes came while the last one was busy: one more sees all of them.
    next ??= changes.run(() => {
      next = null
      return syncNow().catch(failedForNow)
    })
    return next
  }

  return {
    isOwned: (targetId) => known.some(({ id }) => ownerOf(targetId) === id),

    sync,

    async list() {
      return { deliveries: (await load()).map(viewOf) }
    },

    async preview(input) {
      const { own, shared } = await divided(input.id, placesOf(input.id, inputOf(input)))
      return {
        customers: own.length,
        first: own.slice(0, SHOWN_BEFORE).map((place) => rowOf(place, undefined)),
        problem: shared,
      }
    },

    save: (input) =>
      changes.run(async () => {
        const typed = inputOf(input)
        const all = await load()
        const before = all.find(({ id }) => id === input.id)
        if (input.id !== null && before === undefined) await named(input.id)
        const { shared } = await divided(input.id, placesOf(input.id, typed))
        if (shared !== null) throw new UserFacingError('invalid', shared)
        const delivery: FleetDelivery = {
          ...typed,
          id: before?.id ?? parts.newId(),
          createdAt: before?.createdAt ?? running().engine.now(),
          held: false,
        }
        const allWith = (one: FleetDelivery) => [...all.filter(({ id }) => id !== one.id), one]
        await store(allWith({ ...delivery, held: before?.held === true }))
        // Whoever saves it has read it.
        if (before?.held === true) {
          await bringUpToDate(delivery, 'confirmed')
          await store(allWith(delivery))
        } else await bringUpToDate(delivery, 'confirmed').catch(failedForNow)
        return { id: delivery.id }
      }),

    confirm: (id) =>
      changes.run(async () => {
        const delivery = { ...(await named(id)), held: false }
        // Its targets first: while one of them is held, so is it, and can be confirmed again.
        await bringUpToDate(delivery, 'confirmed')
        await store(known.map((one) => (one.id === id ? delivery : one)))
      }),

    remove: (id) =>
      changes.run(async () => {
        const delivery = await named(id)
        // Its targets first: what is left of them when this ends is removed with the next try.
        await bringUpToDate(delivery, 'removed')
        await store(known.filter((one) => one.id !== id))
      }),

    async customers(id) {
      const delivery = await named(id)
      const { deliveries } = running()
      return {
        customers: placesOf(id, delivery).map((place) =>
          rowOf(place, deliveries.targets.get(place.targetId)),
        ),
      }
    },
  }
}

/** The ID of a target says which fleet delivery made it. */
const PREFIX = 'fleet'

function targetIdOf(id: string, profileId: string): string {
  return `${PREFIX}:${id}:${profileId}`
}

export function ownerOf(targetId: string): string | null {
  const [prefix, id] = targetId.split(':')
  return prefix === PREFIX && id !== undefined ? id : null
}

function shownPlace(spec: DeliverySpec): string {
  return spec.kind === 'env-file' ? spec.path : spec.command
}
