// Who may ask, as the endpoint knows them while it runs: by the digest of their secret, with what they may see.

import { meantBy } from '#base/common/find-profile.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Instant, Profile, ProfileId } from '#engine/domain/model.ts'
import { digestOf, findByHash } from './consumer-secret.ts'

interface Known {
  consumer: Consumer
  readonly secretHash: Uint8Array
  readonly allowed: ReadonlySet<ProfileId> | null
  lastUsedAt: Instant | null
  /** Used since it was last stored. */
  unstored: boolean
}

/** What of a request's consumer is looked at; asked anew for each request, since it may be revoked between two. */
export interface Asker {
  readonly id: string
  mayRead(id: ProfileId): boolean
}

export class Consumers {
  readonly #known = new Map<string, Known>()

  constructor(stored: readonly Consumer[]) {
    for (const consumer of stored) this.add(consumer)
  }

  add(consumer: Consumer): void {
    this.#known.set(consumer.id, {
      consumer,
      secretHash: consumer.secretHash,
      allowed: consumer.profileIds === null ? null : new Set(consumer.profileIds),
      lastUsedAt: consumer.lastUsedAt,
      unstored: false,
    })
  }

  /** From now on its secret is a wrong one. False: there was none of this id. */
  remove(id: string): boolean {
    return this.#known.delete(id)
  }

  /** It is not held any more. False: there is none of this id. */
  confirm(id: string): boolean {
    const known = this.#known.get(id)
    if (known === undefined) return false
    known.consumer = { ...known.consumer, held: false }
    return true
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** The secret of one that is held is a wrong one, and answered like any other. */
  authenticate(secret: string): Asker | null {
    const confirmed = [...this.#known.values()].filter(({ consumer }) => !consumer.held)
    const known = findByHash(confirmed, digestOf(secret))
    if (known === null) return null
    const { consumer, allowed } = known
    return { id: consumer.id, mayRead: (profileId) => allowed === null || allowed.has(profileId) }
  }

  used(id: string, at: Instant): void {
    const known = this.#known.get(id)
    if (known === undefined) return
    known.lastUsedAt = at
    known.unstored = true
  }

  /** Those used since this was asked last. */
  takeUnstored(): readonly { readonly id: string; readonly lastUsedAt: Instant }[] {
    return [...this.#known.values()].flatMap((known) => {
      if (!known.unstored || known.lastUsedAt === null) return []
      known.unstored = false
      return [{ id: known.consumer.id, lastUsedAt: known.lastUsedAt }]
    })
  }

  /** The oldest first. */
  list(): readonly Omit<Consumer, 'secretHash'>[] {
    return [...this.#known.values()]
      .map(({ consumer: { id, name, profileIds, createdAt, held }, lastUsedAt }) => ({
        id,
        name,
        profileIds,
        createdAt,
        lastUsedAt,
        held,
      }))
      .toSorted((one, other) => one.createdAt - other.createdAt)
  }
}

export type Found =
  | { readonly kind: 'one'; readonly profile: Profile }
  /** All of them may be read by whoever asked. */
  | { readonly kind: 'several'; readonly profiles: readonly Profile[] }
  /** Unknown, or not for this consumer: it cannot tell which. */
  | { readonly kind: 'none' }

/** As the command line finds it, among what `asker` may read. */
export function findProfile(profiles: ReadonlyMap<ProfileId, Profile>, asker: Asker, asked: string): Found {
  const found = meantBy(profiles, asked, ({ id }) => asker.mayRead(id))
  const [profile] = found
  if (profile === undefined) return { kind: 'none' }
  return found.length === 1 ? { kind: 'one', profile } : { kind: 'several', profiles: found }
}
