// What is selected in the list, by the IDs of its profiles; folded groups count with all of theirs.
import type { ProfileView } from '#contract/contract.ts'
import type { ListRow } from './rows.ts'

export const idsOf = (row: ListRow): readonly string[] =>
  row.kind === 'group' ? row.profileIds : [row.profile.id]

/** Each once: a group has its members, whether its rows are shown or not. */
export const allIdsOf = (rows: readonly ListRow[]): readonly string[] => [...new Set(rows.flatMap(idsOf))]

/** From one row to another, both included, in whichever direction. */
export function idsBetween(rows: readonly ListRow[], from: number, to: number): readonly string[] {
  const between = rows.slice(Math.min(from, to), Math.max(from, to) + 1)
  // Of a group only what lies between counts, unless its rows are folded away.
  return between.flatMap((row) => (row.kind === 'group' && !row.folded ? [] : idsOf(row)))
}

export function withIds(selected: ReadonlySet<string>, ids: readonly string[], isOn: boolean): string[] {
  const next = new Set(selected)
  for (const id of ids) {
    if (isOn) next.add(id)
    else next.delete(id)
  }
  return [...next]
}

/** None of an empty list. */
export function shareSelected(
  ids: readonly string[],
  selected: ReadonlySet<string>,
): 'all' | 'some' | 'none' {
  if (selected.size === 0) return 'none'
  const count = ids.reduce((sum, id) => sum + (selected.has(id) ? 1 : 0), 0)
  if (count === 0) return 'none'
  return count === ids.length ? 'all' : 'some'
}

export const selectedAmong = (
  profiles: readonly ProfileView[],
  selected: ReadonlySet<string>,
): readonly ProfileView[] => profiles.filter(({ id }) => selected.has(id))
