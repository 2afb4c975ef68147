// Which token is given out: one that lives, for as long as was asked, refreshed first if it must be.
import type { Engine } from '../../engine/engine.ts'
import type { Attempt, Duration, Instant, Profile, TokenPair } from '../../engine/model.ts'
import type { Secret } from '../../engine/secret.ts'
import { inWords } from './duration.ts'
import { Refused } from './refused.ts'

export interface GivenToken {
  readonly token: Secret
  /** null: nobody told. */
  readonly expiresAt: Instant | null
}

/** Unasked, a token in the last minute of its life, or the last tenth of a short one, is refreshed before it is given. */
const ABOUT_TO_EXPIRE: Duration = 60_000
const LAST_PART = 0.1

/** Throws `Refused` when there is no such token. `minTtl`: ms; null takes whatever lives. */
export async function givenToken(
  engine: Pick<Engine, 'fleet' | 'view' | 'refresh' | 'now'>,
  profile: Profile,
  minTtl: Duration | null,
): Promise<GivenToken> {
  const current = () => engine.fleet().profiles.get(profile.id)?.pair ?? null
  const before = current()
  const wanted = minTtl ?? aboutToExpire(before)
  const first = living(before, engine.now(), wanted, minTtl !== null)
  if (first !== null) return first
  if (minTtl !== null && livesShorter(before, minTtl)) {
    throw new Refused('failed', tooShort(profile, lifetimeOf(before), minTtl))
  }
  const attempt = await engine.refresh(profile.id, 'manual')
  const now = engine.now()
  const given = living(current(), now, minTtl ?? 0, minTtl !== null)
  if (given !== null) return given
  throw refused(engine, profile, attempt, minTtl, current(), now)
}

/** `known`: a token of which nobody told when it expires will not do. */
function living(pair: TokenPair | null, now: Instant, ttl: Duration, known: boolean): GivenToken | null {
  if (pair === null || pair.accessToken === null) return null
  const { accessToken: token, expiresAt } = pair
  if (expiresAt === null) return known ? null : { token, expiresAt }
  return expiresAt > now && expiresAt - now >= ttl ? { token, expiresAt } : null
}

function refused(
  engine: Pick<Engine, 'view'>,
  profile: Profile,
  attempt: Attempt,
  minTtl: Duration | null,
  pair: TokenPair | null,
  now: Instant,
): Refused {
  if (attempt.outcome === 'failed') {
    const needed = needsPerson(engine, profile.id)
    return new Refused(
      needed ? 'needs-person' : 'failed',
      attempt.sentence ?? `${profile.name} could not be refreshed.`,
      attempt.trackingId,
    )
  }
  if (minTtl !== null && pair?.expiresAt === null) {
    return new Refused(
      'failed',
      `Nobody tells when the token of ${profile.name} expires, so --min-ttl cannot be kept.`,
    )
  }
  if (minTtl !== null && attempt.outcome === 'renewed') {
    return new Refused('failed', tooShort(profile, lifetimeOf(pair), minTtl))
  }
  const left = inWords(Math.max(0, (pair?.expiresAt ?? now) - now))
  return new Refused(
    'failed',
    `Webex gave the same token of ${profile.name} again, with ${left} left. Ask for less, or try later.`,
    attempt.trackingId,
  )
}

export function needsPerson(engine: Pick<Engine, 'view'>, profileId: string): boolean {
  return engine.view().profiles.find(({ id }) => id === profileId)?.state === 'needs-you'
}

const aboutToExpire = (pair: TokenPair | null) =>
  Math.min(ABOUT_TO_EXPIRE, (lifetimeOf(pair) ?? Number.POSITIVE_INFINITY) * LAST_PART)

/** A refresh would give no better one, and asking in a loop would mint one token after another. */
function livesShorter(pair: TokenPair | null, minTtl: Duration): boolean {
  const lifetime = lifetimeOf(pair)
  return pair?.origin !== 'pasted' && lifetime !== null && lifetime < minTtl
}

const lifetimeOf = (pair: TokenPair | null): Duration | null =>
  pair === null || pair.expiresAt === null ? null : pair.expiresAt - pair.issuedAt

function tooShort(profile: Profile, lifetime: Duration | null, minTtl: Duration): string {
  return `A token of ${profile.name} lives ${inWords(lifetime ?? 0)} in all, so --min-ttl ${inWords(minTtl)} cannot be kept. Ask for less.`
}
