// How something ended, in a row of a table, and the row that opens to tell more.
import type { ReactNode } from 'react'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import styles from './outcome.module.css'

interface OutcomeProps {
  readonly outcome: 'renewed' | 'unchanged' | 'delivered' | 'failed' | 'broken-off'
  readonly title?: string | undefined
  readonly children: ReactNode
}

export function Outcome({ outcome, title, children }: OutcomeProps) {
  return (
    <span className={styles.outcome} data-outcome={outcome} title={title}>
      <span className={styles.dot} aria-hidden="true" />
      {children}
    </span>
  )
}

interface RowOpenerProps {
  readonly open: boolean
  readonly onToggle: () => void
  readonly children: ReactNode
}

/** The time of a row, as the button that opens it. */
export function RowOpener({ open, onToggle, children }: RowOpenerProps) {
  return (
    <button type="button" className={`${styles.opener} figures`} aria-expanded={open} onClick={onToggle}>
      <Icon name="down" size={0.75} />
      {children}
    </button>
  )
}

/** What an open row tells. */
export function RowDetail({ children }: { readonly children: ReactNode }) {
  return <div className={`${layout.sunken} ${styles.detail}`}>{children}</div>
}
