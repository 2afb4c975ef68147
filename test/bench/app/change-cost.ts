// What a change costs the window's process: tokens are renewed one after the other, each long after what the one before
// brought is drawn. Processor time, so that a busy machine changes little.
import { setTimeout as pause } from 'node:timers/promises'
import { atMost, type Figure, rounded } from './figures.ts'
import { type Probed, startApp } from './probed.ts'
import { rendererTimeOf } from './processes.ts'
import { profileIdOf } from './profile-ids.ts'
import type { Seeded } from './seeding.ts'

const ROUNDS = 5
/** In each round, one a second. */
const RENEWALS = 8
const APART = 1000
/** ms until caches are filled and idle work is done. */
const SETTLED = 8_000
/** ms of processor time. */
const GOAL = 10

/** One renewal is two changes: it begins, and it is done. */
export async function changeCost(size: string, fleet: Seeded): Promise<Figure> {
  const app = startApp(fleet)
  try {
    await app.seenAfter
    await pause(SETTLED)
    const ids = fleet.simulator.serviceApps.flatMap(({ clientId, orgs }) =>
      orgs.map(({ orgId }) => profileIdOf(clientId, orgId)),
    )
    // Spread over all service apps and orgs.
    const step = ids.length / (ROUNDS * RENEWALS)
    const costs: number[] = []
    const idle: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const resting = await timeOf(app, () => undefined)
      const renewing = await timeOf(app, (index) => {
        const profileId = ids[Math.floor((round * RENEWALS + index) * step)] ?? ''
        app.request('profile.refresh', { profileId })
      })
      idle.push(resting)
      costs.push(renewing - resting)
    }
    const name = `a renewal costs the renderer, ${size}; baseline: a second without one`
    return { ...atMost(name, costs, 'ms of processor time', GOAL), baseline: rounded(Math.min(...idle)) }
  } finally {
    await app.end()
  }
}

/** Of the renderer, for each second. */
async function timeOf({ pid }: Probed, act: (index: number) => void): Promise<number> {
  const before = rendererTimeOf(pid)
  for (let index = 0; index < RENEWALS; index += 1) {
    act(index)
    await pause(APART)
  }
  return (rendererTimeOf(pid) - before) / RENEWALS
}
