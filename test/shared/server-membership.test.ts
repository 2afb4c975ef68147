// A server and its membership: it waits until it is added, says when it was removed, and refuses what it must not take part in.
import { rmSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { aFreePort, aServer, aWebex, buildServer, satm } from '../server/support/running-server.ts'
import { fillVault } from '../server/support/server-vault.ts'
import { sharedFleet } from './support/serving.ts'
import { postgresOfFile } from './support/shared-vault.ts'

beforeAll(buildServer)

const postgres = postgresOfFile()

async function readiness(port: number): Promise<readonly [number, unknown]> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
  return [answer.status, ((await answer.json()) as Record<string, unknown>).sharedVault]
}

async function series(port: number): Promise<readonly string[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return text.split('\n').filter((line) => /^satm_(leader|shared_vault_reachable|in_flight)/.test(line))
}

test('a server waits until a member adds it, follows, and gives out what it knows once it was removed', async () => {
  const webex = await aWebex({ apps: 1, orgs: 1, rotate: true })
  const [app] = webex.serviceApps
  const name = `${app?.name} ${app?.orgs[0]?.name}`
  const fleet = await sharedFleet(postgres(), webex, { ageOf: () => 0.1 })
  const first = await fleet.member('first')
  const leader = await first.serve()
  await leader.logged('shared-vault.leads')

  const { place, recipient, serve } = await fleet.newcomer()
  const port = await aFreePort()
  const server = await serve(['--operations-listen', `127.0.0.1:${port}`])
  const waits = await server.logged('shared-vault.waits')
  expect(waits.reason).toContain(`“satm vault add-member NAME ${recipient}”.`)
  await server.logged('server.ready')
  expect(await readiness(port)).toEqual([503, false])
  await expect
    .poll(() => series(port))
    .toEqual(['satm_leader 0', 'satm_in_flight_unknown 0', 'satm_shared_vault_reachable 0'])
  expect((await satm(place, 'status')).out).toContain(`“satm vault add-member NAME ${recipient}”.`)
  expect((await satm(place, 'doctor')).out).toMatch(/^problem\tshared vault\t/m)

  await first.vaults.addMember('second', recipient)
  await server.logged('shared-vault.reached')
  await expect.poll(async () => (await satm(place, 'token', name)).code).toBe(0)
  await expect.poll(() => readiness(port)).toEqual([200, true])
  await expect
    .poll(() => series(port))
    .toEqual(['satm_leader 0', 'satm_in_flight_unknown 0', 'satm_shared_vault_reachable 1'])
  expect((await satm(place, 'status')).out).toMatch(/^shared vault +renewed by /m)

  // It leads, and hands over what it may not do any more.
  await leader.stop()
  await server.logged('shared-vault.leads')
  await expect.poll(() => series(port)).toContain('satm_leader 1')
  await first.vaults.removeMember('second')
  await server.logged('shared-vault.removed')
  await server.logged('shared-vault.follows')
  await expect
    .poll(() => series(port))
    .toEqual(['satm_leader 0', 'satm_in_flight_unknown 0', 'satm_shared_vault_reachable 0'])
  expect((await satm(place, 'token', name)).code).toBe(0)
  expect((await readiness(port))[0]).toBe(200)
  const again = await first.serve()
  await again.logged('shared-vault.leads')
  expect(await satm(first.place, 'refresh', name)).toMatchObject({ code: 0, err: '' })
  expect(await server.stop()).toBe(0)
  expect(webex.ledger.duplicates()).toEqual([])
}, 120_000)

test('a server without an identity, or with service apps of its own, says what to do and makes nothing', async () => {
  const webex = await aWebex()
  const fleet = await sharedFleet(postgres(), webex)
  const { serve, identityFile, databaseFile } = await fleet.newcomer()
  rmSync(identityFile)
  const without = await serve()
  expect(await without.ended).toBe(2)
  expect(without.err()).toContain(
    `satm vault join --database-file ${databaseFile} --identity-file ${identityFile}`,
  )
  const own = await fleet.newcomer()
  await fillVault(own.place, webex)
  const refused = await own.serve()
  expect(await refused.ended).toBe(6)
  expect(refused.err()).toContain('start without --database-file, run satm backup FILE --move')
  const alone = await aServer(own.place)
  expect(await alone.logged('server.ready')).toMatchObject({ held: false, profiles: 1 })
  expect(await alone.stop()).toBe(0)
}, 60_000)
