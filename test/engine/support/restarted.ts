// The program ends and begins again, with the same clock, cloud and vault.
import type { TokenPair } from '#engine/domain/model.ts'
import { defaultSettings, type EngineSettings } from '#engine/domain/policy.ts'
import { createEngine, type RenewalEngine } from '#engine/renewal-engine.ts'
import { seeded } from './fake-clock.ts'
import { SECOND, type World } from './world.ts'

/** The engine of the world ends, and another one begins with what the vault has. */
export async function restarted(
  { clock, cloud, vault, engine }: World,
  order: 'oldest' | 'newest' = 'oldest',
  settings: Partial<EngineSettings> = {},
): Promise<RenewalEngine> {
  const stopped = engine.stop()
  await clock.advance(SECOND)
  await stopped
  const fleet = engine.fleet()
  const stored = <T extends { readonly id: string; readonly pair: TokenPair | null }>(each: T) => ({
    ...each,
    pair: vault.pairs.get(each.id) ?? each.pair,
  })
  const last = new Map(vault.attempts.map((attempt) => [JSON.stringify(attempt.subject), attempt]))
  const again = createEngine({
    clock,
    random: seeded(2),
    webex: cloud,
    vault,
    settings: { ...defaultSettings, ...settings },
    fleet: { ...fleet, profiles: new Map([...fleet.profiles].map(([id, each]) => [id, stored(each)])) },
    lastAttempts: order === 'oldest' ? [...last.values()] : [...last.values()].reverse(),
    attemptsOf: (id, since) => vault.attemptsOf(id, since),
    drills: vault.drills,
    newId: () => `later-${vault.attempts.length}`,
  })
  again.start()
  return again
}
