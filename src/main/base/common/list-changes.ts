// List changes: what turns one version of a list into the next. Items are told apart by id and compared by identity, which
// costs about a nanosecond each.

export interface ListChanges<T> {
  /** Places in the list before, ascending. */
  readonly removed: readonly number[]
  /** New and changed items with their places in the list as it is now, ascending; new ones come last. */
  readonly changed: readonly (readonly [place: number, item: T])[]
}

/** An item that moved counts as removed, and as new. */
export function listChanges<T extends { readonly id: string }>(
  before: readonly T[],
  now: readonly T[],
): ListChanges<T> {
  if (before === now) return { removed: [], changed: [] }
  const removed: number[] = []
  const changed: [number, T][] = []
  let place = 0
  for (let old = 0; old < before.length; old += 1) {
    const item = now[place]
    if (item === before[old]) place += 1
    else if (item !== undefined && item.id === before[old]?.id) changed.push([place++, item])
    else removed.push(old)
  }
  for (const item of now.slice(place)) changed.push([place++, item])
  return { removed, changed }
}
