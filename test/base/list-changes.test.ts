import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listChanges } from '#base/common/list-changes.ts'

interface Item {
  readonly id: string
  readonly version: number
}

const pool: readonly Item[] = Array.from({ length: 12 }, (_, index) => ({ id: `i${index}`, version: 0 }))

/** The other list, made as its receiver makes it. */
function applied(before: readonly Item[], { removed, changed }: ReturnType<typeof listChanges<Item>>) {
  const list = before.filter((_, place) => !removed.includes(place))
  for (const [place, item] of changed) list[place] = item
  return list
}

describe('list changes', () => {
  test('turn any list into any other', () => {
    const some = fc.shuffledSubarray([...pool])
    fc.assert(
      fc.property(some, some, fc.subarray(pool.map(({ id }) => id)), (before, other, renewed) => {
        const now = other.map((item) => (renewed.includes(item.id) ? { ...item, version: 1 } : item))
        expect(applied(before, listChanges(before, now))).toEqual(now)
      }),
    )
  })

  test('name nothing that is the same object at the same place', () => {
    const now = pool.map((item, place) => (place === 7 ? { ...item, version: 1 } : item))
    expect(listChanges(pool, now)).toEqual({ removed: [], changed: [[7, now[7]]] })
    expect(listChanges(pool, [...pool])).toEqual({ removed: [], changed: [] })
  })

  test('name one that is gone by its place alone, and a new one last', () => {
    const added = { id: 'new', version: 0 }
    expect(listChanges(pool, [...pool.slice(0, 3), ...pool.slice(4), added])).toEqual({
      removed: [3],
      changed: [[11, added]],
    })
  })
})
