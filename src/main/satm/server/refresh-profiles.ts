// Refresh of profiles for the command line: one or all, each reported as it ends.
import { references } from '#base/common/find-profile.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Duration, ProfileId } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { type Refreshed, Refused, type SatmReplies } from '../protocol.ts'
import { findOrRefuse, type Named } from './named-profile.ts'
import { needsPerson } from './token-for-program.ts'

interface Refreshing extends Named {
  readonly engine: Pick<Engine, 'fleet' | 'view' | 'refresh' | 'blocker' | 'now'>
}

/** Shown in place of the engine's rejection, which is internal. */
const NOT_BEGUN = {
  outcome: 'failed',
  tier: null,
  sentence: 'Not refreshed: it was canceled or removed in the app, or the app is quitting. Try again.',
  trackingId: null,
  calls: [],
} as const

/** ms. After this time the answer is what is known by then. */
const LOOK_TAKES: Duration = 5_000

/** Of the engine's own: nothing is sent while one of them is there. */
const BLOCKING: readonly Incident['key'][] = ['store', 'interference']

/** A shared vault says for itself why nobody has renewed it. */
function notBegun(error: unknown): Omit<typeof NOT_BEGUN, 'sentence'> & { readonly sentence: string } {
  return error instanceof StoreFailure ? { ...NOT_BEGUN, sentence: error.message } : NOT_BEGUN
}

/** `asked`: null refreshes all that are not paused. Rejects with `Refused`. */
export async function refreshProfiles(
  core: Refreshing,
  asked: string | null,
  delay: (ms: Duration) => Promise<void>,
  progress: (refreshed: Refreshed) => void,
): Promise<SatmReplies['refresh']> {
  const { engine, unreadable } = core
  const { profiles } = engine.fleet()
  const known = references([...profiles.values(), ...unreadable])
  const wanted =
    asked === null ? [...profiles.values()].filter(({ paused }) => !paused) : [findOrRefuse(core, asked)]
  const lost = asked === null ? unreadable : []
  const of = wanted.length + lost.length
  await refuseIfBlocked(engine, delay)
  const count = { renewed: 0, unchanged: 0, failed: 0 }
  const failed: ProfileId[] = []
  await Promise.all(
    wanted.map(async ({ id }) => {
      const { outcome, tier, sentence, trackingId, calls } = await engine
        .refresh(id, 'manual')
        .catch(notBegun)
      count[outcome] += 1
      if (outcome === 'failed') failed.push(id)
      const expiresAt = engine.fleet().profiles.get(id)?.pair?.expiresAt ?? null
      const result = calls.at(-1)?.result ?? null
      const reference = known.get(id) ?? id
      progress({ reference, outcome, tier, sentence, trackingId, now: engine.now(), expiresAt, result, of })
    }),
  )
  for (const { id, sentence } of lost) {
    const unsent = { outcome: 'failed', tier: null, trackingId: null, expiresAt: null, of } as const
    const reference = known.get(id) ?? id
    progress({ ...unsent, reference, sentence, now: engine.now(), result: 'unreadable' })
  }
  const needPerson = failed.filter((id) => needsPerson(engine, id)).length
  return { ...count, failed: count.failed + lost.length, needPerson: needPerson + lost.length }
}

/** Refuses once and at once what would block every attempt. */
async function refuseIfBlocked(
  engine: Refreshing['engine'],
  delay: (ms: Duration) => Promise<void>,
): Promise<void> {
  const known = async () => {
    await delay(LOOK_TAKES)
    return engine.view().incidents.find(({ key }) => BLOCKING.includes(key))?.sentence ?? null
  }
  const blocker = await Promise.race([engine.blocker(), known()])
  if (blocker !== null) throw new Refused('failed', blocker)
}
