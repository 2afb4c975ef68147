// Token supply: a token that lives long enough for a program that asks: the current one, or a renewed one within a bounded
// wait. Programs ask in loops, so a renewal that did not help is not repeated for each request.
import {
  type Attempt,
  type Duration,
  givableToken,
  type Profile,
  type ProfileId,
} from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Refused, Supplied, TokenSource, TokenSupply } from '#engine/domain/token-supply.ts'

/** A token with less than this left would be dead on arrival. */
const LEAST_LEFT: Duration = 1000
/** After a renewal that failed; the engine's own schedule goes on meanwhile, and a person's Refresh too. */
const PAUSE_AFTER_FAILURE: Duration = 30_000
/** After one that gave the same token: Webex often does within 24 h. */
const PAUSE_AFTER_UNCHANGED: Duration = 600_000
const ASK_AGAIN_SOON: Duration = 5_000
/** Whoever says within this time that the token is refused gets what the first one was told. */
const PAUSE_AFTER_DOUBT: Duration = 30_000

interface Held {
  readonly until: number
  readonly sentence: string
  readonly trackingId: string | null
}

/** `patience`: ms for one answer, whatever has to be found out for it; a renewal goes on when it ends. */
export function createTokenSupply(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  patience: Duration,
): TokenSupply {
  const held = new Map<ProfileId, Held>()
  const doubts = new Map<ProfileId, { readonly until: number; readonly cleared: Promise<Supplied | null> }>()

  const notNow = ({ sentence, trackingId, until }: Held): Supplied => {
    return { kind: 'not-now', sentence, trackingId, retryAfter: Math.max(1000, until - clock.monotonic()) }
  }
  const holdOff = (source: TokenSource, id: ProfileId, attempt: Attempt): Held => {
    const pair = source.profile(id)?.pair
    const left = pair?.expiresAt == null ? 0 : pair.expiresAt - source.now()
    const pause =
      attempt.outcome === 'failed'
        ? PAUSE_AFTER_FAILURE
        : Math.max(ASK_AGAIN_SOON, Math.min(PAUSE_AFTER_UNCHANGED, left / 2))
    const reason: Held = {
      until: clock.monotonic() + pause,
      sentence: attempt.sentence ?? 'Webex issued no token with the requested lifetime.',
      trackingId: attempt.trackingId,
    }
    held.set(id, reason)
    return reason
  }

  const renewed = async (
    source: TokenSource,
    id: ProfileId,
    minTtl: Duration,
    deadline: number,
  ): Promise<Supplied> => {
    const before = held.get(id)
    if (before !== undefined && before.until > clock.monotonic()) return notNow(before)
    const attempt = await withinTime(clock, source.refresh(id), deadline)
    if (attempt === null) {
      const sentence = 'Webex has not answered yet; the renewal continues. Try again in a few seconds.'
      return { kind: 'not-now', sentence, trackingId: null, retryAfter: ASK_AGAIN_SOON }
    }
    const token = usable(source, id, minTtl)
    if (token === null) return notNow(holdOff(source, id, attempt))
    held.delete(id)
    return token
  }

  /** null: the current token is a good one, as far as can be told. */
  const doubted = (
    source: TokenSource,
    id: ProfileId,
    isRefused: Refused,
    deadline: number,
  ): Promise<Supplied | null> => {
    const before = doubts.get(id)
    if (before !== undefined && before.until > clock.monotonic()) return before.cleared
    const looked = looksRefused(source, id, isRefused).then((attempt) =>
      attempt === null ? null : notNow(holdOff(source, id, attempt)),
    )
    // What cannot be found out in time, or at all, casts no doubt on it.
    const cleared = withinTime(clock, looked, deadline).catch(() => null)
    doubts.set(id, { until: clock.monotonic() + PAUSE_AFTER_DOUBT, cleared })
    return cleared
  }

  return {
    async supply(source, id, minTtl, isRefused = null) {
      const deadline = clock.monotonic() + patience
      const doubt =
        isRefused === null || source.isPaused(id) ? null : await doubted(source, id, isRefused, deadline)
      if (doubt !== null) return doubt
      const token = usable(source, id, minTtl)
      if (token !== null) return token
      const longest = longestFor(source.profile(id))
      if (longest !== null && minTtl > longest) return { kind: 'too-long', longest }
      if (source.isPaused(id)) {
        const sentence =
          'Renewing this token is paused in the app, and the current one does not live long enough.'
        return { kind: 'not-now', sentence, trackingId: null, retryAfter: PAUSE_AFTER_FAILURE }
      }
      try {
        return await renewed(source, id, minTtl, deadline)
      } catch {
        // The profile was removed, or the engine was stopped, while it waited.
        const sentence = 'The token could not be renewed just now.'
        return { kind: 'not-now', sentence, trackingId: null, retryAfter: ASK_AGAIN_SOON }
      }
    },
  }
}

function usable(source: TokenSource, id: ProfileId, minTtl: Duration): Supplied | null {
  const pair = source.profile(id)?.pair
  const token = givableToken(pair)
  if (pair == null || token === null) return null
  const { expiresAt, origin } = pair
  // Of unknown lifetime: nothing can be promised of it. A renewal helps with a pasted one; where Webex does not say when
  // its new tokens end, each renewal would only mint one more of them.
  if (expiresAt === null)
    return minTtl === 0 || origin !== 'pasted' ? { kind: 'token', token, expiresAt } : null
  return expiresAt - source.now() >= Math.max(minTtl, LEAST_LEFT) ? { kind: 'token', token, expiresAt } : null
}

/** Half of the lifetime: asked for more, each renewal would soon be followed by the next. */
function longestFor(profile: Profile | undefined): Duration | null {
  const pair = profile?.pair
  return pair?.expiresAt == null ? null : Math.max(0, (pair.expiresAt - pair.issuedAt) / 2)
}

/** The renewal that did not replace a token that Webex refuses; null when there is nothing of the kind. */
async function looksRefused(source: TokenSource, id: ProfileId, isRefused: Refused): Promise<Attempt | null> {
  const before = source.profile(id)?.pair?.accessToken ?? null
  if (before === null || !(await isRefused(id))) return null
  const attempt = await source.refresh(id)
  return before.equals(source.profile(id)?.pair?.accessToken ?? null) ? attempt : null
}

/** null: not by the deadline, which is an instant of the monotonic clock. */
async function withinTime<T>(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  work: Promise<T>,
  deadline: number,
): Promise<T | null> {
  let cancel = () => {}
  const tooLate = new Promise<null>((resolve) => {
    cancel = clock.after(Math.max(0, deadline - clock.monotonic()), () => resolve(null))
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    cancel()
  }
}
