import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changesBetween } from '#application/view-publisher.ts'
import type { AppView, ProfileView } from '#contract/contract.ts'
import { applyChanges, inPieces } from '#contract/view-changes.ts'
import { deadIntegration, fleetOf, profile, view } from '../renderer/fake-view.ts'

const of = (revision: number, profiles: readonly ProfileView[]) => view({ revision, fleet: { profiles } })

/** As it crosses: text on one side, objects again on the other. */
const cross = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('what changed between two views', () => {
  test('is only what changed', () => {
    const before = of(1, fleetOf(100))
    const after = of(
      2,
      before.fleet.profiles.map((one, i) => (i === 7 ? { ...one, name: 'Renamed' } : one)),
    )
    const changes = changesBetween(before, after)
    expect(changes.changed).toEqual([[7, after.fleet.profiles[7]]])
    expect(changes.removed).toEqual([])
  })

  test('names root causes only when there are others', () => {
    const before = of(1, fleetOf(1))
    const incidents = [deadIntegration(['profile-1'])]
    const after = { ...before, revision: 2, fleet: { ...before.fleet, incidents } }
    const unchanged = changesBetween(after, { ...after, revision: 3 })
    expect(unchanged.incidents).toBeNull()
    const shown = applyChanges(before, changesBetween(before, after))
    expect(shown?.fleet.incidents).toEqual(incidents)
    expect(shown === null ? null : applyChanges(shown, unchanged)?.fleet.incidents).toEqual(incidents)
  })

  test('turns the one into the other, whatever changed', () => {
    const pool = fleetOf(12)
    const some = fc.shuffledSubarray(pool)
    fc.assert(
      fc.property(some, some, fc.subarray(pool.map(({ id }) => id)), (first, second, renamed) => {
        const before = of(1, first)
        const after = of(
          2,
          second.map((one) => (renamed.includes(one.id) ? { ...one, name: `${one.name}!` } : one)),
        )
        const result = applyChanges(cross(before), cross(changesBetween(before, after)))
        expect(result).toEqual(cross(after))
      }),
    )
  })

  test('keeps the place of those that stay', () => {
    const before = of(1, fleetOf(3))
    const [a, b, c] = before.fleet.profiles
    if (!a || !b || !c) throw new Error('three were asked for')
    const after = of(2, [a, { ...b, name: 'B' }, c, profile({ id: 'new' })])
    const result = applyChanges(before, changesBetween(before, after))
    expect(result?.fleet.profiles.map(({ id }) => id)).toEqual([a.id, b.id, c.id, 'new'])
  })

  test('belongs to one view alone', () => {
    const changes = changesBetween(of(1, []), of(2, []))
    expect(applyChanges(of(5, []), changes)).toBeNull()
  })
})

describe('a large view in pieces', () => {
  test('is whole again at the end, and no piece is large', () => {
    const whole = of(3, fleetOf(1050))
    const pieces = [...inPieces(whole, 200)].map(cross)
    expect(pieces).toHaveLength(6)
    let built: AppView | null = null
    for (const piece of pieces) {
      if ('base' in piece) built = built === null ? null : applyChanges(built, piece)
      else built = piece
    }
    expect(built).toEqual(cross(whole))
  })

  test('a small one is one piece, itself', () => {
    const small = of(1, fleetOf(3))
    expect([...inPieces(small, 200)]).toEqual([small])
  })
})
