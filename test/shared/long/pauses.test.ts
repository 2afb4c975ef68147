// Leaders are stopped for twice the lease and go on then, as a computer does that slept: they find themselves followed.
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { timesDividedBy, until, Workers } from '../support/workers.ts'

const PAUSES = Number(process.env.SATM_ROUNDS ?? 200)
/** A lease of 2 s. */
const TIMES = timesDividedBy(30, { claimFresh: 500 })

test(`${PAUSES} pauses of twice the lease`, async () => {
  const workers = await Workers.with({
    simulator: { apps: 4, orgs: 10, rotate: true, latency: 20 },
    times: TIMES,
  })
  try {
    for (const node of ['a', 'b', 'c', 'd']) workers.start(node)
    for (let paused = 0; paused < PAUSES; paused++) {
      const leader = await workers.busyLeader(3)
      await delay(Math.random() * 100)
      leader.child.kill('SIGSTOP')
      await delay(2 * TIMES.lease)
      leader.child.kill('SIGCONT')
    }
    console.log(`${PAUSES} pauses: ${await workers.expectSound()}`)
    for (const { child } of workers.running.values()) child.kill('SIGTERM')
    await until(() => workers.running.size === 0, 'all have ended')
    // Each refresh token that Webex gave out: current, superseded, or kept as an answer.
    const { refresh: known } = await workers.kept()
    const issued = workers.simulator.ledger.entries.flatMap(({ issuedRefreshFingerprint: one }) => one ?? [])
    expect(issued.filter((one) => !known.has(one))).toEqual([])
    expect(issued.length).toBeGreaterThan(PAUSES)
  } finally {
    await workers.close()
  }
}, 3_600_000)
