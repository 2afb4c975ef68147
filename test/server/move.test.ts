// A fleet moves from the app to a server and back, each a process over a real vault, against a simulated Webex that rotates
// refresh tokens. Many more kills: `npm run test:move`.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runSatm } from '#satm/client/satm.ts'
import { freePort } from '../connect/support/sockets.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { CONSUMER_SECRET, expectNothingLost, MONTH, movers, moveWithKill } from './support/movers.ts'
import { aPlace, aServer, aWebex, buildServer, satm } from './support/running-server.ts'
import { fillVault } from './support/server-vault.ts'

let program: Bundle

beforeAll(async () => {
  await buildServer()
  program = await bundle('test/server/support/mover.ts')
})
afterAll(() => program.remove())

/** In this process, beside a side. */
async function satmBeside(folder: string, ...args: string[]) {
  let [out, err] = ['', '']
  const code = await runSatm(args, {
    env: { PATH: process.env.PATH, SATM_DATA_FOLDER: folder, SATM_NO_START: '1' },
    version: '1.2.3',
    style: { terminal: false, colors: false },
    atKeyboard: () => false,
    out: (text) => {
      out += text
    },
    complain: (line) => {
      err += line
    },
    progress: () => undefined,
    input: () => Promise.reject(new Error('nobody types')),
  })
  return { code, out, err }
}

test('what was moved gives nothing out and says why; what comes back has everything, and goes on as before', async () => {
  const port = await freePort()
  const world = await movers(program.path)
  const app = { folder: world.app, side: 'app', port } as const
  const desktop = await world.side(app)
  await world.renews(desktop)
  const first = await world.everything(desktop)
  const [{ id: profileId }] = first.profiles as [{ id: string }]
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/token/${profileId}`, {
      headers: { authorization: `Bearer ${CONSUMER_SECRET}` },
    })
    return { status: answer.status, text: await answer.text() }
  }
  const delivered = () => readFileSync(path.join(world.app, `${profileId}.env`), 'utf8')
  expect((await ask()).status).toBe(200)
  expect((await satmBeside(world.app, 'token', profileId)).code).toBe(0)

  // Renewals are under way: they end first, and are in the file.
  await desktop.tell({ do: 'loop' })
  const file = world.newFile()
  await desktop.tell({ do: 'move', file })
  const written = delivered()
  await world.rests(desktop)
  expect(await desktop.tell({ do: 'incidents' })).toEqual([
    'critical: This computer’s service apps were moved to a server',
  ])
  expect(await ask()).toEqual({
    status: 503,
    text: expect.stringContaining('This computer’s service apps were moved to a server'),
  })
  for (const command of [['status'], ['status', '--check'], ['token', profileId], ['refresh', '--all']])
    expect(await satmBeside(world.app, ...command)).toEqual({
      code: 5,
      out: '',
      err: expect.stringMatching(/were moved to a server on .* Nothing is renewed, delivered or given out/),
    })
  const there = await world.everything(desktop)

  const folder = world.newServer()
  const server = await world.side({ folder, side: 'server', restore: file })
  await world.rests(server)
  await server.tell({ do: 'renew-here' })
  const taken = await world.everything(server)
  expectNothingLost(taken, there)
  expect([taken.heldTargets, taken.heldConsumers]).toEqual([2, 1])
  await world.renews(server)
  expect(delivered()).toBe(written)

  const back = world.newFile()
  await server.tell({ do: 'move', file: back })
  await world.rests(server)
  expect((await satmBeside(folder, 'status', '--check')).err).toContain('were moved to another computer')
  const onServer = await world.everything(server)
  await desktop.tell({ do: 'restore', file: back })
  await world.renews(desktop)
  const last = await world.everything(desktop)
  expect(last.attempts).toEqual(expect.arrayContaining([...onServer.attempts, ...there.attempts]))
  // Exactly what acted here before acts again, and what belongs to this copy was never away.
  const { heldTargets, heldConsumers, notes, month, setting } = last
  expect({ heldTargets, heldConsumers, notes, month, setting }).toEqual({
    heldTargets: 0,
    heldConsumers: 0,
    notes: 1,
    month: MONTH,
    setting: 7,
  })
  expect((await ask()).status).toBe(200)
  await expect.poll(delivered).not.toBe(written)
  await world.rests(server)
})

test.each(['marked', 'proved', 'named', 'moved', 'restored'] as const)(
  'killed at the step "%s", one side renews afterwards, and nothing is lost',
  async (at) => {
    const world = await movers(program.path)
    const there = await moveWithKill(world, { folder: world.app, side: 'app' }, { at })
    expect(there.side).toBe(at === 'marked' || at === 'proved' ? 'app' : 'server')
  },
)

test('a running server is moved by the command line, and stays so after a restart, until a person ends it', async () => {
  const webex = await aWebex({ rotate: true })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const server = await aServer(place)
  await server.logged('attempt')
  const file = path.join(path.dirname(place.folder), 'back.satm-backup')
  const move = ['backup', file, '--move', '--passphrase-file', place.passphraseFile]
  expect(await satm(place, ...move)).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${file}: 1 service app for 1 customer`),
    err: expect.stringContaining('Nothing is renewed here any more'),
  })
  const asked = webex.ledger.entries.length
  const isMoved = { code: 5, out: '', err: expect.stringContaining('were moved to another computer on') }
  expect(await satm(place, 'status', '--check')).toMatchObject(isMoved)
  expect(await satm(place, ...move)).toMatchObject(isMoved)
  expect(await server.stop()).toBe(0)

  const again = await aServer(place)
  await again.logged('server.ready')
  expect(await satm(place, 'status', '--check')).toMatchObject(isMoved)
  expect(webex.ledger.entries).toHaveLength(asked)
  expect(await satm(place, 'confirm', 'renewals')).toMatchObject({ code: 0 })
  await expect.poll(async () => (await satm(place, 'status', '--check')).code).toBe(0)
  expect(await again.stop()).toBe(0)
})
