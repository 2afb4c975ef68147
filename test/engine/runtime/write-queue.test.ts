// Write queue: one write after another, and nothing that could not be written is lost.
import { describe, expect, test } from 'vitest'
import type { Attempt, FleetChange } from '#engine/domain/model.ts'
import { STORE_RETRY, UNSAVED_ATTEMPTS } from '#engine/domain/policy.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { WriteQueue } from '#engine/runtime/write-queue.ts'
import { FakeVault } from '../support/fake-vault.ts'
import { makePair } from '../support/world.ts'

function makeQueue() {
  const vault = new FakeVault()
  const announced: (string | null)[] = []
  const times = { now: 1000, monotonic: 0 }
  const queue: WriteQueue = new WriteQueue({
    vault,
    now: () => times.now,
    monotonic: () => times.monotonic,
    changed: () => announced.push(queue.trouble?.failure.reason ?? null),
    waiting: () => {},
  })
  return { vault, queue, announced, times }
}

const change = (profileId: string): FleetChange => ({ kind: 'profile-pair', profileId, pair: makePair() })
const ids = (changes: readonly FleetChange[]) =>
  changes.map((each) => (each.kind === 'profile-pair' ? each.profileId : each.kind))
const attempt = (id: string): Attempt => ({
  id,
  subject: { kind: 'profile', profileId: 'one' },
  name: 'One',
  orgId: null,
  trigger: 'scheduled',
  reason: null,
  startedAt: 0,
  endedAt: 0,
  calls: [],
  outcome: 'failed',
  tier: null,
  before: null,
  after: null,
  sentence: null,
  trackingId: null,
})

describe('write queue', () => {
  test('builds each batch when its turn has come, and takes it over before the next one is built', async () => {
    const { queue } = makeQueue()
    const log: string[] = []
    const record = (id: string) =>
      queue.record(
        () => {
          log.push(`build ${id}`)
          return { changes: [change(id)], attempts: [] }
        },
        () => log.push(`take over ${id}`),
      )
    await Promise.all([record('a'), record('b')])
    expect(log).toEqual(['build a', 'take over a', 'build b', 'take over b'])
  })

  test('takes over what could not be stored as well, and stores it with the next write, in order', async () => {
    const { vault, queue, announced } = makeQueue()
    vault.break()
    const taken: string[] = []
    const record = (id: string) =>
      queue.record(
        () => ({ changes: [change(id)], attempts: [attempt(id)] }),
        ({ changes }) => taken.push(...ids(changes)),
      )
    expect((await record('a')).failure?.reason).toBe('disk-full')
    expect(taken).toEqual(['a'])
    expect(ids(queue.unsavedChanges)).toEqual(['a'])
    vault.mend()
    expect((await record('b')).failure).toBeNull()
    expect(vault.commits.map(({ changes }) => ids(changes))).toEqual([['a', 'b']])
    expect(vault.attempts.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(queue.unsavedChanges).toEqual([])
    expect(announced).toEqual(['disk-full', null])
  })

  test('retries at its interval, and keeps since when it could not write', async () => {
    const { vault, queue, times } = makeQueue()
    expect(queue.nextWake()).toBe(Number.POSITIVE_INFINITY)
    vault.break()
    await queue.record(
      () => ({ changes: [change('a')], attempts: [] }),
      () => {},
    )
    expect(queue.nextWake()).toBe(STORE_RETRY)
    times.now += STORE_RETRY
    times.monotonic += STORE_RETRY
    await queue.retry()
    expect(queue.trouble).toMatchObject({ since: 1000 })
    expect(queue.nextWake()).toBe(2 * STORE_RETRY)
    vault.mend()
    await queue.retry()
    expect(queue.trouble).toBeNull()
    expect(queue.nextWake()).toBe(Number.POSITIVE_INFINITY)
    expect([...vault.pairs.keys()]).toEqual(['a'])
  })

  test('proves nothing while something is unsaved that cannot be stored', async () => {
    const { vault, queue } = makeQueue()
    vault.break()
    await queue.record(
      () => ({ changes: [change('a')], attempts: [] }),
      () => {},
    )
    expect((await queue.prove())?.reason).toBe('disk-full')
    expect(vault.proofs).toBe(0)
    vault.mend()
    expect(await queue.prove()).toBeNull()
    expect([...vault.pairs.keys()]).toEqual(['a'])
    expect(vault.proofs).toBe(1)
  })

  test('rejects a change of a person that cannot be stored, and keeps nothing of it', async () => {
    const { vault, queue } = makeQueue()
    vault.break()
    let taken = false
    const changed = queue.change(
      () => [change('a')],
      () => {
        taken = true
      },
    )
    await expect(changed).rejects.toBeInstanceOf(StoreFailure)
    expect(taken).toBe(false)
    expect(queue.unsavedChanges).toEqual([])
  })

  test('keeps every pair in memory, but only the newest history rows', async () => {
    const { vault, queue } = makeQueue()
    vault.break()
    for (let index = 0; index < UNSAVED_ATTEMPTS + 5; index += 1) {
      await queue.record(
        () => ({ changes: [change(`p${index}`)], attempts: [attempt(`a${index}`)] }),
        () => {},
      )
    }
    vault.mend()
    await queue.retry()
    expect(vault.pairs.size).toBe(UNSAVED_ATTEMPTS + 5)
    expect(vault.attempts).toHaveLength(UNSAVED_ATTEMPTS)
    expect(vault.attempts[0]?.id).toBe('a5')
  })

  test('a vault that fails in another way than promised is a failed write', async () => {
    const { vault, queue } = makeQueue()
    vault.commit = () => Promise.reject(new TypeError('not a store failure'))
    const { failure } = await queue.record(
      () => ({ changes: [change('a')], attempts: [] }),
      () => {},
    )
    expect(failure?.reason).toBe('other')
    expect(ids(queue.unsavedChanges)).toEqual(['a'])
  })

  test('is settled when everything that was added has been written', async () => {
    const { vault, queue } = makeQueue()
    void queue.record(
      () => ({ changes: [change('a')], attempts: [] }),
      () => {},
    )
    await queue.settled()
    expect([...vault.pairs.keys()]).toEqual(['a'])
  })
})
