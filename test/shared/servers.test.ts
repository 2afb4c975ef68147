// Two servers on one shared vault: one renews, both know every token.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { aWebex, buildServer, type Place, satm } from '../server/support/running-server.ts'
import { sharedFleet } from './support/serving.ts'
import { postgresOfFile } from './support/shared-vault.ts'

beforeAll(buildServer)

const postgres = postgresOfFile()

/** Of a token that is given out; null: none is. */
async function givenBy(place: Place, name: string): Promise<string | null> {
  const { code, out } = await satm(place, 'token', name)
  return code === 0 ? fingerprint(out.trim()) : null
}

/** One server on a shared vault of one customer: it leads, and gives out the token of `name`. */
async function loneServer() {
  const webex = await aWebex({ apps: 1, orgs: 1, rotate: true })
  const [app] = webex.serviceApps
  const name = `${app?.name} ${app?.orgs[0]?.name}`
  const fleet = await sharedFleet(postgres(), webex, { ageOf: () => 0.1 })
  const member = await fleet.member('only')
  const server = await member.serve()
  await server.logged('shared-vault.leads')
  await expect.poll(() => givenBy(member.place, name)).not.toBeNull()
  return { webex, name, member, server }
}

test('one leads, the other follows, has it refresh, and takes over when it is stopped', async () => {
  const webex = await aWebex({ apps: 1, orgs: 2, rotate: true })
  const [app] = webex.serviceApps
  const names = app?.orgs.map((org) => `${app.name} ${org.name}`) ?? []
  const fleet = await sharedFleet(postgres(), webex)
  const [first, second] = [await fleet.member('first'), await fleet.member('second')]

  const leader = await first.serve()
  await leader.logged('shared-vault.leads')
  for (const name of names) await expect.poll(() => givenBy(first.place, name)).not.toBeNull()

  const follower = await second.serve()
  for (const name of names)
    await expect.poll(() => givenBy(second.place, name)).toBe(await givenBy(first.place, name))
  expect(follower.log().some(({ event }) => event === 'shared-vault.leads')).toBe(false)

  const [name = ''] = names
  const before = await givenBy(second.place, name)
  expect(await satm(second.place, 'refresh', name)).toMatchObject({ code: 0, err: '' })
  const after = await givenBy(second.place, name)
  expect(after).not.toBe(before)
  await expect.poll(() => givenBy(first.place, name)).toBe(after)
  expect(
    leader.log().filter(({ event, trigger }) => event === 'attempt' && trigger === 'manual'),
  ).toHaveLength(1)
  expect(follower.log().filter(({ event }) => event === 'attempt')).toEqual([])
  const history = JSON.parse((await satm(second.place, 'history', name, '--json')).out)
  const { sharedVault } = JSON.parse((await satm(first.place, 'status', '--json')).out)
  expect(sharedVault.leadsHere).toBe(true)
  expect(history.attempts[0]).toMatchObject({ trigger: 'manual', computer: sharedVault.leader })

  expect(await leader.stop()).toBe(0)
  await follower.logged('shared-vault.leads')
  expect(await satm(second.place, 'refresh', name)).toMatchObject({ code: 0, err: '' })
  expect(await givenBy(second.place, name)).not.toBe(after)
  expect(webex.ledger.duplicates()).toEqual([])
}, 120_000)

test('a delivery that is added on a server that follows is its own, and gets what the other one renews', async () => {
  const webex = await aWebex({ apps: 1, orgs: 1, rotate: true })
  const [app] = webex.serviceApps
  const name = `${app?.name} ${app?.orgs[0]?.name}`
  const fleet = await sharedFleet(postgres(), webex, { ageOf: () => 0.1 })
  const [first, second] = [await fleet.member('first'), await fleet.member('second')]
  const leader = await first.serve()
  await leader.logged('shared-vault.leads')
  const follower = await second.serve()
  await expect.poll(() => givenBy(second.place, name)).not.toBeNull()

  const file = path.join(path.dirname(second.place.folder), 'second.env')
  expect(await satm(second.place, 'deliveries', 'add', name, '--file', file)).toMatchObject({ code: 0 })
  expect(await satm(first.place, 'deliveries', 'list')).toMatchObject({ code: 0, out: '' })
  const before = readFileSync(file, 'utf8')
  expect(await satm(first.place, 'refresh', name)).toMatchObject({ code: 0, err: '' })
  await expect.poll(() => readFileSync(file, 'utf8')).not.toBe(before)
  const [, written = ''] = readFileSync(file, 'utf8').trim().split('=')
  expect(fingerprint(written)).toBe(await givenBy(first.place, name))

  expect(await follower.stop()).toBe(0)
  const again = await second.serve()
  await again.logged('server.ready')
  await expect.poll(async () => (await satm(second.place, 'deliveries', 'list')).out).toContain(file)
}, 120_000)

test('without its database a server gives out what it knows, also after a new start, and goes on later', async () => {
  const { name, member, server } = await loneServer()
  const known = await givenBy(member.place, name)
  try {
    await postgres().crash()
    await server.logged('shared-vault.trouble')
    expect(await givenBy(member.place, name)).toBe(known)
    const refused = await satm(member.place, 'refresh', name)
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('cannot be reached')
    await server.stop()
    const again = await member.serve()
    await again.logged('server.ready')
    expect(await givenBy(member.place, name)).toBe(known)
    await postgres().start()
    await again.logged('shared-vault.leads')
    expect(await satm(member.place, 'refresh', name)).toMatchObject({ code: 0, err: '' })
  } finally {
    if (postgres().pid() === null) await postgres().start()
  }
}, 180_000)

test('a server ends in order while its database keeps the connections and answers nothing', async () => {
  const { webex, name, member, server } = await loneServer()
  try {
    postgres().pause()
    const refresh = satm(member.place, 'refresh', name)
    // 20 s later it would end itself with an error.
    expect(await server.stop()).toBe(0)
    expect((await refresh).code).not.toBe(0)
  } finally {
    postgres().goOn()
  }
  expect(webex.ledger.duplicates()).toEqual([])
}, 60_000)
