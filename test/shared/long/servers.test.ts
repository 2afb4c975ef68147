// Two real servers on one shared vault, under load with rotating refresh tokens, with the real times: whichever leads is killed.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { aWebex, buildServer, type Server, satm } from '../../server/support/running-server.ts'
import { type Member, sharedFleet } from '../support/serving.ts'
import { postgresOfFile } from '../support/shared-vault.ts'
import { until } from '../support/workers.ts'

beforeAll(buildServer)

const postgres = postgresOfFile()

/** Seconds, and ms: about two renewals begin each second, and one is under way at any time. */
const WEBEX = { accessTtl: 40, managerAccessTtl: 86_400, latency: 500 }
const ORGS = 40

const renewals = (server: Server) =>
  server.log().filter(({ event, outcome }) => event === 'attempt' && outcome === 'renewed')

test('a leader that is killed under load is followed, twice, and no refresh token is sent twice', async () => {
  const webex = await aWebex({ apps: 1, orgs: ORGS, rotate: true, ...WEBEX })
  const names = webex.serviceApps.flatMap(({ name, orgs }) => orgs.map((org) => `${name} ${org.name}`))
  const fleet = await sharedFleet(postgres(), webex)
  const members = [await fleet.member('first'), await fleet.member('second')] as const
  const db = fleet.database.connect()

  /** Kills the leader; resolves with how long nobody renewed, and what was in flight. */
  const killed = async (leader: Server, standby: Server) => {
    await until(() => renewals(leader).length > ORGS, 'the leader is busy', 60_000)
    const from = Date.now()
    leader.child.kill('SIGKILL')
    await leader.ended
    const marks = await db.rows('in_flight')
    const before = renewals(standby).length
    await until(
      () =>
        standby.log().some(({ event, time }) => event === 'shared-vault.leads' && Date.parse(time) > from),
      'the standby leads',
      80_000,
    )
    const took = Date.now() - from
    await until(() => renewals(standby).length > before, 'the standby renews', 20_000)
    console.log(
      `leads ${took} ms and has renewed ${Date.now() - from} ms after the kill; in flight: ${marks.length}`,
    )
    expect(took).toBeLessThan(75_000)
    return { at: from, marks }
  }
  /** Of the tokens that both give out, how many are not the same; neither may be an old one. */
  const differing = async (kept: ReadonlySet<string>, [one, other]: readonly [Member, Member]) => {
    let count = 0
    for (const name of names) {
      if (kept.has(name)) continue
      const [a, b] = await Promise.all([one, other].map(({ place }) => satm(place, 'token', name)))
      if (a?.code !== 0 || b?.code !== 0 || fingerprint(a.out) !== fingerprint(b.out)) count += 1
    }
    return count
  }
  const namesOf = async (marks: readonly { readonly owner_id?: unknown }[]) => {
    const profiles = await db.rows('profiles')
    return new Set(
      marks.map(({ owner_id: id }) => String(profiles.find((profile) => profile.id === id)?.name ?? id)),
    )
  }

  const first = await members[0].serve()
  await first.logged('shared-vault.leads')
  const second = await members[1].serve()
  await second.logged('server.ready')
  const one = await killed(first, second)
  const again = await members[0].serve()
  await again.logged('server.ready')
  const lost = new Set(await namesOf(one.marks))
  // A token may be renewed between the two questions.
  await until(async () => (await differing(lost, members)) <= 3, 'both give out the new tokens', 120_000)

  const two = await killed(second, again)
  for (const name of await namesOf(two.marks)) lost.add(name)
  const last = await members[1].serve()
  await last.logged('server.ready')
  await until(async () => (await differing(lost, members)) <= 3, 'both give out the new tokens', 120_000)
  expect(webex.ledger.duplicates()).toEqual([])

  // What was in flight waits until its outcome is unknown for good, and gets a new pair by the Applications API.
  await delay(Math.max(0, two.at + PROTOCOL_TIMES.giveUp - Date.now()))
  for (const name of lost) {
    const isRenewed = () => renewals(again).some((line) => line.name === name)
    await until(isRenewed, `${name} is renewed again`, 60_000)
  }
  await until(async () => (await differing(new Set(), members)) <= 3, 'both give out every token', 120_000)
  expect(webex.ledger.duplicates()).toEqual([])
  console.log(`${webex.ledger.entries.length} calls, ${lost.size} in flight at the kills, none sent twice`)
}, 1_800_000)
