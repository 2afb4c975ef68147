// Who leads: by the database's clock alone, one at a time, handed over when asked, and cheap while nothing happens.
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { number } from '#vault/db/row.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { timesDividedBy, until, Workers, type WorkersOptions } from '../support/workers.ts'

const FEW = { apps: 1, orgs: 2, rotate: true }

async function workersWith(options: WorkersOptions): Promise<Workers> {
  const workers = await Workers.with(options)
  onTestFinished(() => workers.close())
  await workers.db.run(`
    CREATE TABLE leases (at timestamptz DEFAULT clock_timestamp(), fence bigint, holder text, before timestamptz, lease_until timestamptz);
    CREATE FUNCTION note_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO leases (fence, holder, before, lease_until) VALUES (NEW.fence, NEW.holder, OLD.lease_until, NEW.lease_until);
      RETURN NEW;
    END $$;
    CREATE TRIGGER note_lease AFTER UPDATE ON leader FOR EACH ROW EXECUTE FUNCTION note_lease();`)
  return workers
}

/** Fences only rise, and none begins before another worker's lease has ended; a worker's own was its process's before. */
async function expectNoOverlap({ db }: Workers): Promise<number> {
  const taken = await db.query(
    `SELECT fence, at, before FROM (SELECT *, lag(fence) OVER (ORDER BY at) AS earlier FROM leases) AS noted
     WHERE earlier IS NULL OR fence <> earlier`,
  )
  const fences = taken.map((row) => number(row, 'fence'))
  expect(fences).toEqual(fences.toSorted((a, b) => a - b))
  expect(new Set(fences).size).toBe(fences.length)
  const [early] = await db.query(
    `SELECT count(*) AS early
     FROM (SELECT *, lag(fence) OVER noted AS earlier, lag(holder) OVER noted AS held FROM leases WINDOW noted AS (ORDER BY at)) AS noted
     WHERE fence > earlier AND before >= at AND holder IS DISTINCT FROM held`,
  )
  expect(early).toEqual({ early: 0 })
  return fences.length
}

/** A worker started with this takes another time for the wall clock's: with faketime of Debian. */
function shifted(by: string): NodeJS.ProcessEnv {
  const library = readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
    .find(existsSync)
  if (library === undefined) throw new Error('faketime is not installed: sudo apt-get install faketime')
  return { LD_PRELOAD: library, FAKETIME: by, DONT_FAKE_MONOTONIC: '1' }
}

test('3 workers with clocks 10 minutes apart, restarted in turn', async () => {
  const workers = await workersWith({ simulator: FEW, times: timesDividedBy(30, { claimFresh: 500 }) })
  const clocks: Record<string, NodeJS.ProcessEnv> = { a: {}, b: shifted('+10m'), c: shifted('-10m') }
  for (const [node, clock] of Object.entries(clocks)) workers.start(node, clock)
  for (let n = 0; n < 9; n++) {
    const leader = await workers.busyLeader()
    if (n % 3 === 2) await workers.kill(leader)
    else {
      leader.child.kill('SIGTERM')
      await leader.ended
    }
    workers.start(leader.node, clocks[leader.node])
  }
  expect(await expectNoOverlap(workers)).toBeGreaterThanOrEqual(9)
  expect(workers.simulator.ledger.duplicates()).toEqual([])
  expect(new Set(workers.announced().map(({ profileId }) => profileId)).size).toBe(workers.profiles.length)
}, 300_000)

test('an idle leader with 1 000 profiles: at most 2 round trips a second', async () => {
  const workers = await workersWith({
    simulator: { apps: 2, orgs: 500 },
    times: PROTOCOL_TIMES,
    postgres: { settings: { shared_preload_libraries: 'pg_stat_statements' } },
    renews: 'when-due',
  })
  workers.start('a')
  await until(() => workers.leader() !== null, 'it leads')
  await workers.db.run('CREATE EXTENSION pg_stat_statements')
  const calls = async () => {
    const [row] = await workers.db.query('SELECT sum(calls) AS calls FROM pg_stat_statements WHERE toplevel')
    return number(row ?? {}, 'calls')
  }
  await delay(2000)
  const [before, from] = [await calls(), performance.now()]
  await delay(20_000)
  const rate = ((await calls()) - before) / ((performance.now() - from) / 1000)
  console.log(`${rate.toFixed(2)} statements a second`)
  expect(rate).toBeLessThan(2)
})
