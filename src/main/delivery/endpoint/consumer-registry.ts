// Consumer registry: the programs that may ask the endpoint, found by the digest of their secret, with what they may read
// and when each asked last.
import { meantBy } from '#base/common/find-profile.ts'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Duration, Instant, Profile, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { digestOf, findByHash } from './consumer-secret.ts'

interface Known {
  consumer: Consumer
  readonly secretHash: Uint8Array
  readonly allowed: ReadonlySet<ProfileId> | null
  lastUsedAt: Instant | null
  /** Used since it was last stored. */
  unstored: boolean
}

/** The consumer of one request; looked up for each request, since it may be revoked between two. */
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

  /** From now on its secret is unknown. False: there was none of this id. */
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
      .map(({ consumer: { secretHash: _, ...shown }, lastUsedAt }) => ({ ...shown, lastUsedAt }))
      .toSorted((one, other) => one.createdAt - other.createdAt)
  }
}

export type NamedProfile = Pick<Profile, 'id' | 'name' | 'orgName' | 'targetOrgId'>

export type Found =
  | { readonly kind: 'one'; readonly profile: NamedProfile }
  /** All of them may be read by whoever asked. */
  | { readonly kind: 'several'; readonly profiles: readonly NamedProfile[] }
  /** Unknown, or not for this consumer: it cannot tell which. */
  | { readonly kind: 'none' }

/** As the command line finds it, among what `asker` may read. */
export function findProfile(
  profiles: ReadonlyMap<ProfileId, NamedProfile>,
  asker: Asker,
  asked: string,
): Found {
  const found = meantBy(profiles, asked, ({ id }) => asker.mayRead(id))
  const [profile] = found
  if (profile === undefined) return { kind: 'none' }
  return found.length === 1 ? { kind: 'one', profile } : { kind: 'several', profiles: found }
}

/** Stores and shows when consumers asked last, without a write or a redrawn window for each request. */
export interface LastUse {
  /** A token was given out. */
  happened(): void
  /** Stores what is not stored yet, now. */
  flush(): void
  /** Cancels what is planned. */
  stop(): void
}

/** ms, both. */
const SHOWN_AFTER: Duration = 2_000
const STORED_AFTER: Duration = 60_000

export function createLastUse(parts: {
  readonly clock: Pick<Clock, 'after'>
  readonly show: () => void
  readonly keep: () => void
}): LastUse {
  const soon = (delay: Duration, work: () => void) => {
    let cancel: (() => void) | null = null
    return {
      plan() {
        cancel ??= parts.clock.after(delay, () => {
          cancel = null
          work()
        })
      },
      now() {
        this.stop()
        work()
      },
      stop() {
        cancel?.()
        cancel = null
      },
    }
  }
  const showing = soon(SHOWN_AFTER, parts.show)
  const keeping = soon(STORED_AFTER, parts.keep)
  return {
    happened() {
      showing.plan()
      keeping.plan()
    },
    flush: () => keeping.now(),
    stop() {
      showing.stop()
      keeping.stop()
    },
  }
}
