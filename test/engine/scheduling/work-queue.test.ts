// Work queue: who begins, in which order, and how many at once.
import { describe, expect, test } from 'vitest'
import { CONCURRENCY_TOTAL } from '#engine/domain/policy.ts'
import { TokenBucket } from '#engine/scheduling/token-bucket.ts'
import { type WorkItem, WorkQueue } from '#engine/scheduling/work-queue.ts'
import { MINUTE, SECOND } from '../support/world.ts'

function makeQueue(concurrency = 8) {
  let now = 0
  const begun: string[] = []
  const unwanted = new Set<string>()
  const closedUntil = new Map<string, number>()
  const state = { held: false, concurrency }
  const queue = new WorkQueue({
    monotonic: () => now,
    concurrency: () => state.concurrency,
    tokenBucket: new TokenBucket(() => now),
    held: () => state.held,
    closedFor: (client) => Math.max(0, (closedUntil.get(client) ?? 0) - now),
    begin({ key }) {
      if (unwanted.has(key)) return false
      begun.push(key)
      return true
    },
  })
  const add = (key: string, item: Partial<WorkItem> = {}) =>
    queue.add({ key, client: 'a', front: false, expiresAt: 0, routineUntil: null, ...item })
  return { queue, begun, unwanted, closedUntil, state, add, passTo: (at: number) => (now = at) }
}

describe('work queue', () => {
  test('begins what a person asked for first, then the earliest expiry, then the one that came first', () => {
    const { queue, begun, add } = makeQueue()
    add('late', { expiresAt: 9 })
    add('early', { expiresAt: 1 })
    add('early too', { expiresAt: 1 })
    add('pressed', { expiresAt: 99, front: true })
    queue.pump()
    expect(begun).toEqual(['pressed', 'early', 'early too', 'late'])
  })

  test('runs no more of a client at once than the setting allows, whoever asked; another client is not held up', () => {
    const { queue, begun, add } = makeQueue(2)
    for (const key of ['1', '2', '3']) add(key)
    add('pressed', { front: true })
    add('other', { client: 'b' })
    queue.pump()
    expect(begun).toEqual(['pressed', '1', 'other'])
    queue.ended('a')
    queue.pump()
    expect(begun).toEqual(['pressed', '1', 'other', '2'])
  })

  test('lets a press go first among those who wait for a slot of their client', () => {
    const { queue, begun, add } = makeQueue(1)
    for (const key of ['1', '2']) add(key)
    queue.pump()
    add('pressed', { front: true, expiresAt: 9 })
    queue.pump()
    queue.ended('a')
    queue.pump()
    expect(begun).toEqual(['1', 'pressed'])
  })

  test('runs no more in all than the limit of the whole fleet', () => {
    const { queue, begun, add } = makeQueue(64)
    for (let index = 0; index <= CONCURRENCY_TOTAL; index += 1) add(`${index}`, { client: `c${index}` })
    queue.pump()
    expect(begun).toHaveLength(CONCURRENCY_TOTAL)
    queue.ended('c0')
    queue.pump()
    expect(begun).toHaveLength(CONCURRENCY_TOTAL + 1)
  })

  test('begins nothing while it is held, except what a person asked for', () => {
    const { queue, begun, state, add } = makeQueue()
    state.held = true
    add('scheduled')
    add('pressed', { front: true })
    queue.pump()
    expect(begun).toEqual(['pressed'])
    state.held = false
    queue.pump()
    expect(begun).toEqual(['pressed', 'scheduled'])
  })

  test('keeps the requests of a closed client back until it opens, and wakes then', () => {
    const { queue, begun, closedUntil, add, passTo } = makeQueue()
    closedUntil.set('a', 5 * SECOND)
    add('waits')
    add('goes', { client: 'b' })
    add('pressed', { front: true })
    queue.pump()
    expect(begun).toEqual(['pressed', 'goes'])
    expect(queue.nextWake()).toBe(5 * SECOND)
    passTo(5 * SECOND)
    queue.pump()
    expect(begun).toEqual(['pressed', 'goes', 'waits'])
    expect(queue.nextWake()).toBe(Number.POSITIVE_INFINITY)
  })

  test('spreads routine renewals, but puts none off past its time', () => {
    const { queue, begun, add, passTo } = makeQueue(16)
    for (let index = 0; index < 9; index += 1) add(`${index}`, { routineUntil: MINUTE })
    queue.pump()
    expect(begun.length).toBeLessThan(9)
    expect(queue.nextWake()).toBeGreaterThan(0)
    expect(queue.nextWake()).toBeLessThanOrEqual(MINUTE)
    passTo(MINUTE)
    queue.pump()
    expect(begun).toHaveLength(9)
  })

  test('gives the slot of an item that is not wanted any more to the next one', () => {
    const { queue, begun, unwanted, add } = makeQueue(1)
    unwanted.add('gone')
    add('gone')
    add('next')
    queue.pump()
    expect(begun).toEqual(['next'])
  })
})
