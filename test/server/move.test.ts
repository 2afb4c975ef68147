// A fleet moves from the app to a server and back, each a process over a real vault, against a simulated Webex that rotates
// refresh tokens. Many more kills: `npm run test:move`.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runSatm } from '#satm/client/satm.ts'
import { freePort } from '../connect/support/sockets.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { CONSUMER_SECRET, expectNothingLost, MONTH, movers, moveWithKill } from './support/movers.ts'

let program: Bundle

beforeAll(async () => {
  program = await bundle('test/server/support/mover.ts')
})
afterAll(() => program.remove())

async function satm(folder: string, ...args: string[]) {
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
  expect((await satm(world.app, 'token', profileId)).code).toBe(0)

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
    expect(await satm(world.app, ...command)).toEqual({
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
  expect((await satm(folder, 'status', '--check')).err).toContain('were moved to another computer')
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
