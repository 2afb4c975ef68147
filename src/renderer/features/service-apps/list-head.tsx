// The head of the list: columns that sort, and the box that selects all that is shown.
import { useMemo } from 'react'

import type { Sort } from '#contract/view-state.ts'
import { useListState, useViewStateStore } from '#renderer/app/context.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import styles from './profile-list.module.css'
import { RowCheck } from './row-check.tsx'
import type { ListRow } from './rows.ts'
import { allIdsOf, shareSelected } from './selection.ts'

const columns: readonly {
  readonly words: string
  readonly sort: Sort
  readonly className?: string | undefined
}[] = [
  { words: 'Customer', sort: 'customer' },
  { words: 'Service app', sort: 'name' },
  { words: 'State', sort: 'problems' },
  { words: 'Access token', sort: 'expiry' },
  { words: 'Refresh token', sort: 'refresh-token', className: styles.refreshToken },
  { words: 'Last refresh', sort: 'last', className: styles.last },
]

interface HeadProps {
  readonly rows: readonly ListRow[]
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], isOn: boolean) => void
}

export function ListHead({ rows, selected, onSelect }: HeadProps) {
  const { sort, isDescending } = useListState()
  const { change } = useViewStateStore()
  const share = useMemo(
    () => (selected.size === 0 ? 'none' : shareSelected(allIdsOf(rows), selected)),
    [rows, selected],
  )
  // The worst first is an order of its own; the other way round it is of no use.
  const press = (pressed: Sort) =>
    change({ sort: pressed, isDescending: pressed === sort && pressed !== 'problems' && !isDescending })
  return (
    <thead>
      <tr className={`${styles.head} small`} aria-rowindex={1}>
        <th scope="col">
          <RowCheck
            label="Select all"
            share={share}
            onPress={() => onSelect(allIdsOf(rows), share !== 'all')}
          />
        </th>
        {columns.map(({ words, sort: by, className }) => (
          <th
            key={by}
            scope="col"
            className={className}
            aria-sort={by === sort ? (isDescending ? 'descending' : 'ascending') : undefined}
          >
            <button type="button" className={styles.sort} onClick={() => press(by)}>
              <span className="cut">{words}</span>
              {by === sort && (
                <span className={isDescending ? undefined : styles.ascending}>
                  <Icon name="down" size={0.75} />
                </span>
              )}
            </button>
          </th>
        ))}
        <th scope="col">
          <span className="only-read">Actions</span>
        </th>
      </tr>
    </thead>
  )
}
