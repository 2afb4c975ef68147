// Workers are killed while they renew. No refresh token is spent twice, and nothing that was announced is missing.
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { text } from '#vault/db/row.ts'
import { timesDividedBy, until, Workers } from './support/workers.ts'

const KILLS = Number(process.env.SATM_TEST_KILLS ?? 20)
/** A lease of a second. */
const TIMES = timesDividedBy(60, { claimFresh: 300 })

test(`${KILLS} kills of 4 workers with 200 profiles`, async () => {
  const workers = await Workers.with({
    simulator: { apps: 4, orgs: 50, rotate: true, latency: 20 },
    times: TIMES,
  })
  try {
    for (const node of ['a', 'b', 'c', 'd']) workers.start(node)
    for (let killed = 0; killed < KILLS; killed++) {
      const before = workers.announced().length
      await until(
        () => workers.leader() !== null && workers.announced().length > before + 10,
        'somebody renews',
      )
      await delay(Math.random() * 150)
      const all = [...workers.running.values()]
      const victim = Math.random() < 0.8 ? workers.leader() : all[Math.floor(Math.random() * all.length)]
      if (victim == null) continue
      await workers.kill(victim)
      workers.start(victim.node)
    }
    const from = Date.now()
    const renewedSince = () =>
      new Set(workers.announced().flatMap(({ profileId, at }) => (at >= from ? [profileId] : [])))
    await until(() => renewedSince().size === workers.profiles.length, 'all renew once more', 120_000)
    expect(workers.simulator.ledger.duplicates()).toEqual([])
    const stored = new Set(
      (await workers.db.rows('attempts', `WHERE fingerprint_after IS NOT NULL`)).map((row) =>
        text(row, 'fingerprint_after'),
      ),
    )
    expect(workers.announced().filter(({ fingerprint }) => !stored.has(fingerprint))).toEqual([])
    const refreshes = workers.simulator.ledger.entries.filter(
      ({ grantType }) => grantType === 'refresh_token',
    )
    const counted = (kind: string, place: number) => {
      const counts: Record<string, number> = {}
      for (const { words } of workers.said)
        if (words[0] === kind) counts[words[place] ?? ''] = (counts[words[place] ?? ''] ?? 0) + 1
      return JSON.stringify(counts)
    }
    console.log(
      'tiers',
      counted('announced', 3),
      'failed',
      counted('failed', 2),
      'trouble',
      counted('trouble', 1),
    )
    console.log(
      `${KILLS} kills: ${refreshes.length} refreshes, ${workers.announced().length} announced, ${workers.said.filter(({ words }) => words[0] === 'leads').length} leaders`,
    )
  } finally {
    await workers.close()
  }
}, 3_600_000)
