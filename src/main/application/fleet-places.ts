// Fleet places: which customers of a fleet delivery have a place of their own, and who would share one.
import { isolated } from '#base/common/display-text.ts'
import { type DeliveryKinds, handlerOf } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { type DeliverySpec, unconfirmed } from '#engine/domain/delivery-spec.ts'
import type { Profile } from '#engine/domain/model.ts'

export interface FleetPlace {
  readonly profile: Profile
  readonly spec: DeliverySpec
  /** Of its target, which may not be there. */
  readonly targetId: string
}

interface Division {
  /** Those that have a place of their own. */
  readonly own: readonly FleetPlace[]
  /** The first two that would share one. */
  readonly shared: string | null
}

type Keys = readonly string[]

export class FleetPlaces {
  readonly #kinds: DeliveryKinds
  /** Of targets: looking at ten thousand files takes a second, so links that change meanwhile count at the next start. */
  readonly #known = new WeakMap<DeliverySpec, Promise<Keys>>()

  constructor(kinds: DeliveryKinds) {
    this.#kinds = kinds
  }

  /** `isOwn`: whether a target is one of this fleet delivery's, of which `places` has the next ones. */
  async divide(
    targets: DeliveryQueue['targets'],
    places: readonly FleetPlace[],
    isOwn: (targetId: string) => boolean,
  ): Promise<Division> {
    const isThere = new Set(
      places.filter(({ targetId, spec }) => {
        const before = targets.get(targetId)
        return before !== undefined && isSameSpec(before.target.spec, spec)
      }),
    )
    // Their places were their own when they were made.
    if (isThere.size === places.length) return { own: places, shared: null }
    const others = [...targets.all()].filter(({ target }) => !isOwn(target.id))
    const [keysOfOthers, found] = await Promise.all([
      Promise.all(others.map(({ target }) => this.#keysOfTarget(target.spec))),
      Promise.all(
        places.map(async (place) => {
          const before = targets.get(place.targetId)
          const there = before === undefined ? [] : await this.#keysOfTarget(before.target.spec)
          const keys = isThere.has(place) ? there : await this.#keysOf(place.spec)
          return { place, keys, hasIt: there.length > 0 && keys.every((key) => there.includes(key)) }
        }),
      ),
    ])
    const taken = new Map<string, string>()
    for (const key of keysOfOthers.flat()) taken.set(key, 'another delivery')
    let shared: string | null = null
    const own: FleetPlace[] = []
    // Who has its place keeps it, or a customer that is called anew would write over another's token.
    const byTurn = [...found.filter(({ hasIt }) => hasIt), ...found.filter(({ hasIt }) => !hasIt)]
    for (const { place, keys } of byTurn) {
      const name = customerName(place.profile)
      const rival = keys.map((key) => taken.get(key)).find((owner) => owner !== undefined)
      if (rival === undefined) {
        own.push(place)
        for (const key of keys) taken.set(key, name)
      } else shared ??= `${name} would share its place with ${rival}. ${HOW_TO_DIVIDE}`
    }
    return { own, shared }
  }

  #keysOf(spec: DeliverySpec): Promise<Keys> {
    return handlerOf(this.#kinds, spec).places(spec)
  }

  #keysOfTarget(spec: DeliverySpec): Promise<Keys> {
    const known = this.#known.get(spec) ?? this.#keysOf(spec)
    this.#known.set(spec, known)
    return known
  }
}

const HOW_TO_DIVIDE = 'Use {app}, {customer} or {orgId} so that each customer has a place of its own.'

/** But for what was found and confirmed of a file. */
export function isSameSpec(one: DeliverySpec, other: DeliverySpec): boolean {
  const [before, next] = [Object.entries(unconfirmed(one)), Object.entries(unconfirmed(other))]
  const values = new Map(next)
  return (
    before.length === next.length &&
    before.every(([name, value]) => JSON.stringify(value) === JSON.stringify(values.get(name)))
  )
}

export function customerName({ name, orgName }: Profile): string {
  return orgName === null ? isolated(name) : `${isolated(name)} · ${isolated(orgName)}`
}
