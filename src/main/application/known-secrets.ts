// Which secrets there are, so that the log knows each before anything can go wrong with it.
import type { Vault } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

/** Every secret in a value of records, lists and maps, such as a fleet, a change of it or an answer. */
export function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value]
  if (typeof value !== 'object' || value === null) return []
  const parts = value instanceof Map ? [...value.values()] : Object.values(value)
  return parts.flatMap(secretsIn)
}

/** The vault, with `learn` told of everything right before it is written: each secret of the fleet comes through here. */
export function learnedBefore(vault: Vault, learn: (value: unknown) => void): Vault {
  return {
    prove: () => vault.prove(),
    commit(changes, attempts) {
      learn(changes)
      return vault.commit(changes, attempts)
    },
  }
}
