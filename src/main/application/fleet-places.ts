// Fleet places: which customers of a fleet delivery have a place of their own, and who would share one.
import { isolated } from '#base/common/display-text.ts'
import { type DeliveryKinds, handlerOf } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import type { DeliverySpec } from '#engine/domain/delivery-model.ts'
import type { Profile } from '#engine/domain/model.ts'

export interface FleetPlace {
  readonly profile: Profile
  readonly spec: DeliverySpec
  /** Of its target, which may not be there. */
  readonly targetId: string
}

export interface Division {
  /** Those that have a place of their own. */
  readonly own: readonly FleetPlace[]
  /** The first two that would share one. */
  readonly shared: string | null
}

/** `isOwn`: whether a target is one of this fleet delivery's, of which `places` has the next ones. */
export async function divide(
  kinds: DeliveryKinds,
  targets: DeliveryQueue['targets'],
  places: readonly FleetPlace[],
  isOwn: (targetId: string) => boolean,
): Promise<Division> {
  const keysOf = (spec: DeliverySpec) => handlerOf(kinds, spec).places(spec)
  const others = [...targets.all()].filter(({ target }) => !isOwn(target.id))
  const [keysOfOthers, keysOfPlaces, keysBefore] = await Promise.all([
    Promise.all(others.map(({ target }) => keysOf(target.spec))),
    Promise.all(places.map(({ spec }) => keysOf(spec))),
    Promise.all(
      places.map(({ targetId }) => {
        const before = targets.get(targetId)
        return before === undefined ? [] : keysOf(before.target.spec)
      }),
    ),
  ])
  const taken = new Map<string, string>()
  for (const key of keysOfOthers.flat()) taken.set(key, 'another delivery')
  const all = places.map((place, n) => {
    const keys = keysOfPlaces[n] ?? []
    const before = keysBefore[n] ?? []
    return { place, keys, hasIt: before.length > 0 && keys.every((key) => before.includes(key)) }
  })
  let shared: string | null = null
  const own: FleetPlace[] = []
  // Who has its place keeps it, or a customer that is called anew would write over another's token.
  for (const { place, keys } of [...all.filter(({ hasIt }) => hasIt), ...all.filter(({ hasIt }) => !hasIt)]) {
    const name = customerName(place.profile)
    const rival = keys.map((key) => taken.get(key)).find((owner) => owner !== undefined)
    if (rival === undefined) {
      own.push(place)
      for (const key of keys) taken.set(key, name)
    } else shared ??= `${name} would share its place with ${rival}`
  }
  return { own, shared: shared === null ? null : `${shared}. ${HOW_TO_DIVIDE}` }
}

const HOW_TO_DIVIDE = 'Use {app}, {customer} or {orgId} so that each customer has a place of its own.'

export function customerName({ name, orgName }: Profile): string {
  return orgName === null ? isolated(name) : `${isolated(name)} · ${isolated(orgName)}`
}
