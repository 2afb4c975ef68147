// The token for a program: one that lives as long as requested, refreshed first if necessary.

import { inWords } from '#base/common/duration.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import {
  type Duration,
  type Instant,
  type Profile,
  type TokenPair,
  usableToken,
} from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { type TokenSupply, tokenSourceOf } from '#engine/domain/token-supply.ts'
import type { FixAction } from '#engine/domain/view-model.ts'
import { Refused } from '../protocol.ts'

export interface SuppliedToken {
  readonly token: Secret
  /** null: unknown. */
  readonly expiresAt: Instant | null
}

type Source = Pick<Engine, 'fleet' | 'view' | 'refresh' | 'now'>

/**
 * Without a minimum, a token in its last minute, or the last tenth of a short life, is refreshed before it is given.
 */
const ABOUT_TO_EXPIRE: Duration = 60_000
const LAST_PART = 0.1

/** Throws `Refused` when there is no such token. `minTtl`: ms; null: any valid token. */
export async function supplyToken(
  engine: Source,
  tokens: TokenSupply,
  profile: Profile,
  minTtl: Duration | null,
): Promise<SuppliedToken> {
  const supplied = await tokens.supply(
    tokenSourceOf(engine),
    profile.id,
    minTtl ?? aboutToExpire(profile.pair),
  )
  if (supplied.kind === 'token') return supplied
  if (supplied.kind === 'too-long') {
    const longest = inWords(supplied.longest)
    throw new Refused(
      'failed',
      `--min-ttl of ${profile.name} can be ${longest} at most, half of what its tokens live.`,
    )
  }
  const living = minTtl === null ? livingToken(engine, profile.id) : null
  if (living !== null) return living
  const { sentence, trackingId } = supplied
  throw new Refused(needsPerson(engine, profile.id) ? 'needs-person' : 'failed', sentence, trackingId)
}

/** A token may have expired meanwhile, and then that is what its state says. */
const BY_A_PERSON: readonly FixAction['kind'][] = [
  'edit-service-app',
  'connect-integration',
  'authorise-in-control-hub',
]

/** After a refresh that failed: whether a person has to act before the next one can work. */
export function needsPerson(engine: Pick<Engine, 'view'>, profileId: string): boolean {
  const profile = engine.view().profiles.find(({ id }) => id === profileId)
  return (
    profile?.state === 'needs-attention' || (profile?.fix != null && BY_A_PERSON.includes(profile.fix.kind))
  )
}

function livingToken(engine: Source, profileId: string): SuppliedToken | null {
  const pair = engine.fleet().profiles.get(profileId)?.pair
  const token = usableToken(pair, engine.now())
  return pair == null || token === null ? null : { token, expiresAt: pair.expiresAt }
}

function aboutToExpire(pair: TokenPair | null): Duration {
  if (pair === null || pair.expiresAt === null) return 0
  return Math.min(ABOUT_TO_EXPIRE, (pair.expiresAt - pair.issuedAt) * LAST_PART)
}
