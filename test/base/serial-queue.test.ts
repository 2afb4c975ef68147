import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyedSerialQueue, SerialQueue } from '#base/common/serial-queue.ts'

/** Gives way `times` times. */
async function ticks(times: number): Promise<void> {
  for (let tick = 0; tick < times; tick += 1) await null
}

/** Work that can be ended by hand. */
function held(): { readonly work: () => Promise<void>; readonly end: () => void; begun: boolean } {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const one = {
    begun: false,
    work: () => {
      one.begun = true
      return ended
    },
    end: () => end(),
  }
  return one
}

describe('a serial queue', () => {
  test('runs one piece of work at a time, in the order of the calls, and settles each as its work does', async () => {
    const job = fc.record({
      length: fc.nat(5),
      fails: fc.constantFrom('no', 'at once', 'later'),
      before: fc.nat(4),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 30 }), async (jobs) => {
        const queue = new SerialQueue()
        const trace: string[] = []
        const settled: Promise<unknown>[] = []
        for (const [index, { length, fails, before }] of jobs.entries()) {
          await ticks(before)
          const run = queue.run(() => {
            trace.push(`begin ${index}`)
            const end = () => trace.push(`end ${index}`)
            if (fails === 'at once') {
              end()
              throw new Error(`${index}`)
            }
            return ticks(length).then(() => {
              end()
              if (fails === 'later') throw new Error(`${index}`)
              return index
            })
          })
          settled.push(run.catch((error: unknown) => String(error)))
        }
        expect(await Promise.all(settled)).toEqual(
          jobs.map(({ fails }, index) => (fails === 'no' ? index : `Error: ${index}`)),
        )
        expect(trace).toEqual(jobs.flatMap((_, index) => [`begin ${index}`, `end ${index}`]))
        expect(queue.isIdle).toBe(true)
      }),
    )
  })

  test('begins nothing within the call', async () => {
    const queue = new SerialQueue()
    const { work, end } = held()
    let isRunning = false
    const run = queue.run(() => {
      isRunning = true
      return work()
    })
    expect([isRunning, queue.isIdle]).toEqual([false, false])
    end()
    await run
    expect([isRunning, queue.isIdle]).toEqual([true, true])
  })

  test('runs what work adds after that work and after all that was there before', async () => {
    const queue = new SerialQueue()
    const order: string[] = []
    let added: Promise<unknown> = Promise.resolve()
    const first = queue.run(async () => {
      added = queue.run(() => order.push('added by first'))
      await ticks(5)
      order.push('first')
    })
    const second = queue.run(() => order.push('second'))
    await Promise.all([first, second])
    await added
    expect(order).toEqual(['first', 'second', 'added by first'])
  })

  test('is settled when what was added so far has ended, failures among it; what comes later does not count', async () => {
    const queue = new SerialQueue()
    const [one, later] = [held(), held()]
    const failing = queue.run(async () => {
      await one.work()
      throw new Error('no')
    })
    let isSettled = false
    const settled = queue.settled().then(() => {
      isSettled = true
    })
    const last = queue.run(later.work)
    await ticks(20)
    expect(isSettled).toBe(false)
    one.end()
    await expect(failing).rejects.toThrow('no')
    await settled
    expect(queue.isIdle).toBe(false)
    later.end()
    await last
  })

  test('has no unhandled rejection of its own: an error goes to who ran the work', async () => {
    const queue = new SerialQueue()
    await expect(queue.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    await expect(queue.settled()).resolves.toBeUndefined()
    expect(await queue.run(() => 'next')).toBe('next')
  })
})

describe('a keyed serial queue', () => {
  test('is a serial queue for each key, whatever fails and however they mix', async () => {
    const job = fc.record({
      key: fc.constantFrom('a', 'b', '', '__proto__'),
      length: fc.nat(4),
      fails: fc.boolean(),
      before: fc.nat(6),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 40 }), async (jobs) => {
        const queue = new KeyedSerialQueue()
        const traces = new Map<string, string[]>()
        const settled: Promise<unknown>[] = []
        for (const [index, { key, length, fails, before }] of jobs.entries()) {
          await ticks(before)
          const trace = traces.get(key) ?? []
          traces.set(key, trace)
          const run = queue.run(key, async () => {
            trace.push(`begin ${index}`)
            await ticks(length)
            trace.push(`end ${index}`)
            if (fails) throw new Error('no')
          })
          settled.push(run.catch(() => undefined))
        }
        await Promise.all(settled)
        for (const [key, trace] of traces) {
          const own = jobs.flatMap((each, index) => (each.key === key ? [index] : []))
          expect(trace).toEqual(own.flatMap((index) => [`begin ${index}`, `end ${index}`]))
        }
      }),
    )
  })

  test('lets no key wait for another', async () => {
    const queue = new KeyedSerialQueue()
    const slow = held()
    const first = queue.run('slow', slow.work)
    const second = held()
    const blocked = queue.run('slow', second.work)
    expect(await queue.run('quick', () => 'done')).toBe('done')
    expect([slow.begun, second.begun]).toEqual([true, false])
    slow.end()
    second.end()
    await Promise.all([first, blocked])
    expect(second.begun).toBe(true)
  })
})
