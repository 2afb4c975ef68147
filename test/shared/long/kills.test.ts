// Workers are killed while they renew, many times.
import { test } from 'vitest'
import { killWorkers, timesDividedBy, Workers } from '../support/workers.ts'

const KILLS = Number(process.env.SATM_ROUNDS ?? 500)
/** A lease of 2 s. */
const TIMES = timesDividedBy(30, { claimFresh: 500 })

test(`${KILLS} kills of 4 workers with 200 profiles`, async () => {
  const workers = await Workers.with({
    simulator: { apps: 4, orgs: 50, rotate: true, latency: 20 },
    times: TIMES,
  })
  try {
    for (const node of ['a', 'b', 'c', 'd']) workers.start(node)
    await killWorkers(workers, KILLS)
    console.log(`${KILLS} kills: ${await workers.expectSound()}`)
  } finally {
    await workers.close()
  }
}, 3_600_000)
