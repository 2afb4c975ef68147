// Who cannot renew although it leads lets others lead.
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Leadership, PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { newSharedVault, postgresOfFile } from './support/shared-vault.ts'
import { until } from './support/workers.ts'

const postgres = postgresOfFile()

test('a leader that cannot begin hands the lease over, although it would last a minute', async () => {
  const { database } = await newSharedVault(postgres())
  const leaders: string[] = []
  const seeker = (node: string, begin: () => Promise<void>) => {
    const leadership = new Leadership({
      db: database.connect(),
      clock: systemClock(),
      random: Math.random,
      node,
      times: PROTOCOL_TIMES,
      patience: 0,
      heard: () => undefined,
      failed: () => undefined,
      alongside: async () => () => undefined,
      changed: async (fence) => {
        leaders.push(`${node} ${fence === null ? 'ended' : 'leads'}`)
        if (fence !== null) await begin()
      },
    })
    onTestFinished(() => leadership.stop())
    leadership.start()
    return leadership
  }
  let fail = (_: Error) => {}
  const loading = new Promise<void>((_, reject) => {
    fail = reject
  })
  const one = seeker('a', () => loading)
  await until(() => one.fence !== null, 'it leads')
  const other = seeker('b', async () => undefined)
  const db = database.connect()
  await until(
    async () => (await db.query(`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`)).length > 1,
    'the other one listens',
  )
  fail(new Error('the vault cannot be read'))
  await until(() => other.fence !== null, 'the other one leads')
  expect(leaders).toEqual(['a leads', 'a ended', 'b leads'])
  expect(one.fence).toBeNull()
})

test('leadership ends with its lease while the database does not answer, and goes on where the answer still counts', async () => {
  const { database } = await newSharedVault(postgres())
  const [clock, said] = [new FakeClock(), [] as string[]]
  const leadership = new Leadership({
    db: database.connect(),
    clock,
    random: () => 0,
    node: 'a',
    times: PROTOCOL_TIMES,
    patience: 0,
    heard: () => undefined,
    failed: () => undefined,
    alongside: async () => () => undefined,
    changed: (fence) => {
      said.push(fence === null ? 'ended' : 'leads')
    },
  })
  onTestFinished(() => leadership.stop())
  leadership.start()
  await clock.advance(1)
  await until(() => leadership.fence !== null, 'it leads')
  const db = database.connect()
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE leader%'`
  await db.transaction(async (tx) => {
    await tx.run('LOCK TABLE leader IN SHARE MODE')
    await clock.advance(PROTOCOL_TIMES.renewEvery)
    await until(async () => (await db.query(waiting)).length > 0, 'it waits')
    await clock.advance(PROTOCOL_TIMES.lease - PROTOCOL_TIMES.renewEvery)
    expect(said).toEqual(['leads', 'ended'])
  })
  await until(() => leadership.fence !== null, 'it leads again')
  expect(said).toEqual(['leads', 'ended', 'leads'])
})
