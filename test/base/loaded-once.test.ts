import { expect, test } from 'vitest'
import { loadedOnce } from '#base/common/loaded-once.ts'

test('what failed to load is tried again, what was loaded is not', async () => {
  let loads = 0
  const loaded = loadedOnce(async () => {
    loads += 1
    if (loads === 1) throw new Error('no such file')
    return loads
  })
  const first = [loaded(), loaded()]
  for (const one of first) await expect(one).rejects.toThrow('no such file')
  expect(await Promise.all([loaded(), loaded()])).toEqual([2, 2])
  expect(await loaded()).toBe(2)
})
