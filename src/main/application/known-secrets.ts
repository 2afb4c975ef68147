// Which secrets there are, so that the log knows each before anything can go wrong with it.
import type { ManagerId, ProfileId, TokenPair } from '#engine/domain/model.ts'
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

/** Pairs of one profile or token manager that stay known: the one in use, and those before it that Webex may still take. */
const KNOWN_PAIRS = 4

/**
 * The vault, with `learn` called with everything right before it is written: each secret of the fleet comes through here.
 * `forget` is called with the tokens of pairs that were replaced long ago, so that renewals leave nothing behind.
 */
export function learnedBefore(
  vault: Vault,
  learn: (value: unknown) => void,
  forget: (secret: Secret) => void,
): Vault {
  const pairs = new Map<ProfileId | ManagerId, readonly TokenPair[]>()

  const replace = (id: ProfileId | ManagerId, pair: TokenPair) => {
    const before = pairs.get(id) ?? []
    // One that could not be stored, or was marked, comes again.
    const others = before.filter(({ accessToken }) => accessToken?.reveal() !== pair.accessToken?.reveal())
    const known = [...others, pair].slice(-KNOWN_PAIRS)
    pairs.set(id, known)
    const inUse = new Set(secretsIn(known).map((secret) => secret.reveal()))
    for (const secret of secretsIn(before)) if (!inUse.has(secret.reveal())) forget(secret)
  }

  return {
    prove: () => vault.prove(),
    commit(changes, attempts) {
      learn(changes)
      for (const change of changes) {
        if (change.kind === 'profile-pair') replace(change.profileId, change.pair)
        else if (change.kind === 'manager-pair') replace(change.managerId, change.pair)
        else if (change.kind === 'profile-removed') pairs.delete(change.profileId)
      }
      return vault.commit(changes, attempts)
    },
  }
}
