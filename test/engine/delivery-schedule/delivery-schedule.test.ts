import { describe, expect, test } from 'vitest'
import {
  afterDelivery,
  afterFailedDelivery,
  dueAt,
  notYetDelivered,
  retryDelay,
  standingOf,
  webhookRetryDelay,
} from '#engine/delivery-schedule/delivery-schedule.ts'
import type { DeliveryState } from '#engine/domain/delivery-model.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'

const NOW = Date.UTC(2026, 2, 1)
const MINUTE = 60_000

const file: DeliverySpec = {
  kind: 'env-file',
  path: '/app/.env',
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: [],
}
const fileWithBoth: DeliverySpec = { ...file, refreshTokenName: 'REFRESH' }
const hook: DeliverySpec = { kind: 'hook', command: 'put it', pass: 'stdin', timeLimit: 30_000 }
const token = { fingerprint: 'aaaaaaaa', refreshFingerprint: 'rrrrrrrr' }
const newer = { fingerprint: 'bbbbbbbb', refreshFingerprint: 'rrrrrrrr' }
const none = { fingerprint: null, refreshFingerprint: null }
const delivered = afterDelivery({ at: NOW, ...token })
const failed = (before: DeliveryState = notYetDelivered) =>
  afterFailedDelivery(before, { at: NOW, fingerprint: token.fingerprint, sentence: 'No room.' })

describe('how it stands with a target', () => {
  test.each([
    ['waiting', file, notYetDelivered, token],
    ['waiting', file, notYetDelivered, none],
    ['delivered', file, delivered, token],
    ['outdated', file, delivered, newer],
    ['outdated', file, delivered, none],
    ['failing', file, failed(), token],
    ['failing', file, failed(delivered), newer],
    ['outdated', fileWithBoth, delivered, { ...token, refreshFingerprint: 'ssssssss' }],
    ['delivered', file, delivered, { ...token, refreshFingerprint: 'ssssssss' }],
    ['delivered', hook, delivered, token],
    ['delivered', { ...hook, store: 'vault', readBack: 'vault kv get' }, delivered, token],
    ['unverified', { ...hook, store: 'github' }, delivered, token],
    ['unverified', { ...hook, readBack: 'cat it', unverified: 'No right.' }, delivered, token],
    ['outdated', { ...hook, store: 'github' }, delivered, newer],
    ['failing', { ...hook, store: 'github' }, failed(delivered), token],
  ] as const)('%s', (status, spec, state, marks) => {
    expect(standingOf(spec, state, marks)).toBe(status)
  })
})

describe('a target is due', () => {
  test('at once when nothing was delivered, or something older', () => {
    expect(dueAt(file, notYetDelivered, token, NOW)).toBe(NOW)
    expect(dueAt(file, delivered, newer, NOW)).toBe(NOW)
  })

  test('never without a token, and not again with the same one', () => {
    expect(dueAt(file, notYetDelivered, none, NOW)).toBeNull()
    expect(dueAt(file, delivered, token, NOW)).toBeNull()
  })

  test('after a wait when it failed, and at once with another token', () => {
    expect(dueAt(file, failed(), token, NOW)).toBe(NOW + 10_000)
    expect(dueAt(file, failed(), newer, NOW)).toBe(NOW)
  })

  test('at once when the clock was set back behind its failure', () => {
    expect(dueAt(file, failed(), token, NOW - 30 * MINUTE)).toBe(NOW - 30 * MINUTE)
  })

  test('only by a person while it is held, whatever became of that', () => {
    const held = { ...notYetDelivered, held: true }
    expect(dueAt(file, held, token, NOW)).toBeNull()
    expect(failed(held).held).toBe(false)
  })
})

test('each failure waits longer, none of them not at all, up to an hour', () => {
  let state = failed()
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    const wait = (state.failure?.retryAt ?? 0) - NOW
    state = failed(state)
    return wait
  })
  expect(waits).toEqual([10_000, MINUTE, 5 * MINUTE, 30 * MINUTE, 60 * MINUTE, 60 * MINUTE])
  expect(retryDelay(0)).toBe(10_000)
})

test('a failure keeps what was delivered before, and a success forgets the failure', () => {
  expect(failed(delivered).delivered).toEqual(delivered.delivered)
  expect(afterDelivery({ at: NOW, ...token }).failure).toBeNull()
})

test('the webhook gets five tries within about an hour', () => {
  const waits: number[] = []
  for (let wait = webhookRetryDelay(1); wait !== null; wait = webhookRetryDelay(waits.length + 1))
    waits.push(wait)
  expect(waits).toHaveLength(4)
  expect(Math.min(...waits)).toBeGreaterThan(0)
  const total = waits.reduce((sum, wait) => sum + wait, 0)
  expect(total).toBeGreaterThan(45 * MINUTE)
  expect(total).toBeLessThan(75 * MINUTE)
})
