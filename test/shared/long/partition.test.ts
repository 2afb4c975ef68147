// The leader's way to the database is cut in the kernel's packet filter, with the real times. It stops, another one follows, and
// what Webex had answered meanwhile is stored when the way is there again.
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { until, Workers } from '../support/workers.ts'

const CUT = 90_000
/** The leader comes to the database by this address, and nothing else does. */
const OWN_WAY = '127.0.0.2'
const TABLE = `satm_test_${process.pid}`

function nft(rules: string): void {
  execFileSync('nft', ['-f', '-'], { input: rules })
}

function cut(port: number): void {
  nft(`table inet ${TABLE} {
    chain way {
      type filter hook input priority 0;
      ip daddr ${OWN_WAY} tcp dport ${port} drop
      ip saddr ${OWN_WAY} tcp sport ${port} drop
    }
  }`)
}

test('90 s without a way to the database', async () => {
  const workers = await Workers.with({
    simulator: { apps: 2, orgs: 10, rotate: true, latency: 1500 },
    times: PROTOCOL_TIMES,
    postgres: { tcp: true, settings: { listen_addresses: `127.0.0.1,${OWN_WAY}` } },
  })
  onTestFinished(() => workers.close())
  const { port, user, database } = workers.postgres.connection
  workers.start('a', {}, { host: OWN_WAY, port, user, database })
  await workers.busyLeader(5)
  workers.start('b')
  await until(() => workers.said.some(({ node, words }) => node === 'b' && words[0] === 'ready'), 'ready')
  await workers.busyLeader(20)

  const from = Date.now()
  cut(port)
  try {
    const led = () => workers.said.find(({ node, words }) => node === 'b' && words[0] === 'leads')
    await until(() => led() !== undefined, 'the other one leads', 80_000)
    const took = (led()?.at ?? Number.POSITIVE_INFINITY) - from
    expect(took).toBeLessThan(75_000)
    const late = workers.simulator.ledger.entries.filter(
      ({ at, grantType }) =>
        grantType === 'refresh_token' &&
        at > from + PROTOCOL_TIMES.lease - PROTOCOL_TIMES.margin &&
        at < from + took,
    )
    expect(late).toEqual([])
    console.log(`followed ${took} ms after the cut`)
    await delay(from + CUT - Date.now())
  } finally {
    nft(`delete table inet ${TABLE}`)
  }
  const healed = Date.now()
  const issued = workers.simulator.ledger.entries.flatMap(({ at, issuedRefreshFingerprint: one }) =>
    one !== undefined && at < from + CUT / 2 ? [one] : [],
  )
  const missing = async () => {
    const { refresh } = await workers.kept()
    return issued.filter((one) => !refresh.has(one)).length
  }
  const before = await missing()
  await until(async () => (await missing()) === 0, 'all answers are stored', 15_000)
  expect(Date.now() - healed).toBeLessThan(10_000)
  console.log(
    `${before} of ${issued.length} answers were missing at first, none ${Date.now() - healed} ms after the way was there again`,
  )
  expect(before).toBeGreaterThan(0)
  console.log(await workers.expectSound())
}, 600_000)
