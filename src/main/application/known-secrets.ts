// Which secrets there are, so that the log knows each before anything can go wrong with it.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import type { FleetChange, Instant, TokenPair } from '#engine/domain/model.ts'
import type { Vault } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

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
 * leave nothing behind. A token of unknown end is never forgotten. `now` as Webex's clock has it.
 */
export function learnedBefore(
  vault: Vault,
  dependencies: {
    readonly learn: (value: unknown) => void
    readonly forget: (secret: Secret) => void
    readonly now: () => Instant
  },
): Vault {
  const { learn, forget, now } = dependencies
  /** By the token's text, the latest end it was given by any of its holders. */
  const ends = new Map<string, Instant>()
  const queue = new PriorityQueue<{ readonly token: Secret; readonly end: Instant }>((a, b) => a.end < b.end)

  const note = (token: Secret, end: Instant | null) => {
    const text = token.reveal()
    const latest = Math.max(ends.get(text) ?? 0, end ?? Number.POSITIVE_INFINITY)
    if (latest === ends.get(text)) return
    ends.set(text, latest)
    if (latest < Number.POSITIVE_INFINITY) queue.push({ token, end: latest })
  }
  const forgetEnded = () => {
    for (let next = queue.peek(); next !== undefined && next.end <= now(); next = queue.peek()) {
      queue.pop()
      const text = next.token.reveal()
      // Unless it has a later end by now.
      if (ends.get(text) !== next.end) continue
      ends.delete(text)
      forget(next.token)
    }
  }

  return {
    prove: () => vault.prove(),
    commit(changes, attempts) {
      forgetEnded()
      learn(changes)
      for (const { accessToken, expiresAt, refresh } of changes.flatMap(pairsIn)) {
        if (accessToken !== null) note(accessToken, expiresAt)
        if (refresh !== null) note(refresh.token, refresh.expiresAt)
      }
      return vault.commit(changes, attempts)
    },
  }
}

function pairsIn(change: FleetChange): readonly TokenPair[] {
  switch (change.kind) {
    case 'profile-pair':
    case 'manager-pair':
      return [change.pair]
    case 'profile-saved':
      return change.profile.pair === null ? [] : [change.profile.pair]
    case 'manager-saved':
      return change.manager.pair === null ? [] : [change.manager.pair]
    default:
      return []
  }
}
