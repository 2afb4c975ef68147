// Which secrets there are, so that the log knows each before anything can go wrong with it.

import type { FleetChange, Instant, TokenPair } from '#engine/domain/model.ts'
import type { Vault } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { DueQueue } from '#engine/scheduling/due-queue.ts'
import type { Membership } from '#vault/repositories/membership.ts'

/** ms. What was under way with a refresh token when it was replaced has ended by then. */
const REPLACED_FOR = 60_000

/** Every secret in a value of records, lists and maps, such as a fleet, a change of it or an answer. */
export function secretsIn(value: unknown): readonly Secret[] {
  const found: Secret[] = []
  collect(value, found)
  return found
}

function collect(value: unknown, found: Secret[]): void {
  if (value instanceof Secret) found.push(value)
  else if (typeof value !== 'object' || value === null) return
  else for (const part of value instanceof Map ? value.values() : Object.values(value)) collect(part, found)
}

/**
 * The vault, with `learn` called with everything right before it is written: each secret of the fleet comes through here.
 * `forget` is called with each token whose end has passed, whoever holds it: it gives access to nothing, and renewals
 * leave nothing behind. A refresh token that was replaced lives for up to 90 days more, but nothing here has it any more:
 * it is forgotten a minute later. A token of unknown end that is still held is never forgotten. `now` as Webex's clock has it.
 */
export function learnedBefore(
  vault: Vault,
  dependencies: {
    readonly learn: (value: unknown) => void
    readonly forget: (secret: Secret) => void
    readonly now: () => Instant
  },
): Vault & { readonly followed: (changes: readonly FleetChange[]) => void } {
  const { learn, forget, now } = dependencies
  /** By the token's text, the latest end it was given by any of its holders. */
  const ends = new Map<string, Instant>()
  /** Those whose end is known. A replaced token leaves it at its new, earlier end. */
  const queue = new DueQueue()

  /** By profile or token manager, the refresh token it holds now. */
  const held = new Map<string, Secret>()

  const setEnd = (token: Secret, end: Instant) => {
    const text = token.reveal()
    ends.set(text, end)
    queue.plan(text, end < Number.POSITIVE_INFINITY ? end : null)
  }
  const note = (token: Secret, end: Instant | null) =>
    setEnd(token, Math.max(ends.get(token.reveal()) ?? 0, end ?? Number.POSITIVE_INFINITY))
  const noteHolder = (holder: string, token: Secret) => {
    const before = held.get(holder)
    held.set(holder, token)
    if (before === undefined || before.equals(token)) return
    for (const other of held.values()) if (other.equals(before)) return
    setEnd(before, Math.min(ends.get(before.reveal()) ?? 0, now() + REPLACED_FOR))
  }
  const forgetEnded = () => {
    for (const text of queue.takeDue(now())) {
      ends.delete(text)
      forget(new Secret(text))
    }
  }

  const notePair = ({ holder, pair }: { readonly holder: string; readonly pair: TokenPair }) => {
    const { accessToken, expiresAt, refresh } = pair
    if (accessToken !== null) note(accessToken, expiresAt)
    if (refresh === null) return
    note(refresh.token, refresh.expiresAt)
    noteHolder(holder, refresh.token)
  }

  /** What is to be written here, or was written by another process that shares the vault. */
  const noteChanges = (changes: readonly FleetChange[]) => {
    forgetEnded()
    // What a pair follows was learned when it came, and may have been forgotten since.
    learn(changes.map((change) => ('follows' in change ? { ...change, follows: null } : change)))
    for (const held of changes.flatMap(pairIn)) notePair(held)
  }

  return {
    followed: noteChanges,
    prove: () => vault.prove(),
    async begin(use) {
      const claim = await vault.begin(use)
      if (claim.kind !== 'adopt') return claim
      learn(claim)
      const { subject } = use
      const holder = subject.kind === 'profile' ? subject.profileId : subject.managerId
      notePair({ holder, pair: claim.pair })
      return claim
    },
    commit(changes, attempts) {
      noteChanges(changes)
      return vault.commit(changes, attempts)
    },
  }
}

function pairIn(change: FleetChange): readonly { readonly holder: string; readonly pair: TokenPair }[] {
  switch (change.kind) {
    case 'profile-pair':
      return [{ holder: change.profileId, pair: change.pair }]
    case 'manager-pair':
      return [{ holder: change.managerId, pair: change.pair }]
    case 'profile-saved':
      return withPair(change.profile)
    case 'manager-saved':
      return withPair(change.manager)
    default:
      return []
  }
}

function withPair({ id, pair }: { readonly id: string; readonly pair: TokenPair | null }) {
  return pair === null ? [] : [{ holder: id, pair }]
}

/** Of a membership, for `learn`: the address of the database has a password, as it stands there and decoded. */
export function secretsOf({
  database,
  identity,
}: Pick<Membership, 'database' | 'identity'>): readonly string[] {
  const text = database.reveal().trim()
  const password = /^[^:]+:\/\/[^:@/]*:([^@/]+)@/.exec(text)?.[1]
  if (password === undefined) return [text, identity.reveal()]
  return [text, identity.reveal(), password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
