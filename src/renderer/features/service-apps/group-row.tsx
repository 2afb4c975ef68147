// One service app in several orgs: its name, how its orgs fare, and the fold.
import { memo } from 'react'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import { plural, stateParts } from '#renderer/features/shared/words.ts'
import styles from './profile-list.module.css'
import type { ListRow, RowPlace } from './rows.ts'

interface GroupRowProps extends RowPlace {
  readonly row: Extract<ListRow, { kind: 'group' }>
  readonly onFold: (appId: string) => void
}

export const GroupRow = memo(function GroupRow({ row, onFold, ...place }: GroupRowProps) {
  const summary = [plural(row.orgs, 'org'), ...stateParts(row.counts)].join(' · ')
  return (
    <tr
      className={`${styles.row} ${styles.groupRow}`}
      data-index={place.index}
      aria-rowindex={place.index + 2}
      aria-label={`${row.name}, ${summary}`}
      tabIndex={place.active ? 0 : -1}
      style={{ transform: `translateY(${place.start}px)` }}
      onFocus={() => place.onFocus(row.key)}
      onClick={() => onFold(row.appId)}
    >
      <td colSpan={6}>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={!row.folded}
          aria-label={`Orgs of ${row.name}`}
          tabIndex={-1}
        >
          <Icon name="down" />
        </button>
        <Name cut className={styles.groupName}>
          {row.name}
        </Name>
        <span className="quiet small figures">{summary}</span>
      </td>
    </tr>
  )
})
