// Claims: before a refresh token is sent, the leader puts a mark into the shared vault, durably. Whoever finds a mark waits, and
// after a while uses another tier: the outcome of that call is unknown.
import type { KeyObject } from 'node:crypto'
import type { Duration, Subject } from '#engine/domain/model.ts'
import { type Claim, type GrantUse, StoreFailure } from '#engine/domain/ports.ts'
import { number } from '../db/row.ts'
import type { Owner } from '../repositories/token-pairs.ts'
import { IS_ACTIVE, inFuture, type Leadership, type ProtocolTimes, timeLeft } from './leadership.ts'
import type { PostgresConnection, Statements } from './postgres-connection.ts'
import { TIMELINE } from './restored-database.ts'
import { currentPair, pairIdOf } from './shared-pairs.ts'

export interface ClaimParts {
  readonly db: PostgresConnection
  readonly key: () => KeyObject
  readonly node: string
  readonly times: ProtocolTimes
  readonly leadership: Leadership
}

/** `again`: also over a mark of the same pair whose time is up. */
const MARK = `
INSERT INTO in_flight (owner_kind, owner_id, attempt_id, node, parent, fence, give_up)
SELECT owner_kind, owner_id, $3, $4, pair_id, $6, ${inFuture('$7')}
FROM (
  SELECT owner_kind, owner_id, pair_id FROM token_pairs
  WHERE owner_kind = $1 AND owner_id = $2 AND slot = 'current' AND pair_id = $5 FOR SHARE
) AS parent
WHERE EXISTS (
  SELECT 1 FROM leader
  WHERE fence = $6 AND holder = $4 AND lease_until >= ${inFuture('$8')} AND no_grants_until < clock_timestamp()
  AND timeline = ${TIMELINE} AND ${IS_ACTIVE}
)
ON CONFLICT (owner_kind, owner_id) DO UPDATE SET
  attempt_id = EXCLUDED.attempt_id, node = EXCLUDED.node, parent = EXCLUDED.parent, fence = EXCLUDED.fence,
  begun = clock_timestamp(), give_up = EXCLUDED.give_up, ended = false
WHERE in_flight.parent <> EXCLUDED.parent OR ($9 AND in_flight.give_up < clock_timestamp())`

export function ownerOf(subject: Subject): Owner {
  return subject.kind === 'profile'
    ? { kind: 'profile', id: subject.profileId }
    : { kind: 'manager', id: subject.managerId }
}

export async function beginClaim(parts: ClaimParts, use: GrantUse): Promise<Claim> {
  const { db, times, leadership } = parts
  const { fence } = leadership
  if (fence === null) return { kind: 'held', wait: times.renewEvery }
  const release = async () => {
    await db.run('DELETE FROM in_flight WHERE attempt_id = ?', use.attemptId).catch(() => undefined)
  }
  let asked = leadership.moment()
  const claim = await db
    .transaction((tx) => {
      // Not before: many claims wait for a connection, and none would be used if that counted.
      asked = leadership.moment()
      return mark(parts, tx, fence, use)
    })
    .catch(async (error) => {
      // It may be there all the same.
      await release()
      throw error
    })
  if (claim !== 'marked') return claim
  const isValid = () => leadership.since(asked) <= times.claimFresh && leadership.mayCall(fence)
  return { kind: 'go', isValid, release }
}

async function mark(
  { key, node, times }: ClaimParts,
  tx: Statements,
  fence: number,
  { attemptId, subject, pair, again }: GrantUse,
): Promise<Claim | 'marked'> {
  const owner = ownerOf(subject)
  const place = async (parent: string) =>
    (await tx.run(
      MARK,
      owner.kind,
      owner.id,
      attemptId,
      node,
      parent,
      fence,
      times.giveUp,
      times.margin,
      again,
    )) === 1
  const held = pairIdOf(pair)
  if (await place(held)) return 'marked'
  const current = await currentPair(tx, key(), owner)
  if (current === null || current.pair === null)
    throw new StoreFailure('damaged', 'The stored token of this service app cannot be read.')
  if (pairIdOf(current.pair) !== held) {
    // The database went back: its pair may be spent, and the newer one is about to be stored again.
    const wait = current.pair.issuedAt < pair.issuedAt ? await noGrantsFor(tx) : 0
    return wait > 0 ? { kind: 'held', wait } : { kind: 'adopt', pair: current.pair }
  }
  // A damaged row: what is left of it is the same for all.
  if (current.storedId !== held && (await place(current.storedId))) return 'marked'
  const [found] = await tx.query(
    `SELECT ended, ${timeLeft('give_up')} AS left FROM in_flight WHERE owner_kind = ? AND owner_id = ? AND parent = ?`,
    owner.kind,
    owner.id,
    current.storedId,
  )
  if (found !== undefined) {
    const wait = number(found, 'left')
    if (!again && (found.ended === true || wait <= 0)) return { kind: 'unknown' }
    if (wait > 0) return { kind: 'held', wait }
  }
  const wait = await noGrantsFor(tx)
  return { kind: 'held', wait: wait > 0 ? wait : times.renewEvery }
}

async function noGrantsFor(tx: Statements): Promise<Duration> {
  const [leader = {}] = await tx.query(`SELECT ${timeLeft('no_grants_until')} AS left FROM leader`)
  return number(leader, 'left')
}
