// `satm serve` as a process of its own, against a simulated Webex.
import { writeFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { aPlace, aServer, aWebex, buildServer, fillVault, satm } from './support/running-server.ts'

beforeAll(buildServer)

test('an expired token is renewed after the start, given to programs, and the end is in order', async () => {
  const webex = await aWebex()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const server = await aServer(place)
  expect(await server.logged('attempt')).toMatchObject({ outcome: 'renewed', tier: 1 })
  await server.logged('server.ready')
  const listed = await satm(place, 'list', '--json', 'state')
  expect(JSON.parse(listed.out)).toEqual([{ state: 'healthy' }])
  const { out: token } = await satm(place, 'token', 'Data Vault Connector Acme Corp')
  expect(token.trim()).toMatch(/^\S{20,}$/)
  expect(await satm(place, 'status')).toMatchObject({ code: 0, err: '' })
  expect(await satm(place, 'open')).toMatchObject({ code: 1, err: expect.stringContaining('no window') })
  expect(await server.stop()).toBe(0)
  expect(server.log().at(-1)?.event).toBe('server.stopped')
  expect(server.err()).toBe('')
})

test('an empty folder gets a vault, which the next start opens and another passphrase does not', async () => {
  const webex = await aWebex()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const first = await aServer(place)
  await first.logged('server.ready')
  const second = await aServer(place)
  expect(await second.ended).toBe(7)
  expect(second.err()).toContain('only one may renew')
  expect(await first.stop('SIGINT')).toBe(0)
  writeFileSync(place.passphraseFile, 'another passphrase')
  const wrong = await aServer(place)
  expect(await wrong.ended).toBe(6)
  expect(wrong.err()).toContain('does not contain the passphrase of this vault')
})
