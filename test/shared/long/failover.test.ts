// The database fails over to its standby. Nothing that was acknowledged by both is lost; what only one had is noticed, and comes
// back from the workers' own files.
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { number } from '#vault/db/row.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import type { Postgres } from '../support/postgres.ts'
import { timesDividedBy, until, Workers } from '../support/workers.ts'

const ROUNDS = Number(process.env.SATM_ROUNDS ?? 20)
/** A lease of 2 s; nothing is spent for 20 s after the database went back. */
const TIMES = timesDividedBy(30, { claimFresh: 500 })

async function workersWith(apps: number): Promise<Workers> {
  const simulator = { apps, orgs: 10, rotate: true, latency: 20 }
  const workers = await Workers.with({ simulator, times: TIMES })
  onTestFinished(() => workers.close())
  for (const node of ['a', 'b']) workers.start(node)
  return workers
}

async function setting(postgres: Postgres, name: string, value: string): Promise<void> {
  await postgres.program('psql', ['-d', 'postgres', '-c', `ALTER SYSTEM SET ${name} = '${value}'`])
  await postgres.program('psql', ['-d', 'postgres', '-c', 'SELECT pg_reload_conf()'])
}

/** The primary is gone as by `kill -9`, and its standby takes its place. Resolves with when that was. */
async function failOver(workers: Workers, standby: Postgres): Promise<number> {
  const before = workers.postgres
  await before.crash()
  await standby.promote()
  // Nobody follows it yet.
  await setting(standby, 'synchronous_standby_names', '')
  workers.failOver(standby)
  const promotedAt = Date.now()
  await before.remove()
  return promotedAt
}

function saidSince(workers: Workers, word: string, from: number) {
  return workers.said.filter(({ at, words }) => at >= from && words[0] === word)
}

async function storedUntil({ db }: Workers): Promise<number> {
  const [vault] = await db.query('SELECT seq FROM vault')
  return number(vault ?? {}, 'seq')
}

/** Each token that was announced is there, as an answer or as the current one. */
async function expectKept(workers: Workers): Promise<void> {
  const announced = workers.announced()
  const { access } = await workers.kept()
  expect(announced.filter(({ fingerprint }) => !access.has(fingerprint))).toEqual([])
}

function spent({ simulator }: Workers, from: number, to: number) {
  return simulator.ledger.entries.filter(
    ({ at, grantType }) => grantType === 'refresh_token' && at > from && at < to,
  )
}

test('with the real times somebody leads within 30 s of the promotion', async () => {
  const simulator = { apps: 2, orgs: 10, rotate: true, latency: 20 }
  const workers = await Workers.with({ simulator, times: PROTOCOL_TIMES })
  onTestFinished(() => workers.close())
  for (const node of ['a', 'b']) workers.start(node)
  await workers.busyLeader(3)
  const standby = await workers.postgres.standby()
  await setting(workers.postgres, 'synchronous_standby_names', '*')
  await workers.busyLeader(3)
  const from = await failOver(workers, standby)
  const leaseUntil = () =>
    standby.program('psql', ['-d', 'postgres', '-Atc', 'SELECT extract(epoch FROM lease_until) FROM leader'])
  const before = Number(await leaseUntil())
  await until(async () => Number(await leaseUntil()) > before, 'the lease is renewed')
  const took = Date.now() - from
  console.log(`somebody leads ${took} ms after the promotion`)
  expect(took).toBeLessThan(30_000)
}, 300_000)

test(`${ROUNDS} failovers with synchronous replication: no acknowledged answer is lost`, async () => {
  const workers = await workersWith(2)
  const waits: number[] = []
  let cancelled = 0
  for (let round = 0; round < ROUNDS; round++) {
    const standby = await workers.postgres.standby()
    await setting(workers.postgres, 'synchronous_standby_names', '*')
    await workers.busyLeader(5)
    if (round % 2 === 1) {
      // Commits wait for a standby that is away; somebody loses patience.
      await standby.stop()
      await delay(500)
      cancelled += await cancelWaits(workers.postgres)
      await delay(200)
      cancelled += await cancelWaits(workers.postgres)
      await workers.postgres.crash()
      await standby.start()
    }
    const from = await failOver(workers, standby)
    const count = workers.announced().length
    await until(() => workers.announced().length > count, 'renewed after the failover')
    waits.push(Date.now() - from)
  }
  expect(cancelled).toBeGreaterThan(ROUNDS / 4)
  expect(Math.max(...waits)).toBeLessThan(30_000)
  console.log(
    `${ROUNDS} synchronous failovers: ${await workers.expectSound()}, ${cancelled} waits cancelled, renewing after ${Math.max(...waits)} ms at most`,
  )
}, 1_800_000)

async function cancelWaits(postgres: Postgres): Promise<number> {
  const sql = `SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
  return Number(await postgres.program('psql', ['-d', 'postgres', '-Atc', sql]))
}

test(`${ROUNDS} failovers to a standby that lags: noticed at once, and the answers come back`, async () => {
  const workers = await workersWith(2)
  const failOverWithLag = async () => {
    const standby = await workers.postgres.standby()
    await workers.busyLeader(1)
    await standby.stop()
    // By the database: what is heard only now may have been stored before.
    const before = await storedUntil(workers)
    await until(async () => (await storedUntil(workers)) >= before + 10, 'more is stored')
    const leader = await workers.busyLeader()
    await workers.postgres.crash()
    await standby.start()
    return { leader, from: await failOver(workers, standby) }
  }
  const noticedAfter: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const { from } = await failOverWithLag()
    await until(() => saidSince(workers, 'went-back', from).length > 0, 'somebody notices').catch(
      async (error) => {
        throw new Error(`${error}\n${await workers.situation()}`)
      },
    )
    const noticed = saidSince(workers, 'went-back', from)[0]?.at ?? 0
    noticedAfter.push(noticed - from)
    expect(spent(workers, from, noticed)).toEqual([])
  }
  await workers.expectRenewed()
  await expectKept(workers)
  expect(workers.simulator.ledger.duplicates()).toEqual([])
  console.log(
    `${ROUNDS} asynchronous failovers: ${workers.summary()}, no answer lost, no refresh token twice, noticed after ${Math.max(...noticedAfter)} ms at most`,
  )
  // The leader's computer is lost together with the primary: what those two alone had is gone, and tier 2 heals that.
  const { leader, from } = await failOverWithLag()
  await workers.kill(leader)
  rmSync(workers.folderOf(leader.node), { recursive: true })
  await workers.expectRenewed(15_000 + 2 * TIMES.giveUp)
  console.log(`healed ${Date.now() - from} ms after the leader's computer was lost as well`)
}, 1_800_000)

test('an old copy of the database is restored: noticed, and no refresh token is spent for the time that was set', async () => {
  const workers = await workersWith(1)
  const old = await workers.postgres.standby()
  await workers.busyLeader(1)
  await old.stop()
  await workers.expectRenewed()
  await workers.expectRenewed()
  await workers.postgres.crash()
  await old.start()
  const from = await failOver(workers, old)
  await until(() => saidSince(workers, 'went-back', from).length > 0, 'somebody notices')
  const noticed = Date.now()
  await until(() => Date.now() > noticed + TIMES.afterRestore, 'the wait is over')
  expect(spent(workers, noticed, noticed + TIMES.afterRestore - 500)).toEqual([])
  await workers.expectRenewed()
  expect(workers.simulator.ledger.duplicates()).toEqual([])
  await expectKept(workers)
}, 300_000)
