// Workers on one shared vault, briefly; test/shared/long has more of it.
import { expect, test } from 'vitest'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { killWorkers, timesDividedBy, until, Workers } from './support/workers.ts'

/** A lease of 3 s; a call takes a few hundredths of a second. */
const TIMES = timesDividedBy(20, { claimFresh: 1000, giveUp: 4000 })

test('4 kills of 3 workers: no refresh token is spent twice, nothing announced is missing', async () => {
  const simulator = { apps: 2, orgs: 20, rotate: true, latency: 20 }
  const workers = await Workers.with({ simulator, times: TIMES })
  try {
    for (const node of ['a', 'b', 'c']) workers.start(node)
    await killWorkers(workers, 4)
    console.log(await workers.expectSound())
  } finally {
    await workers.close()
  }
}, 180_000)

test('SIGTERM hands over within 2 s, although the lease would last a minute', async () => {
  const workers = await Workers.with({ simulator: {}, times: PROTOCOL_TIMES, renews: 'when-due' })
  try {
    const first = workers.start('a')
    await until(() => workers.leader()?.node === 'a', 'the first leads')
    workers.start('b')
    await until(() => workers.said.some(({ node, words }) => node === 'b' && words[0] === 'ready'), 'ready')
    // It listens a moment after that.
    await until(async () => (await listeners(workers)) > 1, 'the second listens')
    const from = performance.now()
    first.child.kill('SIGTERM')
    await until(() => workers.leader()?.node === 'b', 'the second leads', 10_000)
    expect(performance.now() - from).toBeLessThan(2000)
    await first.ended
    expect(first.child.exitCode).toBe(0)
  } finally {
    await workers.close()
  }
})

async function listeners({ db }: Workers): Promise<number> {
  const rows = await db.query(`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`)
  return rows.length
}
