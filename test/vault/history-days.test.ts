import { beforeEach, describe, expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { anAttempt, temporaryFolder } from './support/builders.ts'
import { opened } from './support/opened.ts'

beforeEach(() => {
  process.env.TZ = 'America/New_York'
})

const at = (text: string) => new Date(text).getTime()

async function vaultWith(...attempts: readonly Attempt[]): Promise<OpenVault> {
  const vault = await opened(temporaryFolder())
  await vault.commit([], attempts)
  return vault
}

const some = () => [
  anAttempt('a', { startedAt: at('2026-03-01T23:59:59.999'), outcome: 'failed', tier: null }),
  anAttempt('b', { startedAt: at('2026-03-02T00:00:00'), outcome: 'renewed', tier: 2 }),
  anAttempt('c', { startedAt: at('2026-03-02T12:00:00'), outcome: 'renewed', tier: 1 }),
  anAttempt('d', {
    startedAt: at('2026-03-05T08:00:00'),
    outcome: 'unchanged',
    subject: { kind: 'manager', managerId: 'm1' },
  }),
]

describe('counts by day', () => {
  test('go from local midnight to midnight, oldest first, without the empty days', async () => {
    const vault = await vaultWith(...some())
    expect(await vault.historyDays({})).toEqual([
      { day: at('2026-03-01T00:00:00'), renewed: 0, unchanged: 0, failed: 1 },
      { day: at('2026-03-02T00:00:00'), renewed: 2, unchanged: 0, failed: 0 },
      { day: at('2026-03-05T00:00:00'), renewed: 0, unchanged: 1, failed: 0 },
    ])
  })

  test('follow the calendar where the clocks change', async () => {
    const vault = await vaultWith(
      anAttempt('spring', { startedAt: at('2026-03-08T23:30:00') }),
      anAttempt('after', { startedAt: at('2026-03-09T00:30:00') }),
      anAttempt('autumn', { startedAt: at('2026-11-01T23:30:00') }),
    )
    expect((await vault.historyDays({})).map(({ day }) => day)).toEqual([
      at('2026-03-08T00:00:00'),
      at('2026-03-09T00:00:00'),
      at('2026-11-01T00:00:00'),
    ])
  })

  test('narrow by the same filters as the pages', async () => {
    const vault = await vaultWith(...some())
    const counts = async (filter: Parameters<OpenVault['historyDays']>[0]) =>
      (await vault.historyDays(filter)).map(({ renewed, unchanged, failed }) => [renewed, unchanged, failed])
    expect(await counts({ outcome: 'renewed' })).toEqual([[2, 0, 0]])
    expect(await counts({ tier: 2 })).toEqual([[1, 0, 0]])
    expect(await counts({ managerId: 'm1' })).toEqual([[0, 1, 0]])
    expect(await counts({ profileId: 'p1', outcome: 'failed' })).toEqual([[0, 0, 1]])
    expect(await counts({ from: at('2026-03-02T00:00:01') })).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    expect(await counts({ to: at('2026-03-02T00:00:00') })).toEqual([[0, 0, 1]])
  })

  test('of an empty history are none', async () => {
    expect(await (await vaultWith()).historyDays({})).toEqual([])
  })

  test('take no step for each day of a gap', async () => {
    const vault = await vaultWith(
      anAttempt('first', { startedAt: 0 }),
      anAttempt('last', { startedAt: at('9999-01-01T00:00:00') }),
    )
    expect(await vault.historyDays({})).toHaveLength(2)
  })
})
