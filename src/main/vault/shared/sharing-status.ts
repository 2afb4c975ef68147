// Sharing status: how a computer stands with a shared vault, for a person, the log and the health of a server.
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { NotAMember } from './members.ts'

export interface SharingStatus {
  /** Names this computer. */
  readonly node: string
  /** Why the shared vault cannot be used, and since when; null: it can. */
  readonly trouble: {
    readonly kind: TroubleKind
    readonly sentence: string
    readonly since: Instant
    /** This computer's public key, where a member has to add it; null: that is no help. */
    readonly recipient: string | null
  } | null
  /** When this computer was in agreement with it last; null: not since this start. */
  readonly agreedAt: Instant | null
  /** Who renews; null: nobody, or it is not known. */
  readonly leader: string | null
  readonly leadsHere: boolean
  /** Since when this computer has seen nobody renew; null: somebody does. */
  readonly leaderlessSince: Instant | null
  /** How many of its records cannot be read. */
  readonly unreadable: number
  /** Refresh tokens that were sent and whose outcome nobody knew when it was looked at last. */
  readonly unknownInFlight: number
  /** When the database went back to an earlier state; null: not since this start. */
  readonly wentBackAt: Instant | null
}

/** `not-yet-a-member`: it waits to be added. `removed`: it was a member. */
export type TroubleKind = 'not-yet-a-member' | 'removed' | 'not-usable'

/** What keeps it from being used: that it cannot be reached, or that what was read cannot be followed. */
type Cause = 'reaching' | 'following'

export class StatusBoard {
  readonly #clock: Clock
  readonly #changed: (status: SharingStatus, before: SharingStatus) => void
  readonly #troubles = new Map<Cause, unknown>()
  #status: SharingStatus

  constructor(parts: {
    readonly node: string
    readonly clock: Clock
    readonly changed: (status: SharingStatus, before: SharingStatus) => void
  }) {
    this.#clock = parts.clock
    this.#changed = parts.changed
    this.#status = {
      node: parts.node,
      trouble: null,
      agreedAt: null,
      leader: null,
      leadsHere: false,
      leaderlessSince: null,
      unreadable: 0,
      unknownInFlight: 0,
      wentBackAt: null,
    }
  }

  get status(): SharingStatus {
    return this.#status
  }

  note(change: Partial<SharingStatus>): void {
    const before = this.#status
    this.#status = { ...before, ...change }
    this.#changed(this.#status, before)
  }

  failed(cause: Cause, error: unknown, change: Partial<SharingStatus> = {}): void {
    this.#troubles.set(cause, error)
    this.note({ ...change, trouble: this.#trouble() })
  }

  /** The other one may go on. */
  over(cause: Cause, change: Partial<SharingStatus>): void {
    this.#troubles.delete(cause)
    this.note({ ...change, trouble: this.#trouble() })
  }

  #trouble(): SharingStatus['trouble'] {
    const error = this.#troubles.get('reaching') ?? this.#troubles.get('following')
    if (error === undefined) return null
    const sentence = error instanceof Error ? error.message : String(error)
    const recipient = error instanceof NotAMember ? error.recipient : null
    const since = this.#status.trouble?.since ?? this.#clock.now()
    return { kind: kindOf(error), sentence, since, recipient }
  }
}

function kindOf(error: unknown): TroubleKind {
  if (!(error instanceof NotAMember)) return 'not-usable'
  return error.wasRemoved ? 'removed' : 'not-yet-a-member'
}
