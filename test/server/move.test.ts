// A fleet moves from the app to a server and back, each a process over a real vault, against a simulated Webex that rotates
// refresh tokens. Many more kills: `npm run test:move`.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { movers, moveWithKill, POINTS } from './support/movers.ts'

let program: Bundle

beforeAll(async () => {
  program = await bundle('test/server/support/mover.ts')
})
afterAll(() => program.remove())

test.each(POINTS)('killed when it has %s, one side renews, and nothing is lost', async (at) => {
  const world = await movers(program.path)
  const from = { folder: world.app, side: 'app' } as const
  const there = await moveWithKill(world, from, { at })
  expect(there.side).toBe(at === 'marked' || at === 'proved' ? 'app' : 'server')
})
