// A fleet goes back and forth between the app and one server after the other, and a process is killed 50 times on the way: at each
// step of both sides, and at moments spread over the whole of it. Never do two renew, and every profile is renewed once more.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kill, type MoverOptions, movers, moveWithKill, POINTS } from '../server/support/movers.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'

const KILLS = 50
/** Of the kills, those that wait for a moment rather than for a step: which process, and how much of its part has passed. */
const TIMED = KILLS - 2 * POINTS.length

let program: Bundle

beforeAll(async () => {
  program = await bundle('test/server/support/mover.ts')
})
afterAll(() => program.remove())

test(`${KILLS} kills on the way there and back`, async () => {
  const world = await movers(program.path)
  let from: Pick<MoverOptions, 'folder' | 'side'> = { folder: world.app, side: 'app' }
  const lengths = { gives: 0, takes: 0 }

  // What each part takes where nobody is killed.
  for (const side of ['app', 'server'] as const) {
    expect(from.side).toBe(side)
    const { to, gives, takes } = await world.moves(from)
    lengths.gives = Math.max(lengths.gives, gives)
    lengths.takes = Math.max(lengths.takes, takes)
    from = to
  }

  const done = { app: new Set<string>(), server: new Set<string>() }
  const timed: Kill[] = Array.from({ length: TIMED }, (_, n) => {
    // Twice each, since the side that gives changes with each.
    const part = n % 4 < 2 ? 'gives' : 'takes'
    return { side: part, after: (lengths[part] * (n + 0.5)) / TIMED }
  })
  let [kills, moves] = [0, 0]
  while (kills < KILLS) {
    const { side } = from
    const at = POINTS.find((point) => !done[side].has(point))
    const kill = at === undefined ? timed.shift() : { at }
    if (kill === undefined) break
    if (at !== undefined) done[side].add(at)
    const to = await moveWithKill(world, from, kill)
    kills += 1
    moves += Number(to.side !== side)
    // The steps of the other side are to be reached as well.
    if (to.side === side) from = (await world.moves(from)).to
    else from = to
  }
  expect(kills).toBe(KILLS)
  // Otherwise the kills came too early to mean anything.
  expect(moves).toBeGreaterThan(KILLS / 3)
  expect([done.app.size, done.server.size]).toEqual([POINTS.length, POINTS.length])
  expect(world.webex.ledger.duplicates()).toEqual([])
}, 1_800_000)
