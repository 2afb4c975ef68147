import { describe, expect, test } from 'vitest'
import { sightOf, topsOf } from '#renderer/features/service-apps/sight.ts'

const tops = topsOf(Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 44 : 64)))
const HEIGHT = 700

describe('the rows in sight', () => {
  test.each([0, 1, 43, 44, 500, 20_000, 61_300, 70_000])('at %s px are drawn, and few others', (top) => {
    const { from, to } = sightOf(tops, top, HEIGHT)
    const seen = tops.slice(0, -1).flatMap((start, i) => {
      const end = tops[i + 1] ?? 0
      return end > top && start < top + HEIGHT ? [i] : []
    })
    expect(seen.every((i) => i >= from && i < to)).toBe(true)
    expect(to - from).toBeLessThan(36)
  })

  test('stay the same while no further row comes near', () => {
    expect(sightOf(tops, 20_000, HEIGHT)).toEqual(sightOf(tops, 20_010, HEIGHT))
  })

  test('of an empty list are none', () => {
    expect(sightOf(topsOf([]), 0, HEIGHT)).toEqual({ from: 0, to: 0 })
  })
})
