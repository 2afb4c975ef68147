import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PriorityQueue } from '#base/common/priority-queue.ts'

test('a priority queue gives what it was given, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new PriorityQueue<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const out: number[] = []
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next)
      expect(out).toEqual(numbers.toSorted((a, b) => a - b))
    }),
  )
})
