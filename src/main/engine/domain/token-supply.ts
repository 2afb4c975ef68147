// Token supply: the port that gives programs a token, whichever way they asked.
import type { Engine } from './engine-api.ts'
import type { Attempt, Duration, Instant, Profile, ProfileId } from './model.ts'
import type { Secret } from './secret.ts'

/** The engine, as far as it is needed here. */
export interface TokenSource {
  /** What stored instants are compared with. */
  now(): Instant
  profile(id: ProfileId): Profile | undefined
  /** Joins the attempt that is under way. */
  refresh(id: ProfileId): Promise<Attempt>
  isPaused(id: ProfileId): boolean
}

/** Its refreshes are noted as asked for by a program. */
export function tokenSourceOf(engine: Pick<Engine, 'now' | 'fleet' | 'refresh' | 'view'>): TokenSource {
  const profile = (id: ProfileId) => engine.fleet().profiles.get(id)
  return {
    now: () => engine.now(),
    profile,
    refresh: (id) => engine.refresh(id, 'manual', 'program'),
    isPaused(id) {
      if (profile(id)?.paused === true) return true
      const { allPausedUntil, now } = engine.view()
      return allPausedUntil !== null && allPausedUntil > now
    },
  }
}

/** Asks Webex; true: it refuses the current token, whose renewal is under way then. */
export type Refused = (id: ProfileId) => Promise<boolean>

export type Supplied =
  | { readonly kind: 'token'; readonly token: Secret; readonly expiresAt: Instant | null }
  /** More than a renewal could ever keep up with. */
  | { readonly kind: 'too-long'; readonly longest: Duration }
  | {
      readonly kind: 'not-now'
      readonly sentence: string
      readonly trackingId: string | null
      /** ms until asking again may help. */
      readonly retryAfter: Duration
    }

export interface TokenSupply {
  /**
   * `minTtl` in ms. `isRefused` is given by who was refused with an earlier one: the current token is checked first.
   * Never rejects, and answers within a bounded time: a renewal that takes longer goes on.
   */
  supply(
    source: TokenSource,
    profileId: ProfileId,
    minTtl: Duration,
    isRefused?: Refused | null,
  ): Promise<Supplied>
}
