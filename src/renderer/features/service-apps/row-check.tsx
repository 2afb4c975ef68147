// The box of a row, a group or the whole list: selected, in part, or not.
import type { MouseEvent } from 'react'
import styles from './profile-list.module.css'

interface RowCheckProps {
  readonly label: string
  readonly share: 'all' | 'some' | 'none'
  readonly tabIndex?: number
  readonly onPress: (event: MouseEvent) => void
}

export function RowCheck({ label, share, tabIndex, onPress }: RowCheckProps) {
  return (
    <input
      type="checkbox"
      className={styles.check}
      aria-label={label}
      tabIndex={tabIndex}
      checked={share === 'all'}
      ref={(box) => {
        if (box !== null) box.indeterminate = share === 'some'
      }}
      // The row is not opened, and Shift is known.
      onClick={(event) => {
        event.stopPropagation()
        onPress(event)
      }}
      onChange={() => undefined}
    />
  )
}
