// One service app of several customers, or one customer's service apps: its name, how they fare, and the fold.
import { memo } from 'react'
import { IconButton } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import { plural, stateOrder, stateParts } from '#renderer/features/shared/words.ts'
import styles from './profile-list.module.css'
import { RowCheck } from './row-check.tsx'
import type { GroupRow as GroupRowData, RowPlace } from './rows.ts'

interface GroupRowProps extends RowPlace {
  readonly row: GroupRowData
  /** How many of its rows are selected. */
  readonly share: 'all' | 'some' | 'none'
}

export const GroupRow = memo(function GroupRow({ row, share, events, ...place }: GroupRowProps) {
  const members = plural(row.profileIds.length, row.of === 'customer' ? 'service app' : 'customer')
  const summary = [members, ...stateParts(row.counts)].join(' · ')
  const reach = place.active ? 0 : -1
  return (
    <tr
      className={`${styles.row} ${styles.groupRow}`}
      data-index={place.index}
      data-selected={share === 'all' || undefined}
      aria-rowindex={place.index + 2}
      aria-label={`${row.name}, ${summary}`}
      tabIndex={reach}
      style={{ transform: `translateY(${place.start}px)` }}
      onFocus={() => events.focus(row.key)}
      onClick={(event) => events.press(row, event)}
      onContextMenu={(event) => {
        event.preventDefault()
        events.menu(row, event.currentTarget, { x: event.clientX, y: event.clientY })
      }}
    >
      <td>
        <RowCheck
          label={`Select all of ${row.name}`}
          share={share}
          tabIndex={reach}
          onPress={(event) => events.check(row, event)}
        />
      </td>
      <td colSpan={6}>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={!row.folded}
          aria-label={`${row.of === 'customer' ? 'Service apps' : 'Customers'} of ${row.name}`}
          tabIndex={-1}
        >
          <Icon name="down" />
        </button>
        <Name cut className={styles.groupName}>
          {row.name}
        </Name>
        <StateBar counts={row.counts} />
        <span className="quiet small figures cut">{summary}</span>
      </td>
      <td className={styles.buttons}>
        <IconButton
          icon="more"
          label={`Actions for all of ${row.name}`}
          tabIndex={reach}
          expanded={false}
          onPress={(event) => events.menu(row, event.currentTarget, undefined)}
        />
      </td>
    </tr>
  )
})

/** The states as parts of one bar, the worst first; the words beside it say the same. */
function StateBar({ counts }: Pick<GroupRowData, 'counts'>) {
  return (
    <span className={styles.stateBar} aria-hidden="true">
      {stateOrder.map(
        (state) =>
          counts[state] > 0 && <span key={state} data-state={state} style={{ flexGrow: counts[state] }} />,
      )}
    </span>
  )
}
