import { describe, expect, test } from 'vitest'
import { readViewState } from '#contract/view-state.ts'
import { rowsOf } from '#renderer/features/service-apps/rows.ts'
import { allIdsOf, idsBetween, shareSelected, withIds } from '#renderer/features/service-apps/selection.ts'
import { fleetOf, NOW } from './fake-view.ts'

const choice = {
  ...readViewState(null).list,
  sort: 'name' as const,
  folded: new Set<string>(),
  among: null,
  undelivered: new Set<string>(),
  now: NOW,
}
const fleet = fleetOf(6, 3)
const rows = rowsOf(fleet, choice)
const [group] = rows
const all = fleet.map(({ id }) => id).toSorted()

describe('a selection', () => {
  test('from one row to another has what lies between, in both directions', () => {
    const ids = idsBetween(rows, 1, 3)
    expect(ids).toHaveLength(3)
    expect(idsBetween(rows, 3, 1)).toEqual(ids)
  })

  test('across the head of a group has the rows that lie between, not the whole group', () => {
    expect(idsBetween(rows, 2, 5)).toEqual(
      rows.slice(2, 6).flatMap((row) => (row.kind === 'profile' ? [row.profile.id] : [])),
    )
  })

  test('has all rows of a group that is folded away, and each only once', () => {
    if (group === undefined) throw new Error('there is a group')
    const folded = rowsOf(fleet, { ...choice, folded: new Set([group.key]) })
    expect(idsBetween(folded, 0, 0)).toHaveLength(3)
    expect([...allIdsOf(folded)].toSorted()).toEqual(all)
    expect([...allIdsOf(rows)].toSorted()).toEqual(all)
  })

  test('says whether it has all, some or none', () => {
    const selected = new Set(withIds(new Set(), all.slice(0, 2), true))
    expect(shareSelected(all, selected)).toBe('some')
    expect(shareSelected(all.slice(0, 2), selected)).toBe('all')
    expect(shareSelected(all.slice(2), selected)).toBe('none')
    expect(withIds(selected, all.slice(0, 1), false)).toEqual([all[1]])
  })
})
